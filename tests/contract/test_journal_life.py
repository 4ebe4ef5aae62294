"""What every `Journal` promises about waking, counting, pruning and starting anew."""

from collections.abc import Awaitable, Callable

import pytest

from bridge.errors import JournalUnavailable
from bridge.outcome import Again, Dead, Done
from bridge.ports import Census, EntryId, Recovery
from tests.clock import ManualClock
from tests.contract.stores import DESK, Shelf, Store, arrival, keys, only

# ---------------------------------------------------------------- wake


async def test_accept_wakes_the_destinations_that_got_something_new(store: Store) -> None:
    here, there = store.wake(DESK), store.wake("desk/other")
    await store.accept([arrival("a")])
    assert here.is_set()
    assert not there.is_set()
    assert store.wake(DESK) is here


async def test_accept_wakes_a_destination_before_anybody_asked_for_its_event(store: Store) -> None:
    await store.accept([arrival("a")])
    assert store.wake(DESK).is_set()


async def test_release_wakes_only_if_work_is_ready(store: Store) -> None:
    await store.accept([arrival("a", order=1), arrival("b", order=2)])
    for verdict, wakes in ((Done(), True), (Again(10, "later"), False)):
        claim = await only(store)
        store.wake(DESK).clear()
        await store.settle(claim, claim.entries[0].id, verdict)
        await store.release(claim)
        assert store.wake(DESK).is_set() is wakes


# ---------------------------------------------------------------- census, prune, recovery


async def test_the_census_counts_every_state_by_destination(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("x", chat="9", destination="channel/support")])
    clock.move(1)
    await store.accept([arrival(str(n), order=n) for n in range(5)])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Done())
    await store.settle(claim, claim.entries[1].id, Dead("refused"))
    await store.begin(claim, claim.entries[2].id, 0)
    assert await store.census() == [
        Census("channel/support", waiting=1, oldest=clock.now() - 1),
        Census(DESK, waiting=2, sending=1, done=1, dead=1, oldest=clock.now()),
    ]


async def test_prune_forgets_what_was_done_before_a_time_and_keeps_dead_letters(
    store: Store, clock: ManualClock
) -> None:
    await store.accept([arrival(key, order=n) for n, key in enumerate("abcd")])
    claim = await only(store)
    a, b, c, _ = (entry.id for entry in claim.entries)
    await store.settle(claim, a, Done())
    await store.settle(claim, b, Dead("refused"))
    clock.move(10)
    await store.settle(claim, c, Done())
    assert await store.prune(clock.now()) == 1
    assert await store.prune(clock.now()) == 0
    assert await store.census() == [Census(DESK, waiting=1, done=1, dead=1, oldest=clock.now() - 10)]
    assert await store.accept([arrival("b"), arrival("c"), arrival("d")]) == 0, "these are still known"
    assert await store.accept([arrival("a")]) == 1, "a forgotten key is new"


async def test_prune_goes_in_chunks_the_oldest_first(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival(str(n), order=n) for n in range(5)])
    claim = await only(store)
    for entry in reversed(claim.entries):
        clock.move(1)
        await store.settle(claim, entry.id, Done())
    await store.release(claim)
    clock.move(1)
    assert await store.prune(clock.now(), limit=3) == 3
    assert await store.accept([arrival("0"), arrival("1")]) == 0
    assert await store.prune(clock.now(), limit=3) == 2


async def test_a_lane_of_which_nothing_is_left_is_forgotten_and_made_anew(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Done())
    await store.release(claim)
    clock.move(1)
    assert await store.prune(clock.now()) == 1
    assert await store.census() == []
    await store.accept([arrival("b")])
    assert keys(await store.claim(DESK, 9, 30)) == [["b"]]


async def test_a_lane_of_which_a_dead_letter_is_left_is_kept(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a"), arrival("b", order=1)])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Done())
    await store.settle(claim, claim.entries[1].id, Dead("refused"))
    await store.release(claim)
    clock.move(1)
    assert await store.prune(clock.now()) == 1
    assert await store.census() == [Census(DESK, dead=1)]


async def test_a_new_journal_has_nothing_to_recover(store: Store) -> None:
    assert store.recovery == Recovery(suspects=0, waiting=0)


async def test_a_restart_keeps_everything_and_frees_every_lane(shelf: Shelf) -> None:
    await shelf.store.accept([arrival("a"), arrival("b", order=1)])
    claim = await only(shelf.store)
    store = await shelf.restart()
    assert store.recovery == Recovery(suspects=0, waiting=2)
    assert await store.begin(claim, claim.entries[0].id, 0) is False
    again = await only(store)
    assert again.entries == claim.entries


async def test_a_restart_puts_entries_in_flight_in_doubt(shelf: Shelf) -> None:
    await shelf.store.accept([arrival("a"), arrival("b", order=1)])
    claim = await only(shelf.store)
    await shelf.store.begin(claim, claim.entries[0].id, 2)
    store = await shelf.restart()
    assert store.recovery == Recovery(suspects=1, waiting=1)
    a, b = (await only(store)).entries
    assert (a.key, a.step, a.suspect, a.doubt) == ("a", 2, 1, True)
    assert (b.suspect, b.doubt) == (0, False)


@pytest.mark.parametrize("method", ["accept", "claim", "begin", "settle", "release", "census", "prune"])
async def test_a_closed_journal_is_unavailable(store: Store, method: str) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.close()
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "accept": lambda: store.accept([arrival("b")]),
        "claim": lambda: store.claim(DESK, 1, 30),
        "begin": lambda: store.begin(claim, EntryId(1), 0),
        "settle": lambda: store.settle(claim, EntryId(1), Done()),
        "release": lambda: store.release(claim),
        "census": store.census,
        "prune": lambda: store.prune(0),
    }
    with pytest.raises(JournalUnavailable):
        await calls[method]()


# ---------------------------------------------------------------- a clock that is set


async def test_a_clock_that_is_set_back_makes_no_wait_longer_and_no_entry_younger(
    store: Store, clock: ManualClock
) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Again(60.0, "later"), release=True)
    clock.set(clock.now() - 3600)
    await store.shift(-3600)
    assert await store.claim(DESK, 9, 30.0) == []
    clock.move(61)
    [entry] = (await only(store)).entries
    assert clock.now() - entry.accepted_at == pytest.approx(61)


async def test_a_clock_that_is_set_forward_makes_no_entry_older(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a", order=1)])
    clock.move(10)
    clock.set(clock.now() + 86_400 * 3)
    await store.accept([arrival("b", order=2)])
    clock.move(1)
    await store.shift(86_400 * 3)
    ages = [clock.now() - entry.accepted_at for entry in (await only(store)).entries]
    assert ages == [pytest.approx(11), 0.0]


async def test_a_lease_does_not_go_by_a_clock_that_somebody_sets(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a")])
    await only(store)
    clock.set(clock.now() + 365 * 86400.0)
    assert await store.claim(DESK, 9, 30.0) == []
    clock.move(31)
    assert len(await store.claim(DESK, 9, 30.0)) == 1
