"""Answers at the daemon's address while it does not run, so that the way there can be tried."""

import asyncio
import errno
import hmac
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from aiohttp import web

from bridge.observe.network import INSTANCE_HEADER
from bridge.web.server import RETRY_AFTER, Alive

BODY_LIMIT = 16 * 1024 * 1024

GLANCE = 2.0
"""seconds for a daemon of this machine to say that it is one"""


class Port(StrEnum):
    """Who has the address that the daemon listens on."""

    FREE = "free"
    OURS = "ours"
    TAKEN = "taken"
    NOT_HERE = "not here"
    FORBIDDEN = "forbidden"


@dataclass(slots=True)
class StandIn:
    """Answers `/livez` as a daemon does, and everything else with "come again". `path` is the one where an event is awaited."""

    alive: Alive = field(default_factory=Alive)
    path: str = ""
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, path: str) -> None:
        """Wait for a call to this path from now on."""
        self.path, self.came = path, asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        """Whatever comes: what is not for us is kept by its sender, as it would be with nobody here."""
        if self.path and hmac.compare_digest(request.path.encode(), self.path.encode()):
            self.came.set()
            return web.Response()
        return web.Response(status=503, headers={"Retry-After": str(RETRY_AFTER)})


def port_of(host: str, port: int) -> Port:
    """Whether the address can be listened on; `TAKEN` may turn out to be ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except PermissionError:
        return Port.FORBIDDEN
    except OSError as error:
        return Port.TAKEN if error.errno == errno.EADDRINUSE else Port.NOT_HERE
    return Port.FREE


def is_ours(host: str, port: int) -> bool:
    """Whether a daemon of ours answers there; for questions that are asked outside of a loop."""
    parts = urlsplit(local_url(host, port))
    connection = HTTPConnection(parts.hostname or host, port, timeout=GLANCE)
    try:
        connection.request("GET", "/livez")
        return bool(connection.getresponse().getheader(INSTANCE_HEADER))
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def local_url(host: str, port: int) -> str:
    """Where this machine reaches what listens on host and port."""
    plain = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not listened on
    return f"http://[{plain}]:{port}" if ":" in plain and not plain.startswith("[") else f"http://{plain}:{port}"


@asynccontextmanager
async def standing_in(host: str, port: int) -> AsyncIterator[StandIn | None]:
    """Listen for the time of an `async with`; None if we can't."""
    stand_in = StandIn()
    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_get("/livez", stand_in.alive.livez)
    app.router.add_route("*", "/{rest:.*}", stand_in.answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, reuse_address=True).start()
    except OSError:
        await runner.cleanup()
        yield None
        return
    try:
        yield stand_in
    finally:
        await runner.cleanup()
