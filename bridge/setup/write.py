"""Writing what was drafted: all of it or nothing, and never over something without a copy of that."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import BridgeError
from bridge.settings import SECRETS, load

PRIVATE, OPEN = 0o600, 0o644
"""modes: secrets are their owner's alone; a configuration without secrets is read by a daemon that runs as anybody"""

HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NotWritten(BridgeError):
    """The files can't be written; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on the disk now; `backup` holds what stood there before."""

    config: Path
    secrets: Path
    backup: Path | None


def standing_already(config: Path) -> list[Path]:
    """What an older set-up left in these places; an empty folder for secrets is what an installation leaves."""
    return [path for path in (config, config.parent / SECRETS) if path.exists() and not is_empty(path)]


def is_empty(folder: Path) -> bool:
    """Whether it is a folder that is known to hold nothing."""
    try:
        return next(folder.iterdir(), None) is None
    except OSError:  # a file, or a folder that we may not read
        return False


def write(config: Path, text: str, secrets: Mapping[str, str], stamp: float | None = None) -> Written:
    """Write the configuration and a file for each secret beside it.

    They are made and read back aside, and put in their places with signals held back. Raises `NotWritten`, and
    `ConfigurationError` if the text has mistakes.
    """
    folder = config.parent / SECRETS
    try:
        make(config.parent)
        aside = Path(tempfile.mkdtemp(prefix=".init-", dir=config.parent))
    except OSError as error:
        raise NotWritten(
            f"{config.parent} can't be written: {error.strerror}; name another place with --config"
        ) from None
    try:
        draft = put(aside / config.name, text, OPEN)
        (aside / SECRETS).mkdir(mode=0o700)
        for name, value in secrets.items():
            put(aside / SECRETS / name, f"{value}\n", PRIVATE)
        load(draft, {})
        with held_back():
            backup = swap(draft, config, stamp)
            settle(config.parent)
    except OSError as error:
        raise NotWritten(f"{config.parent} can't be written: {error.strerror}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Written(config, folder, backup)


def make(folder: Path) -> None:
    """The folder for a configuration, which a daemon that runs as anybody must be able to enter whatever the umask is."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)


def put(path: Path, text: str, mode: int) -> Path:
    """A new file with its mode from the first moment, safe on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask is
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return path


def swap(draft: Path, config: Path, stamp: float | None) -> Path | None:
    """Put the draft and its secrets in their places; gives the folder with what stood there, None if nothing did.

    Raises `OSError`, after everything is as it was.
    """
    folder, backup, placed = config.parent / SECRETS, None, False
    try:
        if standing_already(config):
            named = time.strftime("backup-%Y%m%d-%H%M%S", time.localtime(stamp))
            backup = fresh(config.parent / named)
            backup.mkdir(mode=0o700)
            if config.exists():
                shutil.copy2(config, backup / config.name)
            if folder.exists():
                folder.rename(backup / SECRETS)
        (draft.parent / SECRETS).rename(folder)
        placed = True
        draft.rename(config)
    except OSError:
        with suppress(OSError):
            if placed:
                folder.rename(draft.parent / SECRETS)
            if backup and (backup / SECRETS).exists():
                (backup / SECRETS).rename(folder)
            if backup:
                shutil.rmtree(backup)
        raise
    return backup


def fresh(path: Path) -> Path:
    """A name that nothing has yet."""
    number = 1
    found = path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def replace(path: Path, text: str) -> Path:
    """A small file of systemd's, whole or not at all. Raises `NotWritten`."""
    aside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.unlink(missing_ok=True)
        put(aside, text, OPEN).rename(path)
    except OSError as error:
        raise NotWritten(f"{path} can't be written: {error.strerror}") from None
    return path


def settle(folder: Path) -> None:
    """Make the names in a folder safe."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held_back() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the end of this; for the main thread.

    A mask would hold them from this thread only, and any other would take them.
    """
    came: list[int] = []
    before = {number: signal.signal(number, lambda caught, _: came.append(caught)) for number in HELD}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for caught in came:
            signal.raise_signal(caught)
