import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.errors import JournalUnavailable, Unreadable
from bridge.message import (
    Blocked,
    Closed,
    Confirmed,
    Moved,
    News,
    Opened,
    Reachable,
    Receipt,
    Skip,
)
from bridge.outcome import Again, Blame, Busy, Dead, Delivered, Done, NotSent, Outcome, Refused, Unknown
from bridge.ports import NO_CHANGES, Changes
from bridge.relay.decide import Policy
from bridge.relay.gate import Rate
from bridge.relay.step import PATIENCE
from tests.clock import ManualClock
from tests.edges import LinePlanner, PlainReader
from tests.unit.relay.bench import (
    CHANNEL,
    DESK,
    FROM_TELEGRAM,
    PACED,
    TALK,
    Bench,
    chat,
    inbound,
    outbound,
)
from tests.virtual_time import loop_time, until_idle

MESSAGE, DESTINATION = Blame.MESSAGE, Blame.DESTINATION


async def talking(**values: object) -> Bench:
    """A bench with a conversation that is under way."""
    bench = Bench(**values)  # type: ignore[arg-type]  # fields by name
    bench.know(TALK)
    return bench


# ---------------------------------------------------------------- three durable moments


async def test_a_call_is_written_down_before_it_is_sent_and_settled_after() -> None:
    bench = await talking()
    assert await bench.take(inbound(1)) == Done()
    assert bench.told == ["begin 0", "send 1", "settle Done"]


async def test_a_plan_of_several_calls_needs_one_commit_for_each_and_one_for_the_end() -> None:
    bench = await talking()
    assert await bench.take(inbound(1, b"a\nb\nc")) == Done()
    assert bench.told == ["begin 0", "send a", "begin 1", "send b", "begin 2", "send c", "settle Done"]


async def test_what_was_learned_and_the_receipt_are_written_with_the_commit_after_the_call() -> None:
    confirmed = Confirmed("request-1")
    bench = Bench(script=[Delivered("m1", (confirmed,)), Delivered(), Delivered("m3")])
    await bench.take(inbound(1, b"a\nb\nc"))
    opened = Opened(replace(TALK, request_id="request-1", confirmed=False))
    assert [line[1:] for line in bench.log if isinstance(line, tuple) and line[0] != "send"] == [
        (0, Changes((opened,))),
        (1, Changes((confirmed,), (Receipt(0, "m1"),))),
        (2, NO_CHANGES),
        (Done(), Changes((), (Receipt(2, "m3"),))),
    ]
    known = await bench.store.conversation("support", "4711", "")
    assert known == replace(TALK, request_id="request-1")


async def test_a_request_that_was_opened_for_a_failed_call_is_kept_for_the_next_attempt() -> None:
    bench = Bench(script=[NotSent("refused", DESTINATION)])
    await bench.take(inbound(1))
    await bench.take()
    assert {made.to for made in bench.scripted.made} == {"request-1"}


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (NotSent("refused", DESTINATION), Again(0.0, "refused")),
        (Busy(3.0, "slow down"), Again(3.0, "slow down")),
        (Refused("never"), Dead("never (call 2 of 3)")),
    ],
)
async def test_a_plan_stops_at_the_call_that_fails(outcome: Outcome, verdict: object) -> None:
    bench = await talking(script=[Delivered(), outcome])
    assert await bench.take(inbound(1, b"a\nb\nc")) == verdict
    assert bench.scripted.texts == ["a", "b"]


async def test_a_retried_plan_goes_on_at_the_call_that_failed() -> None:
    bench = await talking(script=[Delivered(), NotSent("refused", DESTINATION)])
    await bench.take(inbound(1, b"a\nb\nc"))
    assert await bench.take() == Done()
    assert bench.scripted.texts == ["a", "b", "b", "c"]
    assert not any(made.suspect for made in bench.scripted.made)


async def test_attempts_that_were_spent_on_an_earlier_call_are_not_counted_against_a_later_one() -> None:
    odd = NotSent("odd", MESSAGE)
    bench = await talking(script=[odd, Delivered(), odd], policy=Policy(attempts=2))
    await bench.take(inbound(1, b"a\nb"))
    await asyncio.sleep(60)
    verdict = await bench.take()
    assert isinstance(verdict, Again)
    await asyncio.sleep(60)
    assert await bench.take() == Done()
    assert bench.scripted.texts == ["a", "a", "b", "b"]


# ---------------------------------------------------------------- crashes and doubt


async def crashed_during(bench: Bench, raw: bytes, call: int) -> None:
    """Die while call `call` is being sent."""
    claim = await bench.claim(inbound(1, raw))
    await bench.store.begin(claim, claim.entries[0].id, call)
    bench.store.restart()


async def test_after_a_crash_a_plan_goes_on_at_the_call_that_was_under_way() -> None:
    bench = await talking()
    await crashed_during(bench, b"a\nb\nc\nd", 1)
    assert await bench.take(destination=DESK) == Done()
    assert [(made.text, made.suspect) for made in bench.scripted.made] == [("b", True), ("c", False), ("d", False)]


async def test_a_call_that_was_not_sent_after_a_crash_is_still_in_doubt() -> None:
    bench = await talking(script=[NotSent("refused", DESTINATION)])
    await crashed_during(bench, b"a", 0)
    await bench.take()
    await bench.take()
    assert [made.suspect for made in bench.scripted.made] == [True, True]


async def test_a_lost_answer_makes_the_next_attempt_a_suspect_and_is_counted() -> None:
    bench = await talking(script=[Unknown("cut")])
    verdict = await bench.take(inbound(1))
    assert isinstance(verdict, Again)
    assert verdict.suspect
    assert bench.value("suspect_total", direction="in") == 1
    await asyncio.sleep(60)
    assert await bench.take() == Done()
    assert [made.suspect for made in bench.scripted.made] == [False, True]


async def test_a_plan_that_grew_shorter_with_an_upgrade_is_done() -> None:
    bench = await talking()
    await crashed_during(bench, b"a\nb", 5)
    assert await bench.take() == Done()
    assert bench.scripted.made == []


async def test_a_lost_answer_is_a_dead_letter_if_the_operator_wants_it_held() -> None:
    bench = await talking(script=[Unknown("cut")], policy=Policy(suspect="hold"))
    assert await bench.take(inbound(1)) == Dead("held back, it may have arrived: cut")


# ---------------------------------------------------------------- what is not sent


@pytest.mark.parametrize(
    ("reader", "verdict"),
    [
        (PlainReader(otherwise={b"1": Skip("private note")}), Done("private note")),
        (PlainReader(otherwise={b"1": News((Closed("request-0"),))}), Done("news")),
        (PlainReader(otherwise={b"1": Unreadable("not JSON")}), Dead("unreadable: not JSON")),
        (PlainReader(otherwise={b"1": KeyError("text")}), Dead("the translation failed: KeyError")),
    ],
)
async def test_what_can_not_travel_is_settled_without_a_call_and_the_lane_goes_on(
    reader: PlainReader, verdict: object
) -> None:
    bench = await talking(reader=reader)
    await bench.store.accept([inbound(2)])
    assert await bench.take(inbound(1)) == verdict
    assert bench.told == [f"settle {type(verdict).__name__}"]
    assert await bench.take() == Done()
    assert bench.scripted.texts == ["2"]


async def test_news_are_written_down() -> None:
    bench = await talking(reader=PlainReader(otherwise={b"1": News((Closed("request-0"),))}))
    await bench.take(inbound(1))
    assert await bench.store.conversation("support", "4711", "") == replace(TALK, closed=True)


async def test_a_skipped_arrival_is_counted_by_its_reason() -> None:
    bench = await talking(reader=PlainReader(otherwise={b"1": Skip("private note")}))
    await bench.take(inbound(1))
    assert bench.value("skipped_total", direction="in", reason="private note") == 1


async def test_an_arrival_of_a_channel_that_left_the_configuration_is_a_dead_letter() -> None:
    bench = await talking()
    bench.routes.pop((FROM_TELEGRAM, "support"))
    assert await bench.take(inbound(1)) == Dead("nothing in the configuration takes what telegram/1 sent")
    assert bench.value("dead_total", direction="in") == 1


async def test_after_its_deadline_an_entry_is_a_dead_letter_and_not_sent() -> None:
    bench = await talking(policy=Policy(deadline=60.0))
    await bench.store.accept([inbound(1)])
    await asyncio.sleep(60.0)
    assert await bench.take(inbound(2)) == Dead("not delivered within 0.0166667 h")
    assert await bench.take() == Done()
    assert bench.scripted.texts == ["2"]


# ---------------------------------------------------------------- bugs


async def test_a_bug_in_a_sender_is_a_lost_answer() -> None:
    bench = await talking(script=[KeyError("text")])
    verdict = await bench.take(inbound(1))
    assert isinstance(verdict, Again)
    assert (verdict.reason, verdict.suspect, verdict.spent) == ("a bug: KeyError", True, True)


async def test_a_bug_in_a_sender_does_not_shut_the_gate() -> None:
    bench = await talking(script=[KeyError("text")])
    await bench.take(inbound(1))
    assert not bench.gates[DESK].shut


async def test_a_message_that_always_meets_a_bug_is_a_dead_letter_and_its_lane_goes_on() -> None:
    """Even if nothing else goes to the destination, which would show that it is up."""
    bench = await talking(script=[KeyError("text")] * 10)
    await bench.store.accept([inbound(1), inbound(2)])
    for _ in range(9):
        assert isinstance(await bench.take(), Again)
        await asyncio.sleep(60)
    assert await bench.take() == Dead("given up after 10 attempts: a bug: KeyError")
    assert await bench.take() == Done()
    assert bench.scripted.texts == ["1"] * 10 + ["2"]


# ---------------------------------------------------------------- the lease and the journal


async def test_a_lane_that_was_lost_before_the_call_sends_nothing() -> None:
    bench = await talking()
    claim = await bench.claim(inbound(1), lease=10.0)
    await asyncio.sleep(10)
    await bench.claim()
    assert await bench.step.take(claim, claim.entries[0]) is None
    assert bench.told == []


async def test_a_lane_that_was_lost_during_the_call_settles_nothing() -> None:
    bench = await talking()
    claim = await bench.claim(inbound(1), lease=10.0)

    class Slow:
        async def send(self, *_: object, **__: object) -> Outcome:
            await asyncio.sleep(11)
            [taken] = await bench.store.claim(DESK, 1, 10.0)
            assert taken.entries[0].doubt
            return Delivered("m1", (Closed("request-0"),))

    route = bench.routes[FROM_TELEGRAM, "support"]
    bench.routes[FROM_TELEGRAM, "support"] = replace(route, sender=Slow())
    assert await bench.step.take(claim, claim.entries[0]) is None
    assert bench.told == ["begin 0"]
    assert await bench.store.conversation("support", "4711", "") == TALK


async def test_a_journal_that_is_away_before_the_call_lets_nothing_be_sent() -> None:
    bench = await talking()
    bench.journal.down = {"begin"}
    with pytest.raises(JournalUnavailable):
        await bench.take(inbound(1))
    assert bench.scripted.made == []


@pytest.mark.parametrize("method", ["settle", "begin"])
async def test_what_a_call_came_to_is_kept_until_the_journal_serves_again(method: str) -> None:
    clock = ManualClock()
    bench = await talking(clock=clock, script=[Delivered("m1")])
    claim = await bench.claim(inbound(1, b"a\nb" if method == "begin" else b"a"))

    class Sender:
        async def send(self, *_: object, **__: object) -> Outcome:
            bench.log.append(("send", ""))
            bench.journal.down = {method}
            return Delivered("m1")

    route = bench.routes[FROM_TELEGRAM, "support"]
    bench.routes[FROM_TELEGRAM, "support"] = replace(route, sender=Sender())
    taking = asyncio.create_task(bench.step.take(claim, claim.entries[0]))
    for _ in range(30):
        await until_idle()
        assert clock.sleepers == 1
        clock.move(1.0)
    await until_idle()
    assert [line[0] for line in bench.log if isinstance(line, tuple)] == ["begin", "send"]
    assert not taking.done()
    bench.journal.down = set()
    clock.move(1.0)
    await until_idle()
    written = next(line for line in bench.log[2:] if isinstance(line, tuple))
    assert written[0] == method
    assert written[2] == Changes((), (Receipt(0, "m1"),))
    bench.journal.down = set()
    clock.move(1.0)
    assert await taking == Done()


# ---------------------------------------------------------------- pacing

SLOW = {"bot": Rate(25, 5), "chat": Rate(0.1, 1)}


async def test_a_call_waits_for_its_token_on_its_feet_if_that_is_short() -> None:
    bench = await talking(planner=LinePlanner(PACED), rates={"bot": Rate(25, 5), "chat": Rate(1, 1)})
    assert await bench.take(outbound(1, b"a\nb")) == Done()
    assert [made.at for made in bench.scripted.made] == pytest.approx([0.0, 1.0])
    assert bench.value("pacing_wait_seconds_total") == pytest.approx(1.0)


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
