"""The daemon's look at itself: metrics, health and the status line from the journal and the gates, and old entries forgotten."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from bridge.errors import JournalUnavailable
from bridge.message import Direction
from bridge.observe.clock import SteadyClock
from bridge.observe.health import Health
from bridge.observe.metrics import Metrics
from bridge.observe.status import Flow, status_line
from bridge.ports import Census

MEASURE_EVERY = 5.0
"""seconds between looks at ourselves; /readyz and /metrics look afresh"""

BEGINS_EVERY = 1.0
"""the same while some part was not tried yet: who has just started us looks at the status line"""

CLOCK_SET = 1.0
"""seconds by which the clock must have moved to have been set"""

PRUNE_EVERY = 60.0
"""seconds between prunings, each in chunks"""


class Store(Protocol):
    """What is looked at of the journal."""

    inversions: int

    @property
    def commits(self) -> int:
        """Commits that changed something."""
        ...

    @property
    def trouble(self) -> str:
        """Why something could not be written lately; empty if all is well."""
        ...

    async def try_writing(self) -> None:
        """See whether the disk takes a write."""
        ...

    async def census(self) -> list[Census]:
        """Counts for every destination."""
        ...

    async def shift(self, seconds: float) -> None:
        """Move every time that is still to come along with the clock."""
        ...

    async def prune(self, before: float, limit: int = 1000) -> int:
        """Forget entries that were settled as done before that time."""
        ...


class Gate(Protocol):
    """What is looked at of a destination's gate."""

    reason: str
    shuts: int

    @property
    def shut(self) -> bool:
        """Whether the destination is thought to be down."""
        ...


class Supervisor(Protocol):
    """Who wants to know how we are."""

    def status(self, text: str) -> bool:
        """One line about how we are."""
        ...


class Watch:
    """Looks at one daemon; settled entries are forgotten after `keep` seconds."""

    def __init__(
        self, store: Store, gates: Mapping[str, Gate], metrics: Metrics, health: Health, clock: SteadyClock, keep: float
    ) -> None:
        self.store = store
        self.gates = gates
        self.metrics = metrics
        self.health = health
        self.clock = clock
        self.keep = keep
        self.census: Sequence[Census] = ()
        self.counted_commits = self.counted_inversions = 0
        self.counted_shuts: dict[str, int] = {}
        self.owed = 0.0
        """seconds by which the journal has yet to be shifted"""

    async def measure(self) -> None:
        """Bring metrics and health up to date."""
        try:
            self.census = await self.store.census()
            self.metrics.counted(self.census, self.clock.now())
            self.health.set("journal", ok=not self.store.trouble, reason=self.store.trouble)
        except JournalUnavailable as error:
            self.health.set("journal", ok=False, reason=str(error))
        for destination, gate in self.gates.items():
            shuts = gate.shuts - self.counted_shuts.get(destination, 0)
            self.counted_shuts[destination] = gate.shuts
            self.metrics.gate(destination, is_open=not gate.shut, shuts=shuts)
            self.health.set(destination, ok=not gate.shut, reason=gate.reason)
        self.metrics.parts({name: part.ok for name, part in self.health.parts.items()})
        self.metrics.committed(self.store.commits - self.counted_commits)
        self.counted_commits = self.store.commits
        self.metrics.inverted(self.store.inversions - self.counted_inversions)
        self.counted_inversions = self.store.inversions

    async def run(self, supervisor: Supervisor) -> None:
        """Measure, tell systemd how we are, and prune now and then; until cancelled."""
        loop = asyncio.get_running_loop()
        prune_at = loop.time()
        flow = Flow(self.metrics.delivered)
        while True:
            await self.mind_the_clock()
            await self.measure()
            supervisor.status(self.status(flow.rates(loop.time())))
            await self.try_writing()
            if loop.time() >= prune_at:
                prune_at = loop.time() + PRUNE_EVERY
                await self.prune()
            begins = not all(part.tried for part in self.health.parts.values())
            await self.clock.sleep(BEGINS_EVERY if begins else MEASURE_EVERY)

    def status(self, rates: Mapping[Direction, float]) -> str:
        """The line for `systemctl status`."""
        shut = {name: gate.reason for name, gate in self.gates.items() if gate.shut}
        others = {
            name: part for name, part in self.health.parts.items() if name not in self.gates and name != "journal"
        }
        unwell = {name: part.reason for name, part in others.items() if not part.ok and part.tried}
        beginning = [name for name, part in others.items() if not part.tried]
        return status_line(rates, self.census, shut, self.clock.now(), self.store.trouble, unwell, beginning)

    async def try_writing(self) -> None:
        """While there is trouble, see whether it is over: nobody else may write for a long time."""
        if self.store.trouble:  # reads may work while the disk takes no write
            with suppress(JournalUnavailable):
                await self.store.try_writing()

    async def mind_the_clock(self) -> None:
        """If somebody set the clock, follow it and let nothing wait longer or shorter for it."""
        moved = self.clock.moved()
        if abs(moved) >= CLOCK_SET:
            # No wait between the two: what is written before is in the old time and shifted, what comes after in the new one.
            self.clock.follow(moved)
            self.owed += moved
            structlog.get_logger().warning("the clock was set, waits are moved along", seconds=round(moved, 1))
        if not self.owed:
            return
        seconds, self.owed = self.owed, 0.0
        try:
            await self.store.shift(seconds)
        except JournalUnavailable:
            self.owed += seconds  # at the next look

    async def prune(self) -> None:
        """Forget what was settled long ago, in chunks that let others write between them."""
        before = self.clock.now() - self.keep
        try:
            while await self.store.prune(before):
                continue
        except JournalUnavailable as error:  # reads may work while the disk takes no write
            structlog.get_logger().error("old entries can't be forgotten now", reason=str(error))
