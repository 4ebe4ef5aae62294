"""What every `Journal` promises about accepting and claiming."""

from bridge.message import Arrival, Direction, Lane
from bridge.outcome import Again, Done
from tests.clock import ManualClock
from tests.contract.stores import DESK, Shelf, Store, arrival, keys, only

# ---------------------------------------------------------------- accept


async def test_accept_counts_the_new_ones_and_absorbs_repeats(store: Store) -> None:
    assert await store.accept([arrival("a"), arrival("b")]) == 2
    assert await store.accept([arrival("b"), arrival("c"), arrival("c")]) == 1
    assert keys(await store.claim(DESK, 9, 30)) == [["a", "b", "c"]]


async def test_accepting_nothing_is_fine(store: Store) -> None:
    assert await store.accept([]) == 0
    assert await store.census() == []


async def test_the_same_key_from_another_source_is_another_arrival(store: Store) -> None:
    assert await store.accept([arrival("a", source="one"), arrival("a", source="two")]) == 2


async def test_a_repeat_of_a_settled_arrival_is_absorbed(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Done())
    await store.release(claim)
    assert await store.accept([arrival("a")]) == 0
    assert await store.claim(DESK, 9, 30) == []


async def test_a_repeat_moves_nothing(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a", order=1), arrival("b", order=2)])
    clock.move(5)
    await store.accept([arrival("b", order=0, destination="desk/other")])
    store.wake("desk/other").clear()
    assert await store.claim("desk/other", 9, 30) == []
    claim = await only(store)
    assert [(entry.key, entry.accepted_at) for entry in claim.entries] == [
        ("a", clock.now() - 5),
        ("b", clock.now() - 5),
    ]


async def test_a_repeat_in_a_lane_of_its_own_leaves_no_trace(store: Store) -> None:
    await store.accept([arrival("a")])
    assert await store.accept([arrival("a", chat="2", destination="desk/other")]) == 0
    assert [census.destination for census in await store.census()] == [DESK]


async def test_a_repeat_does_not_wake_a_head_that_waits(store: Store) -> None:
    await store.accept([arrival("a")])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Again(10, "later"))
    await store.release(claim)
    store.wake(DESK).clear()
    await store.accept([arrival("a")])
    assert not store.wake(DESK).is_set()
    assert await store.claim(DESK, 9, 30) == []


async def test_an_entry_carries_what_was_accepted(store: Store, clock: ManualClock) -> None:
    far = Lane("support", "-100", "7", Direction.OUTBOUND)
    await store.accept([Arrival("tg", "a", far, 0, b"raw a", DESK)])
    claim = await only(store)
    assert claim.lane == far
    [entry] = claim.entries
    assert (entry.source, entry.key, entry.raw, entry.accepted_at) == ("tg", "a", b"raw a", clock.now())
    assert (entry.step, entry.attempts, entry.suspect, entry.doubt) == (0, 0, 0, False)


async def test_an_arrival_for_a_new_destination_takes_its_lane_there(store: Store) -> None:
    await store.accept([arrival("a")])
    await store.accept([arrival("b", destination="desk/other")])
    assert await store.claim(DESK, 9, 30) == []
    assert keys(await store.claim("desk/other", 9, 30)) == [["a", "b"]]


# ---------------------------------------------------------------- claim: which entries


async def test_within_a_lane_the_smallest_order_goes_first_then_the_one_accepted_first(store: Store) -> None:
    await store.accept([arrival("late", order=9), arrival("first", order=3), arrival("second", order=3)])
    assert keys(await store.claim(DESK, 9, 30)) == [["first", "second", "late"]]


async def test_an_entry_that_was_begun_comes_before_a_smaller_order(store: Store) -> None:
    await store.accept([arrival("begun", order=5)])
    claim = await only(store)
    await store.begin(claim, claim.entries[0].id, 0)
    await store.settle(claim, claim.entries[0].id, Again(0, "busy"))
    await store.accept([arrival("smaller", order=1)])
    await store.release(claim)
    assert keys(await store.claim(DESK, 9, 30)) == [["begun", "smaller"]]


async def test_a_claim_is_at_most_as_deep_as_asked(store: Store) -> None:
    await store.accept([arrival(str(n), order=n) for n in range(5)])
    assert keys(await store.claim(DESK, 9, 30, depth=2)) == [["0", "1"]]


async def test_a_waiting_head_holds_its_lane_even_against_new_arrivals(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("head", order=1), arrival("next", order=2)])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Again(10, "later"))
    await store.release(claim)
    await store.accept([arrival("new", order=3)])
    assert await store.claim(DESK, 9, 30) == []
    clock.move(9.9)
    assert await store.claim(DESK, 9, 30) == []
    clock.move(0.1)
    assert keys(await store.claim(DESK, 9, 30)) == [["head", "next", "new"]]


async def test_entries_behind_one_that_is_not_due_are_not_taken(store: Store) -> None:
    await store.accept([arrival("a", order=1), arrival("b", order=2), arrival("c", order=3)])
    claim = await only(store)
    await store.settle(claim, claim.entries[1].id, Again(10, "later"))
    await store.release(claim)
    assert keys(await store.claim(DESK, 9, 30)) == [["a"]]


async def test_a_smaller_order_goes_before_a_head_that_waits_and_was_never_begun(store: Store) -> None:
    await store.accept([arrival("waits", order=5)])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Again(10, "gate"))
    await store.release(claim)
    await store.accept([arrival("smaller", order=1)])
    assert keys(await store.claim(DESK, 9, 30)) == [["smaller"]]


async def test_a_clock_that_is_set_back_loses_nothing(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a", order=5)])
    clock.move(10)
    await store.accept([arrival("b", order=1)])
    clock.move(-5)
    assert await store.claim(DESK, 9, 30) == []
    clock.move(5)
    assert keys(await store.claim(DESK, 9, 30)) == [["b", "a"]]


# ---------------------------------------------------------------- claim: which lanes


async def test_the_lane_that_waits_longest_is_claimed_first(store: Store, clock: ManualClock) -> None:
    for chat in ("2", "1", "3"):
        await store.accept([arrival(chat, chat=chat)])
        clock.move(1)
    await store.accept([arrival("more", chat="2", order=1)])
    assert keys(await store.claim(DESK, 2, 30)) == [["2", "more"], ["1"]]
    assert keys(await store.claim(DESK, 2, 30)) == [["3"]]


async def test_a_lane_whose_head_waits_does_not_stand_in_the_way_of_others(store: Store) -> None:
    await store.accept([arrival("waits", chat="1")])
    claim = await only(store)
    await store.settle(claim, claim.entries[0].id, Again(10, "later"))
    await store.release(claim)
    await store.accept([arrival("behind", chat="1", order=1)])
    await store.accept([arrival("ready", chat="2")])
    assert keys(await store.claim(DESK, 1, 30)) == [["ready"]]


async def test_claiming_no_lanes_is_fine(store: Store) -> None:
    await store.accept([arrival("a")])
    assert await store.claim(DESK, 0, 30) == []


async def test_lanes_take_turns(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival(f"{chat}{n}", chat=chat, order=n) for chat in "12" for n in range(2)])
    seen = []
    for _ in range(4):
        clock.move(1)
        [claim] = await store.claim(DESK, 1, 30, depth=1)
        seen.append(claim.entries[0].key)
        await store.settle(claim, claim.entries[0].id, Done())
        await store.release(claim)
    assert seen == ["10", "20", "11", "21"]


async def test_destinations_do_not_see_each_others_lanes(store: Store) -> None:
    await store.accept([arrival("a", chat="1"), arrival("b", chat="2", destination="desk/other")])
    assert keys(await store.claim("desk/other", 9, 30)) == [["b"]]
    assert keys(await store.claim(DESK, 9, 30)) == [["a"]]


async def test_a_held_lane_is_not_claimed_until_its_lease_ran_out(store: Store, clock: ManualClock) -> None:
    await store.accept([arrival("a")])
    first = await only(store, lease=30)
    await store.accept([arrival("b", order=1)])
    clock.move(29)
    assert await store.claim(DESK, 9, 30) == []
    clock.move(1)
    second = await only(store)
    assert [entry.key for entry in second.entries] == ["a", "b"]
    assert second.token != first.token


async def test_tokens_never_repeat_not_even_over_restarts(shelf: Shelf) -> None:
    await shelf.store.accept([arrival("a", chat="1"), arrival("b", chat="2")])
    tokens = []
    for _ in range(3):
        tokens += [claim.token for claim in await shelf.store.claim(DESK, 9, 30)]
        await shelf.restart()
    assert len(set(tokens)) == len(tokens) == 6
