"""How the daemon and its commands fare with very much in the journal; the large numbers: make proof."""

import asyncio
import os
import resource
import sys
import time
from collections.abc import Sequence
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
MORE_MEGABYTES = 80
"""that the daemon takes while it hands large messages out: some windows, and a page cache of 32"""


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


@pytest.mark.timeout(300 if PROOF else 180)
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


LARGE, KILOBYTES = scaled(30, 900), 300


async def fill_with_large_ones(journal: Path) -> None:
    """One person wrote very much in a group."""
    async with open_journal(journal, SteadyClock()) as store:
        for number in range(LARGE):
            chat, person = {"id": -100_777, "type": "group"}, {"id": 4_711_000, "first_name": "Kim", "is_bot": False}
            message = {"message_id": number, "date": 1_700_000_000, "chat": chat, "from": person}
            raw = orjson.dumps({"update_id": number, "message": message | {"text": "x" * KILOBYTES * 1024}})
            lane = Lane("support", "-100777", "", Direction.INBOUND)
            await store.accept([Arrival("telegram/1234567", str(number), lane, number, raw, "desk/main")])


async def megabytes_of(words: Sequence[str], environment: dict[str, str], beside: int) -> tuple[int, int]:
    """Run a command: the most memory that it took, and the most that the process `beside` it has grown by."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", *words, env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    before, own, grown = resident(beside), 0.0, 0.0
    while process.returncode is None:
        if Path(f"/proc/{process.pid}/statm").exists():  # noqa: ASYNC240 - a file of the kernel's
            own = max(own, resident(process.pid))
        grown = max(grown, resident(beside) - before)
        await asyncio.sleep(0.05)
    assert process.returncode == 0
    return round(own), round(grown)


@pytest.mark.timeout(300 if PROOF else 180)
async def test_a_copy_and_a_forgetting_of_large_messages_take_no_more_memory_either(tmp_path: Path) -> None:
    began, copy = time.monotonic(), tmp_path / "copy.jsonl"
    async with await Stage.open(tmp_path) as stage:
        await fill_with_large_ones(stage.journal)
        environment = dict(os.environ) | stage.environment(DESKS__MAIN__API_URL="http://127.0.0.1:9")
        async with Daemon(environment, tmp_path) as daemon:
            assert daemon.pid is not None
            copying, more_by_copy = await megabytes_of(("export", "-o", str(copy)), environment, daemon.pid)
            _, more_by_forgetting = await megabytes_of(("forget", "4711000", "--yes"), environment, daemon.pid)
    with copy.open() as file, opened(stage.journal) as journal:
        copied = sum(1 for _ in file)
        [(left,)] = journal.execute("SELECT count(*) FROM entry")
    publish(
        f"A copy and a forgetting of {LARGE} messages of {KILOBYTES} kB",
        began,
        copied=copied,
        left=left,
        megabytes_of_the_copy=copying,
        megabytes_more_of_the_daemon_by_the_copy=more_by_copy,
        megabytes_more_of_the_daemon_by_forgetting=more_by_forgetting,
    )
    assert (copied, left) == (LARGE, 0)
    assert copying < COPY_MEGABYTES, "it is bounded, however large they are"
    assert max(more_by_copy, more_by_forgetting) < MORE_MEGABYTES


@pytest.mark.timeout(180)
async def test_a_daemon_that_has_nothing_to_do_is_small(tmp_path: Path) -> None:
    began = time.monotonic()
    async with await Stage.open(tmp_path) as stage, Daemon(dict(os.environ) | stage.environment(), tmp_path) as daemon:
        assert daemon.pid is not None
        megabytes = resident(daemon.pid)
        publish("An idle daemon", began, megabytes=round(megabytes, 1))
        assert megabytes <= IDLE_MEGABYTES
