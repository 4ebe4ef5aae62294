"""From any file to a sound journal of today's shape, or a refusal that says what to do."""

import errno
import os
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import apsw

from bridge.errors import JournalDamaged, JournalUnavailable
from bridge.fault import point
from bridge.owner import adopt, make_folder
from bridge.ports import Recovery
from bridge.store.database import WORLD, Database, check_version, connect_visitor, connect_writer, unavailable
from bridge.store.entries import shift
from bridge.store.statements import resource
from bridge.unit import both, start_of, unit_keeping

KEEP = "Nothing was changed."
"""what every refusal of a file says"""


def migrations() -> dict[int, str]:
    """Every migration's number and SQL, in order."""
    names = sorted(
        file.name for file in files("bridge.store").joinpath("migrations").iterdir() if file.name.endswith(".sql")
    )
    return {int(name.partition("_")[0]): resource(f"migrations/{name}") for name in names}


def advice(path: Path) -> str:
    """What to do about a damaged journal."""
    stop = f"systemctl stop {both(unit_keeping(path))}"
    return (
        f"Stop both units ({stop}), move {path} and the files beside it whose names begin so to a safe place, and restore "
        'the last backup: "A damaged journal" in operations.md says how, and what is fetched anew if there is none.'
    )


def create(path: Path) -> Path:
    """Make the file and its directory, for us alone, and return its one true path; what exists keeps its content.

    What root makes here, or made here once, belongs to the folder's owner.

    Raises `JournalUnavailable`.
    """
    try:
        path = path.resolve()
        make_folder(path.parent)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        path.touch(mode=0o600)
        adopt(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        mend = f"; as root: chown --reference={path.parent}/. {path}*" if isinstance(error, PermissionError) else ""
        raise JournalUnavailable(f"the journal {path} can't be made or opened: {error}{mend}") from error
    return path


def prepare(path: Path, now: float) -> Recovery:
    """Check the file, bring it up to date, and free what a dead holder left; the caller holds the lock.

    Raises `JournalDamaged`, or `JournalUnavailable`.
    """
    check_version(apsw.sqlite_lib_version())
    try:
        # A writer sets the file's mode and, at its end, moves the log into it: not with a file that is damaged or not ours.
        with closing(connect_visitor(path)) as visitor:
            check(visitor, path)
            last = applied(visitor, path)
        with closing(connect_writer(path)) as database:
            migrate(database, last, now)
            return recover(database, now)
    except apsw.NotADBError as error:
        raise JournalDamaged(f"{path} is not an SQLite file. {KEEP} Is store.url right?") from error
    except apsw.CorruptError as error:
        raise JournalDamaged(f"the journal {path} is damaged ({error}). {KEEP} {advice(path)}") from error
    except WORLD as error:
        raise unavailable(error) from error


def check(database: Database, path: Path) -> None:
    """Raise `JournalDamaged` if SQLite finds the file broken."""
    findings = [line for row in database.script("PRAGMA quick_check(5)") for line in str(row[0]).splitlines()]
    if findings != ["ok"]:
        raise JournalDamaged(f"the journal {path} is damaged ({'; '.join(findings)}). {KEEP} {advice(path)}")


def applied(database: Database, path: Path) -> int:
    """The last migration that this file has seen, 0 for an empty one; raises `JournalDamaged` if it is not ours to use."""
    tables = {str(row[0]) for row in database.script("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not tables:
        return 0
    if not {"migration", "entry", "lane"} <= tables:
        raise JournalDamaged(f"{path} is a database of another program. {KEEP} Is store.url right?")
    [[last]] = database.script("SELECT max(number) FROM migration")
    newest = max(migrations())
    if last > newest:
        raise JournalDamaged(
            f"the journal {path} was written by a newer version of this program (its migration is {last}, this program knows "
            f"up to {newest}). {KEEP} Install the newer version again, then: {start_of(path, None)}"
        )
    return int(last)


def migrate(database: Database, last: int, now: float) -> None:
    """Apply the migrations after `last`, each with its number in one commit."""
    for number, sql in migrations().items():
        if number > last:
            with database.connection:
                database.script(sql)
                database.run("note_migration", number=number, now=now)
                point("migrating")


def recover(database: Database, now: float) -> Recovery:
    """Put what was in flight in doubt and release every lane: whoever held them is dead.

    If the clock is behind what it was, nothing may wait until it has caught up (a machine without a battery begins in 1970).
    """
    with database.connection:
        [(seen,)] = database.all("last_seen")
        if now < seen:
            shift(database, now - seen, now)
        database.run("hasten_entries", now=now)
        database.run("hasten_lanes", now=now)
        [(sending, waiting)] = database.all("count_live")
        database.run("note_in_flight", now=now)
        database.run("doubt_in_flight")
        point("recovering")
        database.run("release_all")
    return Recovery(suspects=sending, waiting=waiting)
