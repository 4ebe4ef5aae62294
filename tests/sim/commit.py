"""Group commit without a thread: what waits shares a commit, and a kill loses what was not committed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bridge.errors import JournalUnavailable
from bridge.message import Direction
from bridge.store.batch import Result, Value
from tests.sim.dice import Dice, Weather
from tests.sim.loop import SimLoop

T = TypeVar("T")

LEASE = 2.0
"""seconds; shorter than some calls hang, so that leases are lost"""

COMMIT, ANSWER = 0.012, 0.002
"""seconds that a commit takes at most, and that its callers may learn of it later"""


Waiting = tuple[Callable[[Any], Any], Any, asyncio.Future[Any]]
"""an operation, what is called after its commit, and the future of its caller"""


class World(Protocol):
    """What a store has to do with the world around it."""

    dice: Dice
    weather: Weather
    loop: SimLoop
    commits: int
    begun_at: dict[tuple[Direction, str], float]
    """when a call of a lane was last written down as begun: its lease counts from there"""

    def meets(self, place: str) -> bool:
        """Whether the daemon dies here."""
        ...


@dataclass
class InlineCommit:
    """Stands in for `bridge.store.writer.GroupCommit`: the same promise, without a thread."""

    world: World
    transact: Callable[[Sequence[Any]], list[Result]]
    """runs a batch as one transaction"""
    commits: int = 0
    operations: int = 0
    largest_batch: int = 0
    failed_batches: int = 0
    waiting: list[Waiting] = field(default_factory=list)

    async def run(self, operation: Callable[[Any], T], after: Callable[[T], None] | None = None) -> T:
        loop = self.world.loop
        future: asyncio.Future[T] = asyncio.Future(loop=loop)
        if not self.waiting:
            loop.call_later(self.world.dice.pause(COMMIT), self.flush)
        self.waiting.append((operation, after, future))
        return await future

    def flush(self) -> None:
        """Commit what waits, all of it or nothing."""
        world, (batch, self.waiting) = self.world, (self.waiting, [])
        if world.meets("before a commit"):
            return
        if world.weather.strikes(world.dice, world.weather.disk):
            self.failed_batches += 1
            for _, _, future in batch:
                if not future.done():
                    future.set_exception(JournalUnavailable("disk error"))
            return
        results = self.transact([operation for operation, _, _ in batch])
        self.commits += 1
        world.commits += 1
        self.operations += len(batch)
        self.largest_batch = max(self.largest_batch, len(batch))
        if world.meets("after a commit"):
            return
        pause = world.dice.pause(4 * ANSWER) - 3 * ANSWER
        if pause > 0:
            world.loop.call_later(pause, self.answer, batch, results)
        else:
            self.answer(batch, results)

    def answer(self, batch: list[Waiting], results: list[Result]) -> None:
        """Tell every caller."""
        for (_, after, future), result in zip(batch, results, strict=True):
            if not isinstance(result, Value):
                if not future.done():
                    future.set_exception(result)
                continue
            if after is not None:
                after(result.of)
            if not future.done():
                future.set_result(result.of)
