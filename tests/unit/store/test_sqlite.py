import asyncio
import shutil
from pathlib import Path
from threading import Event

import pytest

from bridge.errors import JournalUnavailable
from bridge.message import Receipt
from bridge.outcome import Again, Done
from bridge.ports import Book, Changes, Journal
from bridge.store import SqliteStore, open_journal
from bridge.store.database import Database
from tests.clock import ManualClock
from tests.contract.stores import DESK, arrival, keys, only
from tests.patience import PATIENCE


def test_the_store_keeps_both_promises(store: SqliteStore) -> None:
    promises: tuple[Journal, Book] = (store, store)
    assert promises


async def test_concurrent_accepts_share_commits(store: SqliteStore) -> None:
    gate = Event()
    busy = asyncio.create_task(store.writer.run(lambda _: gate.wait(10)))
    accepts = [asyncio.create_task(store.accept([arrival(str(n), chat=str(n % 7))])) for n in range(200)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*accepts) == [1] * 200
    assert await busy
    assert store.operations == 201
    assert store.commits <= 2
    assert store.largest_batch >= 100


@pytest.mark.parametrize("thread", ["reader", "writer"])
async def test_a_thread_that_hangs_does_not_answer_and_one_that_can_not_serve_does(
    thread: str, store: SqliteStore
) -> None:
    gate = Event()
    busy = asyncio.create_task(getattr(store, thread).run(lambda _: gate.wait(10)))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await store.answer()
    gate.set()
    assert await busy
    await store.answer()
    await store.close()
    await store.answer()


async def test_what_was_accepted_survives_a_copy_of_the_files_at_that_moment(
    store: SqliteStore, path: Path, tmp_path: Path, clock: ManualClock
) -> None:
    """A copy taken while the store is open is what a power cut leaves."""
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.begin(claim, claim.entries[0].id, 0)
    (tmp_path / "copy").mkdir()
    for file in (path, path.with_name("journal.db-wal")):
        shutil.copy(file, tmp_path / "copy" / file.name)
    async with open_journal(tmp_path / "copy" / "journal.db", clock) as copy:
        assert copy.recovery.suspects == 1
        assert keys(await copy.claim(DESK, 9, 30)) == [["a"]]


async def test_connections_are_set_up_for_durability(store: SqliteStore) -> None:
    def pragmas(db: Database) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
        return [db.script(f"PRAGMA {name}")[0][0] for name in names]

    assert await store.writer.run(pragmas) == ["wal", 2, 1, 0]
    assert (await store.reader.run(pragmas))[3] == 1


async def test_a_full_disk_refuses_arrivals_and_forgets_nothing(store: SqliteStore, path: Path) -> None:
    await store.accept([arrival("a")])
    await store.writer.run(lambda db: db.script(f"PRAGMA max_page_count = {path.stat().st_size // 4096}"))
    many = [arrival(f"key {n}", chat=str(n)) for n in range(2000)]
    with pytest.raises(JournalUnavailable, match="full"):
        await store.accept(many)
    assert keys(await store.claim(DESK, 9, 30)) == [["a"]]
    await store.writer.run(lambda db: db.script("PRAGMA max_page_count = 1000000"))
    assert await store.accept(many) == 2000


async def test_a_lane_of_an_accept_that_failed_is_not_remembered(store: SqliteStore) -> None:
    with pytest.raises(OverflowError):
        await store.accept([arrival("a", chat="1", order=2**64)])
    await store.accept([arrival("b", chat="2")])
    await store.accept([arrival("a", chat="1")])
    assert sorted(keys(await store.claim(DESK, 9, 30))) == [["a"], ["b"]]


async def test_a_lane_of_a_commit_that_failed_is_not_remembered(store: SqliteStore) -> None:
    refusals = iter([False, True])
    await store.writer.run(lambda db: db.connection.set_commit_hook(lambda: next(refusals)))
    with pytest.raises(JournalUnavailable):
        await store.accept([arrival("a", chat="1")])
    await store.accept([arrival("b", chat="2")])
    await store.accept([arrival("a", chat="1")])
    assert sorted(keys(await store.claim(DESK, 9, 30))) == [["a"], ["b"]]


async def test_an_accept_whose_caller_has_gone_wakes_the_destination(store: SqliteStore) -> None:
    gone = asyncio.create_task(store.accept([arrival("a")]))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(store.wake(DESK).wait(), PATIENCE)
    assert keys(await store.claim(DESK, 9, 30)) == [["a"]]


async def test_receipts_are_kept_and_pruned_with_their_entry(store: SqliteStore, clock: ManualClock) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    entry = claim.entries[0].id
    await store.begin(claim, entry, 1, Changes(receipts=(Receipt(0, "77"),)))
    await store.settle(claim, entry, Done(), Changes(receipts=(Receipt(0, "77"), Receipt(1, "78"))))

    def receipts(db: Database) -> list[tuple[object, ...]]:
        return db.script("SELECT entry_id, step, far_id FROM receipt")

    assert await store.reader.run(receipts) == [(entry, 0, "77"), (entry, 1, "78")]
    clock.move(1)
    await store.prune(clock.now())
    assert await store.reader.run(receipts) == []


async def test_entry_ids_are_never_given_twice(path: Path, clock: ManualClock) -> None:
    seen = []
    for _ in range(2):
        async with open_journal(path, clock) as store:
            await store.accept([arrival("a")])
            claim = await only(store)
            seen.append(claim.entries[0].id)
            await store.settle(claim, claim.entries[0].id, Done())
            clock.move(1)
            assert await store.prune(clock.now()) == 1
    assert seen[0] < seen[1]


async def test_at_a_start_with_a_clock_that_is_far_behind_nothing_waits_until_it_has_caught_up(
    path: Path, clock: ManualClock
) -> None:
    async with open_journal(path, clock) as store:
        await store.accept([arrival("a")])
        [claim] = await store.claim("desk/main", 9, 30.0)
        await store.settle(claim, claim.entries[0].id, Again(60.0, "later"), release=True)
    clock.set(0.0)
    async with open_journal(path, clock) as store:
        assert await store.claim("desk/main", 9, 30.0) == []
        clock.move(61)
        [claim] = await store.claim("desk/main", 9, 30.0)
        assert claim.entries[0].accepted_at == 0.0
