"""The installed package on a booted machine, and the simulated world around it."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_people import User
from tests.acceptance.world import until
from tests.as_toml import as_toml, secret_files
from tests.patience import PATIENCE
from tests.systemd.machine import Machine

UNIT = "tiledesk-bridge"
CONFIG = "/etc/tiledesk-bridge"
OWN_PATHS = (
    f"{CONFIG}/* /var/lib/private/tiledesk-bridge* /var/lib/tiledesk-bridge* /etc/systemd/system/tiledesk-bridge*"
)


@dataclass
class Service:
    """One bridge there; `unit` is its name without its kind, `place` the folder of its configuration."""

    machine: Machine
    stage: Stage
    unit: str = UNIT
    place: str = CONFIG

    # ------------------------------------------------------------ its files

    def configure(self, **more: str) -> None:
        """Write the configuration, its secrets apart."""
        settings = self.settings(**more)
        self.machine.put(f"{self.place}/bridge.toml", as_toml(settings, secrets=False))
        for name, value in secret_files(settings).items():
            self.machine.put(f"{self.place}/secrets/{name}", f"{value}\n", 0o600)
        (self.machine.folder / self.place.lstrip("/") / "secrets").chmod(0o700)

    def settings(self, **more: str) -> dict[str, str]:
        """The stage's settings, with the journal where systemd lets it be."""
        state = self.unit.replace("@", "-")
        settings = self.stage.environment(STORE__URL=f"sqlite:///var/lib/{state}/bridge.db", LOG__FORMAT="json")
        return settings | {f"BRIDGE_{name}": value for name, value in more.items()}

    def add(self, kind: str, **lines: str) -> None:
        """A drop-in of the operator's, with lines such as `WatchdogSec=3`."""
        section = "Service" if kind == "service" else "Socket"
        text = "".join(f"{name}={value}\n" for name, value in lines.items())
        self.machine.put(f"/etc/systemd/system/{self.unit}.{kind}.d/test.conf", f"[{section}]\n{text}")

    def listen(self) -> None:
        """Have the socket at the stage's port."""
        place = f"/etc/systemd/system/{self.unit}.socket.d/port.conf"
        self.machine.put(place, f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{self.stage.port}\n")

    # ------------------------------------------------------------ its unit

    async def ctl(self, *words: str) -> str:
        return await self.machine.does("systemctl", *words)

    async def start(self) -> None:
        """Start the socket and the service."""
        await self.ctl("daemon-reload")
        await self.ctl("start", f"{self.unit}.socket", f"{self.unit}.service")

    async def shows(self, name: str, kind: str = "service") -> str:
        """A property of the unit."""
        return await self.ctl("show", "--value", "--property", name, f"{self.unit}.{kind}")

    async def becomes(self, name: str, wanted: Callable[[str], bool], limit: float = PATIENCE) -> str:
        """Wait until a property is as it should be."""

        async def look() -> str:
            value = await self.shows(name)
            return value if wanted(value) else ""

        return await until(look, limit)

    async def logs(self) -> str:
        return await self.machine.does("journalctl", "--no-pager", "-o", "cat", "-u", f"{self.unit}.service")

    # ------------------------------------------------------------ its messages

    def user(self, name: str) -> User:
        user = self.stage.telegram.add_user(name, "Guest")
        self.stage.telegram.meet(self.stage.bot, user)
        return user

    def arrived(self) -> list[str]:
        """What stands at the desk."""
        requests = self.stage.tiledesk.requests()
        return [one["text"] for request in requests for one in self.stage.tiledesk.messages(request["request_id"])]

    async def relays_in(self, user: User, text: str, limit: float = PATIENCE) -> None:
        self.stage.telegram.user_says(self.stage.bot, user, text)
        await self.stage.tiledesk.wait_for(lambda: text in self.arrived(), limit)

    async def relays_out(self, user: User, text: str, limit: float = PATIENCE) -> None:
        [request] = [
            one for one in self.stage.tiledesk.requests() if one["lead"]["fullname"].startswith(user.first_name)
        ]
        self.stage.tiledesk.agent_replies(request["request_id"], text)
        await self.stage.telegram.wait_for(lambda: text in self.received(user), limit)

    def received(self, user: User) -> list[str]:
        sent = self.stage.telegram.sent(self.stage.bot)
        return [message.get("text", "") for message in sent if message["chat"]["id"] == user.id]


@dataclass
class Load:
    """Calls at a steady rate, each over a connection of its own."""

    url: str
    rate: float
    seen: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    async def call(self, session: aiohttp.ClientSession) -> None:
        began = time.monotonic()
        try:
            async with session.post(self.url, data=b"{}") as answer:
                self.seen[str(answer.status)] += 1
        except aiohttp.ClientConnectorError:
            self.seen["refused"] += 1
        except aiohttp.ClientError as error:
            self.seen[type(error).__name__] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)

    async def run(self, stop: asyncio.Event) -> None:
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as calls:
            began, made = time.monotonic(), 0
            while not stop.is_set():
                calls.create_task(self.call(session))
                made += 1
                await asyncio.sleep(max(0.0, began + made / self.rate - time.monotonic()))

    @asynccontextmanager
    async def lasting(self) -> AsyncIterator["Load"]:
        """Call for the time of an `async with`, and wait for every answer."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.run(stop))
            try:
                yield self
            finally:
                stop.set()

    def figures(self) -> Mapping[str, int]:
        return dict(self.seen)


def clean(machine: Machine) -> None:
    """As if the package had just been installed."""
    machine.ask("sh", "-c", f"systemctl stop '{UNIT}*.socket' '{UNIT}*.service'; rm -rf {OWN_PATHS}", check=False)
    machine.ask("sh", "-c", "rm -rf /etc/systemd/system/*.wants/tiledesk-bridge*", check=False)
    machine.ask("mkdir", "-p", "-m", "700", f"{CONFIG}/secrets")
    machine.ask("systemctl", "daemon-reload")
    machine.ask("systemctl", "reset-failed")
    machine.ask("journalctl", "--rotate", "--vacuum-time=1s", check=False)
