"""The overview, and its numbers as server-sent events: however many watch, the daemon is looked at once."""

import asyncio
import json
import time
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web

from bridge.errors import JournalError
from bridge.web.console import numbers
from bridge.web.console.frame import Frame
from bridge.web.console.guard import HEADERS, cookie_of

FRESH = 2.0
"""seconds between the numbers that are sent to a page that is open"""

GENTLE = 10.0
"""a look may take one part of so many of the time: counting a large backlog takes long"""

MOST_STREAMS = 20

STALLED = 30.0
"""seconds after which a browser that takes nothing any more is given up: it would keep the place of another one"""

TROUBLES = 10
"""lines of the log"""


class Live:
    """The daemon's numbers."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.rates = numbers.Rates()
        self.looking = asyncio.Lock()
        self.closing = asyncio.Event()
        self.streams = 0
        self.told: dict[str, Any] = {}
        self.next_at = 0.0

    async def look(self) -> dict[str, Any]:
        """The daemon's report, not older than a moment. Raises `JournalError`."""
        async with self.looking:
            started = self.frame.clock()
            if started >= self.next_at or not self.told:
                self.told = await self.frame.seen.report()
                now = self.frame.clock()
                self.rates.look(self.told["census"], now)
                self.next_at = now + max(FRESH / 2, (now - started) * GENTLE)
        return self.told

    def numbers(self, told: dict[str, Any]) -> dict[str, str]:
        """What stands where."""
        latency = partial(self.frame.seen.latencies.lately, now=time.monotonic())
        return numbers.overview(told, self.rates.last, latency, time.time())

    async def overview(self, request: web.Request) -> web.Response:
        """How the daemon is."""
        told = await self.look()
        troubles = list(self.frame.seen.troubles.last)[:TROUBLES]
        return self.frame.page(
            request, "overview", told=told, numbers=self.numbers(told), states=numbers.states(told), troubles=troubles
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """The same numbers again and again, until the browser goes, the session ends or the daemon does."""
        if self.streams >= MOST_STREAMS:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"})
        self.streams += 1
        headers = {**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        try:
            await response.prepare(request)
            while self.may_go_on(request):
                content = b"data: " + await self.message() + b"\n\n"
                async with asyncio.timeout(STALLED):
                    await response.write(content)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.closing.wait(), FRESH)
        except ConnectionError:
            pass
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        finally:
            self.streams -= 1
        return response

    def may_go_on(self, request: web.Request) -> bool:
        """Whether somebody who is still logged in listens; a page that lies open does not prolong its session."""
        logged_in = self.frame.sessions.find(cookie_of(request), self.frame.clock(), used=False) is not None
        return logged_in and not self.closing.is_set()

    async def message(self) -> bytes:
        """One event's data."""
        try:
            told = await self.look()
        except JournalError as error:
            content: dict[str, Any] = {"texts": {"ready": str(error)}, "good": {"ready": False}}
        else:
            content = {"texts": self.numbers(told), "good": numbers.states(told)}
        newest = next(iter(self.frame.seen.troubles.last), None)
        content["newest"] = newest.at if newest else 0.0
        return self.frame.seen.scrub(json.dumps(content)).encode()

    async def close(self, _: web.Application) -> None:
        """End all streams: open pages must not hold up a daemon that stops."""
        self.closing.set()
