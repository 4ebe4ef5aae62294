"""What every `Journal` promises to the holder of a claim."""

import pytest

from bridge.message import Closed, Conversation, Opened, Receipt
from bridge.outcome import Again, Dead, Done, Verdict
from bridge.ports import Changes, EntryId
from tests.clock import ManualClock
from tests.contract.stores import DESK, Shelf, Store, arrival, keys, only

OPENED = Opened(Conversation("support", "1", "", "main", "request-1", "telegram-1"))

# ---------------------------------------------------------------- begin


async def test_begin_renews_the_lease(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a")])
    claim = await only(store, lease=30)
    clock.move(20)
    assert await store.begin(claim, claim.entries[0].id, 0)
    clock.move(20)
    assert await store.claim(DESK, 9, 30) == []
    clock.move(10)
    assert len(await store.claim(DESK, 9, 30)) == 1


async def test_a_lease_that_ran_out_unnoticed_can_still_be_renewed(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a")])
    claim = await only(store, lease=30)
    clock.move(100)
    assert await store.begin(claim, claim.entries[0].id, 0)
    assert await store.claim(DESK, 9, 30) == []


async def test_whether_a_call_was_begun_earlier_is_known_to_every_later_holder(shelf: Shelf) -> None:
    await shelf.store.accept([arrival("a"), arrival("b")])
    claim = await only(shelf.store)
    assert [one.begun for one in claim.entries] == [False, False]
    await shelf.store.release(claim)
    claim = await only(shelf.store)
    assert [one.begun for one in claim.entries] == [False, False], "to be held is not to be begun"
    await shelf.store.begin(claim, claim.entries[0].id, 0)
    await shelf.store.settle(claim, claim.entries[0].id, Again(0.0, "down"), release=True)
    assert [one.begun for one in (await only(shelf.store)).entries] == [True, False]
    store = await shelf.restart()
    assert [one.begun for one in (await only(store)).entries] == [True, False]


async def test_a_higher_step_starts_with_a_clean_slate_and_the_same_step_keeps_it(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    [entry] = claim.entries
    seen = []
    for step in (0, 0, 1, 1):
        await store.begin(claim, entry.id, step)
        await store.settle(claim, entry.id, Again(0, "lost", spent=True, suspect=True))
        await store.release(claim)
        claim = await only(store)
        now = claim.entries[0]
        seen.append((now.step, now.attempts, now.suspect, now.doubt))
    assert seen == [(0, 1, 1, True), (0, 2, 2, True), (1, 1, 3, True), (1, 2, 4, True)]


async def test_a_higher_step_clears_the_doubt_for_good(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    [entry] = claim.entries
    await store.settle(claim, entry.id, Again(0, "lost", spent=True, suspect=True))
    await store.begin(claim, entry.id, 1)
    await store.settle(claim, entry.id, Again(0, "gate"))
    await store.release(claim)
    [after] = (await only(store)).entries
    assert (after.step, after.attempts, after.suspect, after.doubt) == (1, 0, 1, False)


async def test_a_step_never_goes_back(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    [entry] = claim.entries
    await store.begin(claim, entry.id, 3)
    await store.begin(claim, entry.id, 1)
    await store.settle(claim, entry.id, Again(0, "busy"))
    await store.release(claim)
    assert (await only(store)).entries[0].step == 3


async def test_begin_of_an_entry_that_is_settled_or_of_another_lane_is_refused(store: Store) -> None:
    await store.accept([arrival("a", chat="1"), arrival("b", chat="2"), arrival("c", chat="1", order=1)])
    first, second = await store.claim(DESK, 9, 30)
    await store.settle(first, first.entries[0].id, Done())
    assert await store.begin(first, first.entries[0].id, 0) is False
    assert await store.begin(first, second.entries[0].id, 0) is False
    assert await store.settle(first, second.entries[0].id, Done()) is False
    assert await store.begin(first, EntryId(999), 0) is False


# ---------------------------------------------------------------- settle and release


@pytest.mark.parametrize("verdict", [Done(), Done("private note"), Dead("refused: no such chat")])
async def test_a_settled_entry_makes_way_for_the_next(store: Store, verdict: Verdict) -> None:
    await store.accept([arrival("a", order=1), arrival("b", order=2)])
    claim = await only(store)
    assert await store.settle(claim, claim.entries[0].id, verdict)
    await store.release(claim)
    assert keys(await store.claim(DESK, 9, 30)) == [["b"]]


async def test_an_entry_is_settled_only_once(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    assert await store.settle(claim, claim.entries[0].id, Dead("refused"))
    assert await store.settle(claim, claim.entries[0].id, Done()) is False
    [census] = await store.census()
    assert (census.dead, census.done) == (1, 0)


async def test_again_waits_its_delay_and_spends_only_what_it_says(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a")])
    seen = []
    for verdict in (Again(5, "busy"), Again(5, "error", spent=True), Again(5, "lost", suspect=True), Again(5, "busy")):
        claim = await only(store)
        await store.begin(claim, claim.entries[0].id, 0)
        await store.settle(claim, claim.entries[0].id, verdict)
        await store.release(claim)
        clock.move(4.5)
        assert await store.claim(DESK, 9, 30) == []
        clock.move(0.5)
        again = await only(store)
        [entry] = again.entries
        seen.append((entry.attempts, entry.suspect, entry.doubt))
        await store.release(again)
    assert seen == [(0, 0, False), (1, 0, False), (1, 1, True), (1, 1, True)]


async def test_a_released_lane_is_ready_at_once_if_work_is_left(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.release(claim)
    assert keys(await store.claim(DESK, 9, 30)) == [["a"]]


async def test_a_released_lane_without_work_is_ready_with_the_next_arrival(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Done())
    await store.release(claim)
    assert await store.claim(DESK, 9, 30) == []
    await store.accept([arrival("b")])
    assert keys(await store.claim(DESK, 9, 30)) == [["b"]]


async def test_an_arrival_while_the_lane_is_held_is_ready_after_the_release(store: Store) -> None:
    await store.accept([arrival("a", order=1)])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Done())
    await store.accept([arrival("b", order=2)])
    await store.release(claim)
    assert store.wake(DESK).is_set()
    assert keys(await store.claim(DESK, 9, 30)) == [["b"]]


async def test_a_holder_that_died_after_its_last_settle_leaves_a_lane_that_still_wakes(
    store: Store, clock: ManualClock
) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Done())
    clock.move(60)
    assert await store.claim(DESK, 9, 30) == []
    await store.accept([arrival("b")])
    assert keys(await store.claim(DESK, 9, 30)) == [["b"]]


# ---------------------------------------------------------------- the fence


async def test_nothing_is_written_under_a_lost_lease(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a")])
    old = await only(store, lease=30)
    clock.move(30)
    new = await only(store, lease=30)
    entry = old.entries[0].id
    changes = Changes((OPENED,), (Receipt(0, "77"),))
    assert await store.begin(old, entry, 1, changes) is False
    assert await store.settle(old, entry, Done(), changes) is False
    await store.release(old)
    assert store.lost == 3
    assert await store.conversation("support", "1", "") is None
    assert await store.claim(DESK, 9, 30) == [], "the release of the old holder freed nothing"
    assert await store.begin(new, entry, 0) is True
    [census] = await store.census()
    assert census.sending == 1


async def test_writes_after_the_release_are_refused(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.release(claim)
    assert await store.begin(claim, claim.entries[0].id, 0) is False
    assert await store.settle(claim, claim.entries[0].id, Done()) is False


async def test_an_entry_in_flight_when_the_lease_was_lost_is_in_doubt_for_the_next_holder(
    store: Store, clock: ManualClock
) -> None:
    await store.accept([arrival("a"), arrival("b", order=1)])
    claim = await only(store, lease=30)
    await store.begin(claim, claim.entries[0].id, 0)
    clock.move(30)
    a, b = (await only(store)).entries
    assert (a.suspect, a.doubt) == (1, True)
    assert (b.suspect, b.doubt) == (0, False)


async def test_an_entry_that_was_released_in_flight_is_in_doubt_once(shelf: Shelf) -> None:
    await shelf.store.accept([arrival("a")])
    claim = await only(shelf.store)
    await shelf.store.begin(claim, claim.entries[0].id, 0)
    await shelf.store.release(claim)
    second = await only(shelf.store)
    assert (second.entries[0].suspect, second.entries[0].doubt) == (1, True)
    await shelf.store.release(second)
    third = await only(shelf.store)
    assert third.entries[0].suspect == 1


# ---------------------------------------------------------------- changes


async def test_begin_writes_facts_in_the_same_commit(shelf: Shelf) -> None:
    await shelf.store.accept([arrival("a")])
    claim = await only(shelf.store)
    assert await shelf.store.begin(claim, claim.entries[0].id, 0, Changes((OPENED,)))
    store = await shelf.restart()
    assert await store.conversation("support", "1", "") == OPENED.conversation


async def test_settle_writes_facts_in_order_and_receipts(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    changes = Changes((OPENED, Closed("request-1")), (Receipt(0, "77"), Receipt(1, "78")))
    assert await store.settle(claim, claim.entries[0].id, Done(), changes)
    known = await store.conversation("support", "1", "")
    assert known is not None
    assert known.closed


@pytest.mark.parametrize("verdict", [Done(), Dead("refused"), Again(0, "busy")])
async def test_a_lane_may_be_let_go_with_a_verdict(store: Store, verdict: Verdict) -> None:
    await store.accept([arrival("1", order=1), arrival("2", order=2)])
    [claim] = await store.claim(DESK, 9, 60, depth=1)
    store.wake(DESK).clear()
    assert await store.settle(claim, claim.entries[0].id, verdict, release=True)
    assert store.wake(DESK).is_set()
    [again] = await store.claim(DESK, 9, 60)
    assert again.token > claim.token


async def test_a_lost_lane_is_not_let_go_with_a_verdict(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("1")])
    [old] = await store.claim(DESK, 9, 60)
    clock.move(61)
    [new] = await store.claim(DESK, 9, 60)
    assert await store.settle(old, old.entries[0].id, Done(), release=True) is False
    assert await store.claim(DESK, 9, 60) == []
    assert await store.settle(new, new.entries[0].id, Done(), release=True)
