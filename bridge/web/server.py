"""The HTTP server: bodies are bounded, refusals counted, nothing of a body is ever logged."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import structlog
from aiohttp import http, web

from bridge.errors import CannotListen, JournalUnavailable
from bridge.fault import point
from bridge.observe import Health, Metrics
from bridge.observe.network import INSTANCE_HEADER
from bridge.ports import Answer, Door, Knock
from bridge.web.listen import BACKLOG, advice
from bridge.web.media import MediaWindow, add_media

BODY_TIMEOUT = 10.0
"""seconds in which a body must have come"""

LAST_CALL = 0.2
"""seconds for those who were let in just now to say what they want: aiohttp hangs up on them at once"""

RETRY_AFTER = 5
"""seconds after which the far side may knock again when the journal can't be written"""


async def no_measuring() -> None:
    """Nothing to bring up to date."""


def make_app(
    doors: Mapping[str, Door],
    metrics: Metrics,
    health: Health,
    measure: Callable[[], Awaitable[None]] = no_measuring,
    media: MediaWindow | None = None,
    alive: "Alive | None" = None,
) -> web.Application:
    """The application.

    `doors` maps paths such as `/hooks/tiledesk/main/{secret}` to doors; `measure` brings metrics and health up to date; `media`
    shows files; `alive` says which daemon this is.
    """
    app = web.Application()
    status = Status(health, metrics, measure)
    for path, door in doors.items():
        name = path.partition("/{")[0].removeprefix("/hooks/")
        app.router.add_post(path, Doorway(name, door, metrics).handle)
    app.router.add_get("/livez", (alive or Alive()).livez)
    app.router.add_get("/readyz", status.readyz)
    app.router.add_get("/metrics", status.metrics_page)
    if media is not None:
        add_media(app, media)
    return app


class Doorway:
    """HTTP around one door."""

    def __init__(self, name: str, door: Door, metrics: Metrics) -> None:
        self.name = name
        self.door = door
        self.metrics = metrics

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one knock."""
        started = asyncio.get_running_loop().time()
        answer = await self.answer(request)
        point("answering")
        if answer.status >= 400:
            self.metrics.refused(self.name, answer.reason)
        elif answer.reason:
            self.metrics.ignored(self.name, answer.reason)
        else:
            self.metrics.acknowledged(self.name, asyncio.get_running_loop().time() - started)
        headers = {} if answer.retry_after is None else {"Retry-After": str(answer.retry_after)}
        return web.Response(status=answer.status, headers=headers)

    async def answer(self, request: web.Request) -> Answer:
        """Let the door decide; every refusal is an answer."""
        knock = Knock(request.headers, request.match_info)
        refusal = await self.door.admit(knock)
        if refusal is not None:
            return refusal
        body = await self.body(request)
        if isinstance(body, Answer):
            self.door.turned_away()
            return body
        try:
            return await self.door.enter(knock, body)
        except JournalUnavailable as error:
            structlog.get_logger().error(
                "an arrival can't be written, the sender keeps it", door=self.name, reason=str(error)
            )
            return Answer(503, retry_after=RETRY_AFTER, reason="journal")

    async def body(self, request: web.Request) -> bytes | Answer:
        """The whole body, or why it is not taken."""
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return Answer(415, reason="encoding")
        if (request.content_length or 0) > self.door.limit:
            return Answer(413, reason="size")
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                body = await read(request, self.door.limit)
        except TimeoutError:
            return Answer(408, reason="slow")
        except (ConnectionError, web.RequestPayloadError, http.HttpProcessingError):
            return Answer(400, reason="cut")
        return Answer(413, reason="size") if body is None else body


async def read(request: web.Request, limit: int) -> bytes | None:
    """Read a body of at most `limit` bytes; None if it is longer, whatever its head said."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


class Alive:
    """Says that the process answers, and which one; nothing more is promised."""

    def __init__(self) -> None:
        self.instance = secrets.token_hex(8)

    async def livez(self, _: web.Request) -> web.Response:
        """The name of this life: whoever calls us in two ways can tell that both lead to the same daemon."""
        return web.Response(text="ok\n", headers={INSTANCE_HEADER: self.instance, "Cache-Control": "no-store"})


class Status:
    """What the daemon tells of itself."""

    def __init__(self, health: Health, metrics: Metrics, measure: Callable[[], Awaitable[None]]) -> None:
        self.health = health
        self.metrics = metrics
        self.measure = measure

    async def readyz(self, _: web.Request) -> web.Response:
        """Every part and its reason; 503 if one is not well."""
        await self.measure()
        return web.json_response(self.health.report(), status=200 if self.health.ready else 503)

    async def metrics_page(self, _: web.Request) -> web.Response:
        """Prometheus' text form."""
        await self.measure()
        return web.Response(body=self.metrics.render(), content_type="text/plain", charset="utf-8")


async def close(runner: web.AppRunner) -> None:
    """Let nobody in any more, answer those who have come, and close."""
    for site in list(runner.sites):
        await site.stop()
    await asyncio.sleep(LAST_CALL)
    await runner.cleanup()


class BrokenHttp(logging.LoggerAdapter[logging.Logger]):
    """aiohttp's log, where it does not quote what a stranger sent.

    It logs requests that it can't parse as errors, with a traceback that holds a line of them: of a head with its secret, or of
    a body.
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Leave out the traceback of what is no bug."""
        if isinstance(kwargs.get("exc_info"), http.HttpProcessingError):
            kwargs["exc_info"] = None
        return msg, kwargs


async def serve(
    app: web.Application, host: str, port: int, inherited: list[socket.socket], section: str = "server"
) -> web.AppRunner:
    """Listen on the sockets that were handed over, or on host and port; close with `runner.cleanup()`.

    Raises `CannotListen`.
    """
    log = BrokenHttp(logging.getLogger("aiohttp.server"), {})
    runner = web.AppRunner(
        app, logger=log, access_log=None, handle_signals=False, shutdown_timeout=5.0, auto_decompress=False
    )
    await runner.setup()
    try:
        if inherited:
            for sock in inherited:
                await web.SockSite(runner, sock, backlog=BACKLOG).start()
        else:
            await web.TCPSite(runner, host, port, reuse_address=True).start()
    except OSError as error:
        await runner.cleanup()
        reason = os.strerror(error.errno) if error.errno else "its name can't be resolved"
        raise CannotListen(f"can't listen on {host}:{port}: {reason}. {advice(error.errno, port, section)}") from None
    return runner
