"""How the daemon and its commands fare with very much in the journal; the large numbers: make proof."""

import asyncio
import os
import resource
import sys
import time
from pathlib import Path

import orjson
import pytest

from bridge.message import Arrival, Direction, Lane
from bridge.observe import SteadyClock
from bridge.sandbox.daemon import Daemon
from bridge.sandbox.stage import Stage
from bridge.store import open_journal
from tests.crash.figures import PROOF, publish, scaled
from tests.crash.stand import opened

COUNT = scaled(3_000, 100_000)
CHATS = 2_000
AT_ONCE = 1_000

IDLE_MEGABYTES = 90
COPY_MEGABYTES = 120


async def fill(journal: Path, bot: str) -> None:
    """So many messages of end users wait for a desk."""
    async with open_journal(journal, SteadyClock()) as store:
        for first in range(0, COUNT, AT_ONCE):
            arrivals = []
            for number in range(first, min(first + AT_ONCE, COUNT)):
                chat = 1_000_000 + number % CHATS
                person = {"id": chat, "first_name": "Kim", "is_bot": False}
                message = {
                    "message_id": number,
                    "date": 1_700_000_000,
                    "chat": {"id": chat, "type": "private"},
                    "from": person,
                }
                raw = orjson.dumps({"update_id": number, "message": message | {"text": f"message {number}"}})
                lane = Lane("support", str(chat), "", Direction.INBOUND)
                arrivals.append(Arrival(f"telegram/{bot}", str(number), lane, number, raw, "desk/main"))
            await store.accept(arrivals)


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@pytest.mark.timeout(300 if PROOF else 60)
async def test_a_daemon_with_much_that_waits_is_ready_soon_and_its_copy_takes_no_more_memory(tmp_path: Path) -> None:
    began = time.monotonic()
    async with await Stage.open(tmp_path) as stage:
        await fill(stage.journal, "1234567")
        environment = dict(os.environ) | stage.environment(DESKS__MAIN__API_URL="http://127.0.0.1:9")
        daemon = Daemon(environment, tmp_path)
        started = time.monotonic()
        async with daemon:
            ready = time.monotonic() - started
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bridge", "export", "-o", str(tmp_path / "copy.jsonl"), env=environment,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            largest = 0.0
            while process.returncode is None:
                if Path(f"/proc/{process.pid}/statm").exists():  # noqa: ASYNC240 - a file of the kernel's
                    largest = max(largest, resident(process.pid))
                await asyncio.sleep(0.05)
            assert process.returncode == 0
            assert daemon.pid is not None
            serving = resident(daemon.pid)
    with (tmp_path / "copy.jsonl").open() as copy, opened(stage.journal) as journal:
        lines = sum(1 for _ in copy)
        [(waiting,)] = journal.execute("SELECT count(*) FROM entry WHERE settled_at IS NULL")
    publish(
        f"A journal with {COUNT} waiting messages",
        began,
        waiting=waiting,
        copied=lines,
        ready_after_seconds=round(ready, 2),
        megabytes_of_the_daemon_after_the_copy=round(serving),
        megabytes_of_the_copy=round(largest),
    )
    assert (lines, waiting) == (COUNT, COUNT)
    assert largest < COPY_MEGABYTES, "it is bounded, however many there are"


@pytest.mark.timeout(60)
async def test_a_daemon_that_has_nothing_to_do_is_small(tmp_path: Path) -> None:
    began = time.monotonic()
    async with await Stage.open(tmp_path) as stage, Daemon(dict(os.environ) | stage.environment(), tmp_path) as daemon:
        assert daemon.pid is not None
        megabytes = resident(daemon.pid)
        publish("An idle daemon", began, megabytes=round(megabytes, 1))
        assert megabytes <= IDLE_MEGABYTES
