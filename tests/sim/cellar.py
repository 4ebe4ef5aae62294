"""What survives a daemon: the journal, as the daemon opens it and as the tally reads it, in SQL or in memory."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.message import Arrival, Lane
from bridge.outcome import Verdict
from bridge.ports import NO_CHANGES, Book, Changes, Claim, Clock, EntryId, Journal
from bridge.store import MemoryStore
from bridge.store.batch import Result, Value
from tests.sim.commit import LEASE, InlineCommit, World
from tests.sim.store import BENCH, SimStore


@dataclass(frozen=True, slots=True)
class Row:
    """What the journal knows of an entry; `step` is -1 before it was begun."""

    id: int
    source: str
    key: str
    state: str
    suspect: int
    step: int

    @property
    def live(self) -> bool:
        """Whether there is something left to do."""
        return self.state in {"waiting", "sending"}


class Cellar(Protocol):
    """Outlives every daemon of a history."""

    def open(self) -> tuple[Journal, Book]:
        """What a new daemon gets."""
        ...

    def step(self, lane: Lane, source: str, key: str) -> int:
        """The step of an entry that was begun, else -1."""
        ...

    def undone(self) -> int:
        """Entries that are neither done nor dead."""
        ...

    def rows(self) -> list[Row]:
        """Everything."""
        ...


class SqlCellar:
    """The real statements on a database in memory."""

    def __init__(self, clock: Clock, world: World, horizon: dict[int, int], stores: type[SimStore] = SimStore) -> None:
        self.database = BENCH.wiped()
        self.means = (clock, world, horizon)
        self.stores = stores

    def open(self) -> tuple[Journal, Book]:
        store = self.stores(self.database, *self.means)
        return store, store

    def step(self, lane: Lane, source: str, key: str) -> int:
        rows: list[Any] = self.database.connection.execute(BEGUN, (source, key)).fetchall()
        return int(rows[0][0]) if rows else -1

    def undone(self) -> int:
        [(sending, waiting)] = self.database.all("count_live")
        return int(sending + waiting)

    def rows(self) -> list[Row]:
        return [Row(*row) for row in self.database.script(EVERYTHING)]


BEGUN = "SELECT step FROM entry WHERE source = ? AND key = ? AND begun = 1"
EVERYTHING = "SELECT id, source, key, state, suspect, CASE WHEN begun THEN step ELSE -1 END FROM entry ORDER BY id"


class MemoryCellar:
    """The store in memory, which keeps the same contract, and is quicker."""

    def __init__(self, clock: Clock, world: World, horizon: dict[int, int]) -> None:
        self.store = MemoryStore(clock)
        self.clock, self.world, self.horizon = clock, world, horizon

    def open(self) -> tuple[Journal, Book]:
        store, now = self.store, self.clock.now()
        store._events = {}
        store.restart()
        tracks = store._tracks.values()
        rows = [row for track in tracks for row in track.rows.values()]
        seen = max((max(row.entry.accepted_at, row.settled_at or 0.0) for row in rows), default=now)
        if now < seen:
            done(store.shift(now - seen))
        for track in tracks:
            track.rest(now)
        journal: Any = SimMemory(store, self.world, self.horizon)  # of the journal what the relay calls
        return journal, store

    def step(self, lane: Lane, source: str, key: str) -> int:
        track = self.store._tracks.get(lane)
        if track is not None:
            for row in track.rows.values():
                if row.entry.key == key:
                    return row.entry.step if row.begun else -1
        return -1

    def undone(self) -> int:
        return sum(row.settled_at is None for track in self.store._tracks.values() for row in track.rows.values())

    def rows(self) -> list[Row]:
        return [
            Row(entry.id, entry.source, entry.key, row.state, entry.suspect, entry.step if row.begun else -1)
            for track in self.store._tracks.values()
            for row in track.rows.values()
            for entry in (row.entry,)
        ]


def done(work: Coroutine[Any, Any, Any]) -> Any:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration as ended:
        return ended.value
    raise RuntimeError("it waits")


def one_after_another(batch: Sequence[Any]) -> list[Result]:
    """A transaction in memory, where nothing fails."""
    return [Value(done(operation(None))) for operation in batch]


class SimMemory:
    """`MemoryStore` behind a group commit."""

    def __init__(self, store: MemoryStore, world: World, horizon: dict[int, int]) -> None:
        self.store, self.world, self.horizon = store, world, horizon
        self.known_at: dict[int, int] = {}
        self.writer: Any = InlineCommit(world, one_after_another)  # its operations are coroutines here
        self.wake = store.wake

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        return await self.writer.run(lambda _: self.store.accept(arrivals))  # type: ignore[no-any-return]

    async def claim(self, destination: str, lanes: int, lease: float, depth: int = 16) -> list[Claim]:
        # Some more may come before the claim's commit: an excuse too many, never one too few.
        last = self.store._entries
        claims: Any = await self.writer.run(lambda _: self.store.claim(destination, lanes, min(lease, LEASE), depth))
        for claim in claims:
            self.known_at[claim.token] = last
        return claims  # type: ignore[no-any-return]

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        self.horizon.setdefault(entry, self.known_at[claim.token])
        now = self.world.loop.now
        held: Any = await self.writer.run(lambda _: self.store.begin(claim, entry, step, changes))
        if held:  # one that has lost its lease must not tell when it begins
            self.world.begun_at[claim.lane.direction, claim.lane.chat] = now
        return held  # type: ignore[no-any-return]

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        work = self.writer.run(lambda _: self.store.settle(claim, entry, verdict, changes, release=release))
        return await work  # type: ignore[no-any-return]

    async def release(self, claim: Claim) -> None:
        await self.writer.run(lambda _: self.store.release(claim))

    async def shift(self, seconds: float) -> None:
        await self.writer.run(lambda _: self.store.shift(seconds))
