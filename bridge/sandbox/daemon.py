"""The real daemon as a process of its own: started, killed, ended and started again, and never left behind."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from bridge.errors import BridgeError

START_LIMIT = 20.0
"""seconds in which a daemon must answer"""

END_LIMIT = 15.0
"""seconds between SIGTERM and SIGKILL"""

LOOK_EVERY = 0.03
"""seconds between looks at a daemon that starts"""

TAIL_BYTES = 32 * 1024
"""bytes of the log that `tail` reads at most"""

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH")

# The kernel kills the daemon with the thread that started it, however that one ends; execv keeps the process id. A parent
# that died before the call to prctl (PR_SET_PDEATHSIG is 1) has been replaced as parent by then.
LAUNCH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


class NotStarted(BridgeError):
    """The daemon did not start."""


def base_environment() -> dict[str, str]:
    """What a Python program needs of our environment, with this very package; no setting of a bridge is among it."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[2])}


class Daemon:
    """One bridge, configured by `environment` alone; its log goes to `folder`/bridge.log.

    Start it from the main thread: it does not outlive the thread that started it. As a context manager it starts, and is
    killed at the end if it still runs.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.environment = {**base_environment(), **environment}
        self.folder = folder
        self.log = folder / "bridge.log"
        self.starts = 0
        self.started_at = 0.0
        self.code: int | None = None
        """how the last process ended: its exit code, or the negative number of a signal"""
        self._process: asyncio.subprocess.Process | None = None
        # So that no configuration file of the machine is read: the environment says everything.
        self.environment.setdefault("BRIDGE_CONFIG", os.devnull)

    # ------------------------------------------------------------ what it is

    @property
    def url(self) -> str:
        """Where it listens."""
        host = self.environment.get("BRIDGE_SERVER__HOST", "127.0.0.1")
        return f"http://{host}:{self.environment.get('BRIDGE_SERVER__PORT', '8080')}"

    @property
    def running(self) -> bool:
        """Whether there is a process, be it that it still starts."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """The process id; None while nothing runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return max(0, self.starts - 1)

    def tail(self, lines: int = 20) -> str:
        """The last lines of its log, of all its lives."""
        try:
            with self.log.open("rb") as log:
                log.seek(0, os.SEEK_END)
                log.seek(max(0, log.tell() - TAIL_BYTES))
                text = log.read().decode(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    # ------------------------------------------------------------ life

    async def start(self, limit: float = START_LIMIT) -> Self:
        """Start it and wait until it answers; raises `NotStarted` with its last words if it does not within `limit` seconds."""
        if self.running:
            return self
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", "-c", LAUNCH, str(os.getpid()),
                sys.executable, "-m", "bridge", "run",
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.environment, cwd=self.folder,
                start_new_session=True,  # a terminal's Ctrl-C is for us, and we end the daemon in our own order
            )  # fmt: skip
        self.starts += 1
        self.started_at = time.time()
        try:
            await self._answers(self._process, limit)
        except BaseException:
            await self.kill()
            raise
        return self

    async def _answers(self, process: asyncio.subprocess.Process, limit: float) -> None:
        deadline = asyncio.get_running_loop().time() + limit
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1.0)) as session:
            while not await alive(session, f"{self.url}/livez"):
                if await ended(process, LOOK_EVERY):
                    raise NotStarted(f"the bridge ended with code {process.returncode}:\n{self.tail()}")
                if asyncio.get_running_loop().time() > deadline:
                    raise NotStarted(f"the bridge did not answer within {limit:g} s:\n{self.tail()}")

    async def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.kill()
        self.code = await self._process.wait()

    async def terminate(self, limit: float = END_LIMIT) -> int:
        """Ask it to end (SIGTERM) and return its exit code; after `limit` seconds it is killed, and the code is -9."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
            if not await ended(self._process, limit):
                self._process.kill()
        self.code = await self._process.wait()
        return self.code

    async def restart(self) -> None:
        """Kill it and start it again."""
        await self.kill()
        await self.start()

    async def wait(self) -> int:
        """Wait until it has ended by itself or by others; its exit code."""
        if self._process is None:
            return 0
        self.code = await self._process.wait()
        return self.code

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()


async def alive(session: aiohttp.ClientSession, address: str) -> bool:
    """Whether something answers there."""
    try:
        async with session.get(address) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def ended(process: asyncio.subprocess.Process, within: float) -> bool:
    """Whether the process has ended, or does within so many seconds."""
    try:
        async with asyncio.timeout(within):
            await process.wait()
    except TimeoutError:
        return False
    return True
