import os
from pathlib import Path

from bridge.store.lock import FileLock
from bridge.store.probe import held, probe, sqlite


def test_a_journal_that_is_not_made_yet_is_fine_and_is_not_made(tmp_path: Path) -> None:
    version, journal = probe(tmp_path / "bridge.db")
    assert (version.ok, journal.ok) == (True, True)
    assert journal.detail == f"{tmp_path}/bridge.db is made when the daemon starts first"
    assert list(tmp_path.iterdir()) == []


def test_who_holds_the_journal_is_told_and_not_disturbed(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    path.touch()
    lock = FileLock(path)
    assert held(path).detail == f"{path}, held by the daemon (process {os.getpid()})"
    lock.release()
    assert held(path).detail == f"{path}, no daemon holds it"
    FileLock(path).release()


def test_an_old_sqlite_is_a_failure_with_the_command_that_mends_it() -> None:
    old = sqlite("3.40.1")
    assert (old.ok, old.advice) == (False, "pip install --upgrade apsw")
    assert "too old" in old.detail
