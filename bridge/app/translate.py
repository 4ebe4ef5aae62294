"""Stored content as words and as calls, without sending anything: for pages, copies and dry runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from bridge.app.furniture import furniture
from bridge.conversation import notes
from bridge.errors import BridgeError, ConfigurationError, Unreadable
from bridge.message import (
    PRESSES,
    Call,
    Choice,
    Conversation,
    Direction,
    Lane,
    Media,
    Message,
    News,
    Notice,
    Part,
    Reading,
    Skip,
    Spot,
    Text,
)  # fmt: skip
from bridge.ports import EntryView, Planner, Reader
from bridge.settings import Settings
from bridge.telegram.arrive import locate

DRY = b"nothing is sent"
"""what offers' ids are made of in a dry run"""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an entry says: `kind` is `message`, `note`, `news`, `skipped` or `unreadable`, `links` lead to files."""

    kind: str
    author: str = ""
    text: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """How one direction of one channel reads and plans."""

    reader: Reader
    planner: Planner


@dataclass(frozen=True, slots=True)
class Translator:
    """Reads and plans like the daemon of these settings, with no network and no journal."""

    settings: Settings

    def way(self, lane: Lane, source: str) -> Way:
        """The reader and planner of an entry. Raises `BridgeError` if its channel is not configured any more."""
        if lane.channel not in self.settings.channels:
            raise BridgeError(f"the configuration has no channel {lane.channel!r}")
        made = furniture(self.settings, lane.channel, DRY)
        if source == notes.SOURCE:
            return Way(notes.NoteReader(), made.to_desk)
        if lane.direction is Direction.INBOUND:
            return Way(made.from_channel, made.to_desk)
        if lane.topic == PRESSES:
            return Way(made.from_channel, made.presses)
        return Way(made.from_desk, made.to_channel)

    def read(self, lane: Lane, source: str, raw: bytes) -> Reading | Unreadable:
        """What the daemon's reader makes of it."""
        try:
            return self.way(lane, source).reader.read(raw)
        except Unreadable as error:
            return error
        except BridgeError:
            raise
        except Exception as error:  # noqa: BLE001 - what is shown of a bug's victim is the bug
            return Unreadable(f"the translation failed: {type(error).__name__}")

    def spoken(self, entry: EntryView, raw: bytes) -> Spoken:
        """An entry in words."""
        try:
            reading = self.read(entry.lane, entry.source, raw)
        except BridgeError as error:
            return Spoken("unreadable", text=str(error))
        match reading:
            case Message():
                kind = "note" if reading.private else "message"
                links = tuple(
                    part.source for part in reading.parts if isinstance(part, Media) and isinstance(part.source, str)
                )
                text = "\n".join(filter(None, map(shown, reading.parts)))
                return Spoken(kind, reading.author.full_name, text, tuple(filter(None, links)))
            case News(facts, note):
                return Spoken("news", text=note or ", ".join(type(fact).__name__.lower() for fact in facts))
            case Skip(reason):
                return Spoken("skipped", text=reason)
            case Unreadable():
                return Spoken("unreadable", text=str(reading))

    def calls(
        self, lane: Lane, source: str, raw: bytes, key: str, known: Conversation | None = None
    ) -> Sequence[Call] | str:
        """The calls that today's version would make, or in a word why there are none. Raises `BridgeError`."""
        reading = self.read(lane, source, raw)
        match reading:
            case Message():
                desk = self.settings.desk_of(lane.channel)
                project = self.settings.desks[desk].project_id
                request = reading.request_id or f"support-group-{project}-of-a-dry-run"
                fresh = Conversation(
                    lane.channel, lane.chat, lane.topic, desk, request, reading.author.id, confirmed=True
                )
                calls = self.way(lane, source).planner.plan(reading, known or fresh, key)
                return calls or "it has nothing to send"
            case News():
                return "it carries no message, only what changed"
            case Skip(reason):
                return f"it does not travel: {reason}"
            case Unreadable():
                return f"it can't be read: {reading}"


def shown(part: Part) -> str:
    """A part in words (pure)."""
    match part:
        case Text(markdown):
            return markdown
        case Notice(text):
            return text
        case Media():
            return "\n".join(
                filter(None, (part.label or f"[{part.kind}{': ' + part.name if part.name else ''}]", part.caption))
            )
        case Spot():
            return f"📍 {part.title + ' ' if part.title else ''}{part.latitude:.5f}, {part.longitude:.5f}"
        case Choice(buttons):
            return " ".join(f"[{button.label}]" for button in buttons)
        case _:
            return ""


def recognise(content: bytes, settings: Settings, channel: str = "") -> tuple[Lane, str, bytes]:
    """The lane, source and stored form of a file's content: an update of Telegram's, or a webhook or message of Tiledesk's.

    Raises `BridgeError` if it is neither, `ConfigurationError` if there is no such channel.
    """
    name = channel or next(iter(settings.channels), "")
    if name not in settings.channels:
        raise ConfigurationError([f"channels: there is no channel {name!r}" if name else "channels: there is none"])
    try:
        told: Any = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BridgeError(f"this is no JSON: {error}") from None
    if not isinstance(told, Mapping):
        raise BridgeError("this is JSON, but no object: an update of Telegram's or a message of Tiledesk's is one")
    if "update_id" in told:
        chat, topic = locate(told)
        return Lane(name, chat, topic, Direction.INBOUND), f"telegram/{settings.channels[name].bot_id}", content
    payload = told.get("payload", told)
    if isinstance(payload, Mapping) and "recipient" in payload:
        event = {"event": "message.create", "payload": payload}
        project = settings.desks[settings.desk_of(name)].project_id
        return Lane(name, "0", "", Direction.OUTBOUND), f"tiledesk/{project}", orjson.dumps(event)
    raise BridgeError("this is neither an update of Telegram's (update_id) nor a message of Tiledesk's (recipient)")


def told(call: Call) -> dict[str, object]:
    """A call as JSON-able values, for people."""
    body = {name: value if is_json(value) else repr(value) for name, value in call.body.items()}
    found: dict[str, object] = {"method": call.method, "to": call.to, "body": body}
    if call.pause:
        found["after_seconds"] = call.pause
    if call.uploads:
        found["uploads"] = [
            {"field": one.field, "name": one.name, "mime": one.mime, "source": str(one.source)} for one in call.uploads
        ]
    if call.instead is not None:
        found["else"] = told(replace(call.instead, instead=None))
    return found


def is_json(value: object) -> bool:
    """Whether orjson writes it."""
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True
