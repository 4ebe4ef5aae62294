"""An event loop of virtual time without selectors and threads: what is ready runs in an order that is drawn.

Its callbacks belong to generations that can be killed.
"""

import asyncio
import contextvars
import heapq
import random
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

GENERATION: contextvars.ContextVar[int] = contextvars.ContextVar("generation", default=0)
"""0 is the world, which lives on; every start of the daemon is a generation of its own"""


class Deadlock(Exception):
    """Everything waits for something that never comes."""


class Due(asyncio.TimerHandle):
    """A callback with its generation: asyncio's own handle, but for what costs time."""

    __slots__ = ("generation",)

    def __init__(self, when: float, callback: Any, args: Any, generation: int) -> None:
        self._when, self._callback, self._args, self.generation = when, callback, args, generation
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True


class SimLoop(asyncio.BaseEventLoop):
    """Time jumps to the next timer when nothing is ready; what is ready at the same moment runs in an order that `dice` draw.

    `kill` is what SIGKILL is: nothing of the living generation runs any more, not even its `finally`. The dead are kept until
    `bury`, so that the garbage collector plays no part.
    """

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.now = 0.0
        self.alive = 0
        self.running = 0
        """the generation of what runs now"""
        self.numbers = 0
        self.ready: list[tuple[int, Any, Any, Any]] = []
        """generation, context, callback and arguments; a timer stands without a context"""
        self.timers: list[tuple[float, int, Due]] = []
        self.born: list[tuple[contextvars.Context, Coroutine[Any, Any, Any], Any]] = []
        self.draw = dice.random
        self.create_future = partial(asyncio.Future, loop=self)  # type: ignore[method-assign]  # asyncio's is slower
        self.get_debug = bool  # type: ignore[method-assign]  # never

    # ------------------------------------------------------------ asyncio's

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]  # asyncio's own is generic
        if context is None:
            due = Due(0.0, callback, args, self.running)
            self.ready.append((self.running, None, due, None))
            return due
        # Those who bring a context, tasks and futures, never cancel.
        self.ready.append((context.get(GENERATION), context, callback, args))
        return None

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Due:  # type: ignore[override]  # asyncio's own is generic
        due = Due(when, callback, args, self.running if context is None else context.get(GENERATION))
        self.numbers += 1
        heapq.heappush(self.timers, (when, self.numbers, due))
        return due

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Due:  # type: ignore[override]  # asyncio's own is generic
        return self.call_at(self.now + delay, callback, *args, context=context)

    def create_task(self, coro: Any, *, name: object = None, context: Any = None) -> Any:
        if context is None:
            context = contextvars.copy_context()
            if context.get(GENERATION) != self.running:  # a timer's callback runs in no context of its own
                context.run(GENERATION.set, self.running)
        task: Any = asyncio.Task(coro, loop=self, name=str(name or ""), context=context)
        task._log_destroy_pending = False
        self.born.append((context, coro, task))
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """An error that nobody looked at is a bug."""
        raise context.get("exception") or RuntimeError(context["message"])

    def _run_once(self) -> None:
        """Run until somebody says stop, which is all that asyncio looks at between rounds."""
        timers, pop, draw = self.timers, heapq.heappop, self.draw
        while not self._stopping:  # type: ignore[attr-defined]  # asyncio's own
            ready = self.ready
            if not ready:
                if not timers:
                    raise Deadlock
                self.now = max(self.now, timers[0][0])
            now = self.now
            while timers and timers[0][0] <= now:
                due = pop(timers)[2]
                if not due._cancelled:
                    ready.append((due.generation, None, due, None))
            self.ready = []
            for last in range(len(ready) - 1, 0, -1):
                other = int(draw() * (last + 1))
                ready[last], ready[other] = ready[other], ready[last]
            for generation, context, callback, arguments in ready:
                if generation and generation != self.alive:
                    continue
                self.running = generation
                if context is not None:
                    context.run(callback, *arguments)
                elif not callback._cancelled:
                    callback._callback(*callback._args)
            self.running = 0

    # ------------------------------------------------------------ the world's

    def pause(self, seconds: float) -> "asyncio.Future[None]":
        """What `asyncio.sleep` is, but quicker, and not to be cancelled."""
        future: asyncio.Future[None] = asyncio.Future(loop=self)
        self.call_at(self.now + seconds, future.set_result, None)
        return future

    def live(self, generation: int) -> None:
        """Let a generation live."""
        self.alive = generation

    def kill(self) -> None:
        """End the living generation at once."""
        self.alive = -1

    def within(self, generation: int, start: Callable[[], Any]) -> Any:
        """Call `start` as a part of a generation."""
        before, self.running = self.running, generation
        try:
            return start()
        finally:
            self.running = before

    def bury(self) -> None:
        """Close what never came to its end, each in the context in which it lived."""
        for context, coro, _task in self.born:
            try:
                context.run(coro.close)
            except RuntimeError:  # it was closed within a `finally` that waits
                continue
        self.born.clear()
        self.ready.clear()
        self.timers.clear()
        self.close()
