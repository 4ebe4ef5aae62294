"""A clock that tests move by hand."""

import asyncio


class ManualClock:
    """`bridge.ports.Clock` whose time stands still until `move` or `set`; sleepers wake when their time has come."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self._now = now
        self.ticks = 5_000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now

    def tick(self) -> float:
        """Seconds that only ever grow; they pass with `move` and not with `set`."""
        return self.ticks

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved that far; at once if `seconds` is not positive."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + seconds, awake))
        await awake

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.ticks += seconds
        self.set(self._now + seconds)

    def set(self, now: float) -> None:
        """Set the time; back is possible, too."""
        self._now = now
        due = [sleeper for sleeper in self._sleepers if sleeper[0] <= now]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > now]
        for _, awake in sorted(due, key=lambda sleeper: sleeper[0]):
            if not awake.done():
                awake.set_result(None)

    @property
    def sleepers(self) -> int:
        """How many wait now."""
        return sum(not awake.done() for _, awake in self._sleepers)
