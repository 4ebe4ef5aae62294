import asyncio
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.outcome import Done
from bridge.relay.lanes import IDLE, LEASE
from tests.edges import FarSide, LinePlanner
from tests.unit.relay.bench import (
    DESK,
    FROM_TELEGRAM,
    Bench,
    backlog,
    done,
    of,
)
from tests.virtual_time import loop_time, until_idle

# ---------------------------------------------------------------- stopping


async def test_a_stop_lets_the_calls_in_hand_finish_and_takes_no_more() -> None:
    far = FarSide(seconds=5.0)
    bench = Bench(sender=far)
    await backlog(bench, a=3, b=3)
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await asyncio.sleep(1)
    lanes.stop()
    await running
    assert loop_time() == pytest.approx(5.0)
    assert sorted(far.arrived) == ["a:0", "b:0"]
    [census] = await bench.store.census()
    assert (census.done, census.waiting, census.sending) == (2, 4, 0)
    assert len(await bench.store.claim(DESK, 9, 1.0)) == 2


async def test_a_stop_while_lanes_are_being_claimed_sends_nothing() -> None:
    far = FarSide()
    bench = Bench(sender=far)
    await backlog(bench, a=3)
    lanes = bench.lanes()
    await lanes.claim()
    lanes.stop()
    await lanes.run()
    assert far.made == []
    assert len(await bench.store.claim(DESK, 9, 1.0)) == 1


async def test_a_stop_of_an_idle_daemon_takes_no_time() -> None:
    bench = Bench()
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await asyncio.sleep(3.3)
    lanes.stop()
    await running
    assert loop_time() == pytest.approx(3.3)


async def test_after_a_stop_another_daemon_goes_on_where_this_one_stopped() -> None:
    far = FarSide()
    bench = Bench(sender=far)
    await backlog(bench, a=30)
    await bench.serve(bench.lanes(), until=lambda: len(far.arrived) == 7)
    await bench.serve(bench.lanes(), until=lambda: len(far.arrived) == 30)
    assert of("a", far.arrived) == list(range(30))
    assert not any(made.suspect for made in far.made)


# ---------------------------------------------------------------- the journal and bugs


@pytest.mark.parametrize("method", ["claim", "begin", "settle", "release"])
async def test_an_outage_of_the_journal_loses_and_doubles_nothing(method: str) -> None:
    far = FarSide()
    bench = Bench(sender=far)
    await backlog(bench, **{f"c{n}": 5 for n in range(5)})
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await asyncio.sleep(0.12)
    bench.journal.down = {method}
    await asyncio.sleep(30)
    bench.journal.down = set()
    await asyncio.sleep(30)
    lanes.stop()
    await running
    for n in range(5):
        assert of(f"c{n}", far.arrived) == list(range(5))
    assert await done(bench) == 25


async def test_a_stop_during_an_outage_of_the_journal_leaves_the_lane_to_the_next_daemon() -> None:
    bench = Bench()
    await backlog(bench, a=1)
    bench.journal.down = {"begin", "release"}
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await asyncio.sleep(10)
    lanes.stop()
    await running
    assert bench.scripted.made == []


async def test_a_lane_whose_holder_died_of_a_bug_comes_back_when_its_lease_runs_out(
    logs: list[MutableMapping[str, Any]],
) -> None:
    far = FarSide()
    bench = Bench(sender=far, planner=LinePlanner(("no such bucket",)))
    await backlog(bench, a=1, b=1)
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await asyncio.sleep(1)
    assert [line["event"] for line in logs].count("a lane's holder failed") == 2
    route = bench.routes[FROM_TELEGRAM, "support"]
    bench.routes[FROM_TELEGRAM, "support"] = replace(route, planner=LinePlanner())
    await asyncio.sleep(LEASE + IDLE)
    lanes.stop()
    await running
    assert sorted(far.arrived) == ["a:0", "b:0"]


async def test_a_lane_that_was_lost_is_left_to_its_new_holder() -> None:
    far = FarSide(seconds=1.0)
    bench = Bench(sender=far)
    await backlog(bench, a=2)
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await until_idle()
    bench.store.restart()
    [theirs] = await bench.store.claim(DESK, 1, 180.0)
    await asyncio.sleep(60)
    assert [made.text for made in far.made] == ["a:0"]
    assert (bench.journal.asked["begin"], bench.journal.asked["release"]) == (1, 0)
    assert await bench.store.settle(theirs, theirs.entries[0].id, Done())
    lanes.stop()
    await running
