"""The journal and the book in one SQLite file."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from bridge.message import Arrival
from bridge.outcome import Verdict
from bridge.ports import NO_CHANGES, Changes, Claim, Clock, EntryId, Overdue, Recovery
from bridge.store import entries
from bridge.store.batch import read_each
from bridge.store.book import SqliteBook
from bridge.store.database import WORLD, Database, connect_reader, connect_writer, scour, unavailable
from bridge.store.lock import FileLock
from bridge.store.migrate import create, prepare
from bridge.store.views import Views
from bridge.store.writer import Committed, GroupCommit, untold


class SqliteStore(SqliteBook, Views):
    """`bridge.ports.Journal` and `bridge.ports.Book`; make one with `SqliteStore.open` or `open_journal`.

    `recovery` is what it found at the start, `lost` counts the writes that came too late for their lease, `inversions` the
    entries that were begun after one of a larger order. What operators look for is read by `leisure`: a search through everything
    may take seconds, and messages ask the other reader on their way.
    """

    def __init__(
        self,
        lock: FileLock,
        recovery: Recovery,
        writer: GroupCommit,
        reader: GroupCommit,
        leisure: GroupCommit,
        clock: Clock,
        path: Path,
    ) -> None:
        super().__init__(writer, reader)
        self.leisure = leisure
        self.path = path
        self.recovery = recovery
        self.lost = 0
        self.inversions = 0
        self._lock = lock
        self._clock = clock
        self._events: dict[str, asyncio.Event] = {}

    @classmethod
    async def open(cls, path: Path, clock: Clock, committed: Committed = untold) -> Self:
        """Open or make the journal, and tell `committed` of commits.

        Raises `JournalInUse`, `JournalDamaged` or `JournalUnavailable`.
        """
        path = await asyncio.to_thread(create, path)
        lock = FileLock(path)
        try:
            recovery = await asyncio.to_thread(prepare, path, clock.now())
        except BaseException:
            lock.release()
            raise
        writer = GroupCommit("journal-write", lambda: connect_writer(path), committed=committed)
        reader = GroupCommit("journal-read", lambda: connect_reader(path), read_each)
        leisure = GroupCommit("journal-leisure", lambda: connect_reader(path), read_each)
        return cls(lock, recovery, writer, reader, leisure, clock, path)

    async def close(self) -> None:
        """Finish what is queued and let the next holder in; every later call raises `JournalUnavailable`."""
        try:
            await self.leisure.close()
            await self.reader.close()
            await self.writer.close()
        finally:
            self._lock.release()

    async def scour(self) -> bool:
        """Bring the log into the file and empty it: what was deleted is overwritten in the file, but stands in the log still.

        False if it could not be emptied, for another program reads it all the time. Raises `JournalUnavailable`.
        """
        try:
            return await asyncio.to_thread(scour, self.path)
        except WORLD as error:
            raise unavailable(error) from None

    # ------------------------------------------------------------ counters

    @property
    def commits(self) -> int:
        """Commits that changed something."""
        return self.writer.commits

    @property
    def operations(self) -> int:
        """Operations in those and in empty transactions."""
        return self.writer.operations

    @property
    def largest_batch(self) -> int:
        """Most operations that ever shared a transaction."""
        return self.writer.largest_batch

    @property
    def failed_batches(self) -> int:
        """Transactions that could not be begun or committed."""
        return self.writer.failed_batches

    @property
    def trouble(self) -> str:
        """Why something could not be written lately; empty if all is well."""
        return self.writer.trouble

    async def try_writing(self) -> None:
        """Write nothing new, to see whether the disk takes it; raises `JournalUnavailable` if not."""
        await self.writer.run(lambda db: db.run("try_writing"))

    async def answer(self) -> None:
        """Return when both threads have answered, whatever they say; a sign that neither hangs."""
        await asyncio.gather(self.reader.run(nothing), self.writer.run(nothing), return_exceptions=True)

    # ------------------------------------------------------------ the journal

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        """Write arrivals down in one commit and return how many were new."""
        now = self._clock.now()
        accepted = await self.writer.run(lambda db: entries.accept(db, arrivals, now), self._accepted)
        return accepted.new

    async def claim(self, destination: str, lanes: int, lease: float, depth: int = 16) -> list[Claim]:
        """Hold up to `lanes` idle lanes with ready work for `destination`, longest waiting first."""
        now, tick = self._clock.now(), self._clock.tick()
        return await self.writer.run(lambda db: entries.claim(db, destination, lanes, lease, depth, now, tick))

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        """Write down that call `step` is being sent; False: the lease was lost."""
        now, tick = self._clock.now(), self._clock.tick()
        written = await self.writer.run(
            lambda db: entries.begin(db, claim, entry, step, changes, now, tick), self._released
        )
        return written.held

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        """Write a verdict down, and let the lane go with it if it is the claim's last; False: the lease was lost."""
        now = self._clock.now()
        written = await self.writer.run(
            lambda db: entries.settle(db, claim, entry, verdict, changes, now, last=release), self._released
        )
        return written.held

    async def release(self, claim: Claim) -> None:
        """Let a lane go; no matter if it was lost already."""
        now = self._clock.now()
        await self.writer.run(lambda db: entries.release(db, claim, now), self._released)

    def wake(self, destination: str) -> asyncio.Event:
        """The event that is set when `destination` may have ready work; whoever waits for it clears it."""
        return self._events.setdefault(destination, asyncio.Event())

    async def overdue(self, destination: str, before: float, limit: int = 100) -> list[Overdue]:
        """Up to `limit` live entries for `destination` that were accepted before that time and are not marked as late."""
        return await self.reader.run(lambda db: entries.overdue(db, destination, before, limit))

    async def mark_late(self, late: Sequence[EntryId], arrivals: Sequence[Arrival]) -> None:
        """Mark live entries as late, and accept what there is to tell of them, in one commit."""
        now = self._clock.now()
        await self.writer.run(lambda db: entries.mark_late(db, late, arrivals, now), self._accepted)

    async def shift(self, seconds: float) -> None:
        """Move every time that is still to come, or tells an age, by so many seconds, as the clock was."""
        now = self._clock.now()
        await self.writer.run(lambda db: entries.shift(db, seconds, now))

    async def prune(self, before: float, limit: int = 1000) -> int:
        """Forget up to `limit` entries that were settled as done before that time, and files whose addresses had ended."""
        return await self.writer.run(lambda db: entries.prune(db, before, limit))

    # ------------------------------------------------------------ after a commit, on the loop

    def _wake(self, destinations: Iterable[str]) -> None:
        for destination in destinations:
            self.wake(destination).set()

    def _accepted(self, accepted: entries.Accepted) -> None:
        self._wake(accepted.destinations)
        if accepted.grace > 0:
            asyncio.get_running_loop().call_later(accepted.grace, self._wake, accepted.destinations)

    def _released(self, released: entries.Written) -> None:
        self.lost += not released.held
        self.inversions += released.inverted
        self._wake(released.ready)


def nothing(_: Database) -> None:
    """Nothing to read or write."""


@asynccontextmanager
async def open_journal(path: Path, clock: Clock, committed: Committed = untold) -> AsyncIterator[SqliteStore]:
    """Open the journal for the time of an `async with`; `committed` is told of its commits."""
    store = await SqliteStore.open(path, clock, committed)
    try:
        yield store
    finally:
        await store.close()
