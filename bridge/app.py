"""The hall: the only file that knows every concrete class. It opens what the daemon needs, in the order of shutdown reversed."""

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog

from bridge.errors import JournalUnavailable
from bridge.observe import Health, Metrics, Scrubber, configure, report_loop
from bridge.ports import Census, Door
from bridge.relay.decide import Policy
from bridge.relay.gate import Gate, Rate
from bridge.relay.intake import Intake
from bridge.relay.lanes import Lanes
from bridge.relay.prepare import Route
from bridge.relay.step import Step
from bridge.settings import Settings
from bridge.store.sqlite import SqliteStore, open_journal
from bridge.systemd import Supervisor, inherited_sockets
from bridge.telegram.arrive import Address
from bridge.telegram.hook import TelegramDoor
from bridge.telegram.plan import TelegramPlanner
from bridge.telegram.poll import Poller
from bridge.telegram.read import TelegramReader
from bridge.telegram.register import register_webhook
from bridge.telegram.send import TelegramSender
from bridge.telegram.transport import BotApi, make_bot
from bridge.tiledesk.hook import TiledeskDoor
from bridge.tiledesk.identity import Anonymous, Identity, Signed
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.plan import TiledeskPlanner
from bridge.tiledesk.read import CLOSE_EVENT, TiledeskReader
from bridge.tiledesk.send import TiledeskSender
from bridge.tiledesk.subscribe import Login, Subscriber
from bridge.tiledesk.transport import KEEPALIVE, DeskApi
from bridge.web.server import make_app, serve

TELEGRAM_RATES = {"bot": Rate(25, 5), "chat": Rate(1, 3), "group": Rate(15 / 60, 5)}
"""over any window a bot stays within 30 a second and a group within 20 a minute; a chat's 1 a second is an average"""

MEASURE_EVERY = 5.0
"""seconds between looks at ourselves; /readyz and /metrics look afresh"""

PRUNE_EVERY = 60.0
"""seconds between prunings, each in chunks"""

DAY = 86400.0

SWITCH_INTERVAL = 0.0005
"""seconds; with Python's 5 ms a busy loop lets the journal's thread wait that long for the interpreter at every statement"""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class House:
    """Everything that stands, before it runs."""

    settings: Settings
    store: SqliteStore
    clock: SystemClock
    metrics: Metrics
    health: Health
    scrubber: Scrubber
    telegram: aiohttp.ClientSession
    tiledesk: aiohttp.ClientSession
    doors: dict[str, Door] = field(default_factory=dict)
    routes: dict[tuple[str, str], Route] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    chores: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    """what runs for ever beside the lanes"""
    census: list[Census] = field(default_factory=list)
    counted_commits: int = 0

    async def furnish(self) -> None:
        """Build every desk and every channel of the configuration."""
        intake = Intake(self.store, self.metrics)
        senders = {name: await self.desk(name, intake) for name in self.settings.desks}
        for name in self.settings.channels:
            await self.channel(name, intake, senders[self.settings.desk_of(name)])

    async def desk(self, name: str, intake: Intake) -> TiledeskSender:
        """Build one desk: its door, its subscriptions, and the sender that its channels share."""
        desk = self.settings.desks[name]
        api = DeskApi(self.tiledesk, desk.api_url, desk.project_id, desk.timeout_seconds)
        keys = Keys()
        secret = await self.secret(f"hooks/tiledesk/{name}")
        path = f"/hooks/tiledesk/{name}/"
        self.doors[path + "{secret}"] = TiledeskDoor(desk.project_id, secret, keys, self.store, intake.accept)
        login = Login(desk.username, desk.password.get_secret_value(), desk.authorization)
        target, events = self.settings.server.public_url.rstrip("/") + path, (desk.event, CLOSE_EVENT)
        subscriber = Subscriber(name, api, login, events, target, secret, keys, self.store, self.health, self.clock)
        self.chores.append(subscriber.run())
        self.gates[f"desk/{name}"] = Gate()
        identity: Identity
        if desk.identity == "signed":
            identity = Signed(name, api, self.store, keys, self.clock)
        else:
            identity = Anonymous(name, api, self.store)
        return TiledeskSender(api, identity)

    async def channel(self, name: str, intake: Intake, to_desk: TiledeskSender) -> None:
        """Build one channel: its intake, and the routes in both directions."""
        channel, desk_name = self.settings.channels[name], self.settings.desk_of(name)
        project = self.settings.desks[desk_name].project_id
        token = channel.token.get_secret_value()
        api = BotApi(self.telegram, channel.api_url, token)
        address = Address(name, channel.bot_id, f"desk/{desk_name}")
        if channel.intake == "polling":
            self.chores.append(Poller(address, api, intake.accept, self.health, self.clock, channel.poll_seconds).run())
        else:
            secret = await self.secret(f"hooks/telegram/{name}")
            path = f"/hooks/telegram/{name}"
            self.doors[path] = TelegramDoor(address, secret, intake.accept)
            url = self.settings.server.public_url.rstrip("/") + path
            self.chores.append(register_webhook(name, api, url, secret, self.health, self.clock))

        def fresh_request() -> str:
            return f"support-group-{project}-{uuid.uuid4().hex}"

        to_channel = TelegramSender(name, make_bot(api, channel.api_url, token))
        inbound, outbound = f"desk/{desk_name}", f"channel/{name}"
        self.gates[outbound] = Gate(TELEGRAM_RATES)
        self.routes[address.source, name] = Route(
            inbound, desk_name, TelegramReader(name, channel.bot_id),
            TiledeskPlanner(channel.kind, channel.department), to_desk, fresh_request, looks_up=True,
        )  # fmt: skip
        self.routes[f"tiledesk/{project}", name] = Route(
            outbound, desk_name, TiledeskReader(project), TelegramPlanner(), to_channel, fresh_request
        )

    async def secret(self, name: str) -> str:
        """A secret of our own, which no log may show either."""
        value = await self.store.secret(name)
        self.scrubber.add(value)
        return value

    def lanes(self) -> list[Lanes]:
        """One loop of lanes for each destination."""
        relay = self.settings.relay
        policy = Policy(relay.deadline_hours * 3600, relay.attempts, relay.suspect)
        step = Step(self.routes, self.gates, self.store, self.store, self.clock, self.metrics, policy)
        return [
            Lanes(destination, self.store, step, gate, self.clock, relay.lanes)
            for destination, gate in self.gates.items()
        ]

    async def measure(self) -> None:
        """Bring metrics and health up to date."""
        try:
            self.census = await self.store.census()
            self.metrics.counted(self.census, self.clock.now())
            self.health.set("journal", ok=True)
        except JournalUnavailable as error:
            self.health.set("journal", ok=False, reason=str(error))
        for destination, gate in self.gates.items():
            self.metrics.gate(destination, is_open=not gate.shut)
            self.health.set(destination, ok=not gate.shut, reason=gate.reason)
        self.metrics.committed(self.store.commits - self.counted_commits)
        self.counted_commits = self.store.commits

    async def watch(self, supervisor: Supervisor) -> None:
        """Measure, tell systemd that we live and how we are, and prune now and then."""
        loop = asyncio.get_running_loop()
        prune_at = loop.time()
        while True:
            await self.measure()
            waiting = sum(one.waiting + one.sending for one in self.census)
            supervisor.status(f"{waiting} waiting, {sum(one.dead for one in self.census)} dead letters")
            supervisor.alive()
            if loop.time() >= prune_at:
                prune_at = loop.time() + PRUNE_EVERY
                await self.prune()
            await self.clock.sleep(MEASURE_EVERY)

    async def prune(self) -> None:
        """Forget what was settled long ago, in chunks that let others write between them."""
        before = self.clock.now() - self.settings.store.keep_days * DAY
        try:
            gone = await self.store.prune(before)
            while gone:
                gone = await self.store.prune(before)
        except JournalUnavailable as error:  # reads may work while the disk takes no write
            structlog.get_logger().error("old entries can't be forgotten now", reason=str(error))


@asynccontextmanager
async def running(
    settings: Settings, supervisor: Supervisor | None = None, scrubber: Scrubber | None = None
) -> AsyncIterator[House]:
    """Run the daemon for the time of an `async with`; on leaving it takes no more, finishes the calls in hand and closes."""
    supervisor, scrubber = supervisor or Supervisor(), scrubber or Scrubber(settings.secrets())
    async with AsyncExitStack() as stack:
        clock, metrics, health = SystemClock(), Metrics(), Health(scrubber.scrub)
        store = await stack.enter_async_context(open_journal(settings.store.path, clock))
        jar = aiohttp.DummyCookieJar()
        telegram = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=jar)
        )
        # No limit of connections: lanes and pollers are counted already, and whoever waits for a place holds its lane.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE)
        tiledesk = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, cookie_jar=jar))
        house = House(settings, store, clock, metrics, health, scrubber, telegram, tiledesk)
        await house.furnish()
        lanes = house.lanes()
        server = settings.server
        runner = await serve(
            make_app(house.doors, metrics, health, house.measure),
            server.host,
            server.port,
            inherited_sockets(os.environ),
        )
        structlog.get_logger().info(
            "running",
            waiting=store.recovery.waiting,
            suspects=store.recovery.suspects,
            journal=str(settings.store.path),
        )
        async with asyncio.TaskGroup() as group:
            chores = [group.create_task(chore) for chore in (*house.chores, house.watch(supervisor))]
            holders = [group.create_task(one.run()) for one in lanes]
            supervisor.ready()
            try:
                yield house
            finally:
                supervisor.stopping()
                for one in lanes:
                    one.stop()
                for chore in chores:
                    chore.cancel()
                await runner.cleanup()
                await drain(lanes, holders, settings.relay.drain_seconds)


async def drain(lanes: list[Lanes], holders: list[asyncio.Task[None]], seconds: float) -> None:
    """Let every lane finish the call in hand, for so many seconds; what is cut off then is a suspect at the next start."""
    for one in lanes:
        one.stop()
    _, late = await asyncio.wait(holders, timeout=seconds)
    if late:
        structlog.get_logger().warning("calls in hand were cut off", lanes=sum(len(one.held) for one in lanes))
    for one in lanes:
        for holder in one.held:
            holder.cancel()
    for holder in late:
        holder.cancel()


async def run(settings: Settings) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises `JournalError` if the journal can't be opened."""
    loop = asyncio.get_running_loop()
    report_loop(loop)
    sys.setswitchinterval(SWITCH_INTERVAL)
    scrubber = configure(settings.log.level, settings.log.format, settings.secrets())
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(settings, Supervisor.of(os.environ), scrubber):
        await stopping.wait()
        structlog.get_logger().info("stopping")
    structlog.get_logger().info("stopped")
