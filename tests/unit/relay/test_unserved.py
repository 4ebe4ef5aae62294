"""What waits for a channel or desk that was renamed or removed ends at its deadline, and can go on before."""

import asyncio
from dataclasses import replace

import pytest

from bridge.message import Lane
from bridge.outcome import Cause, Dead
from bridge.relay.decide import Policy
from bridge.relay.unserved import AT_ONCE, Unserved
from tests.unit.relay.bench import CHANNEL, DESK, OUT, Bench, inbound, outbound, talking

HOUR = 3600.0


def lane(chat: int) -> Lane:
    return replace(OUT, chat=str(chat))


async def removed() -> tuple[Bench, Unserved]:
    """A bench whose channel is not in the configuration any more."""
    bench = await talking(policy=Policy(deadline=HOUR))
    del bench.gates[CHANNEL]
    return bench, Unserved(bench.store, bench.step, bench.clock)


def dead(bench: Bench) -> float:
    return bench.value("settled_total", direction="out", verdict="dead")


async def test_what_is_too_old_becomes_a_dead_letter_that_names_who_is_missing() -> None:
    bench, unserved = await removed()
    unserved = replace(unserved, journal=bench.journal)
    await bench.store.accept([outbound(1)])
    await bench.clock.sleep(HOUR / 2)
    await bench.store.accept([outbound(2)])
    await bench.clock.sleep(HOUR / 2)
    await unserved.look()
    why = "not delivered within 1 h; the last reason: nothing in the configuration is called channel/support"
    assert [line[1] for line in bench.log if isinstance(line, tuple)] == [Dead(why, Cause.EXPIRED)]
    claim = await bench.claim(destination=CHANNEL)
    assert [entry.key for entry in claim.entries] == ["4711/2"], "the younger one goes on when the name is back"


async def test_nothing_is_touched_while_all_is_young_or_somebody_serves_it() -> None:
    bench, unserved = await removed()
    unserved = replace(unserved, journal=bench.journal)
    await bench.store.accept([outbound(1), inbound(1)])
    await unserved.look()
    assert not bench.journal.asked["claim"]
    await bench.clock.sleep(HOUR)
    await unserved.look()
    assert [claim.lane for claim in await bench.store.claim(DESK, 9, 60.0)] == [inbound(1).lane]


@pytest.mark.parametrize("young", [0, 3 * AT_ONCE])
async def test_however_many_lanes_and_entries_there_are_all_are_gone_through_once(young: int) -> None:
    bench, unserved = await removed()
    await bench.store.accept([outbound(number, lane=lane(chat)) for chat in range(200) for number in range(20)])
    await bench.clock.sleep(HOUR)
    await bench.store.accept([outbound(1, lane=lane(1000 + chat)) for chat in range(young)])
    async with asyncio.timeout(60):
        await unserved.look()
    assert dead(bench) == 200 * 20
    [left] = [one for one in await bench.store.census() if one.destination == CHANNEL]
    assert left.waiting == young
    assert len(await bench.store.claim(CHANNEL, 1000, 60.0)) == young, "no lane is held any more"


async def test_it_looks_again_after_a_journal_that_did_not_serve() -> None:
    bench, unserved = await removed()
    unserved = replace(unserved, journal=bench.journal)
    await bench.store.accept([outbound(1)])
    await bench.clock.sleep(HOUR)
    bench.journal.down.add("claim")
    running = asyncio.create_task(unserved.run())
    await bench.clock.sleep(90)
    assert not dead(bench)
    bench.journal.down.clear()
    await bench.clock.sleep(90)
    running.cancel()
    assert dead(bench) == 1


async def test_a_lane_that_could_not_be_let_go_is_free_again_at_the_next_look() -> None:
    bench, unserved = await removed()
    unserved = replace(unserved, journal=bench.journal)
    await bench.store.accept([outbound(1, lane=lane(1))])
    await bench.clock.sleep(HOUR / 2)
    await bench.store.accept([outbound(2, lane=lane(1)), outbound(1, lane=lane(2))])
    await bench.clock.sleep(HOUR / 2)
    bench.journal.down.add("release")
    running = asyncio.create_task(unserved.run())
    await bench.clock.sleep(30)
    assert dead(bench) == 1
    bench.journal.down.clear()
    await bench.clock.sleep(60)
    assert len(await bench.store.claim(CHANNEL, 9, 60.0)) == 2
    running.cancel()
