"""An event loop on which waiting takes no time: when nothing can run, its clock jumps to the next timer."""

import asyncio
import selectors
from typing import Any

EPOCH = 1_000_000.0


class JumpingSelector(selectors.DefaultSelector):
    """Never blocks: instead of waiting it counts the seconds that would have passed."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready now; a wait without an end can only be a deadlock, since nothing comes from outside."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits for something that never comes")
        if not ready and timeout is not None:
            self.jumped += max(timeout, 0.0)
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """`time()` is virtual; for tests without threads and without a network."""

    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.jumped


class LoopClock:
    """`bridge.ports.Clock` on the running loop's time, so that delays of the loop and of the journal agree."""

    def __init__(self, epoch: float = EPOCH) -> None:
        self.epoch = epoch

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.epoch + asyncio.get_running_loop().time()

    def tick(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def loop_time() -> float:
    """The running loop's time."""
    return asyncio.get_running_loop().time()


async def until_idle() -> None:
    """Let everything run that can run without time passing."""
    loop: Any = asyncio.get_running_loop()
    for _ in range(10_000):
        await asyncio.sleep(0)
        if not loop._ready:
            return
    raise RuntimeError("this never comes to rest")
