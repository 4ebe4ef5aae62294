"""The neutral words that every room speaks: values without behaviour, none of them Telegram's or Tiledesk's.

Times are seconds since the epoch, durations are seconds, ids of the far sides are strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Direction(StrEnum):
    """Which way a message goes."""

    INBOUND = "in"
    """from the end user to the desk"""
    OUTBOUND = "out"
    """from the desk to the end user"""


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """The unit of order: one chat (and topic) of one channel, in one direction."""

    channel: str
    chat: str
    topic: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the door writes down, untranslated.

    `source` and `key` together name it for ever (repeats are absorbed by them); within a lane the smallest `order` goes first;
    `destination` names whom it is bound for, such as `desk/main` or `channel/support`.
    """

    source: str
    key: str
    lane: Lane
    order: int
    raw: bytes
    destination: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote. `id` is stable on its network: `telegram-4711`, or an agent's id at the desk."""

    id: str
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language: str = ""

    @property
    def full_name(self) -> str:
        """The name to show; never empty."""
        name = f"{self.first_name} {self.last_name}".strip()
        return name or (f"@{self.username}" if self.username else self.id)


# ---------------------------------------------------------------- what a message is made of


@dataclass(frozen=True, slots=True)
class Text:
    """Words, in Markdown."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One plain line of ours that names something that can't be carried as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait that a bot asked for, shown to the user as typing."""

    seconds: float


Part = Text | Notice | Pause


@dataclass(frozen=True, slots=True)
class Message:
    """One message, translated out of its network's form.

    `request_id` is set on outbound messages only. `origin` holds the network's own ids, flat and JSON-able.
    """

    author: Person
    parts: tuple[Part, ...]
    sent_at: float
    request_id: str = ""
    origin: Mapping[str, str | int] = field(default_factory=dict)


# ---------------------------------------------------------------- conversations, and what happens to them


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


@dataclass(frozen=True, slots=True)
class Opened:
    """A chat got a new request."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The desk has stored the first message of this request."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The desk has closed this request."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The end user does not let us write into this chat any more."""

    channel: str
    chat: str


@dataclass(frozen=True, slots=True)
class Reachable:
    """The end user lets us write into this chat again."""

    channel: str
    chat: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The network gave this chat another id."""

    channel: str
    chat: str
    to: str


Fact = Opened | Confirmed | Closed | Blocked | Reachable | Moved


@dataclass(frozen=True, slots=True)
class News:
    """An arrival that carries no message, only facts."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """An arrival that must not travel on; `reason` is one of a few words that are counted."""

    reason: str


Reading = Message | News | Skip


# ---------------------------------------------------------------- what goes out


@dataclass(frozen=True, slots=True)
class Call:
    """One API call of a plan.

    `to` is the address at the destination (a chat, a request), `pace` names the token buckets it draws from, `pause` is how
    long to show "typing" before it, `author` whom it speaks for.
    """

    method: str
    to: str
    body: Mapping[str, object]
    pace: tuple[str, ...] = ()
    pause: float = 0.0
    author: Person | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The far side's id for one delivered call of an entry."""

    step: int
    id: str
