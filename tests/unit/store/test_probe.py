import asyncio
import os
import shlex
import shutil
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from bridge.observe import Finding, SteadyClock
from bridge.ports import Subscription
from bridge.store import open_journal
from bridge.store.lock import FileLock
from bridge.store.probe import held, holder, probe, remembered, sqlite


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


# ---------------------------------------------------------------- whether it is sound


def in_the_folder(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def journal_at(path: Path, *, killed: bool) -> Path:
    """A journal whose daemon ended well, or was killed: its log and index were left."""
    first = path.with_name("first.db")
    async with open_journal(first, SteadyClock()) as store:
        await store.keep_subscription(
            Subscription("main", "request.close", "5e2c35c8", "https://a.example/x", "s3cret")
        )
        ends = ("", "-wal", "-shm") if killed else ()
        for end in ends:
            shutil.copy(first.with_name(f"first.db{end}"), path.with_name(f"{path.name}{end}"))
    if not killed:
        shutil.copy(first, path)
    for left in path.parent.glob("first.db*"):
        left.unlink()
    return path


@pytest.mark.parametrize("killed", [False, True])
async def test_a_sound_journal_is_read_and_no_file_is_made_or_changed(killed: bool, tmp_path: Path) -> None:
    path = await journal_at(tmp_path / "bridge.db", killed=killed)
    before = in_the_folder(tmp_path)
    assert held(path) == Finding(ok=True, subject="journal", detail=f"{path}, no daemon holds it")
    assert remembered(path, "main") == {"5e2c35c8"}
    assert remembered(path, "other") == remembered(tmp_path / "none.db", "main") == frozenset()
    assert in_the_folder(tmp_path) == before
    assert names(tmp_path) == ({"bridge.db", "bridge.db-wal", "bridge.db-shm"} if killed else {"bridge.db"})


async def test_a_log_without_its_index_is_left_alone(tmp_path: Path) -> None:
    path = await journal_at(tmp_path / "bridge.db", killed=True)
    path.with_name("bridge.db-shm").unlink()
    unseen = held(path)
    assert unseen.level == "warning"
    assert "whether it is damaged is not known" in unseen.detail
    assert "systemctl start" in unseen.advice
    assert "apsw" not in unseen.advice, "it could not read the log either"
    assert remembered(path, "main") == frozenset()
    assert names(tmp_path) == {"bridge.db", "bridge.db-wal"}


async def test_a_journal_that_is_too_large_for_a_glance_is_a_warning_with_the_command_that_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await journal_at(tmp_path / "bridge.db", killed=False)
    monkeypatch.setattr("bridge.store.probe.GLANCE", -1.0)
    monkeypatch.setattr("bridge.store.probe.STEPS", 1)
    unseen = held(path)
    assert unseen.level == "warning"
    assert "too large" in unseen.detail
    command = unseen.advice.partition("to see it before: ")[2]
    ended = await asyncio.create_subprocess_exec(*shlex.split(command), stdout=asyncio.subprocess.PIPE, cwd=tmp_path)
    out, _ = await ended.communicate()
    assert (ended.returncode, out) == (0, b"ok\n")
    assert names(tmp_path) == {"bridge.db"}


def test_a_folder_in_place_of_the_journal_is_a_failure(tmp_path: Path) -> None:
    wrong = held(tmp_path)
    assert (wrong.ok, wrong.detail) == (False, f"{tmp_path} can't be read: is a directory")
    assert "store.url" in wrong.advice


def test_a_lock_with_rubbish_in_it_is_held_by_somebody_without_a_number(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    lock = FileLock(path)
    path.with_name("bridge.db.lock").write_bytes(b"\xff\xfe")
    assert holder(path) == 0
    lock.release()


async def test_a_journal_beside_a_daemon_that_writes_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    async with open_journal(path, SteadyClock()) as store:
        await store.keep_subscription(
            Subscription("main", "request.close", "5e2c35c8", "https://a.example/x", "s3cret")
        )
        assert held(path).detail == f"{path}, held by the daemon (process {os.getpid()})"
        assert remembered(path, "main") == {"5e2c35c8"}


async def test_a_damaged_journal_is_a_failure_with_what_to_do(tmp_path: Path) -> None:
    path = await journal_at(tmp_path / "bridge.db", killed=False)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 8192)
    wrong = held(path)
    assert not wrong.ok
    assert "is damaged" in wrong.detail
    assert names(tmp_path) == {"bridge.db"}


def test_a_file_that_is_no_database_and_one_of_another_program_are_failures(tmp_path: Path) -> None:
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("hello")
    with closing(apsw.Connection(str(other))) as connection:
        connection.execute("CREATE TABLE x (y)")
    assert (held(text).ok, "is not an SQLite file" in held(text).detail) == (False, True)
    assert (held(other).ok, "another program" in held(other).detail) == (False, True)
