import os
from pathlib import Path

import pytest

from bridge.errors import JournalInUse, JournalUnavailable
from bridge.store import SqliteStore
from bridge.store.lock import FileLock
from tests.clock import ManualClock


def test_a_second_holder_is_told_the_file_and_the_process(path: Path) -> None:
    lock = FileLock(path)
    with pytest.raises(JournalInUse, match=rf"{path} is in use by process {os.getpid()}\b"):
        FileLock(path)
    lock.release()
    FileLock(path).release()


def test_a_lock_file_without_a_holder_locks_nothing(path: Path) -> None:
    path.with_name("journal.db.lock").write_text("4711\n")
    lock = FileLock(path)
    assert path.with_name("journal.db.lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_releasing_twice_closes_nobody_elses_file(path: Path) -> None:
    lock = FileLock(path)
    lock.release()
    other = os.open(os.devnull, os.O_RDONLY)
    lock.release()
    os.close(other)


def test_a_lock_file_that_cannot_be_made_is_said(path: Path) -> None:
    with pytest.raises(JournalUnavailable, match="lock file"):
        FileLock(path / "no" / "directory")


async def test_a_journal_has_one_holder_even_by_another_name(path: Path, clock: ManualClock) -> None:
    alias = path.with_name("alias.db")
    alias.symlink_to(path)
    store = await SqliteStore.open(path, clock)
    with pytest.raises(JournalInUse):
        await SqliteStore.open(alias, clock)
    await store.close()
    await (await SqliteStore.open(alias, clock)).close()
