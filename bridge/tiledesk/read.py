"""What Tiledesk's webhooks bring → neutral messages (pure), by an allow-list: what is not named here does not travel.

Shapes as in tiledesk-server 2.19; `raw` is `{"event": …, "payload": …}`, as the door writes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from bridge.errors import Unreadable
from bridge.message import Closed, Message, News, Notice, Part, Pause, Person, Reading, Skip, Text
from bridge.tiledesk.plan import STAMP

CLOSE_EVENT = "request.close"

WITH_ADDRESS = {
    "image": "image",
    "file": "file",
    "video": "video",
    "audio": "audio",
    "frame": "page",
    "redirect": "page",
}
"""types whose content stands behind `metadata.src`: what to call it"""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TiledeskReader:
    """Reads one project's events."""

    project_id: str

    def read(self, raw: bytes) -> Reading:
        """Translate one event; raises `Unreadable` if it is not Tiledesk's."""
        try:
            stored = orjson.loads(raw)
            event, payload = stored["event"], stored["payload"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Unreadable("the event has no payload") from None
        if not isinstance(payload, dict) or payload.get("id_project") != self.project_id:
            return Skip("other project")
        if event == CLOSE_EVENT:
            return News((Closed(required(payload, "request_id")),))
        return self.message(payload)

    def message(self, payload: Json) -> Reading:
        """Let through what an agent or a bot says to the end user."""
        refused = guarded(payload)
        if refused:
            return Skip(refused)
        content = parts(payload)
        if not any(isinstance(part, Text | Notice) for part in content):
            return Skip("empty")
        author = Person(str(payload["sender"]), first_name=str(payload.get("senderFullname") or ""))
        origin = {"message_id": required(payload, "_id")}
        return Message(author, content, moment(payload), request_id=required(payload, "recipient"), origin=origin)


def guarded(payload: Json) -> str:
    """The leak guard: why this message must not reach an end user, or nothing."""
    attributes = mapping(payload.get("attributes"))
    sender = payload.get("sender")
    subtype = attributes.get("subtype")
    if not isinstance(sender, str) or not sender:
        return "no sender"
    if is_echo(payload):
        return "echo"
    if sender == "system":
        return "system"
    if subtype:
        return subtype if subtype in ("private", "info", "info/support") else "unknown subtype"
    return "" if payload.get("channel_type", "group") == "group" else "not in a request"


def is_echo(payload: Json) -> bool:
    """True for the end user's own message, which Tiledesk sends back to us like any other.

    By the request's owner, or by our stamp on a message that no account and no bot wrote (in a group others than the owner
    write, too; a bot may copy attributes).
    """
    sender = str(payload.get("sender"))
    request = mapping(payload.get("request"))
    owners = (mapping(request.get("lead")).get("lead_id"), mapping(request.get("requester")).get("uuid_user"))
    if sender in owners:
        return True
    account = len(sender) == 24 and all(letter in "0123456789abcdef" for letter in sender)
    return STAMP in mapping(payload.get("attributes")) and not account and not sender.startswith("bot_")


def parts(payload: Json) -> tuple[Part, ...]:
    """What a message is made of: a bot's commands if there are any (its own text is a summary of them), else itself."""
    commands = mapping(payload.get("attributes")).get("commands")
    if isinstance(commands, list) and commands:
        found: list[Part] = []
        for command in commands:
            found += command_parts(mapping(command))
        if any(isinstance(part, Text | Notice) for part in found) or any(map(is_hidden, commands)):
            return tuple(found)  # a summary would tell what is hidden, too
    return tuple(bubble(payload))


def is_hidden(command: object) -> bool:
    """True for a bubble with a subtype of its own, which the leak guard would not let through either."""
    return bool(mapping(mapping(mapping(command).get("message")).get("attributes")).get("subtype"))


def command_parts(command: Json) -> list[Part]:
    """One command of a bot: a wait in milliseconds, or a message."""
    if command.get("type") == "wait" and isinstance(command.get("time"), int | float):
        return [Pause(max(0.0, command["time"] / 1000))]
    if command.get("type") == "message" and not is_hidden(command):
        return bubble(mapping(command.get("message")))
    return []


def bubble(message: Json) -> list[Part]:
    """One bubble: its words, the address of what it shows, and the labels of its buttons."""
    found: list[Part] = []
    attachment = mapping(mapping(message.get("attributes")).get("attachment"))
    if attachment.get("type") == "wa_template":
        return []  # a template of another network: its text is its name and its blanks
    text = cited(message.get("text")) if message.get("type") == "url_preview" else message.get("text")
    kind = WITH_ADDRESS.get(str(message.get("type")))
    metadata = mapping(message.get("metadata"))
    address = metadata.get("src")
    if isinstance(text, str) and text.strip():
        found.append(Text(text))
    if kind and isinstance(address, str) and address and not (isinstance(text, str) and address in text):
        name = metadata.get("name")
        found.append(Notice(f"[{kind}] {name + ': ' if isinstance(name, str) and name else ''}{address}"))
    labels = buttons(attachment)
    if labels:
        found.append(Notice("\n".join(labels)))
    return found


def cited(text: object) -> object:
    """A bot's sources, which come as a list in JSON, as lines; any other text as it is."""
    try:
        found = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return text
    if not isinstance(found, list):
        return text
    fields = ("source_name", "source_file_name")
    lines = [": ".join(str(source[name]) for name in fields if source.get(name)) for source in map(mapping, found)]
    return "\n".join(f"• {line}" for line in lines if line)


def buttons(attachment: Json) -> list[str]:
    """The buttons as lines to read and answer."""
    found = attachment.get("buttons")
    lines: list[str] = []
    for button in found if isinstance(found, list) else []:
        label, link = mapping(button).get("value"), mapping(button).get("link")
        if isinstance(label, str) and label.strip():
            lines.append(f"• {label.strip()}" + (f": {link}" if isinstance(link, str) and link else ""))
    return lines


def moment(payload: Json, *names: str) -> float:
    """When it happened, in seconds, by the first of the fields `names` that says; 0 if none does."""
    for name in names or ("createdAt", "updatedAt"):
        try:
            return datetime.fromisoformat(str(payload.get(name))).timestamp()
        except ValueError:
            continue
    return 0.0


def required(payload: Json, name: str) -> str:
    """A string that every payload of its kind has."""
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"the event has no {name}")
    return value


def mapping(value: object) -> Json:
    """An object, or an empty one: Tiledesk writes "" for absent metadata."""
    return value if isinstance(value, Mapping) else {}
