"""Where messages come from and go to: lanes, arrivals, people, conversations."""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Which way a message goes."""

    INBOUND = "in"
    """from the end user to the desk"""
    OUTBOUND = "out"
    """from the desk to the end user"""


NOTES = "notes"
"""the `topic` of a chat's side lane for private notes: one that the desk does not take holds up no message"""

PRESSES = "presses"
"""the `topic` of a chat's side lane for answers to presses of buttons, which wait for nothing else"""


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """The unit of order: one chat (and topic) of one channel, in one direction; or a side lane of it."""

    channel: str
    chat: str
    topic: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the door writes down, untranslated.

    `source` and `key` together name it for ever (repeats are absorbed by them); within a lane the smallest `order` goes first;
    `destination` names whom it is bound for, such as `desk/main` or `channel/support`. It waits for `grace` seconds, in which
    one of a smaller order may still come.
    """

    source: str
    key: str
    lane: Lane
    order: int
    raw: bytes
    destination: str
    grace: float = 0.0


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote, a `bot` or a human. `id` is stable on its network: `telegram-4711`, or an agent's id at the desk."""

    id: str
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language: str = ""
    bot: bool = False

    @property
    def full_name(self) -> str:
        """The name to show; never empty."""
        name = f"{self.first_name} {self.last_name}".strip()
        return name or (f"@{self.username}" if self.username else self.id)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One chat tied to one request of a desk; a row, its behaviour lives in the rules.

    `person` owns the request at the desk; `confirmed` says that the desk has stored the request's first message.
    """

    channel: str
    chat: str
    topic: str
    desk: str
    request_id: str
    person: str
    confirmed: bool = False
    closed: bool = False
    blocked: bool = False
