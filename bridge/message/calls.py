"""What comes in and what goes out: readings, messages and the calls of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.message.facts import Fact
from bridge.message.parts import File, Part
from bridge.message.places import Person


@dataclass(frozen=True, slots=True)
class Message:
    """One message, translated out of its network's form.

    `request_id` is set on messages of the desk and on notes to it. `origin` holds the network's own ids, JSON-able. `variables`
    are for the desk's bots, `phone` is the author's own number if they shared it here. `aside`: it is seen, but nobody need
    answer it. `private`: a note for agents alone.
    """

    author: Person
    parts: tuple[Part, ...]
    sent_at: float
    request_id: str = ""
    origin: Mapping[str, object] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    phone: str = ""
    aside: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """An arrival that carries no message, only facts; agents are told of them by a private `note` if there is one."""

    facts: tuple[Fact, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """An arrival that must not travel on; `reason` is one of a few words that are counted."""

    reason: str


Reading = Message | News | Skip


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes with a call, as the parameter `field`; `source` is a URL or a network's file, `size` as others say."""

    field: str
    source: File | str
    name: str = ""
    mime: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One API call of a plan.

    `to` is the address at the destination (a chat, a request), `pace` names the token buckets it draws from, `rank` says who
    goes first where they are scarce (0 before 1), `pause` is how long to show "typing" before it, `author` whom it speaks for.
    `facts` are written down before it is made. `instead` is sent in its place if the far side will not take this one, or one of
    its files can't be had.
    """

    method: str
    to: str
    body: Mapping[str, object]
    pace: tuple[str, ...] = ()
    pause: float = 0.0
    author: Person | None = None
    uploads: tuple[Upload, ...] = ()
    facts: tuple[Fact, ...] = ()
    instead: "Call | None" = None
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """The far side's id for one delivered call of an entry."""

    step: int
    id: str
