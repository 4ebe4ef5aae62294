"""One flight for each key: whoever wants the same at the same time shares the work, and the last to leave ends it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from bridge.media.shelf import Copy

Found = TypeVar("Found", Copy, Copy | None)


async def held(find: Callable[..., Found], *args: object) -> Found:
    """Open a copy in a thread; if nobody waits for it any more, it is closed."""
    work = asyncio.ensure_future(asyncio.to_thread(find, *args))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        work.add_done_callback(let_go)
        raise


def let_go(work: asyncio.Future[Found]) -> None:
    """Close what came of it, if anything did."""
    if not work.cancelled() and work.exception() is None:
        copy = work.result()
        if copy is not None:
            copy.file.close()


@dataclass(slots=True)
class Flight:
    """Work under way, and how many wait for it."""

    work: asyncio.Task[Copy]
    waiting: int = 0


class Flights:
    """What is under way."""

    def __init__(self) -> None:
        self.flights: dict[str, Flight] = {}
        self.leaving: set[asyncio.Task[Copy]] = set()

    async def share(self, key: str, bring: Callable[[], Coroutine[Any, Any, Copy]]) -> Copy:
        """Bring it, or wait for whoever brings it; a copy of one's own. Raises what `bring` raises."""
        flight = self.flights.get(key)
        if flight is None:
            flight = self.flights[key] = Flight(asyncio.create_task(bring()))
        flight.waiting += 1
        try:
            return (await asyncio.shield(flight.work)).again()
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                self.end(key, flight)

    def end(self, key: str, flight: Flight) -> None:
        """Nobody waits any more."""
        del self.flights[key]
        if flight.work.cancel():
            self.leaving.add(flight.work)
            flight.work.add_done_callback(self.left)
        else:
            self.left(flight.work)

    def left(self, work: asyncio.Task[Copy]) -> None:
        """Close what nobody holds."""
        self.leaving.discard(work)
        let_go(work)

    async def close(self) -> None:
        """End everything, and wait until it has ended."""
        works = {flight.work for flight in self.flights.values()} | self.leaving
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
