"""What tests of the reader say: payloads of agents and bots in, parts out."""

from typing import Any

from bridge.message import Message, Part, Reading
from bridge.tiledesk.read import TiledeskReader
from tests.unit.tiledesk.desks import PROJECT, payload, stored

API = "https://td.example/v3"
SRC = "https://td.example/api/files?path=o"
READER = TiledeskReader(PROJECT, API)


def read(what: object, event: str = "message.create") -> Reading:
    return READER.read(stored(what, event))


def parts(reader: TiledeskReader = READER, **fields: Any) -> tuple[Part, ...]:
    reading = reader.read(stored(payload(**fields)))
    assert isinstance(reading, Message), reading
    return reading.parts


def attributes(**given: Any) -> dict[str, Any]:
    return {"attributes": given}


def buttons(*given: Any) -> dict[str, Any]:
    return attributes(attachment={"type": "template", "buttons": list(given)})


def gallery(*given: Any) -> dict[str, Any]:
    return {"type": "gallery", "text": "", **attributes(attachment={"type": "gallery", "gallery": list(given)})}


def bubble(text: str = "", **fields: Any) -> dict[str, Any]:
    return {"type": "message", "message": {"type": "text", "text": text, **fields}}


def hidden(text: str = "VIP") -> dict[str, Any]:
    return bubble(text, attributes={"subtype": "private"})
