"""The daemon as a process: it answers once started, ends as asked, leaves nothing behind, and says why it can't start."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bridge.sandbox.daemon import Daemon, NotStarted, base_environment
from bridge.sandbox.stage import Stage
from tests.patience import PATIENCE

PARENT = """
import asyncio, json, os, sys
from pathlib import Path
from bridge.sandbox.daemon import Daemon
async def main():
    daemon = await Daemon(json.loads(sys.argv[1]), Path(sys.argv[2])).start()
    print(daemon.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with await Stage.open(tmp_path) as opened:
        yield opened


async def gone(pid: int) -> None:
    """Wait until the process has ended."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:  # and its parent has taken note
        return
    loop.add_reader(watched, ended.set)
    try:
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
    finally:
        loop.remove_reader(watched)
        os.close(watched)


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


async def livez(daemon: Daemon) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{daemon.url}/livez") as answer:
        return answer.status


async def test_it_answers_once_started_and_ends_in_order_when_asked(stage: Stage) -> None:
    daemon = Daemon(stage.environment(), stage.folder)
    await daemon.start()
    pid = daemon.pid or 0
    assert state_of(pid)
    assert await livez(daemon) == 200
    assert await daemon.terminate() == 0
    assert (daemon.pid, daemon.running, daemon.code) == (None, False, 0)
    assert state_of(pid) == ""
    assert "stopped" in daemon.tail(5)


async def test_a_killed_one_starts_again_under_another_process_id(stage: Stage) -> None:
    async with Daemon(stage.environment(), stage.folder) as daemon:
        first = daemon.pid
        await daemon.kill()
        assert daemon.code == -signal.SIGKILL
        await daemon.restart()
        assert daemon.pid not in (None, first)
        assert (daemon.starts, daemon.restarts) == (2, 1)
        assert await livez(daemon) == 200
        last = daemon.pid or 0
        assert state_of(last)
    assert state_of(last) == ""


async def test_one_that_can_not_start_says_why(stage: Stage) -> None:
    broken = stage.environment(SERVER__PORT="none")
    daemon = Daemon(broken, stage.folder)
    with pytest.raises(NotStarted, match=r"ended with code 78:(.|\n)*server\.port"):
        await daemon.start()
    assert not daemon.running


async def test_one_that_does_not_answer_in_time_is_ended(stage: Stage) -> None:
    daemon = Daemon(stage.environment(), stage.folder)
    with pytest.raises(NotStarted, match="did not answer within 0 s"):
        await daemon.start(limit=0)
    assert not daemon.running


async def test_it_does_not_outlive_a_parent_that_is_killed(stage: Stage) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, json.dumps(stage.environment()), str(stage.folder),
        stdout=asyncio.subprocess.PIPE, env=base_environment(),
    )  # fmt: skip
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert state_of(pid) not in ("", "Z")
    parent.kill()
    await parent.wait()
    await gone(pid)


def test_it_inherits_no_configuration_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_SERVER__PORT", "1")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/nowhere")
    daemon = Daemon({}, tmp_path)
    assert {name for name in daemon.environment if name.startswith("BRIDGE_")} == {"BRIDGE_CONFIG"}
    assert daemon.environment["BRIDGE_CONFIG"] == os.devnull
    assert "CREDENTIALS_DIRECTORY" not in daemon.environment
    assert daemon.url == "http://127.0.0.1:8080"


def test_the_end_of_the_log_is_bounded(tmp_path: Path) -> None:
    daemon = Daemon({}, tmp_path)
    assert daemon.tail() == ""
    daemon.log.write_text("".join(f"line {number}\n" for number in range(20_000)))
    assert daemon.tail(2) == "line 19998\nline 19999"
    assert len(daemon.tail(1_000_000)) < 40_000
