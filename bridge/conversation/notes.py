"""Private notes of ours to a request's agents (pure): written as arrivals, and read like any other."""

from dataclasses import dataclass

import orjson

from bridge.errors import Unreadable
from bridge.message import NOTES, Arrival, Direction, Lane, Message, Notice, Person

SOURCE = "bridge/notes"
"""where notes come from, in the journal"""

AUTHOR = Person("bridge", "Bridge")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a note is for: the agents of a request, behind this destination, about this chat."""

    destination: str
    lane: Lane
    request_id: str


def note(audience: Audience, text: str, key: str, now: float) -> Arrival:
    """A note to be accepted with what it speaks of; `key` names the occasion, so that it is told once."""
    side = Lane(audience.lane.channel, audience.lane.chat, NOTES, Direction.INBOUND)
    raw = orjson.dumps({"request_id": audience.request_id, "text": text, "at": now})
    return Arrival(SOURCE, key, side, int(now * 1000), raw, audience.destination)


class NoteReader:
    """Reads what `note` wrote."""

    def read(self, raw: bytes) -> Message:
        """The note as a private message."""
        try:
            told = orjson.loads(raw)
            request_id, text, at = str(told["request_id"]), str(told["text"]), float(told["at"])
        except (ValueError, KeyError, TypeError):
            raise Unreadable("this is no note of ours") from None
        return Message(AUTHOR, (Notice(text),), at, request_id=request_id, private=True)


def undelivered(reason: str, part: int = 0, parts: int = 0) -> str:
    """Say that a message, or one part of several, did not reach the user."""
    which = f" (part {part} of {parts})" if parts > 1 else ""
    return f"⚠️ Not delivered{which}: {reason}"


def remarked(remark: str) -> str:
    """Say that a message reached the user in another form."""
    return f"ℹ️ {remark}"  # noqa: RUF001 - the sign is meant
