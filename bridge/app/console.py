"""The console of a daemon: with the webhooks and files at the server's address, or at one of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network
from typing import Any

from aiohttp import web

from bridge.app.process import Process
from bridge.app.translate import Translator
from bridge.ports import Office
from bridge.settings import Settings
from bridge.web.console import Seen, add_console
from bridge.web.server import serve


@asynccontextmanager
async def console(
    app: web.Application,
    settings: Settings,
    office: Office,
    report: Callable[[], Awaitable[dict[str, Any]]],
    process: Process,
) -> AsyncIterator[None]:
    """Put the console into `app`, or serve it apart for the time of an `async with`, if it has a token.

    Raises `CannotListen`.
    """
    token = settings.console.token.get_secret_value()
    if not token:
        yield
        return
    sessions, proxies = process.sessions_of(token), [ip_network(one) for one in settings.console.proxies]
    spoken, shown = Translator(settings).spoken, partial(Settings.model_dump, settings)
    seen = Seen(office, report, process.metrics.latencies, process.troubles, spoken, shown, process.scrubber.scrub)
    if not settings.console.port:
        await asyncio.to_thread(add_console, app, seen, sessions, proxies, settings.server.public_url)
        yield
        return
    apart = web.Application()
    await asyncio.to_thread(add_console, apart, seen, sessions, proxies, settings.server.public_url)
    runner = await serve(apart, settings.console.host, settings.console.port, [], "console")
    try:
        yield
    finally:
        await runner.cleanup()
