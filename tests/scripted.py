"""A server that answers what a test tells it to, for answers that a simulator never gives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import orjson
from aiohttp import web

from bridge.sandbox.faults import Door, cut


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Odd(Enum):
    """What is no answer at all."""

    CUT = "the connection breaks after the request was read"
    HANG = "nothing ever comes"


Answer = web.Response | Odd


def answer(body: object, status: int = 200, **headers: str) -> web.Response:
    """Bytes as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    kind = "text/html" if raw.startswith(b"<") else "application/json"
    return web.Response(body=raw, status=status, content_type=kind, headers=headers)


@dataclass
class Scripted:
    """A running one; `asked` holds every request."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)


@asynccontextmanager
async def scripted(respond: Callable[[Asked], Answer | Awaitable[Answer]] | Answer) -> AsyncIterator[Scripted]:
    """Serve `respond` (or one and the same answer) on every path of a loopback port."""
    running, ended = Scripted(), asyncio.Event()

    async def handle(request: web.Request) -> web.Response:
        asked = Asked(request.method, request.path, dict(request.headers), await request.read())
        running.asked.append(asked)
        given = respond(asked) if callable(respond) else respond
        told = await given if isinstance(given, Awaitable) else given
        if told is Odd.CUT:
            return cut(request)
        if isinstance(told, Odd):
            await ended.wait()
            return cut(request)
        headers = {name: value for name, value in told.headers.items() if name != "Content-Length"}
        return web.Response(body=told.body, status=told.status, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handle)
    door = await Door(app).open()
    running.url = door.base_url
    try:
        yield running
    finally:
        ended.set()
        await door.close()
