"""Daemons that start within a tenth of a second, to be killed by the hundred."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from bridge.sandbox.daemon import LAUNCH, alive, base_environment
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
START_LIMIT = PATIENCE
END_LIMIT = PATIENCE
GLANCE = 0.01


class Nursery:
    """The process that forks daemons; close it at the end."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", "-c", LAUNCH, str(os.getpid())),
                *(sys.executable, "-m", "tests.crash.hatchery"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=base_environment(),
            cwd=ROOT,
        )
        assert self.heard() == {"ready": 1}

    def ask(self, **what: Any) -> dict[str, int]:
        """Ask and wait, which takes a few milliseconds."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        self.process.stdin.flush()
        return self.heard()

    def heard(self) -> dict[str, int]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the nursery is gone"
        return dict(json.loads(line))

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10.0)


class Nestling:
    """One life of a daemon: a process, and how it ended."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self.nursery = nursery
        self.handle = os.pidfd_open(pid)
        self.code: int | None = None
        """its exit code, or the negative number of a signal"""
        self.gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.handle, self.reap)

    def reap(self) -> None:
        if self.code is None:
            asyncio.get_running_loop().remove_reader(self.handle)
            self.code = self.nursery.ask(reap=self.pid)["code"]
            os.close(self.handle)
            self.gone.set()

    def signal(self, number: int) -> None:
        if self.code is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, number)

    async def ended(self, within: float = END_LIMIT) -> int:
        """Its exit code; TimeoutError if it lives on."""
        async with asyncio.timeout(within):
            await self.gone.wait()
        assert self.code is not None
        return self.code


class Brood:
    """The daemon of one world, life after life; its log goes to `folder`/bridge.log."""

    def __init__(self, nursery: Nursery, environment: Mapping[str, str], folder: Path) -> None:
        self.nursery = nursery
        self.environment = {**base_environment(), "BRIDGE_CONFIG": os.devnull, **environment}
        self.folder = folder
        self.log = folder / "bridge.log"
        self.life: Nestling | None = None
        self.lives = 0
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1.0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['BRIDGE_SERVER__PORT']}"

    def spawn(self, **more: str) -> Nestling:
        """Start one and don't wait; `more` are settings for this life, without `BRIDGE_`."""
        assert self.life is None or self.life.code is not None, "one at a time"
        environment = {**self.environment, **{f"BRIDGE_{name}": value for name, value in more.items()}}
        told = self.nursery.ask(environment=environment, folder=str(self.folder), log=str(self.log))
        self.lives += 1
        self.life = Nestling(self.nursery, told["pid"])
        return self.life

    async def start(self, **more: str) -> Nestling:
        """Start one and wait until it answers."""
        life = self.spawn(**more)
        assert await self.up(), f"it ended with code {life.code}:\n{self.tail()}"
        return life

    async def up(self, limit: float = START_LIMIT) -> bool:
        """Wait until this life answers, or has ended (False)."""
        life = self.life
        assert life is not None
        async with asyncio.timeout(limit):
            while life.code is None:
                if await alive(self.session, f"{self.url}/livez"):
                    return True
                await asyncio.sleep(GLANCE)
        return False

    async def kill(self) -> int:
        assert self.life is not None
        self.life.signal(signal.SIGKILL)
        self.life.signal(signal.SIGCONT)
        return await self.life.ended()

    async def terminate(self, limit: float = END_LIMIT) -> int:
        assert self.life is not None
        self.life.signal(signal.SIGTERM)
        return await self.life.ended(limit)

    def tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.life is not None and self.life.code is None:
            await self.kill()
        await self.session.close()
