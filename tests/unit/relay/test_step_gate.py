import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.message import (
    Blocked,
    Closed,
    Moved,
    News,
    Reachable,
)
from bridge.outcome import Again, Blame, Busy, Dead, Delivered, Done, NotSent, Outcome, Refused, Unknown
from bridge.ports import Changes
from bridge.relay.decide import Policy
from bridge.relay.gate import Rate
from bridge.relay.step import PATIENCE
from tests.edges import LinePlanner, PlainReader
from tests.unit.relay.bench import (
    CHANNEL,
    DESK,
    FROM_TELEGRAM,
    PACED,
    TALK,
    chat,
    inbound,
    outbound,
    talking,
)
from tests.virtual_time import loop_time, until_idle

MESSAGE, DESTINATION = Blame.MESSAGE, Blame.DESTINATION


# ---------------------------------------------------------------- pacing

SLOW = {"bot": Rate(25, 5), "chat": Rate(0.1, 1)}


async def test_a_call_waits_for_its_token_on_its_feet_if_that_is_short() -> None:
    bench = await talking(planner=LinePlanner(PACED), rates={"bot": Rate(25, 5), "chat": Rate(1, 1)})
    assert await bench.take(outbound(1, b"a\nb")) == Done()
    assert [made.at for made in bench.scripted.made] == pytest.approx([0.0, 1.0])
    assert bench.value("pacing_wait_seconds_total", destination=CHANNEL) == pytest.approx(1.0)
    assert bench.value("pacing_waits_total", destination=CHANNEL) == 1


async def test_a_long_wait_for_a_token_is_written_down_and_the_lane_let_go() -> None:
    bench = await talking(planner=LinePlanner(PACED), rates=SLOW)
    await bench.take(outbound(1))
    verdict = await bench.take(outbound(2))
    assert isinstance(verdict, Again)
    assert (verdict.reason, verdict.spent, verdict.suspect) == ("pacing", False, False)
    assert verdict.delay == pytest.approx(10.0)
    assert verdict.delay > PATIENCE
    assert loop_time() == 0.0


async def test_a_long_wait_in_the_middle_of_a_plan_repeats_nothing() -> None:
    bench = await talking(planner=LinePlanner(PACED), rates=SLOW, script=[Delivered("m1"), Delivered("m2")])
    verdict = await bench.take(outbound(1, b"a\nb\nc"))
    for _ in range(2):
        assert isinstance(verdict, Again)
        await asyncio.sleep(verdict.delay)
        verdict = await bench.take(destination=CHANNEL)
    assert verdict == Done()
    assert [(made.text, made.suspect) for made in bench.scripted.made] == [("a", False), ("b", False), ("c", False)]
    receipts = [line[2].receipts for line in bench.log if isinstance(line, tuple) and isinstance(line[-1], Changes)]
    assert [one.id for written in receipts for one in written] == ["m1", "m2"]


async def test_a_long_wait_in_the_middle_of_a_plan_that_lost_its_lane_settles_nothing() -> None:
    bench = await talking(planner=LinePlanner(PACED), rates=SLOW)
    claim = await bench.claim(outbound(1, b"a\nb"))

    class Thief:
        async def send(self, *_: object, **__: object) -> Outcome:
            bench.store.restart()
            return Delivered()

    bench.routes["tiledesk/p1", "support"] = replace(bench.routes["tiledesk/p1", "support"], sender=Thief())
    assert await bench.step.take(claim, claim.entries[0]) is None
    assert bench.told == ["begin 0"]


async def test_a_wait_for_a_token_ends_at_the_deadline() -> None:
    bench = await talking(planner=LinePlanner(PACED), policy=Policy(deadline=3600.0))
    bench.gates[CHANNEL].pause("chat/4711", 1e6)
    verdict = await bench.take(outbound(1))
    assert isinstance(verdict, Again)
    assert 3600 < verdict.delay < 3601
    await asyncio.sleep(verdict.delay)
    assert await bench.take(destination=CHANNEL) == Dead("not delivered within 1 h")
    assert bench.scripted.made == []


async def test_a_pause_comes_before_the_wait_for_a_token_so_that_calls_keep_their_distance() -> None:
    bench = await talking(planner=LinePlanner(PACED, pause=3.0), rates={"bot": Rate(25, 5), "chat": Rate(0.25, 1)})
    patient = await bench.take(outbound(1, b"a\nb"))
    assert patient == Done()
    assert [made.at for made in bench.scripted.made] == pytest.approx([3.0, 7.0])


async def test_a_call_whose_chat_must_wait_leaves_the_bots_tokens_to_others() -> None:
    bench = await talking(planner=LinePlanner(PACED))
    bench.know(replace(TALK, chat="12", request_id="request-12"))
    bench.gates[CHANNEL].pause("chat/4711", 1.4)
    claim = await bench.claim(outbound(1))
    waiting = asyncio.create_task(bench.step.take(claim, claim.entries[0]))
    await until_idle()
    bench.routes["tiledesk/p1", "support"] = replace(
        bench.routes["tiledesk/p1", "support"], reader=PlainReader("request-12")
    )
    assert await bench.take(outbound(1, b"other", replace(claim.lane, chat="12"))) == Done()
    assert loop_time() == 0.0
    assert await waiting == Done()
    assert [(made.text, made.at) for made in bench.scripted.made] == [("other", 0.0), ("1", pytest.approx(1.4))]


async def test_a_chats_429_pauses_that_chat_alone() -> None:
    bench = await talking(planner=LinePlanner(PACED), script=[Busy(30.0, "slow down")])
    await bench.take(outbound(1))
    gate, now = bench.gates[CHANNEL], loop_time()
    assert not gate.shut
    assert gate.reserve(("bot", "chat/4711"), now, 0.0).wait == pytest.approx(30.0)
    assert gate.reserve(("bot", "chat/12"), now, 0.0).wait == 0.0


# ---------------------------------------------------------------- the gate learns


@pytest.mark.parametrize(
    ("outcomes", "shut"),
    [
        ([Delivered()], False),
        ([Refused("never")], False),
        ([Busy(1.0, "slow down")], False),
        ([NotSent("odd", MESSAGE)], False),
        ([Busy(1.0, "slow down", DESTINATION)], True),
        ([NotSent("refused", DESTINATION)], True),
        ([Unknown("cut")], True),
        ([Delivered(), Unknown("cut")], False),
        ([Delivered(), NotSent("refused", DESTINATION)], True),
        ([NotSent("refused", DESTINATION), Delivered()], False),
        ([NotSent("refused", DESTINATION), NotSent("odd", MESSAGE)], False),
    ],
)
async def test_the_gate_shuts_on_what_speaks_of_the_destination(outcomes: Sequence[Outcome], shut: bool) -> None:
    """A lost answer speaks of the destination unless it has taken another call lately."""
    bench = await talking(script=list(outcomes))
    for number in range(len(outcomes)):
        bench.know(replace(TALK, chat=str(number), request_id=f"request-{number}"))
        await bench.take(inbound(1, lane=chat(str(number))))
    assert bench.gates[DESK].shut is shut


async def test_a_lost_answer_long_after_the_last_success_speaks_of_the_destination() -> None:
    bench = await talking(script=[Delivered(), Unknown("cut")])
    await bench.take(inbound(1))
    await asyncio.sleep(61)
    verdict = await bench.take(inbound(2))
    assert isinstance(verdict, Again)
    assert not verdict.spent
    assert bench.gates[DESK].shut


async def test_a_call_that_began_before_the_gate_shut_does_not_lengthen_the_wait_when_it_fails_at_last() -> None:
    class Hanging:
        async def send(self, *_: object, **__: object) -> Outcome:
            bench.gates[DESK].failed("down", loop_time(), 0.5, began=loop_time())
            await asyncio.sleep(30)
            return NotSent("timed out", DESTINATION)

    bench = await talking()
    route = bench.routes[FROM_TELEGRAM, "support"]
    bench.routes[FROM_TELEGRAM, "support"] = replace(route, sender=Hanging())
    await bench.take(inbound(1))
    assert bench.gates[DESK].failures == 1
    assert bench.gates[DESK].allowance(64, 0, loop_time()) == 1


async def test_calls_are_counted_by_what_they_came_to() -> None:
    bench = await talking(script=[NotSent("refused", DESTINATION)])
    await bench.take(inbound(1))
    await bench.take()
    assert bench.value("calls_total", destination=DESK, outcome="not_sent") == 1
    assert bench.value("calls_total", destination=DESK, outcome="delivered") == 1
    assert bench.value("settled_total", direction="in", verdict="done") == 1


# ---------------------------------------------------------------- what a call taught


async def test_a_request_that_turns_out_closed_is_followed_by_a_new_one_at_the_next_attempt() -> None:
    bench = await talking(script=[NotSent("closed", MESSAGE, (Closed("request-0"),))])
    await bench.take(inbound(1))
    await asyncio.sleep(60)
    assert await bench.take() == Done()
    assert [made.text for made in bench.scripted.made] == ["1", "1"]
    assert bench.scripted.made[0].to == "request-0"
    known = await bench.store.conversation("support", "4711", "")
    assert known is not None
    assert bench.scripted.made[1].to == known.request_id != "request-0"


async def test_a_blocked_bot_sends_nothing_more_until_the_user_writes_again() -> None:
    bench = await talking(script=[Refused("blocked", (Blocked("support", "4711"),))])
    assert await bench.take(outbound(1)) == Dead("blocked")
    assert await bench.take(outbound(2)) == Dead("the user has blocked the bot")
    assert bench.scripted.texts == ["1"]
    assert await bench.take(inbound(3)) == Done()
    assert await bench.take(outbound(4)) == Done()
    assert bench.scripted.texts == ["1", "3", "4"]


async def test_news_that_a_user_is_reachable_again_lets_messages_through() -> None:
    back = News((Reachable("support", "4711"),))
    bench = await talking(reader=PlainReader(otherwise={b"unblocked": back}))
    bench.store.learn([Blocked("support", "4711")])
    assert await bench.take(outbound(1)) == Dead("the user has blocked the bot")
    await bench.take(inbound(1, b"unblocked"))
    assert await bench.take(outbound(2)) == Done()


async def test_a_chat_that_moved_is_written_to_at_its_new_id() -> None:
    bench = await talking(script=[NotSent("moved", MESSAGE, (Moved("support", "4711", "-100"),))])
    await bench.take(outbound(1))
    await asyncio.sleep(60)
    assert await bench.take(destination=CHANNEL) == Done()
    assert [made.to for made in bench.scripted.made] == ["4711", "-100"]
