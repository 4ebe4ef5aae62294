"""Time, as the rooms need it."""

from typing import Protocol


class Clock(Protocol):
    """Wall-clock time and waiting; a simulation brings its own."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
