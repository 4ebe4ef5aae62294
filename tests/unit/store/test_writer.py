import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from threading import Event

import apsw
import pytest

from bridge.errors import JournalUnavailable
from bridge.store.database import Database, connect, connect_writer
from bridge.store.writer import GroupCommit


def make_words(path: Path) -> None:
    database = apsw.Connection(str(path))
    database.execute("CREATE TABLE word (word UNIQUE)")
    database.close()


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[GroupCommit]:
    make_words(path)
    writer = GroupCommit("test", lambda: connect_writer(path))
    yield writer
    await writer.close()


def put(word: str | bytes) -> Callable[[Database], str | bytes]:
    def operation(db: Database) -> str | bytes:
        db.connection.execute("INSERT INTO word VALUES (?)", (word,))
        return word

    return operation


def words(db: Database) -> set[object]:
    return {word for (word,) in db.script("SELECT word FROM word")}


def hold(writer: GroupCommit, gate: Event) -> asyncio.Task[bool]:
    """Keep the thread busy until `gate` is set, so that what comes meanwhile shares one transaction."""
    return asyncio.create_task(writer.run(lambda _: gate.wait(10)))


async def gathered(writer: GroupCommit, *operations: Callable[[Database], object]) -> list[object]:
    """What the operations come to in one transaction."""
    gate = Event()
    started = asyncio.Event()
    loop = asyncio.get_running_loop()

    def busy(_: Database) -> None:
        loop.call_soon_threadsafe(started.set)
        gate.wait(10)

    first = asyncio.create_task(writer.run(busy))
    await started.wait()
    tasks = [asyncio.create_task(writer.run(operation)) for operation in operations]
    await asyncio.sleep(0)
    gate.set()
    await first
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def test_what_waits_shares_one_commit(writer: GroupCommit) -> None:
    assert await gathered(writer, *(put(str(n)) for n in range(100))) == [str(n) for n in range(100)]
    assert (writer.commits, writer.operations, writer.batches, writer.largest_batch) == (1, 101, 2, 100)


async def test_a_batch_that_is_large_enough_takes_no_more(writer: GroupCommit) -> None:
    gate = Event()
    busy = hold(writer, gate)
    tasks = []
    for turn in range(3):
        tasks += [asyncio.create_task(writer.run(put(f"{turn} {n}"))) for n in range(200)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(busy, *tasks)
    assert writer.commits > 1
    assert 256 <= writer.largest_batch < 600


async def test_reading_commits_nothing(writer: GroupCommit) -> None:
    assert await writer.run(words) == set()
    assert (writer.commits, writer.batches) == (0, 1)


async def test_a_failing_operation_spoils_no_other(writer: GroupCommit) -> None:
    def fail(db: Database) -> None:
        put("half")(db)
        raise LookupError("a bug")

    good, bad, double, last = await gathered(writer, put("a"), fail, put("a"), put("b"))
    assert (good, last) == ("a", "b")
    assert isinstance(bad, LookupError)
    assert isinstance(double, apsw.ConstraintError)
    assert await writer.run(words) == {"a", "b"}
    assert writer.commits == 1


async def test_a_caller_that_goes_away_harms_nobody(writer: GroupCommit) -> None:
    gate = Event()
    first = hold(writer, gate)
    told: list[str | bytes] = []
    gone = asyncio.create_task(writer.run(put("gone"), told.append))
    await asyncio.sleep(0)
    gone.cancel()
    stays = asyncio.create_task(writer.run(put("stays")))
    await asyncio.sleep(0)
    gate.set()
    assert await stays == "stays"
    await first
    assert gone.cancelled()
    assert await writer.run(words) == {"gone", "stays"}
    assert told == ["gone"], "what follows a commit follows it without the caller, too"


async def test_close_finishes_what_is_queued_and_refuses_more(writer: GroupCommit, path: Path) -> None:
    tasks = [asyncio.create_task(writer.run(put(str(n)))) for n in range(10)]
    await asyncio.sleep(0)
    await writer.close()
    await writer.close()
    assert [await task for task in tasks] == [str(n) for n in range(10)]
    with pytest.raises(JournalUnavailable, match="closed"):
        await writer.run(words)


async def test_a_commit_that_fails_changes_nothing_and_the_next_batch_tries_anew(writer: GroupCommit) -> None:
    failed = await gathered(writer, lambda db: db.connection.set_commit_hook(lambda: True), put("a"), put("b"))
    assert all(isinstance(error, JournalUnavailable) for error in failed)
    assert failed[0] is not failed[1]
    assert await writer.run(words) == set()
    assert await writer.run(put("c")) == "c"
    assert writer.failed_batches == 1


async def test_a_locked_file_is_unavailable_until_it_is_free(writer: GroupCommit, path: Path) -> None:
    await writer.run(lambda db: db.connection.set_busy_timeout(0))
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalUnavailable, match="locked"):
        await writer.run(put("a"))
    other.execute("ROLLBACK")
    other.close()
    assert await writer.run(put("a")) == "a"


async def test_a_full_disk_is_unavailable_and_reads_and_later_writes_go_on(writer: GroupCommit) -> None:
    await writer.run(put("before"))
    await writer.run(lambda db: db.script("PRAGMA max_page_count = 8"))
    small, large = await gathered(writer, put("small"), put(b"x" * 100_000))
    assert isinstance(large, JournalUnavailable)
    assert small == "small" or isinstance(small, JournalUnavailable)
    assert "before" in await writer.run(words)
    await writer.run(lambda db: db.script("PRAGMA max_page_count = 1000000"))
    assert await writer.run(put(b"x" * 100_000))


async def test_a_connection_that_cannot_be_made_is_tried_again(path: Path) -> None:
    writer = GroupCommit("test", lambda: connect(path, apsw.SQLITE_OPEN_READWRITE))
    with pytest.raises(JournalUnavailable, match="unable to open"):
        await writer.run(words)
    make_words(path)
    assert await writer.run(put("a")) == "a"
    await writer.close()


async def test_the_thread_outlives_a_connection_with_a_bug(path: Path) -> None:
    def connect_badly() -> Database:
        raise ZeroDivisionError("a bug")

    writer = GroupCommit("test", connect_badly)
    for _ in range(2):
        with pytest.raises(JournalUnavailable, match="a bug"):
            await writer.run(words)
    await writer.close()


def test_a_loop_that_ends_before_the_journal_leaves_no_error_behind(path: Path) -> None:
    make_words(path)
    gate = Event()

    async def leave() -> GroupCommit:
        writer = GroupCommit("test", lambda: connect_writer(path))
        waiting = asyncio.create_task(writer.run(lambda _: gate.wait(10)))
        await asyncio.sleep(0)
        waiting.cancel()
        return writer

    writer = asyncio.run(leave())
    gate.set()
    writer._queue.put(None)
    writer._thread.join(10)
    assert not writer._thread.is_alive()


# ---------------------------------------------------------------- who is told


async def test_a_commit_that_changed_something_is_told_with_the_operations_that_shared_it(path: Path) -> None:
    make_words(path)
    told: list[tuple[int, float]] = []
    writer = GroupCommit("test", lambda: connect_writer(path), committed=lambda *commit: told.append(commit))
    try:
        await gathered(writer, put("a"), put("b"), put("c"))
        await writer.run(words)
    finally:
        await writer.close()
    assert [operations for operations, _ in told] == [3]
    assert all(seconds > 0 for _, seconds in told)
