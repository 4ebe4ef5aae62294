"""What the step counts: dead letters by their cause, and how long messages travelled."""

import asyncio
from dataclasses import replace

import pytest

from bridge.errors import Unreadable
from bridge.message import Blocked, Direction
from bridge.outcome import Blame, Cause, Delivered, NotSent, Outcome, Refused, Unknown
from bridge.relay.decide import Policy
from tests.edges import PlainReader
from tests.unit.relay.bench import CHANNEL, FROM_TELEGRAM, TALK, Bench, inbound, outbound

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


@pytest.mark.parametrize("script", [[Refused("no"), Delivered()], [Refused("no"), Refused("blocked", NOT_OURS)]])
async def test_a_message_that_lost_a_part_is_counted_as_refused_whatever_became_of_the_rest(
    script: list[Outcome],
) -> None:
    bench = talking(script=script)
    await bench.take(outbound(1, b"a\nb"))
    assert causes(bench) == {Cause.REFUSED: 1}


async def test_a_delivered_message_tells_how_long_it_travelled_and_no_other_does() -> None:
    bench = talking(script=[NotSent("down", Blame.DESTINATION), Delivered(), Delivered(), Refused("no")])
    await bench.take(outbound(1, b"a\nb"))
    await asyncio.sleep(30.0)
    await bench.take(destination=CHANNEL)
    await bench.take(outbound(2))
    assert bench.value("end_to_end_seconds_count", direction="out", kind="text") == 1
    assert bench.value("end_to_end_seconds_sum", direction="out", kind="text") == pytest.approx(30.0)
