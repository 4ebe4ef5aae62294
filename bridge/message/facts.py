"""What changed: facts, which are written down in one commit with the step that learned them."""

from dataclasses import dataclass

from bridge.message.parts import Button, File
from bridge.message.places import Conversation


@dataclass(frozen=True, slots=True)
class Opened:
    """A chat got a new request."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Met:
    """A person writes on a channel, under this name; `username` is without the @, and empty if they have none."""

    channel: str
    person: str
    name: str
    username: str


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


@dataclass(frozen=True, slots=True)
class Offer:
    """Buttons that were sent into a chat at `at`. `chosen_by` is the key of the press that used them up, "" while none has."""

    id: str
    channel: str
    chat: str
    buttons: tuple[Button, ...]
    at: float = 0.0
    chosen_by: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """Buttons are about to be sent; writing the same offer again changes nothing."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Used:
    """The press of that key has used an offer up; the first one counts."""

    offer: str
    by: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A network's file that has an address of ours: how it is found, and what a browser is told about it.

    `id` is unguessable, and the same for the same file of the same message. `name` and `mime` are the original's, `thumbnail`
    stands in for it where it can't be shown, `at` is when it came, `person` who sent it ('' if that is not known), `expires` when
    its addresses stop to open (0: never).
    """

    id: str
    file: File
    name: str
    mime: str
    size: int = 0
    thumbnail: File | None = None
    at: float = 0.0
    person: str = ""
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Filed:
    """A file got an address of ours."""

    stored: StoredFile


Fact = Opened | Met | Confirmed | Closed | Blocked | Reachable | Moved | Offered | Used | Filed
