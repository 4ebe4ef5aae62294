"""The process's own time, which somebody's setting of the machine's clock reaches only when the journal moves along."""

import asyncio
import time
from collections.abc import Callable


class SteadyClock:
    """`bridge.ports.Clock`: goes by the tick, from where the wall clock stood at the start.

    Between two looks at the wall clock it may be set an hour forth and back, and nothing in the journal says so. `Watch` calls
    `follow` in the same turn of the loop in which it has the journal shifted, so that no age is taken of two times.
    """

    def __init__(self, wall: Callable[[], float] = time.time, tick: Callable[[], float] = time.monotonic) -> None:
        self.wall = wall
        self.tick = tick
        self.lead = wall() - tick()
        """seconds that our time shows more than the tick"""

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.lead + self.tick()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def moved(self) -> float:
        """Seconds by which somebody has set the wall clock, and we have not followed."""
        return self.wall() - self.now()

    def follow(self, seconds: float) -> None:
        """Show so many seconds more."""
        self.lead += seconds
