"""A program at a terminal of its own: what it writes is waited for, what one types is sent, and nothing waits for ever."""

import asyncio
import errno
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.patience import PATIENCE

ENTER, CTRL_C, DOWN = "\r", "\x03", "\x1b[B"

CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]|\x1b\][^\x07]*\x07|\r")


class Terminal:
    """One program; `async with` starts it, and kills it if it still runs at the end."""

    def __init__(
        self, arguments: Sequence[str], environ: Mapping[str, str], cwd: Path, size: tuple[int, int] = (40, 110)
    ) -> None:
        self.arguments = arguments
        self.cwd = cwd
        # Without it the library asks the terminal where its cursor is, and ours does not answer.
        self.environ = {**environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.size = size
        self.raw = bytearray()
        self.read_to = 0
        self.grew = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *self.size, 0, 0))
        os.set_blocking(self.master, False)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bridge", *self.arguments,
            stdin=slave, stdout=slave, stderr=slave, env=self.environ, cwd=self.cwd, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
        )  # fmt: skip
        os.close(slave)
        asyncio.get_running_loop().add_reader(self.master, self.read)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.master)

    def read(self) -> None:
        try:
            self.raw += os.read(self.master, 65536)
        except OSError as over:
            if over.errno == errno.EIO:  # the program has closed its side
                asyncio.get_running_loop().remove_reader(self.master)
            elif over.errno != errno.EAGAIN:
                raise
        self.grew.set()

    @property
    def text(self) -> str:
        """Everything that was written, without what moves and colours it."""
        return CONTROL.sub("", self.raw.decode(errors="replace"))

    async def sees(self, words: str, limit: float = PATIENCE) -> str:
        """Wait until the words are written after those that were waited for before; gives all that was written till then."""
        try:
            async with asyncio.timeout(limit):
                while (at := self.text.find(words, self.read_to)) < 0:
                    self.grew.clear()
                    await self.grew.wait()
        except TimeoutError:
            raise AssertionError(f"{words!r} was not written within {limit:g} s:\n{self.text[-3000:]}") from None
        self.read_to = at + len(words)
        return self.text

    def types(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    async def answers(self, question: str, keys: str = "") -> None:
        """Wait for a question, type, and press Enter."""
        await self.sees(question)
        self.types(keys + ENTER)

    async def ends(self, limit: float = PATIENCE) -> int:
        """Its exit code."""
        async with asyncio.timeout(limit):
            return await self.process.wait()
