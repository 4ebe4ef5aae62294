"""The daemon as a service: one life after the other at the same sockets, until somebody says stop."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from bridge.app.life import ALIVE_EVERY, running, trusted
from bridge.app.process import Process
from bridge.app.reload import Reload, reloaded
from bridge.app.tracing import try_traces
from bridge.errors import BridgeError
from bridge.observe import configure, report_loop, set_level
from bridge.settings import Settings
from bridge.systemd import Supervisor, inherited_sockets
from bridge.web.listen import address_of, listeners

SWITCH_INTERVAL = 0.0005
"""seconds; with Python's 5 ms a busy loop lets the journal's thread wait that long for the interpreter at every statement"""

LONGEST_START = 900.0
"""seconds: a journal of some 90 GB is read in this time"""


async def run(settings: Settings, reread: Callable[[], Settings]) -> None:
    """Run the daemon until SIGTERM or SIGINT; at SIGHUP it goes on with what `reread` gives.

    Raises `JournalError` if the journal can't be opened, `CannotListen` if the port is not to be had.
    """
    loop = asyncio.get_running_loop()
    report_loop(loop)
    sys.setswitchinterval(SWITCH_INTERVAL)
    scrubber = configure(settings.log.level, settings.log.format, settings.secrets())
    supervisor, wishes = Supervisor.of(os.environ), Wishes()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, wishes.stop)
    loop.add_signal_handler(signal.SIGHUP, wishes.reload)
    server = settings.server
    with supervisor.told_why():
        handed = inherited_sockets(os.environ)
    sockets = handed or await listeners(server.host, server.port)
    process = Process(scrubber, supervisor, sockets)
    logging.getLogger().addHandler(process.troubles)
    try:
        with supervisor.told_why():
            await Service(settings, reread, process, wishes, handed_over=bool(handed)).run()
    finally:
        logging.getLogger().removeHandler(process.troubles)
        for one in sockets:
            one.close()
    structlog.get_logger().info("stopped")


@dataclass(slots=True)
class Wishes:
    """What somebody wants of us; the last word is to stop."""

    came: asyncio.Event = field(default_factory=asyncio.Event)
    ending: bool = False

    def stop(self) -> None:
        """End."""
        self.ending = True
        self.came.set()

    def reload(self) -> None:
        """Read the configuration anew."""
        self.came.set()

    async def ends(self) -> bool:
        """Wait for the next wish; whether it is to end."""
        await self.came.wait()
        self.came.clear()
        return self.ending


@dataclass(slots=True)
class Service:
    """One life after the other: `settings` are those that worked last; `handed_over` says that systemd keeps the port open."""

    settings: Settings
    reread: Callable[[], Settings]
    process: Process
    wishes: Wishes
    handed_over: bool = False

    async def run(self) -> None:
        """Live until somebody says stop. Raises what the first life can't be begun for."""
        structlog.get_logger().info("listening", addresses=[address_of(one) for one in self.process.sockets])
        wanted: Settings | None = self.settings
        while wanted is not None:
            async with AsyncExitStack() as life:
                try:
                    async with patience(self.process.supervisor):
                        await life.enter_async_context(running(wanted, self.process))
                except Exception as error:
                    if wanted is self.settings:
                        raise
                    self.refuse(error)
                    wanted = self.settings
                    continue
                self.settings = wanted
                set_level(wanted.log.level)
                wanted = await self.until_changed()
            if wanted is not None and self.wishes.ending:  # somebody said so while the last calls were waited for
                self.end()
                return

    async def until_changed(self) -> Settings | None:
        """Wait until the daemon must be furnished anew, and give the settings for that; None if it is to end."""
        while not await self.wishes.ends():
            self.process.supervisor.reloading()
            change = await self.change()
            if change is not None and change.anew:
                return change.settings
            self.process.supervisor.ready()
        self.end()
        return None

    def end(self) -> None:
        """Say that this is the end."""
        structlog.get_logger().info("stopping")
        self.process.supervisor.stopping()

    async def change(self) -> Reload | None:
        """Read the configuration anew; None if it has mistakes, which are told, and the old one stays."""
        log = structlog.get_logger()
        try:
            new = await asyncio.to_thread(self.reread)
            for name, desk in new.desks.items():
                trusted(name, desk.api_url)
            if new.traces != self.settings.traces:  # what could not be had before is no reason to refuse something else
                await try_traces(new.traces)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a file, messages go on
            self.refuse(error)
            return None
        self.process.scrubber.add(*new.secrets())
        change = reloaded(self.settings, new)
        self.process.supervisor.remark = ""
        if not change.anew:
            self.settings = change.settings
            set_level(change.settings.log.level)
        idle, later = parted(change.later, handed_over=self.handed_over)
        if later:
            log.warning("this changes with the next restart", settings=later)
        if idle:
            log.warning(
                "this changes nothing: where we listen stands in systemd's socket unit, as ListenStream=", settings=idle
            )
        log.info("the configuration was read anew", changed=list(change.changed))
        return change

    def refuse(self, error: Exception) -> None:
        """Tell why the old configuration stays, in the logs and in the status line."""
        said = str(error) if isinstance(error, BridgeError | OSError) else f"{type(error).__name__}: {error}"
        reason = self.process.scrubber.scrub(said)
        structlog.get_logger().error("the new configuration is not used, the old one stays", reason=reason)
        self.process.supervisor.remark = f"[old configuration, the new one is not used: {first_line(reason)}]"
        self.process.supervisor.status("relaying")


def parted(later: Sequence[str], *, handed_over: bool) -> tuple[list[str], list[str]]:
    """Of the settings that a reload can't change: those that change nothing at all, and those that wait for a restart."""
    idle = [name for name in later if handed_over and name in {"server.host", "server.port"}]
    return idle, [name for name in later if name not in idle]


@asynccontextmanager
async def patience(supervisor: Supervisor, longest: float = LONGEST_START) -> AsyncIterator[None]:
    """Say again and again that we live, for the time of an `async with` that may last: a large journal is read as a whole.

    After the longest time in seconds nothing is said any more: what takes so long hangs.
    """

    async def tell() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                while True:
                    supervisor.busy()
                    await asyncio.sleep(ALIVE_EVERY)
        structlog.get_logger().critical("the start takes too long, the watchdog is not fed", seconds=longest)

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
