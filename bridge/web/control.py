"""The daemon's side of the commands: answers on a socket beside the journal, for whoever may read that folder."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from pydantic import ValidationError

from bridge import __version__
from bridge.errors import JournalError
from bridge.ports import Office
from bridge.web.rpc import ANSWERS, FILTER, LAST_LINE, STORED, VERSION_HEADER, LastLine, listen

LARGEST = 4 * 1024 * 1024
"""bytes of a question"""

Report = Callable[[], Awaitable[dict[str, Any]]]
"""what `status` shows"""


@dataclass(frozen=True, slots=True)
class Control:
    """Answers questions; `office` says which there are."""

    office: Office
    report: Report

    async def status(self, _: web.Request) -> web.Response:
        """How the daemon is."""
        return web.json_response(await self.report())

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Answer one question."""
        name = request.match_info["name"]
        if name == "stored":
            return await self.stored(request)
        answer = ANSWERS.get(name)
        if answer is None:
            return refusal(404, f"there is no question {name!r}")
        try:
            asked = await request.json()
            found = await getattr(self.office, name)(**asked)
        except (ValueError, TypeError):
            return refusal(400, f"{name} was asked with other arguments than it takes")
        except JournalError as error:
            return refusal(503, str(error))
        return web.Response(body=answer.dump_json(found), content_type="application/json")

    async def stored(self, request: web.Request) -> web.StreamResponse:
        """Every entry of a filter, line by line: as fast as they are read at the other end."""
        try:
            wanted = FILTER.validate_json(await request.read())
        except ValidationError:
            return refusal(400, "this is no filter")
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        count, error = 0, ""
        try:
            async for one in self.office.stored(wanted):
                await response.write(STORED.dump_json(one) + b"\n")
                count += 1
        except JournalError as trouble:
            error = str(trouble)
        await response.write(LAST_LINE.dump_json(LastLine(count, error)) + b"\n")
        await response.write_eof()
        return response


def refusal(status: int, message: str) -> web.Response:
    """An answer that says why not."""
    return web.json_response({"error": message}, status=status)


@web.middleware
async def same_version(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
    """Let in commands of our own version alone: another one may mean something else by the same words."""
    if request.headers.get(VERSION_HEADER) != __version__:
        return web.json_response({"version": __version__}, status=426)
    return await handler(request)


@asynccontextmanager
async def controlled(path: Path, control: Control) -> AsyncIterator[None]:
    """Answer questions at this socket for the time of an `async with`; a daemon without commands is better than none."""
    app = web.Application(middlewares=[same_version], client_max_size=LARGEST)
    app.router.add_get("/status", control.status)
    app.router.add_post("/office/{name}", control.ask)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listen(path)).start()
    except OSError as error:
        structlog.get_logger().warning("commands can't reach this daemon", socket=str(path), reason=error.strerror)
    try:
        yield
    finally:
        await runner.cleanup()
        await asyncio.to_thread(path.unlink, missing_ok=True)
