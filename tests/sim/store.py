"""The real store's SQL on a database in memory."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw

from bridge.ports import NO_CHANGES, Changes, Claim, Clock, EntryId, Recovery
from bridge.store.batch import Value, read_each, write_together
from bridge.store.database import Database
from bridge.store.entries import Accepted
from bridge.store.migrate import recover
from bridge.store.sqlite import SqliteStore
from bridge.store.statements import resource
from tests.sim.commit import LEASE, InlineCommit, World

T = TypeVar("T")


class Bench:
    """One database in memory, wiped for every history: to prepare all statements anew would cost as much as to run them."""

    def __init__(self) -> None:
        self.database = Database(apsw.Connection(":memory:", statementcachesize=512))
        self.database.script(resource("schema.sql"))
        tables = self.database.script(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('counter', 'sqlite_sequence')"
        )
        self.wiping = "; ".join(f"DELETE FROM {name}" for (name,) in tables)
        self.wiping += "; DELETE FROM sqlite_sequence; UPDATE counter SET value = 0"

    def wiped(self) -> Database:
        """The database, as good as new."""
        self.database.roll_back()
        self.database.script(self.wiping)
        return self.database


BENCH = Bench()


@dataclass
class InlineRead:
    """The same for what only reads."""

    database: Database

    async def run(self, operation: Callable[[Database], T]) -> T:
        [result] = read_each(self.database, [operation])
        if isinstance(result, Value):
            return result.of  # type: ignore[no-any-return]  # what the operation gave
        raise result


class SimStore(SqliteStore):
    """`SqliteStore` as a new daemon opens it: what was in flight is in doubt, every lane is free.

    `horizon` remembers, for each entry, the last one that had been accepted when the lane was claimed under which it was first
    begun: only what came after that may rightly come late.
    """

    def __init__(self, database: Database, clock: Clock, world: World, horizon: dict[int, int]) -> None:
        database.roll_back()
        recovery: Recovery = recover(database, clock.now())
        writer: Any = InlineCommit(world, partial(write_together, database))
        reader: Any = InlineRead(database)
        lock: Any = None
        super().__init__(lock, recovery, writer, reader, reader, clock, Path())
        self.database, self.world = database, world
        self.horizon = horizon
        self.known_at: dict[int, int] = {}
        [(self.last,)] = database.script("SELECT coalesce(max(id), 0) FROM entry")

    def _accepted(self, accepted: Accepted) -> None:
        self.last += accepted.new
        super()._accepted(accepted)

    async def claim(self, destination: str, lanes: int, lease: float, depth: int = 16) -> list[Claim]:
        last = self.last  # some more may come before the claim's commit: an excuse too many, never one too few
        claims = await super().claim(destination, lanes, min(lease, LEASE), depth)
        for claim in claims:
            self.known_at[claim.token] = last
        return claims

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        self.horizon.setdefault(entry, self.known_at[claim.token])
        now = self.world.loop.now
        held = await super().begin(claim, entry, step, changes)
        if held:  # one that has lost its lease must not tell when it begins
            self.world.begun_at[claim.lane.direction, claim.lane.chat] = now
        return held
