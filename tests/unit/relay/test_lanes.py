import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from bridge.message import Call, Message, Reading, Skip, Text
from bridge.outcome import Blame, Busy, Delivered, NotSent, Outcome, Refused, Unknown
from bridge.relay.decide import Policy
from bridge.relay.lanes import IDLE
from tests.edges import ANN, FarSide, LinePlanner, PlainReader
from tests.unit.relay.bench import (
    CHANNEL,
    DESK,
    FROM_TELEGRAM,
    FROM_TILEDESK,
    PACED,
    TALK,
    Bench,
    backlog,
    chat,
    inbound,
    of,
    outbound,
    written,
)
from tests.virtual_time import loop_time

REFUSED = NotSent("refused", Blame.DESTINATION)


async def test_work_is_found_even_if_the_hint_got_lost() -> None:
    far = FarSide()
    bench = Bench(sender=far)
    lanes = bench.lanes()
    running = asyncio.create_task(lanes.run())
    await asyncio.sleep(5)
    await bench.store.accept([inbound(1)])
    bench.journal.wake(DESK).clear()
    await asyncio.sleep(IDLE + 0.1)
    assert far.arrived == ["1"]
    lanes.stop()
    await running


async def test_lanes_are_looked_after_again_and_again_though_nothing_happens_and_the_far_side_is_down() -> None:
    bench = Bench(sender=FarSide())
    bench.gates[DESK].failed("no answer", asyncio.get_running_loop().time(), 0.5, began=0.0)
    lanes = bench.lanes()
    turns = set()
    running = asyncio.create_task(lanes.run())
    for _ in range(600):
        await asyncio.sleep(0.5)
        assert asyncio.get_running_loop().time() - lanes.turned_at <= IDLE
        turns.add(lanes.turned_at)
    assert len(turns) <= 300 / IDLE + 2, (
        "nor more often: a probe that is due and has no work leaves the journal in peace"
    )
    lanes.stop()
    await running


# ---------------------------------------------------------------- failing heads


async def test_a_failing_head_holds_its_lane_and_no_other() -> None:
    tries = 0

    def answer(call: Call) -> Outcome:
        nonlocal tries
        tries += call.body["text"] == "bad:0"
        return NotSent("odd", Blame.MESSAGE) if call.body["text"] == "bad:0" and tries < 5 else Delivered()

    far = FarSide(answer=answer)
    bench = Bench(sender=far)
    await backlog(bench, bad=3, good=50)
    await bench.serve(bench.lanes(), until=lambda: len(far.arrived) == 53)
    assert tries == 5
    assert of("bad", far.arrived) == [0, 1, 2]
    assert of("good", far.arrived) == list(range(50))
    made = [call.text for call in far.made]
    assert made.index("bad:1") > max(place for place, text in enumerate(made) if text == "bad:0")


async def test_a_poisoned_message_becomes_a_dead_letter_and_its_lane_goes_on() -> None:
    def answer(call: Call) -> Outcome:
        match call.body["text"]:
            case "a:1":
                return NotSent("odd", Blame.MESSAGE)
            case "a:2":
                return Refused("never")
            case _:
                return Delivered()

    far = FarSide(answer=answer)
    bench = Bench(sender=far)
    await backlog(bench, a=4)
    await bench.serve(bench.lanes(), until=lambda: len(far.arrived) == 2)
    assert of("a", far.arrived) == [0, 3]
    [census] = await bench.store.census()
    assert (census.done, census.dead, census.waiting) == (2, 2, 0)


async def test_a_translation_bug_and_a_sender_bug_do_not_stop_their_lane() -> None:
    far = FarSide()

    class Faulty:
        async def send(self, call: Call, *, suspect: bool) -> Outcome:
            if call.body["text"] == "buggy":
                raise ZeroDivisionError
            return await far.send(call, suspect=suspect)

    reader = PlainReader(otherwise={b"untranslatable": IndexError()})
    bench = Bench(sender=Faulty(), reader=reader)
    await bench.store.accept([inbound(1, b"untranslatable"), inbound(2, b"buggy"), inbound(3, b"fine")])
    await bench.serve(bench.lanes(), until=lambda: far.arrived == ["fine"])
    [census] = await bench.store.census()
    assert census.dead == 2


async def test_a_waiting_head_is_taken_when_it_is_due() -> None:
    far = FarSide(seconds=0.0, answer=lambda call: Busy(7.3, "slow down") if loop_time() < 7 else Delivered())
    bench = Bench(sender=far)
    await backlog(bench, a=1)
    await bench.serve(bench.lanes(), until=lambda: bool(far.arrived))
    assert [made.at for made in far.made] == pytest.approx([0.0, 7.3], abs=0.001)


async def test_a_429_storm_is_never_answered_earlier_than_told() -> None:
    due: dict[str, float] = {}
    refused = 0

    def answer(call: Call) -> Outcome:
        nonlocal refused
        assert loop_time() >= due.get(call.to, 0.0) - 1e-6
        if loop_time() < 120 and len(far.made) % 3 == 0:
            refused += 1
            wait = 1.0 + len(far.made) % 60
            due[call.to] = loop_time() + wait
            return Busy(wait, "slow down")
        return Delivered()

    far = FarSide(seconds=0.0, answer=answer)
    bench = Bench(sender=far, planner=LinePlanner(PACED))
    for n in range(8):
        bench.know(replace(TALK, chat=f"c{n}", request_id=f"request-{n}"))
    route = bench.routes[FROM_TILEDESK, "support"]
    bench.routes[FROM_TILEDESK, "support"] = replace(route, reader=RequestReader())
    lanes = [replace(chat(f"c{n}"), direction=outbound(0).lane.direction) for n in range(8)]
    await bench.store.accept([outbound(i, written(lane.chat, i), lane) for lane in lanes for i in range(20)])
    await bench.serve(bench.lanes(CHANNEL), until=lambda: len(far.arrived) == 160)
    assert refused > 10
    for n in range(8):
        assert of(f"c{n}", far.arrived) == list(range(20))


class RequestReader:
    """Reads a message for the request of the chat that its text names."""

    def read(self, raw: bytes) -> Reading:
        request_id = raw.decode().partition(":")[0].replace("c", "request-")
        return Message(ANN, (Text(raw.decode()),), 1e6, request_id)


# ---------------------------------------------------------------- a destination that is down


async def test_while_a_destination_is_down_there_is_one_probe_for_each_backoff_then_everything_drains() -> None:
    outage = 900.0
    far = FarSide(answer=lambda call: REFUSED if loop_time() < outage else Delivered())
    bench = Bench(sender=far)
    await backlog(bench, **{f"c{n}": 10 for n in range(30)})
    running = bench.lanes(slots=8)
    await bench.serve(running, until=lambda: len(far.arrived) == 300, within=2 * outage)
    early = [made for made in far.made if made.at < outage]
    # The ladder's first steps, and then one a minute at most: half of that with full jitter on average.
    assert len(early) < 8 + 10 + 3 * outage / 60
    probes = [made.at for made in early[8:]]
    assert all(later - earlier >= far.seconds for earlier, later in pairwise(probes))
    for n in range(30):
        assert of(f"c{n}", far.arrived) == list(range(10))
    assert far.most_in_a_lane == 1
    assert bench.value("dead_total", direction="in") == 0
    assert loop_time() < outage + 120


async def test_an_outage_spends_no_attempts() -> None:
    """Ten times as many refusals as attempts, and the message is delivered all the same."""
    far = FarSide(answer=lambda call: REFUSED if len(far.made) <= 20 else Delivered())
    bench = Bench(sender=far, policy=Policy(attempts=2))
    await backlog(bench, a=1)
    await bench.serve(bench.lanes(), until=lambda: bool(far.arrived))
    assert not any(made.suspect for made in far.made)


async def test_a_destination_that_swallows_answers_is_probed_and_kills_no_message() -> None:
    far = FarSide(seconds=30.0, answer=lambda call: Unknown("timed out") if loop_time() < 900 else Delivered())
    bench = Bench(sender=far)
    await backlog(bench, **{f"c{n}": 3 for n in range(40)})
    await bench.serve(bench.lanes(slots=8), until=lambda: len(far.arrived) >= 120, within=20000)
    assert bench.value("dead_total", direction="in") == 0
    assert len([made for made in far.made if made.at < 900]) < 8 + 900 / 30 + 1
    for n in range(40):
        assert of(f"c{n}", far.arrived) == [0, 1, 2]


async def test_probes_take_turns_among_the_lanes_so_that_a_poisoned_one_does_not_keep_the_gate_shut() -> None:
    far = FarSide(answer=lambda call: REFUSED if call.to == "request-bad" else Delivered())
    bench = Bench(sender=far)
    for name in ("bad", "good"):
        bench.know(replace(TALK, chat=name, request_id=f"request-{name}"))
    await backlog(bench, bad=1, good=40)
    await bench.serve(bench.lanes(slots=2), until=lambda: len(far.arrived) == 40, within=300)


async def test_a_lane_that_is_held_while_the_gate_shuts_is_let_go_before_its_next_call() -> None:
    bench = Bench(reader=PlainReader(otherwise={b"note": Skip("private note")}))
    lanes = bench.lanes()
    claim = await bench.claim(inbound(1, b"note"), inbound(2))
    bench.gates[DESK].failed("down", loop_time(), 0.5, began=loop_time())
    await lanes.hold(claim)
    assert bench.scripted.made == []
    [census] = await bench.store.census()
    assert (census.done, census.waiting) == (1, 1)
    assert len(await bench.store.claim(DESK, 1, 1.0)) == 1


async def test_destinations_are_independent() -> None:
    desk = FarSide(answer=lambda call: REFUSED)
    channel = FarSide()
    bench = Bench()
    bench.know(TALK)
    for source, sender in ((FROM_TELEGRAM, desk), (FROM_TILEDESK, channel)):
        bench.routes[source, "support"] = replace(bench.routes[source, "support"], sender=sender)
    await backlog(bench, **{f"c{n}": 1 for n in range(100)})
    await bench.store.accept([outbound(n) for n in range(20)])
    both = bench.lanes(DESK, slots=2), bench.lanes(CHANNEL, slots=2)
    await bench.serve(*both, until=lambda: len(channel.arrived) == 20, within=2.5)
    assert channel.arrived == [str(n) for n in range(20)]
    assert not desk.arrived
