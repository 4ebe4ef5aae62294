"""What the rooms need of each other, as Protocols; only the hall knows who stands behind them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, NewType, Protocol, Self

from bridge.message import (
    Arrival,
    Call,
    Conversation,
    Fact,
    File,
    Filed,
    Lane,
    Media,
    Message,
    Offer,
    Reading,
    Receipt,
    StoredFile,
)
from bridge.outcome import Outcome, Verdict

EntryId = NewType("EntryId", int)


class Clock(Protocol):
    """Wall-clock time and waiting; a simulation brings its own."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


# ---------------------------------------------------------------- the journal


@dataclass(frozen=True, slots=True)
class Entry:
    """An arrival in the journal.

    `step` is the call to make next, `attempts` how many were spent on it, `suspect` how often it could not be known whether a
    call arrived, `doubt` whether that is so for the call at `step` right now. `missed` says which calls before it the far side
    refused, and why; `late` that agents were told that it is late.
    """

    id: EntryId
    source: str
    key: str
    raw: bytes
    step: int
    attempts: int
    suspect: int
    doubt: bool
    accepted_at: float
    missed: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Overdue:
    """A live entry that was accepted too long ago; `reason` is that of its latest verdict, if it had one."""

    id: EntryId
    source: str
    key: str
    raw: bytes
    reason: str
    accepted_at: float
    lane: Lane


@dataclass(frozen=True, slots=True)
class Claim:
    """A lane held by one holder, with its next entries in order; `token` fences every write made under it."""

    lane: Lane
    token: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is written in the same commit as a `begin` or `settle`.

    `arrivals` are accepted (notes of ours to the desk), `missed` becomes the entry's.
    """

    facts: tuple[Fact, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    missed: str = ""


NO_CHANGES = Changes()


@dataclass(frozen=True, slots=True)
class Census:
    """The journal's entries of one destination, counted. `oldest` is when the oldest waiting one was accepted."""

    destination: str
    waiting: int = 0
    sending: int = 0
    done: int = 0
    dead: int = 0
    oldest: float | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a new journal holder found: entries that were in flight when the last one died, and waiting ones."""

    suspects: int
    waiting: int


class Journal(Protocol):
    """Every message between its acceptance and its end; each method is durable when it returns.

    All raise `JournalUnavailable` when the store can't serve; nothing was changed then.
    """

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        """Write arrivals down in one commit and return how many were new; repeats are absorbed by (source, key)."""
        ...

    async def claim(self, destination: str, lanes: int, lease: float, depth: int = 16) -> list[Claim]:
        """Hold up to `lanes` idle lanes with ready work for `destination`, longest waiting first, at most `depth` entries each.

        A lane is idle if nobody holds it, or its holder's `lease` ran out. Within a lane an entry that was begun comes first,
        then by `order`, then by acceptance. Only the head's due time counts: a waiting head holds its lane.
        """
        ...

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        """Write down that call `step` is being sent (so the ones before it were delivered) and renew the lease.

        False: the lease was lost, nothing was written, do not send.
        """
        ...

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        """Write a verdict down, and `release` the lane in the same commit; False: the lease was lost, nothing was written."""
        ...

    async def release(self, claim: Claim) -> None:
        """Let a lane go. It is ready again at once if work is left, when its head is due, or with the next arrival."""
        ...

    def wake(self, destination: str) -> asyncio.Event:
        """The event that is set when `destination` may have ready work: a hint, never the truth."""
        ...

    async def census(self) -> list[Census]:
        """Counts for every destination the journal knows."""
        ...

    async def overdue(self, destination: str, before: float, limit: int = 100) -> list[Overdue]:
        """Up to `limit` live entries for `destination` that were accepted before that time and are not marked as late."""
        ...

    async def mark_late(self, entries: Sequence[EntryId], arrivals: Sequence[Arrival]) -> None:
        """Mark live entries as late, and accept what there is to tell of them, in one commit."""
        ...

    async def prune(self, before: float, limit: int = 1000) -> int:
        """Forget up to `limit` entries that were settled as done before that time; dead letters stay."""
        ...


# ---------------------------------------------------------------- the book


@dataclass(frozen=True, slots=True)
class Guest:
    """One end user as a desk knows them: the id and token we got at the first sign-in."""

    desk: str
    person: str
    user_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook that we made at a desk; its secret is told only once, at creation."""

    desk: str
    event: str
    id: str
    target: str = field(repr=False)
    secret: str = field(repr=False)


class Book(Protocol):
    """What is known of conversations, end users and the desk's subscriptions; reads see every finished commit."""

    async def conversation(self, channel: str, chat: str, topic: str) -> Conversation | None:
        """The chat's conversation."""
        ...

    async def by_request(self, request_id: str) -> Conversation | None:
        """The conversation of the chat that has or once had this request; its current `request_id` may be a newer one."""
        ...

    async def open_conversations(self, desk: str, since: float) -> list[Conversation]:
        """The desk's conversations whose request is stored and open, and which had an arrival, either way, after `since`."""
        ...

    async def guest(self, desk: str, person: str) -> Guest | None:
        """The end user's sign-in at this desk."""
        ...

    async def keep_guest(self, guest: Guest) -> None:
        """Remember a sign-in (replaces an older one)."""
        ...

    async def forget_guest(self, desk: str, person: str) -> None:
        """Forget a sign-in that the desk no longer honours."""
        ...

    async def subscriptions(self, desk: str) -> list[Subscription]:
        """The desk's subscriptions that are ours."""
        ...

    async def keep_subscription(self, subscription: Subscription) -> None:
        """Remember a subscription; there is one for each (desk, event)."""
        ...

    async def secret(self, name: str) -> str:
        """An unguessable URL-safe string, made at the first call and the same ever after."""
        ...

    async def offer(self, id: str) -> Offer | None:  # noqa: A002 - the offer's own word
        """The buttons that were sent under this id."""
        ...

    async def stored_file(self, id: str) -> StoredFile | None:  # noqa: A002 - the file's own word
        """The file that has this address of ours; None if there is none, or it was revoked."""
        ...


# ---------------------------------------------------------------- files


class Rendition(StrEnum):
    """What is made of a file so that a browser can show it."""

    ORIGINAL = "o"
    PNG = "png"
    """a still picture"""
    M4A = "m4a"
    """a sound that every browser plays"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file of a network's can be had, and what will be there. `facts` make the address true."""

    url: str
    download_url: str
    name: str
    mime: str
    facts: tuple[Filed, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address of ours stands for: the stored file of that id, as `rendition`, until `expires` (0: for ever)."""

    id: str
    rendition: Rendition
    expires: int = 0


class Links(Protocol):
    """Gives files of a network addresses of ours; pure."""

    def to(self, media: Media, sent_at: float) -> Address:
        """The address of what can be shown of this media, whose `source` is a `File`."""
        ...


@dataclass(frozen=True, slots=True)
class Blob:
    """A file on our disk, open for reading at its start: it stays whole even if its place on the disk is given away.

    `mime` is what it really holds, `name` fits that, `digest` names exactly these bytes. Whoever got it closes it: `with blob:`.
    """

    file: BinaryIO
    name: str
    mime: str
    size: int
    digest: str

    def close(self) -> None:
        """Let it go."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Blobs(Protocol):
    """Brings files of the networks to our disk, each once."""

    async def get(
        self,
        file: File,
        rendition: Rendition = Rendition.ORIGINAL,
        *,
        name: str = "",
        mime: str = "",
        thumbnail: File | None = None,
    ) -> Blob:
        """The file as this rendition; if that can't be made of it, its thumbnail instead of a picture, else the original.

        `name` and `mime` are what others say of the original: the blob's own come of them and of what is in it. Raises
        `FileGone`, `FileTooLarge` or `FileUnavailable`.
        """
        ...


# ---------------------------------------------------------------- the edges


class Reader(Protocol):
    """Translates what a door wrote down; pure."""

    def read(self, raw: bytes) -> Reading:
        """Raise `Unreadable` if there is no way to understand it."""
        ...


class Planner(Protocol):
    """Turns a message into the calls that deliver it; pure, and the same for the same input at every attempt."""

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        """`key` is the entry's key, to be stamped where the destination can keep it."""
        ...


class Sender(Protocol):
    """Makes one call; never raises for what the world does."""

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        """`suspect`: an earlier attempt may have arrived, look (where that is possible) before sending again."""
        ...


# ---------------------------------------------------------------- the doors


@dataclass(frozen=True, slots=True)
class Knock:
    """The head of an HTTP request to a door: headers (case-insensitive mapping) and the path's variables."""

    headers: Mapping[str, str]
    path: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door says: a status, after how many seconds to come back, and a word for the metrics if it refused or ignored."""

    status: int
    retry_after: int | None = None
    reason: str = ""


Accept = Callable[[Sequence[Arrival]], Awaitable[int]]
"""the way into the journal that doors are given: durable when it returns, the number of new arrivals"""


class Door(Protocol):
    """A webhook: looks at the head first, and at the body only if the head may enter.

    `limit` is the largest body in bytes. The body never reaches a log.
    """

    limit: int

    async def admit(self, knock: Knock) -> Answer | None:
        """None: come in. An answer: go away, the body is not read."""
        ...

    async def enter(self, knock: Knock, body: bytes) -> Answer:
        """Write the body down and answer; may raise `JournalUnavailable`."""
        ...
