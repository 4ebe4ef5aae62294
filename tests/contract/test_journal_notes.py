"""What a step may write beside its entry, in the same commit: arrivals of ours, and what the far side refused."""

from dataclasses import replace

import pytest

from bridge.message import NOTES, Arrival, Direction, Lane
from bridge.outcome import Again, Cause, Dead, Done, Verdict
from bridge.ports import Changes
from tests.clock import ManualClock
from tests.contract.stores import DESK, Shelf, Store, arrival, keys, only

NOTE = Arrival("bridge/notes", "tg/a", Lane("support", "1", NOTES, Direction.INBOUND), 0, b"note", "desk/notes")


@pytest.mark.parametrize("verdict", [Done(), Dead("refused"), Again(5.0, "later")], ids=repr)
async def test_a_note_is_accepted_with_the_verdict_that_it_speaks_of(store: Store, verdict: Verdict) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    store.wake("desk/notes").clear()
    assert await store.settle(claim, claim.entries[0].id, verdict, Changes(arrivals=(NOTE,)), release=True)
    assert store.wake("desk/notes").is_set()
    assert keys(await store.claim("desk/notes", 9, 30.0)) == [["tg/a"]]


async def test_a_note_is_accepted_with_a_begin_and_a_second_time_absorbed(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    assert await store.begin(claim, claim.entries[0].id, 0, Changes(arrivals=(NOTE,)))
    assert await store.begin(claim, claim.entries[0].id, 1, Changes(arrivals=(NOTE,)))
    assert keys(await store.claim("desk/notes", 9, 30.0)) == [["tg/a"]]


async def test_a_holder_that_lost_its_lane_leaves_no_note(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.release(claim)
    assert not await store.begin(claim, claim.entries[0].id, 0, Changes(arrivals=(NOTE,)))
    assert not await store.settle(claim, claim.entries[0].id, Done(), Changes(arrivals=(NOTE,)))
    assert await store.claim("desk/notes", 9, 30.0) == []


async def test_what_was_missed_is_remembered_over_a_restart(shelf: Shelf) -> None:
    await shelf.store.accept([arrival("a")])
    claim = await only(shelf.store)
    assert claim.entries[0].missed is None
    assert await shelf.store.begin(
        claim, claim.entries[0].id, 1, Changes(missed=Dead("call 1 of 2: no", Cause.GIVEN_UP))
    )
    assert await shelf.store.begin(claim, claim.entries[0].id, 1)
    store = await shelf.restart()
    [entry] = (await only(store)).entries
    assert entry.missed is not None
    assert (entry.step, entry.missed.reason, entry.missed.cause) == (1, "call 1 of 2: no", Cause.GIVEN_UP)


# ---------------------------------------------------------------- what is late


async def test_what_waits_too_long_is_overdue_until_it_is_marked(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a"), arrival("b")])
    clock.move(60)
    await store.accept([arrival("c")])
    late = await store.overdue(DESK, clock.now() - 30)
    assert sorted(one.key for one in late) == ["a", "b"]
    assert (late[0].lane, late[0].raw[:3]) == (arrival("a").lane, b"raw")
    await store.mark_late([late[0].id], [NOTE])
    assert keys(await store.claim("desk/notes", 9, 30.0)) == [["tg/a"]]
    [other] = await store.overdue(DESK, clock.now() - 30)
    assert other.id == late[1].id
    assert await store.overdue("desk/other", clock.now()) == []


async def test_the_holder_sees_what_is_marked_and_overdue_tells_the_last_reason(
    store: Store, clock: ManualClock
) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Again(5.0, "no answer"), release=True)
    clock.move(60)
    [late] = await store.overdue(DESK, clock.now() - 30)
    assert late.reason == "no answer"
    await store.mark_late([late.id], [])
    claim = await only(store)
    assert claim.entries[0].late
    await store.settle(claim, claim.entries[0].id, Done(), release=True)
    assert await store.overdue(DESK, clock.now() + 1) == []


@pytest.mark.parametrize("late", [True, False])
async def test_what_is_told_of_a_late_entry_is_told_of_no_other(store: Store, clock: ManualClock, late: bool) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    if late:
        await store.mark_late([claim.entries[0].id], [])
    assert await store.settle(claim, claim.entries[0].id, Done(), Changes(if_late=(NOTE,)), release=True)
    assert len(await store.claim("desk/notes", 9, 30.0)) == late


# ---------------------------------------------------------------- order


async def test_within_its_grace_an_arrival_lets_one_of_a_smaller_order_go_first(
    store: Store, clock: ManualClock
) -> None:
    await store.accept([replace(arrival("late", order=2), grace=0.15)])
    assert await store.claim(DESK, 9, 30.0) == []
    clock.move(0.1)
    await store.accept([replace(arrival("early", order=1), grace=0.15)])
    clock.move(0.1)
    assert await store.claim(DESK, 9, 30.0) == [], "the younger one is at the head now, and has its own grace"
    clock.move(0.1)
    assert keys(await store.claim(DESK, 9, 30.0)) == [["early", "late"]]


async def test_what_comes_after_its_successor_was_begun_is_counted(store: Store) -> None:
    await store.accept([arrival("second", order=2)])
    claim = await only(store)
    assert await store.begin(claim, claim.entries[0].id, 0)
    await store.settle(claim, claim.entries[0].id, Done(), release=True)
    assert store.inversions == 0
    await store.accept([arrival("first", order=1), arrival("third", order=3)])
    claim = await only(store)
    for entry in claim.entries:
        assert await store.begin(claim, entry.id, 0)
        await store.settle(claim, entry.id, Done())
    assert store.inversions == 1
