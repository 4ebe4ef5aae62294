"""Time, as the rooms need it."""

from typing import Protocol


class Clock(Protocol):
    """Wall-clock time and waiting; a simulation brings its own."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def tick(self) -> float:
        """Seconds since some moment, which only ever grow, whoever sets the clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
