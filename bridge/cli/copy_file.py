"""Where a copy is written: aside, and under its name only when it is whole."""

import errno
import io
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bridge.errors import BridgeError

NAMED_ONLY = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL})
"""how file systems and kernels say that every file of theirs has a name"""


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
    """A draft beside it that takes its place at the end; nothing is left of the draft if that does not come.

    It has no name until it is whole, so that not even a kill leaves people's words behind.
    """
    try:
        number, name = os.open(output.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600), ""
    except OSError as error:
        if error.errno not in NAMED_ONLY:
            raise
        number, name = tempfile.mkstemp(prefix=".copy-", suffix=".part", dir=output.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            name = name or named(number, output.parent)
        Path(name).replace(output)
    except BaseException:
        if name:
            Path(name).unlink(missing_ok=True)
        raise


def named(number: int, folder: Path) -> str:
    """Give a file without a name one that nothing else has."""
    name = str(folder / f".copy-{secrets.token_hex(8)}.part")
    at = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:  # with a folder Python makes the call that follows the link to the file
        os.link(f"/proc/self/fd/{number}", Path(name).name, dst_dir_fd=at, follow_symlinks=True)
    finally:
        os.close(at)
    return name
