import asyncio

from bridge.outcome import Busy
from bridge.relay.lanes import IDLE
from tests.edges import FarSide
from tests.unit.relay.bench import (
    Bench,
    backlog,
    chat,
    inbound,
    of,
    written,
)
from tests.virtual_time import loop_time, until_idle

# ---------------------------------------------------------------- order and fairness


async def test_lanes_run_side_by_side_and_each_of_them_in_order() -> None:
    far = FarSide(seconds=0.1)
    bench = Bench(sender=far)
    await backlog(bench, **{f"c{n}": 20 for n in range(30)})
    await bench.serve(bench.lanes(), until=lambda: len(far.arrived) == 600, within=60)
    for n in range(30):
        assert of(f"c{n}", far.arrived) == list(range(20))
    assert far.most_in_a_lane == 1
    assert far.most_at_once == 30


async def test_not_more_lanes_are_held_than_there_are_places() -> None:
    far = FarSide()
    bench = Bench(sender=far)
    await backlog(bench, **{f"c{n}": 3 for n in range(20)})
    await bench.serve(bench.lanes(slots=4), until=lambda: len(far.arrived) == 60)
    assert far.most_at_once == 4


async def test_a_place_that_gets_free_is_taken_at_once_if_lanes_wait_for_one() -> None:
    far = FarSide(seconds=0.05)
    bench = Bench(sender=far)
    await backlog(bench, **{f"c{n}": 1 for n in range(40)})
    await bench.serve(bench.lanes(slots=4), until=lambda: len(far.arrived) == 40)
    assert loop_time() < 40 / 4 * far.seconds + IDLE


async def test_a_lane_is_held_for_all_the_entries_of_its_claim() -> None:
    bench = Bench()
    await backlog(bench, a=16)
    await bench.serve(bench.lanes(), until=lambda: len(bench.scripted.made) == 16)
    assert bench.journal.asked["claim"] == 1
    assert bench.store.lost == 0


async def test_behind_a_failing_head_nothing_is_tried_under_a_claim_that_was_let_go() -> None:
    bench = Bench(script=[Busy(5.0, "slow down")])
    await backlog(bench, a=3)
    await bench.serve(bench.lanes(), until=lambda: len(bench.scripted.made) == 4)
    assert bench.scripted.texts == ["a:0", "a:0", "a:1", "a:2"]
    assert bench.store.lost == 0


async def test_messages_that_come_while_their_lane_is_held_go_out_behind_the_others() -> None:
    far = FarSide(seconds=0.1)
    bench = Bench(sender=far)

    async def write() -> None:
        for number in range(40):
            await bench.store.accept([inbound(number, written("a", number), chat("a"))])
            await asyncio.sleep(0.07)

    writing = asyncio.create_task(write())
    await bench.serve(bench.lanes(), until=lambda: len(far.arrived) == 40)
    await writing
    assert of("a", far.arrived) == list(range(40))
    assert far.most_in_a_lane == 1


async def test_a_lane_with_a_thousand_messages_does_not_starve_the_others() -> None:
    far = FarSide(seconds=0.01)
    bench = Bench(sender=far)
    await backlog(bench, talkative=1000)
    await backlog(bench, **{f"c{n}": 2 for n in range(10)})
    await bench.serve(bench.lanes(slots=1), until=lambda: len(far.arrived) == 1020)
    others = [place for place, text in enumerate(far.arrived) if not text.startswith("talkative")]
    assert max(others) < 16 + 20
    assert of("talkative", far.arrived) == list(range(1000))


async def test_an_arrival_is_taken_at_once_and_not_at_the_next_look() -> None:
    far = FarSide(seconds=0.0)
    bench = Bench(sender=far)
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await asyncio.sleep(10.3)
    before = loop_time()
    await bench.store.accept([inbound(1)])
    await until_idle()
    assert far.arrived == ["1"]
    assert loop_time() == before
    lanes.stop()
    await running


async def test_an_idle_daemon_looks_about_once_a_second() -> None:
    bench = Bench()
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await asyncio.sleep(100)
    lanes.stop()
    await running
    assert bench.journal.asked["claim"] <= 101
