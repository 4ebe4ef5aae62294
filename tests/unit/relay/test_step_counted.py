"""What the step counts: dead letters by their cause, and how long messages travelled."""

import asyncio
from dataclasses import replace

import pytest

from bridge.errors import Unreadable
from bridge.message import Blocked, Direction
from bridge.outcome import Again, Blame, Busy, Cause, Dead, Delivered, NotSent, Outcome, Refused, Unknown
from bridge.relay.decide import Policy
from bridge.relay.gate import Rate
from tests.edges import LinePlanner, PlainReader
from tests.unit.relay.bench import CHANNEL, FROM_TELEGRAM, PACED, TALK, Bench, inbound, outbound

NOT_OURS = (Blocked("support", "4711"),)


def causes(bench: Bench, direction: Direction = Direction.OUTBOUND) -> dict[Cause, float]:
    """The dead letters that were counted."""
    counted = {cause: bench.value("dead_total", direction=direction, cause=cause) for cause in Cause}
    return {cause: count for cause, count in counted.items() if count}


def talking(**means: object) -> Bench:
    bench = Bench(**means)  # type: ignore[arg-type]  # a bench's own fields
    bench.know(TALK)
    return bench


@pytest.mark.parametrize(
    ("outcome", "policy", "cause"),
    [
        (Refused("the user has blocked the bot", NOT_OURS, Blame.CHAT), Policy(), Cause.BLOCKED),
        (Refused("too long"), Policy(), Cause.REFUSED),
        (NotSent("odd", Blame.MESSAGE), Policy(attempts=1), Cause.GIVEN_UP),
        (NotSent("odd", Blame.MESSAGE), Policy(deadline=0.0), Cause.EXPIRED),
        (Unknown("cut"), Policy(suspect="hold"), Cause.HELD_BACK),
    ],
)
async def test_a_dead_letter_is_counted_by_what_it_died_of(outcome: Outcome, policy: Policy, cause: Cause) -> None:
    bench = talking(script=[outcome], policy=policy)
    await bench.take(outbound(1))
    assert causes(bench) == {cause: 1}


async def test_what_is_not_even_tried_for_a_chat_that_blocked_us_is_counted_so() -> None:
    bench = talking()
    bench.know(replace(TALK, blocked=True))
    await bench.take(outbound(1))
    assert causes(bench) == {Cause.BLOCKED: 1}


async def test_what_can_not_be_understood_routed_or_placed_is_counted_so() -> None:
    bench = Bench(reader=PlainReader(otherwise={b"1": Unreadable("not JSON"), b"2": KeyError("text")}))
    for number in (1, 2):
        await bench.take(inbound(number))
    await bench.take(outbound(4))
    bench.routes.pop((FROM_TELEGRAM, "support"))
    await bench.take(inbound(3))
    assert causes(bench, Direction.INBOUND) == {Cause.UNREADABLE: 1, Cause.BUG: 1, Cause.UNROUTED: 1}
    assert causes(bench) == {Cause.UNKNOWN_CHAT: 1}


GIVEN_UP = NotSent("odd", Blame.MESSAGE)
"""with one attempt for each part"""


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ([Refused("no"), Delivered()], Cause.REFUSED),
        ([GIVEN_UP, Delivered()], Cause.GIVEN_UP),
        ([Refused("no"), GIVEN_UP], Cause.GIVEN_UP),
        ([GIVEN_UP, Refused("no")], Cause.REFUSED),
        # The chat shut us out in the end; that part of the message was lost before is no matter of theirs.
        ([Refused("no"), Refused("blocked", NOT_OURS)], Cause.REFUSED),
        ([GIVEN_UP, Refused("blocked", NOT_OURS)], Cause.GIVEN_UP),
    ],
)
async def test_a_message_that_lost_a_part_is_counted_by_what_it_lost_it_for(
    script: list[Outcome], cause: Cause
) -> None:
    bench = talking(script=script, policy=Policy(attempts=1))
    await bench.take(outbound(1, b"a\nb"))
    assert causes(bench) == {cause: 1}


async def test_what_a_part_was_lost_for_is_known_after_a_wait_at_a_later_one() -> None:
    bench = talking(script=[GIVEN_UP, Busy(3.0, "slow down"), Delivered()], policy=Policy(attempts=1))
    await bench.take(outbound(1, b"a\nb"))
    await asyncio.sleep(4.0)
    assert isinstance(await bench.take(destination=CHANNEL), Dead)
    assert causes(bench) == {Cause.GIVEN_UP: 1}


async def test_what_expires_before_its_last_part_is_counted_as_expired() -> None:
    bench = talking(script=[Refused("no"), Busy(50.0, "slow down")], policy=Policy(deadline=60.0))
    await bench.take(outbound(1, b"a\nb"))
    await asyncio.sleep(100.0)
    assert isinstance(await bench.take(destination=CHANNEL), Dead)
    assert causes(bench) == {Cause.EXPIRED: 1}


async def test_what_the_bridge_adds_is_measured_at_a_messages_first_call_and_at_no_later_attempt() -> None:
    bench = talking(script=[NotSent("down", Blame.DESTINATION)] * 3 + [Delivered()])
    await bench.take(outbound(1, b"a\nb"))
    for _ in range(3):
        await asyncio.sleep(600.0)
        await bench.take(destination=CHANNEL)
    assert bench.value("added_latency_seconds_count", direction="out") == 1
    assert bench.value("added_latency_seconds_sum", direction="out") < 1
    assert len(bench.metrics.latencies.seen[CHANNEL]) == 1


async def test_what_waited_for_its_turn_before_its_first_call_is_measured_with_its_wait() -> None:
    bench = talking(planner=LinePlanner(pace=PACED), rates={"bot": Rate(25, 5), "chat": Rate(1 / 60, 1)})
    await bench.take(outbound(1))
    assert isinstance(await bench.take(outbound(2)), Again)
    await asyncio.sleep(60.0)
    await bench.take(destination=CHANNEL)
    assert bench.value("added_latency_seconds_count", direction="out") == 2
    assert bench.value("added_latency_seconds_sum", direction="out") == pytest.approx(60.0, abs=1.0)


async def test_a_delivered_message_tells_how_long_it_travelled_and_no_other_does() -> None:
    bench = talking(script=[NotSent("down", Blame.DESTINATION), Delivered(), Delivered(), Refused("no")])
    await bench.take(outbound(1, b"a\nb"))
    await asyncio.sleep(30.0)
    await bench.take(destination=CHANNEL)
    await bench.take(outbound(2))
    assert bench.value("end_to_end_seconds_count", direction="out", kind="text") == 1
    assert bench.value("end_to_end_seconds_sum", direction="out", kind="text") == pytest.approx(30.0)
