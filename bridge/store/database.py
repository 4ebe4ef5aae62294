"""A connection to SQLite, set up the way the journal needs it."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import apsw

from bridge.errors import JournalError, JournalUnavailable
from bridge.message import Lane
from bridge.store.statements import QUERIES

OLDEST_SQLITE: Final = (3, 51, 3)
"""older ones can corrupt a WAL database when two connections write and checkpoint at the same moment"""
BUSY_TIMEOUT_MS: Final = 5000
WAL_LIMIT: Final = 64 * 2**20
PAGE_CACHE_KIB: Final = 32 * 1024
CHECKPOINT_PAGES: Final = 1000
SCOURINGS: Final = 20
"""attempts to empty the log between the reads of others"""
SCOURING_MS: Final = 50
"""that one of them waits for readers: nobody can write meanwhile"""
BETWEEN_SCOURINGS: Final = 0.2
"""seconds in which others can"""

WORLD: Final = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.InterruptError,
    apsw.IOError,
    apsw.LockedError,
    apsw.NoLFSError,
    apsw.NoMemError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.ProtocolError,
    apsw.ReadOnlyError,
)
"""what disks and other processes do; any other error of SQLite is a bug of ours"""


def check_version(version: str) -> None:
    """Refuse a SQLite that is too old; raises `JournalError`."""
    if tuple(int(part) for part in version.split(".")[:3]) < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise JournalError(f"SQLite {version} is too old for the journal, {oldest} is needed: upgrade the package apsw")


def unavailable(error: BaseException) -> JournalUnavailable:
    """Say in our words that SQLite can't serve."""
    trouble = JournalUnavailable(f"the journal can't serve: {error}")
    trouble.__cause__ = error
    return trouble


class Database:
    """One connection, for one thread at a time; runs the named statements.

    `lanes` remembers numbers of lanes; a rollback empties it, because such a lane may never have been.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.lanes: dict[Lane, int] = {}

    def all(self, name: str, /, **bindings: object) -> list[tuple[Any, ...]]:
        """Every row of a named statement."""
        return self.connection.execute(QUERIES[name], bindings).fetchall()

    def each(self, name: str, /, **bindings: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a named statement, one at a time; to be read to the end."""
        return iter(self.connection.execute(QUERIES[name], bindings))

    def one(self, name: str, /, **bindings: object) -> tuple[Any, ...] | None:
        """The first row."""
        return next(iter(self.all(name, **bindings)), None)

    def run(self, name: str, /, **bindings: object) -> int:
        """How many rows a named statement changed."""
        self.all(name, **bindings)
        return self.connection.changes()

    def script(self, sql: str) -> list[tuple[Any, ...]]:
        """Run unnamed statements: transactions, pragmas, migrations."""
        return self.connection.execute(sql).fetchall()

    def roll_back(self, to: str = "") -> None:
        """Undo the transaction, or what came after the savepoint `to`; SQLite may have undone the transaction by itself."""
        self.lanes.clear()
        if self.connection.in_transaction:
            self.script(f"ROLLBACK TO {to}" if to else "ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def connect_writer(path: Path) -> Database:
    """The one connection that writes; it also does all checkpoints. Raises the errors of `apsw`."""
    database = connect(path, apsw.SQLITE_OPEN_READWRITE)
    database.script("PRAGMA journal_mode = WAL")
    database.script("PRAGMA synchronous = FULL")
    database.script("PRAGMA foreign_keys = ON")
    database.script("PRAGMA secure_delete = ON")  # what is forgotten is not left lying in free pages
    database.script(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
    database.script(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    database.script(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
    return database


def scour(path: Path) -> bool:
    """Bring the log into the file and empty it; False if somebody reads it all the time. Takes seconds then."""
    with closing(connect(path, apsw.SQLITE_OPEN_READWRITE)) as database:
        database.connection.set_busy_timeout(SCOURING_MS)
        for attempt in range(SCOURINGS):
            if attempt:
                time.sleep(BETWEEN_SCOURINGS)
            [(busy, *_)] = database.script("PRAGMA wal_checkpoint(TRUNCATE)")
            if not busy:
                return True
    return False


def connect_reader(path: Path) -> Database:
    """A connection of the journal's holder that never writes."""
    database = connect(path, apsw.SQLITE_OPEN_READWRITE)
    database.script("PRAGMA wal_autocheckpoint = 0")
    database.script("PRAGMA query_only = ON")
    return database


def connect_visitor(path: Path) -> Database:
    """A connection of another process, which may only read."""
    return connect(path, apsw.SQLITE_OPEN_READONLY)


def connect(path: Path, flags: int) -> Database:
    """Open an existing file."""
    connection = apsw.Connection(str(path), flags=flags)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    return Database(connection)
