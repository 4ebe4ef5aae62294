"""A clock for loops that sleep between attempts."""

import asyncio


class Hurried:
    """`bridge.ports.Clock` on which the first `naps` sleeps pass at once; the next one lasts for ever, and sets `tired`."""

    def __init__(self, naps: int = 0, now: float = 1_000_000.0) -> None:
        self.time = now
        self.naps = naps
        self.slept: list[float] = []
        self.tired = asyncio.Event()

    def now(self) -> float:
        return self.time

    def tick(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) > self.naps:
            self.tired.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        self.time += seconds
