"""Tries the journal without opening it: SQLite's version, and whether a daemon holds it."""

from pathlib import Path

import apsw

from bridge.errors import JournalError
from bridge.observe import Finding
from bridge.store.database import check_version

SUBJECT = "journal"

LOCKS = Path("/proc/locks")


def probe(journal: Path) -> list[Finding]:
    """What there is to say."""
    return [sqlite(apsw.sqlite_lib_version()), held(journal)]


def sqlite(version: str) -> Finding:
    """Whether this SQLite is safe."""
    try:
        check_version(version)
    except JournalError as error:
        return Finding(ok=False, subject="SQLite", detail=str(error), advice="pip install --upgrade apsw")
    return Finding(ok=True, subject="SQLite", detail=f"version {version}")


def held(journal: Path) -> Finding:
    """Whether a daemon holds the journal. The lock is looked up, not tried: that would keep a starting daemon out."""
    lock = journal.with_name(f"{journal.name}.lock")
    try:
        made = journal.exists()
        status = lock.stat() if lock.exists() else None
        pid = lock.read_text().strip() if status else ""
    except PermissionError:
        advice = "check as root or as the daemon's user: sudo tiledesk-bridge check"
        return Finding(
            ok=True, subject=SUBJECT, detail=f"{journal.parent} is not ours to read", advice=advice, warning=True
        )
    if status is not None and status.st_ino in locked():
        return Finding(ok=True, subject=SUBJECT, detail=f"{journal}, held by the daemon (process {pid})")
    if made:
        return Finding(ok=True, subject=SUBJECT, detail=f"{journal}, no daemon holds it")
    return Finding(ok=True, subject=SUBJECT, detail=f"{journal} is made when the daemon starts first")


def locked() -> set[int]:
    """The inodes of all files that somebody holds a lock of."""
    try:
        lines = LOCKS.read_text().splitlines()
    except OSError:
        return set()
    return {int(word.rpartition(":")[2]) for line in lines for word in line.split() if word.count(":") == 2}
