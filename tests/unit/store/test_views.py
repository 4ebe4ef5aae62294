from pathlib import Path

import pytest

from bridge.errors import JournalDamaged, JournalUnavailable
from bridge.message import Direction, Lane
from bridge.outcome import Again, Dead, Done
from bridge.ports import EntryView, State
from bridge.store import SqliteStore, look
from bridge.store.database import Database
from tests.clock import ManualClock
from tests.contract.stores import DESK, arrival, lane, only


def write(path: Path, text: str) -> None:
    path.write_text(text)


async def some_history(store: SqliteStore, clock: ManualClock) -> None:
    await store.accept([arrival(key, order=n) for n, key in enumerate(("done", "dead", "lost", "waits"))])
    claim = await only(store)
    done, dead, lost, _ = (entry.id for entry in claim.entries)
    await store.settle(claim, done, Done("private note"))
    clock.move(1)
    await store.settle(claim, dead, Dead("refused: chat not found"))
    await store.begin(claim, lost, 1)
    await store.settle(claim, lost, Again(5, "answer lost", spent=True, suspect=True))
    await store.release(claim)


async def test_recent_shows_the_newest_first(store: SqliteStore, clock: ManualClock) -> None:
    start = clock.now()
    await some_history(store, clock)
    waits, lost, dead, done = await store.recent(10)
    assert [entry.key for entry in await store.recent(2)] == ["waits", "lost"]
    assert done == EntryView(
        done.id, lane(), "tg", "done", State.DONE, "private note", 0, 0, 0, accepted_at=start, settled_at=start,
        destination=DESK, due_at=start,
    )  # fmt: skip
    assert (dead.state, dead.reason, dead.settled_at) == ("dead", "refused: chat not found", start + 1)
    assert (lost.state, lost.reason, lost.step, lost.attempts, lost.suspect) == ("waiting", "answer lost", 1, 1, 1)
    assert (waits.state, waits.reason, waits.settled_at) == ("waiting", "", None)
    assert done.lane == Lane("support", "1", "", Direction.INBOUND)


async def test_dead_letters_show_the_latest_first(store: SqliteStore, clock: ManualClock) -> None:
    await store.accept([arrival(key, order=n) for n, key in enumerate("abc")])
    claim = await only(store)
    for entry in reversed(claim.entries):
        await store.settle(claim, entry.id, Dead("refused"))
        clock.move(1)
    assert [letter.key for letter in await store.dead_letters(2)] == ["a", "b"]


async def test_suspects_are_added_up(store: SqliteStore, clock: ManualClock) -> None:
    assert await store.suspects_total() == 0
    await some_history(store, clock)
    assert await store.suspects_total() == 1


async def test_another_process_may_look_while_the_journal_is_held(
    store: SqliteStore, path: Path, clock: ManualClock
) -> None:
    async with look(path) as views:
        assert await views.recent(10) == []
        await some_history(store, clock)
        assert await views.census() == await store.census()
        assert await views.recent(10) == await store.recent(10)
        assert await views.dead_letters(10) == await store.dead_letters(10)
        assert await views.suspects_total() == 1


async def test_a_look_at_a_closed_journal_sees_it_too(store: SqliteStore, path: Path, clock: ManualClock) -> None:
    await some_history(store, clock)
    await store.close()
    async with look(path) as views:
        assert [entry.key for entry in await views.recent(1)] == ["waits"]


async def test_a_look_cannot_write(store: SqliteStore, path: Path) -> None:
    def delete(db: Database) -> None:
        db.script("DELETE FROM entry")

    async with look(path) as views:
        with pytest.raises(JournalUnavailable, match="readonly"):
            await views.reader.run(delete)


async def test_a_look_at_nothing_is_unavailable_and_makes_nothing(path: Path) -> None:
    for _ in range(2):
        with pytest.raises(JournalUnavailable, match="unable to open"):
            async with look(path):
                pass


async def test_a_look_at_an_empty_file_is_unavailable(path: Path) -> None:
    write(path, "")
    with pytest.raises(JournalUnavailable, match="still empty"):
        async with look(path):
            pass


async def test_a_look_at_something_else_is_refused(path: Path) -> None:
    write(path, "Dear diary, " * 100)
    with pytest.raises(JournalDamaged):
        async with look(path):
            pass
