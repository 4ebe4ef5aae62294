"""Standard output that may be closed, full, or of another alphabet, and what strangers write to it."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from bridge.cli.common import FAILED

CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
"""what a terminal would obey, spelled out as JSON does"""


def harmless(text: str) -> str:
    """What strangers wrote, without a command to the operator's terminal; JSON means the same after it."""
    return text.translate(CONTROLS)


@contextmanager
def output() -> Iterator[None]:
    """Let everything be printed for the time of a `with`; ends with a line and code 1 if the output takes nothing."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # the caller closed it
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    except OSError as error:
        if takes(sys.stdout):
            raise
        with suppress(OSError):  # the interpreter flushes once more when it ends, and would complain then
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"tiledesk-bridge: the output can't be written: {error.strerror}", file=sys.stderr)
        sys.exit(FAILED)


def takes(stream: TextIO) -> bool:
    """Whether it takes one more line, which nobody misses: the program ends here."""
    try:
        stream.write("\n")
        stream.flush()
    except OSError:
        return False
    return True
