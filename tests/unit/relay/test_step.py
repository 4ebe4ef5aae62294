import asyncio
from dataclasses import replace

import pytest

from bridge.errors import JournalUnavailable, Unreadable
from bridge.message import (
    Call,
    Closed,
    Confirmed,
    Met,
    News,
    Opened,
    Receipt,
    Skip,
)
from bridge.outcome import Again, Blame, Busy, Dead, Delivered, Done, NotSent, Outcome, Refused, Unknown
from bridge.ports import NO_CHANGES, Changes
from bridge.relay.attempt import LONGEST
from bridge.relay.decide import Policy
from bridge.relay.lanes import LEASE
from tests.clock import ManualClock
from tests.edges import PlainReader
from tests.unit.relay.bench import (
    DESK,
    FROM_TELEGRAM,
    TALK,
    Bench,
    inbound,
    talking,
)
from tests.virtual_time import until_idle

MESSAGE, DESTINATION = Blame.MESSAGE, Blame.DESTINATION


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
        (0, Changes((opened, Met("support", "telegram-4711", "Ann Example", "")))),
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
        (Refused("never", blame=Blame.CHAT), Dead("never (call 2 of 3)")),
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
    assert await bench.take(inbound(1)) == Dead("held back, it may have arrived: cut", suspect=True)
    assert bench.value("suspect_total", direction="in") == 1


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
    assert bench.value("dead_total", direction="in", cause="unrouted") == 1


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
    assert await bench.take() == Dead("given up after 10 attempts: a bug: KeyError", suspect=True)
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


async def test_a_call_that_never_ends_is_cut_off_before_its_lane_is_another_holders() -> None:
    class Endless:
        async def send(self, call: Call, *, suspect: bool) -> Outcome:
            await asyncio.sleep(1e6)
            return Delivered()

    bench = await talking(sender=Endless())
    verdict = await bench.take(inbound(1))
    assert isinstance(verdict, Again)
    assert (verdict.suspect, verdict.reason) == (True, "it was not done within 25 min")
    assert asyncio.get_running_loop().time() == pytest.approx(LONGEST)
    assert LONGEST + 60 < LEASE
