"""Group commit: one thread owns one connection, and whatever waits for it is run in one batch."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, Final, TypeVar

import apsw

from bridge.errors import JournalError, JournalUnavailable
from bridge.store.batch import Operation, Result, RunBatch, Value, write_together
from bridge.store.database import Database, unavailable

T = TypeVar("T")

CALM: Final = 5.0
"""seconds without a failure after which there is no trouble any more"""

MOST: Final = 256
"""operations in a batch to which no more are added"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An operation in the queue; `after` is called on the loop once it is committed, even if its caller has gone away."""

    operation: Operation
    after: Callable[[Any], None] | None
    future: asyncio.Future[Any]


Committed = Callable[[int, float], None]
"""is told of each commit that changed something: how many operations shared it, and how many seconds it took; in the thread"""


def untold(operations: int, seconds: float) -> None:
    """Nobody wants to know of a commit."""


class GroupCommit:
    """Runs operations in a thread of its own, as one batch whatever waits; must be made inside a running loop.

    An operation of a writer is durable when `run` returns, and changed nothing if `run` raises.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Database],
        run_batch: RunBatch = write_together,
        committed: Committed = untold,
    ) -> None:
        self.commits = 0
        self.operations = 0
        self.batches = 0
        self.largest_batch = 0
        self.failed_batches = 0
        self.trouble = ""
        """why something could not be written, until something could for `CALM` seconds"""
        self._troubled_at = 0.0
        self._connect = connect
        self._run_batch = run_batch
        self._committed = committed
        self._database: Database | None = None
        self._loop = asyncio.get_running_loop()
        self._tick: list[Waiting] = []
        self._queue: SimpleQueue[list[Waiting] | None] = SimpleQueue()
        self._closed = False
        self._ended = self._loop.create_future()
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, operation: Callable[[Database], T], after: Callable[[T], None] | None = None) -> T:
        """Run it and return its value once that is durable; raises what it raised, or `JournalUnavailable`."""
        if self._closed:
            raise JournalUnavailable("the journal is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        if not self._tick:
            self._loop.call_soon(self._hand_over)
        self._tick.append(Waiting(operation, after, future))
        return await future

    async def close(self) -> None:
        """Finish what is queued, close the connection and end the thread."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._queue.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()

    def _hand_over(self) -> None:
        """Give the thread what this turn of the loop brought: lanes that were told together ask together, and commit together."""
        waiting, self._tick = self._tick, []
        if waiting:
            self._queue.put(waiting)

    # ------------------------------------------------------------ in the thread

    def _serve(self) -> None:
        last = False
        while not last and (first := self._queue.get()) is not None:
            batch, last = self._drain(first)
            results: list[Result]
            try:
                results = self._transact(batch)
            except Exception as error:  # noqa: BLE001 - the thread outlives everything, and each caller is told
                self.failed_batches += 1
                self._abandon()
                results = [translate(error) for _ in batch]
                self._note(results)
            self._tell(batch, results)
        self._abandon()
        with suppress(RuntimeError):  # the loop was closed before the journal was
            self._loop.call_soon_threadsafe(self._end)

    def _drain(self, first: list[Waiting]) -> tuple[list[Waiting], bool]:
        batch = list(first)
        while len(batch) < MOST:
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                break
            if waiting is None:
                return batch, True
            batch += waiting
        return batch, False

    def _transact(self, batch: Sequence[Waiting]) -> list[Result]:
        if self._database is None:
            self._database = self._connect()
        database = self._database
        changed, began = database.connection.total_changes(), monotonic()
        results = self._run_batch(database, [waiting.operation for waiting in batch])
        self._note(results)
        if database.connection.total_changes() > changed:
            self.commits += 1
            with suppress(Exception):  # it is committed: a counter's bug must not tell callers that it is not
                self._committed(len(batch), monotonic() - began)
            if monotonic() - self._troubled_at > CALM:
                self.trouble = ""
        self.operations += len(batch)
        self.batches += 1
        self.largest_batch = max(self.largest_batch, len(batch))
        return results

    def _note(self, results: Sequence[Result]) -> None:
        """Remember trouble: on a full disk small writes may succeed between large ones that don't."""
        for result in results:
            if isinstance(result, JournalUnavailable):
                self.trouble, self._troubled_at = str(result), monotonic()

    def _abandon(self) -> None:
        if self._database is not None:
            with suppress(apsw.Error):  # closing rolls back what is open
                self._database.close()
            self._database = None

    def _tell(self, batch: Sequence[Waiting], results: Sequence[Result]) -> None:
        with suppress(RuntimeError):  # the loop was closed before the journal was
            self._loop.call_soon_threadsafe(resolve, batch, results)

    # ------------------------------------------------------------ on the loop

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


def translate(error: Exception) -> JournalError:
    """What a caller is told when the whole transaction failed: an exception of its own, since each gets another traceback."""
    return type(error)(str(error)) if isinstance(error, JournalError) else unavailable(error)


def resolve(batch: Sequence[Waiting], results: Sequence[Result]) -> None:
    """Tell every caller that still waits."""
    for waiting, result in zip(batch, results, strict=True):
        match result:
            case Value(value):
                if waiting.after is not None:
                    waiting.after(value)
                if not waiting.future.done():
                    waiting.future.set_result(value)
            case error:
                if not waiting.future.done():
                    waiting.future.set_exception(error)
