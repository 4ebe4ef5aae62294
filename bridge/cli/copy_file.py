"""Where a copy is written: aside, and under its name only when it is whole."""

import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bridge.errors import BridgeError


@contextmanager
def copy_to(output: Path | None) -> Iterator[IO[str]]:
    """A file for its owner alone that gets its name when it is whole; standard output without one. Raises `BridgeError`.

    What had the name before stays as it is until then, and is replaced with its mode and owner, never written into.
    """
    try:
        if output is None:
            if isinstance(sys.stdout, io.TextIOWrapper):  # as in a file, whatever the terminal's alphabet is
                sys.stdout.reconfigure(encoding="utf-8")
            yield sys.stdout
            sys.stdout.flush()
        else:
            check(output)
            with aside(output) as file:
                yield file
    except BrokenPipeError:
        with suppress(OSError):  # the interpreter flushes once more when it ends, and would complain then
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise BridgeError("whoever reads this copy has stopped reading: it is not whole") from None
    except OSError as error:
        raise BridgeError(f"{output or 'the copy'} can't be written: {error.strerror}") from None


def check(output: Path) -> None:
    """Refuse what a copy must not replace: a link, a device, a folder. Raises `BridgeError`."""
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(output.lstat().st_mode):
            raise BridgeError(f"{output} is there and no plain file: name another one, or leave -o out and use >")


@contextmanager
def aside(output: Path) -> Iterator[IO[str]]:
    """A draft beside it that takes its place at the end; nothing is left of the draft if that does not come."""
    number, name = tempfile.mkstemp(prefix=f".{output.name}.", suffix=".part", dir=output.parent)
    draft = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(output)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
