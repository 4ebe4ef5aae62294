"""What a step may write beside its entry, in the same commit: arrivals of ours, and what the far side refused."""

import pytest

from bridge.message import NOTES, Arrival, Direction, Lane
from bridge.outcome import Again, Dead, Done, Verdict
from bridge.ports import Changes
from tests.contract.stores import Shelf, Store, arrival, keys, only

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
    assert claim.entries[0].missed == ""
    assert await shelf.store.begin(claim, claim.entries[0].id, 1, Changes(missed="call 1 of 2: no"))
    assert await shelf.store.begin(claim, claim.entries[0].id, 1)
    store = await shelf.restart()
    [entry] = (await only(store)).entries
    assert (entry.step, entry.missed) == (1, "call 1 of 2: no")
