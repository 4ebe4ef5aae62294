"""Prints what this commit costs and how fast it is: `make bench`.

The daemon is a process of its own; the simulators and the load share another one, so on two cores each has one. Every message
also comes back as an echo through the desk's webhook, as it does in life. Wall-clock is printed, never judged: machines
differ, and this one may be busy. Compare figures of one run with each other, and counters between runs.
"""

import asyncio
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import apsw
import orjson
from aiohttp import web
from rich.console import Console
from rich.table import Table

from bridge import __version__
from bridge.sandbox.daemon import Daemon
from bridge.sandbox.stage import Stage
from bridge.sandbox.tiledesk import Happening
from tests.patience import PATIENCE

CHATS = 40
STEADY_RATE, STEADY_SECONDS = 100, 15
FLOOD = 6000
FIRST_CHAT = 500_000
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies, in milliseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


@dataclass
class Load:
    """Telegram's part: posts updates to the door, and notes when the desk has them."""

    stage: Stage
    session: aiohttp.ClientSession
    secret: str = ""
    sent: dict[int, float] = field(default_factory=dict)
    arrived: dict[int, float] = field(default_factory=dict)
    acks: list[float] = field(default_factory=list)

    def note(self, happening: Happening) -> None:
        """Tiledesk has stored something."""
        if happening.kind == "message":
            ids = happening.what.get("attributes", {}).get("telegram", {})
            if "update_id" in ids:
                self.arrived[ids["update_id"]] = time.perf_counter()

    async def post(self, number: int) -> None:
        """Deliver one update."""
        body = orjson.dumps(update(number, FIRST_CHAT + number % CHATS))
        headers = {SECRET_HEADER: self.secret, "Content-Type": "application/json"}
        started = self.sent[number] = time.perf_counter()
        async with self.session.post(f"{self.stage.url}/hooks/telegram/support", data=body, headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(f"the door answered {answer.status}")
        self.acks.append(time.perf_counter() - started)

    async def all_arrived(self) -> None:
        """Wait until the desk has everything."""
        tiledesk = self.stage.tiledesk
        await tiledesk.wait_for(lambda: len(self.arrived) >= len(self.sent), 120.0)
        await tiledesk.wait_for(lambda: tiledesk.webhooks_under_way == 0, 60.0)

    async def steady(self, first: int, count: int) -> None:
        """So many updates at an even rate, whatever the answers take."""
        began, under_way = time.perf_counter(), []
        for index in range(count):
            await asyncio.sleep(max(0.0, began + index / STEADY_RATE - time.perf_counter()))
            under_way.append(asyncio.create_task(self.post(first + index)))
        await asyncio.gather(*under_way)

    async def flood(self, first: int, count: int) -> None:
        """As many updates as the door takes, one under way for each chat, as Telegram does it."""

        async def chat(number: int) -> None:
            for index in range(number, count, CHATS):
                await self.post(first + index)

        await asyncio.gather(*(chat(number) for number in range(CHATS)))


def update(number: int, chat: int) -> dict[str, Any]:
    """What Telegram sends for a short text."""
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "User"},
            "from": {"id": chat, "is_bot": False, "first_name": "User", "language_code": "en"},
            "text": f"message number {number}, about as long as what people write to a help desk",
        },
    }


@dataclass(frozen=True)
class Use:
    """What the daemon has used so far."""

    cpu: float
    commits: float
    rss: float

    @classmethod
    async def of(cls, daemon: Daemon, session: aiohttp.ClientSession) -> "Use":
        """Look at the process and its metrics."""
        cpu, rss = process(Path(f"/proc/{daemon.pid}"))
        async with session.get(f"{daemon.url}/metrics") as page:
            lines = (await page.text()).splitlines()
        commits = next(float(line.split()[1]) for line in lines if line.startswith("bridge_commits_total "))
        return cls(cpu, commits, rss)


async def bare_round_trip(count: int = 1000) -> float:
    """CPU seconds of one POST over loopback, client and server together, with nothing behind it: what the machine is worth."""

    async def nothing(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", nothing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            began = time.process_time()
            for _ in range(count):
                async with session.post(f"http://127.0.0.1:{runner.addresses[0][1]}/", data=b"x" * 400) as answer:
                    await answer.read()
            return (time.process_time() - began) / count
    finally:
        await runner.cleanup()


def process(folder: Path) -> tuple[float, float]:
    """A process' CPU seconds and its resident memory in MB."""
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    status = (folder / "status").read_text().splitlines()
    return cpu, next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


async def measure(console: Console) -> list[tuple[str, str, str]]:
    """Run both loads and return rows of (what, figure, target)."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            await Stage.open(Path(folder)) as stage,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
            Daemon(stage.environment(intake="webhook", LOG__LEVEL="warning"), Path(folder)) as daemon,
        ):
            yardstick = await bare_round_trip()
            load = Load(stage, session)
            stage.tiledesk.subscribe(load.note)
            load.secret = await stage.telegram.wait_for(lambda: secret_of(stage), PATIENCE)
            idle = await Use.of(daemon, session)
            console.print(f"opening {CHATS} requests …")
            await load.flood(1, CHATS)
            await load.all_arrived()
            rows = [("RSS idle", f"{idle.rss:.0f} MB", "≤ 80")]

            count = STEADY_RATE * STEADY_SECONDS
            console.print(f"{STEADY_RATE} messages a second for {STEADY_SECONDS} s …")
            load.acks.clear()
            before, first = await Use.of(daemon, session), CHATS + 1
            await load.steady(first, count)
            await load.all_arrived()
            after = await Use.of(daemon, session)
            spent = [load.arrived[number] - load.sent[number] for number in range(first, first + count)]
            rows += [
                (f"webhook ack at {STEADY_RATE}/s, p50 / p99", pair(load.acks), "≤ 3 / ≤ 15 ms"),
                (f"webhook to desk at {STEADY_RATE}/s, p50 / p99", pair(spent), "≤ 5 / ≤ 25 ms"),
                (f"CPU a message at {STEADY_RATE}/s", f"{(after.cpu - before.cpu) / count * 1000:.2f} ms", ""),
                (f"commits a message at {STEADY_RATE}/s", f"{(after.commits - before.commits) / count:.2f}", ""),
            ]

            console.print(f"{FLOOD} messages as fast as they are taken …")
            load.acks.clear()
            before, first, began = after, first + count, time.perf_counter()
            await load.flood(first, FLOOD)
            taken = time.perf_counter() - began
            await load.stage.tiledesk.wait_for(lambda: len(load.arrived) >= len(load.sent), 120.0)
            relayed = time.perf_counter() - began
            after = await Use.of(daemon, session)
            rows += [
                ("accepted, flood", f"{FLOOD / taken:.0f}/s", ""),
                ("relayed, flood", f"{FLOOD / relayed:.0f}/s", "≥ 1,500/s"),
                ("webhook ack, flood, p50 / p99", pair(load.acks), ""),
                ("CPU a message, flood", f"{(after.cpu - before.cpu) / FLOOD * 1000:.2f} ms", "≤ 0.7 ms"),
                ("… in bare HTTP round trips", f"{(after.cpu - before.cpu) / FLOOD / yardstick:.1f}", ""),
                ("commits a message, flood", f"{(after.commits - before.commits) / FLOOD:.3f}", "≤ 0.5"),
                ("RSS after", f"{after.rss:.0f} MB", "≤ 150"),
                ("a bare HTTP round trip, CPU", f"{yardstick * 1000:.2f} ms", ""),
            ]
            return rows


def secret_of(stage: Stage) -> str:
    """The secret that the daemon gave with setWebhook; empty until it did."""
    return stage.bot.webhook.target.secret if stage.bot.webhook else ""


def pair(values: Sequence[float]) -> str:
    """Both quantiles."""
    return f"{quantile(values, 0.5):.1f} / {quantile(values, 0.99):.1f} ms"


def commit() -> str:
    """The commit that is measured, if this is a checkout."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def main() -> None:
    """Measure and print."""
    console = Console()
    rows = asyncio.run(measure(console))
    table = Table(
        "", "measured", "target", title=f"tiledesk-bridge {__version__}, commit {commit()}", title_justify="left"
    )
    for row in rows:
        table.add_row(*row)
    console.print(table)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    console.print(
        f"{os.cpu_count()} cores ({platform.machine()}), load {load}; Python {platform.python_version()}, "
        f"SQLite {apsw.sqlite_lib_version()}, aiohttp {aiohttp.__version__}; synchronous=FULL, {CHATS} chats"
    )


if __name__ == "__main__":
    main()
