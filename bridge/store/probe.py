"""Tries the journal without opening it for writing: SQLite's version, whether a daemon holds it, whether it is sound."""

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from bridge.errors import JournalDamaged, JournalError
from bridge.observe import Commands, Finding
from bridge.store.database import WORLD, Database, check_version
from bridge.store.migrate import applied, check

SUBJECT = "journal"

USUAL = Commands()

LOCKS = Path("/proc/locks")

MAGIC = b"SQLite format 3\0"
"""how every database begins"""

GLANCE = 3.0
"""seconds for reading the file; a large one is not read to its end, which the daemon does when it starts"""

STEPS = 10_000
"""of SQLite's machine between looks at the clock"""


def probe(journal: Path, commands: Commands = USUAL) -> list[Finding]:
    """What there is to say. No file is made, not even beside the journal."""
    return [sqlite(apsw.sqlite_lib_version()), held(journal, commands)]


def sqlite(version: str) -> Finding:
    """Whether this SQLite is safe."""
    try:
        check_version(version)
    except JournalError as error:
        return Finding(ok=False, subject="SQLite", detail=str(error), advice="pip install --upgrade apsw")
    return Finding(ok=True, subject="SQLite", detail=f"version {version}")


def held(journal: Path, commands: Commands = USUAL) -> Finding:
    """Whether a daemon holds the journal, and whether it is one."""
    try:
        made = journal.exists()
        pid = holder(journal)
        wrong, unseen = looked_at(journal, held=pid is not None) if made else ("", "")
    except PermissionError:
        advice = f"check as root or as the daemon's user: sudo {commands.ours('check')}"
        return Finding(
            ok=True, subject=SUBJECT, detail=f"{journal.parent} is not ours to read", advice=advice, warning=True
        )
    except OSError as error:
        detail = f"{journal} can't be read: {os.strerror(error.errno or 0).lower()}"
        return Finding(ok=False, subject=SUBJECT, detail=detail, advice="is store.url right? it names a file")
    if wrong:
        return Finding(ok=False, subject=SUBJECT, detail=wrong)
    if unseen:
        detail = f"{journal}, no daemon holds it; whether it is damaged is not known: {unseen}"
        return Finding(ok=True, subject=SUBJECT, detail=detail, advice=by_hand(journal, commands), warning=True)
    if pid is not None:
        return Finding(ok=True, subject=SUBJECT, detail=f"{journal}, held by the daemon (process {pid or '?'})")
    if made:
        return Finding(ok=True, subject=SUBJECT, detail=f"{journal}, no daemon holds it")
    return Finding(ok=True, subject=SUBJECT, detail=f"{journal} is made when the daemon starts first")


def holder(journal: Path) -> int | None:
    """The process that holds the journal (0: one without a number), None if none does. Raises `PermissionError`.

    The lock is looked up, not tried: that would keep a starting daemon out.
    """
    lock = journal.with_name(f"{journal.name}.lock")
    if not lock.exists() or lock.stat().st_ino not in locked():
        return None
    pid = lock.read_text("ascii", "replace").strip()
    return int(pid) if pid.isdecimal() else 0


def locked() -> set[int]:
    """The inodes of all files that somebody holds a lock of."""
    try:
        lines = LOCKS.read_text().splitlines()
    except OSError:
        return set()
    return {int(word.rpartition(":")[2]) for line in lines for word in line.split() if word.count(":") == 2}


def looked_at(journal: Path, *, held: bool) -> tuple[str, str]:
    """Why the file is no sound journal of ours, '' if nothing speaks against it; and why that is not known, if so.

    Raises `OSError`.
    """
    with journal.open("rb") as file:
        begins = file.read(len(MAGIC))
    if begins not in {b"", MAGIC}:
        return f"{journal} is not an SQLite file. Is store.url right? The daemon does not start with it", ""
    if not begins or held:  # a daemon has read it as a whole, and tells of what came since
        return "", ""
    try:
        with visit(journal, held=held) as database:
            if database is None:
                return "", "its last daemon was killed, and a file that belongs to its log is gone"
            check(database, journal)
            applied(database, journal)
    except JournalDamaged as error:
        return str(error), ""
    except (apsw.CorruptError, apsw.NotADBError) as error:
        return f"the journal {journal} is damaged ({error}). The daemon does not start with it", ""
    except apsw.InterruptError:
        return "", f"it is too large to be read within {GLANCE:g} seconds"
    except WORLD as error:
        return "", str(error)
    return "", ""


def by_hand(journal: Path, commands: Commands) -> str:
    """How a file is read as a whole that we did not; without a log nothing is made beside it."""
    log = journal.with_name(f"{journal.name}-wal")
    begin = f"the daemon reads it as a whole when it starts: {commands.start}"
    if log.exists() and log.stat().st_size:
        return begin
    uri = shlex.quote(f"{journal.absolute().as_uri()}?immutable=1")
    return f"{begin}; to see it before: {sys.executable} -m apsw {uri} 'PRAGMA quick_check'"


def remembered(journal: Path, desk: str) -> frozenset[str]:
    """The ids of the desk's subscriptions that the journal knows; none if it can't be read without leaving something."""
    try:
        if not journal.exists() or not journal.stat().st_size:
            return frozenset()
        with visit(journal, held=holder(journal) is not None) as database:
            rows = database.all("subscriptions", desk=desk) if database is not None else []
    except (OSError, apsw.Error):
        return frozenset()
    return frozenset(str(id_) for _, _, id_, *_ in rows)


@contextmanager
def visit(journal: Path, *, held: bool) -> Iterator[Database | None]:
    """Read the file without making another one beside it, for some seconds; None if that can't be done."""
    log, index = (journal.with_name(f"{journal.name}-{name}") for name in ("wal", "shm"))
    waits = log.exists() and log.stat().st_size > 0
    if (held or waits) and not (log.exists() and index.exists()):
        yield None
        return
    # Without a log the file is whole, and `immutable` looks for none; with one SQLite needs both files, which are there.
    how = "mode=ro" if held or waits else "immutable=1"
    uri = f"{journal.absolute().as_uri()}?{how}"
    connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    until = time.monotonic() + GLANCE
    connection.set_busy_timeout(int(GLANCE * 1000))
    connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    with closing(Database(connection)) as database:
        yield database
