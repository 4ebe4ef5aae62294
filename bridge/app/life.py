"""The daemon's life: opens what it needs, in the order of shutdown reversed, and closes it."""

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import structlog

from bridge import __version__
from bridge.app.console import console
from bridge.app.house import House
from bridge.app.process import Process
from bridge.app.tracing import tracing
from bridge.errors import ConfigurationError
from bridge.fault import point
from bridge.media.cabinet import Cabinet, Source
from bridge.media.links import SignedLinks
from bridge.media.shelf import Shelf
from bridge.media.tools import available
from bridge.message import Direction, File, StoredFile
from bridge.observe import Health, Lag, Pulse, Scrubber, SteadyClock, Troubles, Watch
from bridge.relay.lanes import Lanes
from bridge.settings import Settings
from bridge.store.office import SqliteOffice
from bridge.store.sqlite import SqliteStore, open_journal
from bridge.tiledesk.transport import KEEPALIVE
from bridge.web.control import Control, controlled
from bridge.web.media import MediaWindow
from bridge.web.rpc import socket_of
from bridge.web.server import Alive, close, make_app, serve
from bridge.wire import Forbidden, Origin, open_fetcher

DAY = 86400.0

ALIVE_EVERY = 5.0
"""seconds between signs of life while calls in hand are waited for"""


def trusted(desk: str, api_url: str) -> Origin:
    """A desk's own server, whose files may be fetched from wherever it stands. Raises `ConfigurationError`."""
    try:
        return Origin.of(api_url)
    except Forbidden:
        mistake = f"desks.{desk}.api_url: is spelled oddly; write it like https://tiledesk.example.org/api"
        raise ConfigurationError([mistake]) from None


def unrevoked(store: SqliteStore, until: float) -> Callable[[str], Awaitable[StoredFile | None]]:
    """Finds files by their addresses, but for those that came before `until`: the operator has revoked them."""

    async def find(name: str) -> StoredFile | None:
        stored = await store.stored_file(name)
        return None if stored is None or stored.at < until else stored

    return find


async def erase_elsewhere(
    house: House, shelf: Shelf, troubles: Troubles, persons: Sequence[str], files: Sequence[File]
) -> None:
    """Forget a person where the journal is not: their sign-ins and warnings in memory, and the copies of their files."""
    for person in persons:
        house.forget(person)
        troubles.forget(person.rpartition("-")[2])
    if files:
        await asyncio.to_thread(shelf.erase, files)


@asynccontextmanager
async def running(settings: Settings, process: Process | None = None) -> AsyncIterator[House]:
    """Run the daemon for the time of an `async with`; on leaving it takes no more, finishes the calls in hand and closes.

    It serves at copies of the process' sockets if there are any: whoever knocks while no daemon runs waits in them.
    """
    process = process or Process(Scrubber(settings.secrets()))
    supervisor, scrubber = process.supervisor, process.scrubber
    async with AsyncExitStack() as stack:
        clock, metrics, health = SteadyClock(), process.metrics, Health(scrubber.scrub)
        metrics.begin()
        traces = await stack.enter_async_context(tracing(settings.traces))
        store = await stack.enter_async_context(open_journal(settings.store.path, clock, metrics.wrote))
        jar = aiohttp.DummyCookieJar()
        metrics.found(store.recovery.suspects)
        telegram = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=jar)
        )
        # No limit of connections: lanes and pollers are counted already, and whoever waits for a place holds its lane.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE)
        tiledesk = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, cookie_jar=jar))
        desks = [trusted(name, desk.api_url) for name, desk in settings.desks.items()]
        fetcher = await stack.enter_async_context(open_fetcher(desks, https_only=settings.media.https_only))
        tools, sources, server = available(), dict[str, Source](), settings.server
        shelf = await asyncio.to_thread(Shelf, settings.media_folder, settings.media.cache_mb * 2**20)
        cabinet = Cabinet(shelf, sources, tools, partial(metrics.fetched, Direction.INBOUND))
        stack.push_async_callback(cabinet.close)
        key = await store.secret("media")
        scrubber.add(key)
        links = SignedLinks(server.public_url, key, settings.media.link_days, tools)
        window = MediaWindow(links.verify, unrevoked(store, settings.media.revoked_until), cabinet, clock)
        house = House(
            settings,
            store,
            clock,
            metrics,
            health,
            scrubber,
            telegram,
            tiledesk,
            fetcher,
            links,
            cabinet,
            sources,
            traces,
        )
        await house.furnish()
        lanes = house.lanes()
        watch = Watch(store, house.gates, metrics, health, clock, settings.store.keep_days * DAY)
        office = SqliteOffice(store, clock, partial(erase_elsewhere, house, shelf, process.troubles))
        alive = Alive()
        looks = partial(report, store, watch, health, process.started_at, alive.instance)
        app = make_app(house.doors, metrics, health, watch.measure, window, alive)
        await stack.enter_async_context(console(app, settings, office, looks, process))
        runner = await serve(app, server.host, server.port, [one.dup() for one in process.sockets])
        control = Control(office, looks)
        await stack.enter_async_context(controlled(socket_of(settings.store.path), control))
        structlog.get_logger().info(
            "running",
            waiting=store.recovery.waiting,
            suspects=store.recovery.suspects,
            journal=str(settings.store.path),
        )
        async with asyncio.TaskGroup() as group:
            house.chores += [
                partial(watch.run, supervisor),
                Pulse(store, lanes, supervisor).run,
                Lag(metrics.lagged).run,
            ]
            chores = [group.create_task(chore()) for chore in house.chores]
            holders = [group.create_task(one.run()) for one in lanes]
            supervisor.ready()
            try:
                yield house
            finally:
                await close(runner)  # first, so that what the last callers bring goes on its way
                for one in lanes:
                    one.stop()
                for chore in chores:
                    chore.cancel()
                await drain(lanes, holders, settings.relay.drain_seconds, supervisor.busy)


async def report(store: SqliteStore, watch: Watch, health: Health, started_at: float, instance: str) -> dict[str, Any]:
    """What `tiledesk-bridge status` shows, JSON-able."""
    await watch.measure()
    census = [dataclasses.asdict(one) for one in watch.census]
    who = {"version": __version__, "pid": os.getpid(), "started_at": started_at, "instance": instance}
    told = who | {"census": census}
    return told | health.report() | {"commits": store.commits}


def nobody_told() -> None:
    """Nobody wants to know."""


async def drain(
    lanes: list[Lanes], holders: list[asyncio.Task[None]], seconds: float, alive: Callable[[], object] = nobody_told
) -> None:
    """Let every lane finish the call in hand, for so many seconds; what is cut off then is a suspect at the next start.

    That we live (`alive`) is told meanwhile: waiting for answers is no standstill.
    """
    for one in lanes:
        one.stop()
    point("draining")
    late, until = set(holders), asyncio.get_running_loop().time() + seconds
    while late and (left := until - asyncio.get_running_loop().time()) > 0:
        alive()
        _, late = await asyncio.wait(late, timeout=min(left, ALIVE_EVERY))
    if late:
        structlog.get_logger().warning("calls in hand were cut off", lanes=sum(len(one.held) for one in lanes))
    for one in lanes:
        for holder in one.held:
            holder.cancel()
    for holder in late:
        holder.cancel()
