"""One daemon per journal: a lock of the operating system, which a dead process can't keep."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from bridge.errors import JournalInUse, JournalUnavailable
from bridge.owner import adopt


class FileLock:
    """Holds `<file>.lock` until `release`; the lock file stays, because deleting it would race with the next holder."""

    def __init__(self, path: Path) -> None:
        """Take the lock at once; raises `JournalInUse`, or `JournalUnavailable` if the lock file can't be made."""
        name = path.with_name(path.name + ".lock")
        try:
            self._descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            adopt(name)
        except OSError as error:
            raise JournalUnavailable(f"the journal's lock file can't be opened: {error}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._descriptor, 0)
        except BlockingIOError as error:
            pid = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise JournalInUse(f"the journal {path} is in use by process {pid}: stop that one first") from error
        except OSError as error:
            os.close(self._descriptor)
            raise JournalUnavailable(f"the journal {path} can't be locked: {error}") from error
        with suppress(OSError):  # the pid is for people; a full disk must not keep us from the lock
            os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let the next one in; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
