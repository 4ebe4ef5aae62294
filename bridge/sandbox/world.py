"""`tiledesk-bridge sandbox`: both simulators, the real daemon between them, and the page to play both sides."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import token_urlsafe

import typer
from aiohttp import web

from bridge.sandbox.board import Board
from bridge.sandbox.cast import Cast
from bridge.sandbox.daemon import Daemon, NotStarted
from bridge.sandbox.observer import Observer
from bridge.sandbox.page import Page
from bridge.sandbox.page_console import ConsoleDoor
from bridge.sandbox.page_files import LARGEST
from bridge.sandbox.stage import Stage
from bridge.sandbox.trouble import Troubles

HOST = "127.0.0.1"
PAUSE = 0.7
"""seconds that a killed daemon stays dead, so that one can see it"""

PATIENCE = 2.0
"""seconds for the daemon to end when all is over: its journal is thrown away"""


class Driver:
    """Kills, stops and starts the daemon, one wish after the other."""

    def __init__(self, daemon: Daemon, observer: Observer) -> None:
        self.daemon = daemon
        self.observer = observer
        self.busy = asyncio.Lock()

    async def drive(self, act: str) -> None:
        """Do one of `kill` (and start again), `stop`, `start`; raises `NotStarted`."""
        async with self.busy:
            if act == "kill":
                await self.daemon.kill()
                self.show("killed")
                await asyncio.sleep(PAUSE)
            if act == "stop":
                self.show("stopping")
                await self.daemon.terminate()
                self.show("stopped")
                return
            self.show("starting")
            try:
                await self.daemon.start()
            except NotStarted:
                self.show("failed")
                raise
            self.show("running")

    def show(self, phase: str) -> None:
        """Tell the page."""
        self.observer.phase = phase
        self.observer.changed.set()


@asynccontextmanager
async def playground(folder: Path, port: int) -> AsyncIterator[str]:
    """Everything, for the time of an `async with`; gives the page's address. OSError if the port is taken."""
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(await Stage.open(folder))
        cast, board, troubles = Cast(stage), Board(), Troubles(stage)
        cast.add_user()
        # The real one's limits hold for every project that has not widened them; here one wants to try everything.
        stage.tiledesk.allow_uploads(stage.project.id, guests="*/*", agents="*/*", limit=LARGEST)
        token = token_urlsafe(32)
        settings = stage.environment(LOG__FORMAT="console", CHANNELS__SUPPORT__REACTIONS="true", CONSOLE__TOKEN=token)
        daemon = Daemon(settings, folder)
        observer = Observer(stage, daemon, cast, troubles, board)
        driver = Driver(daemon, observer)
        page = Page(stage, cast, troubles, driver, board, ConsoleDoor(daemon.url, token))
        runner = web.AppRunner(page.app(), access_log=None, shutdown_timeout=0.5)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        # Before the daemon is started: a port that is taken is known at once.
        await web.TCPSite(runner, HOST, port).start()
        stack.push_async_callback(daemon.terminate, PATIENCE)
        await daemon.start()
        await stack.enter_async_context(observer.watching())
        stack.callback(board.close)
        yield f"http://{HOST}:{runner.addresses[0][1]}"


@asynccontextmanager
async def somewhere(folder: Path, port: int) -> AsyncIterator[str]:
    """The same, on a free port if the wanted one is taken."""
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(playground(folder, port))
        except OSError:
            if port == 0:
                raise
            typer.echo(f"Port {port} is taken, so the page is on a free one.")
            address = await stack.enter_async_context(playground(folder, 0))
        yield address


def has_browser() -> bool:
    """Whether there is a screen: without one, a browser in text mode would take the terminal."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


async def play(port: int, *, open_browser: bool) -> None:
    """Play until SIGINT or SIGTERM."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    started = time.monotonic()
    typer.echo("Starting a simulated Telegram, a simulated Tiledesk and the real bridge between them …")
    with tempfile.TemporaryDirectory(prefix="tiledesk-bridge-sandbox-", ignore_cleanup_errors=True) as folder:
        async with somewhere(Path(folder), port) as address:
            typer.echo(f"All three run, after {time.monotonic() - started:.1f} s. Everything stays on this machine.")
            typer.echo(f"Open {address}  (Ctrl-C ends it)")
            if open_browser and has_browser():
                with contextlib.suppress(webbrowser.Error):
                    await asyncio.to_thread(webbrowser.open, address)
            await stopping.wait()
            typer.echo("\nEnding …")


def main(*, port: int, open_browser: bool) -> None:
    """Run the sandbox with its page on `port` of this machine (0: any free one) until Ctrl-C."""
    asyncio.run(play(port, open_browser=open_browser))
