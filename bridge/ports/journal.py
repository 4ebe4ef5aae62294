"""Every message between its acceptance and its end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType, Protocol

from bridge.message import (
    Arrival,
    Fact,
    Lane,
    Receipt,
)
from bridge.outcome import Dead, Verdict

EntryId = NewType("EntryId", int)


@dataclass(frozen=True, slots=True)
class Entry:
    """An arrival in the journal.

    `step` is the call to make next, `attempts` how many were spent on it, `suspect` how often it could not be known whether a
    call arrived, `doubt` whether that is so for the call at `step` right now. `missed` says which calls before it did not
    arrive, and why; `late` that agents were told that it is late. `since` is when it was accepted by `Clock.tick()`: its age
    stays true whoever sets the clock while it is in hand. `delivered` are the calls that are not made again after a
    retry. `begun`: a call of it was begun under an earlier claim, or it was `retried` by an operator: then a doubt is that of
    all its calls.
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
    since: float
    missed: Dead | None = None
    late: bool = False
    delivered: tuple[int, ...] = ()
    begun: bool = False
    retried: bool = False


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

    `arrivals` are accepted (notes of ours to the desk), those `if_late` only if agents were told that the entry is late; `missed`
    becomes the entry's.
    """

    facts: tuple[Fact, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    missed: Dead | None = None
    if_late: tuple[Arrival, ...] = ()


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


class Ledger(Protocol):
    """What whoever holds a lane writes down of its entries; durable, and raises, as the whole `Journal`."""

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


class Journal(Ledger, Protocol):
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

    async def shift(self, seconds: float) -> None:
        """The clock was set by so many seconds: no wait gets longer for it (they may end early), and no entry older."""
        ...

    async def prune(self, before: float, limit: int = 1000) -> int:
        """Forget up to `limit` entries that were settled as done before that time, and say how many; dead letters stay.

        Up to as many files whose addresses had ended go with them.
        """
        ...
