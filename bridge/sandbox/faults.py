"""What can go wrong between a client and a simulated server, as settings to change at any moment.

Every call goes effect, pause, answer: a kill, a lost answer or a closed door can fall between what the server
did and what the client got to know.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

EVERYTHING: Callable[[str], bool] = bool  # any path is a non-empty string


@dataclass(slots=True, kw_only=True)
class Faults:
    """The mishaps of one simulated server; a fresh one has none.

    * ``down``: connections are accepted and cut without an answer, nothing takes effect.
    * ``latency``: seconds before a call is looked at; ``pause``: seconds between its effect and its answer.
    * ``lose_answer``: probability that a call takes effect and the connection is cut before the answer.
    * ``status``: answered instead of doing anything, with ``body`` of ``content_type``.
    * ``too_many``: seconds of ``retry_after`` with which every send is refused (429) while it is set.
    * ``too_many_until``: the same for one destination each, until an instant of the simulator's clock.
    * ``flood``: the real service's limits of speed hold.
    * ``only``: which calls (by URL path) the first six concern; all, unless narrowed.

    Draws come from one ``random.Random(seed)``, so a run can be repeated.
    """

    seed: int = 0
    down: bool = False
    latency: float = 0.0
    pause: float = 0.0
    lose_answer: float = 0.0
    status: int | None = None
    body: bytes = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
    content_type: str = "text/html"
    too_many: float | None = None
    too_many_until: dict[int | str, float] = field(default_factory=dict)
    flood: bool = False
    only: Callable[[str], bool] = EVERYTHING
    rng: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - repeatable on purpose, guards nothing

    def clear(self) -> None:
        """Back to a server in good health; the seed and its stream of draws go on."""
        fresh = Faults()
        for name in self.__slots__:
            if name not in ("seed", "rng"):
                setattr(self, name, getattr(fresh, name))

    def loses_answer(self) -> bool:
        """Draw whether this call's answer is lost."""
        return self.lose_answer > 0 and self.rng.random() < self.lose_answer

    def retry_after(self, destination: int | str, now: float) -> int | None:
        """Whole seconds with which a send to ``destination`` is refused at ``now``, or None."""
        if self.too_many is not None:
            return max(1, ceil(self.too_many))
        until = self.too_many_until.get(destination)
        if until is None:
            return None
        if until <= now:
            del self.too_many_until[destination]
            return None
        return max(1, ceil(until - now))


def cut(request: web.Request) -> web.Response:
    """Break the client's connection at once; the returned answer never reaches it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def under(faults: Faults) -> Middleware:
    """Make the aiohttp middleware that brings ``faults`` on a server.

    Only the 429s (``too_many``, ``too_many_until``, ``flood``) are left to the server: they need the call's meaning.
    """

    @web.middleware
    async def suffer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not faults.only(request.path):
            return await handler(request)
        if faults.down:
            return cut(request)
        if faults.latency > 0:
            await asyncio.sleep(faults.latency)
        if faults.status is not None:
            return web.Response(status=faults.status, body=faults.body, content_type=faults.content_type)
        response = await handler(request)
        if faults.pause > 0:
            await asyncio.sleep(faults.pause)
        return cut(request) if faults.loses_answer() else response

    return suffer


class Door:
    """The listening port of a simulated server, which can be shut and opened again under the same number."""

    def __init__(self, app: web.Application, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        # Short, because calls that hang on purpose (long polls, pauses) must not hold up the end of a test.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        self._site: web.TCPSite | None = None

    @property
    def port(self) -> int:
        """The port number, known once the door was opened."""
        return self._port

    @property
    def base_url(self) -> str:
        """The server's address without a trailing slash, e.g. ``http://127.0.0.1:40123``."""
        return f"http://{self._host}:{self._port}"

    async def open(self) -> Self:
        """Start to listen; port 0 picks a free one. OSError if the port is taken."""
        await self._runner.setup()
        await self.accept()
        return self

    async def accept(self) -> None:
        """Listen (again); no effect on an open door."""
        if self._site is not None:
            return
        site = web.TCPSite(self._runner, self._host, self._port, reuse_address=True)
        await site.start()
        self._site = site
        self._port = int(self._runner.addresses[0][1])

    async def refuse(self) -> None:
        """Close the listening port and cut every connection: clients now get "connection refused"."""
        site, self._site = self._site, None
        if site is not None:
            await site.stop()
        server = self._runner.server
        for connection in list(server.connections) if server is not None else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def close(self) -> None:
        """Stop for good."""
        await self.refuse()
        await self._runner.cleanup()
