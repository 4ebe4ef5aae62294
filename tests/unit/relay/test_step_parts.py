"""A message of several calls one of which is refused: the others go on, the agents are told, and the entry is a dead letter."""

from dataclasses import replace

import orjson
import pytest

from bridge.conversation import notes
from bridge.message import NOTES, Blocked, Direction, Message, News, Text
from bridge.outcome import Blame, Busy, Dead, Delivered, Done, NotSent, Outcome, Refused, Unknown
from bridge.relay.decide import Policy
from tests.edges import ANN, PlainReader
from tests.unit.relay.bench import CHANNEL, DESK, FROM_TELEGRAM, FROM_TILEDESK, TALK, Bench, inbound, outbound, talking


async def telling(**values: object) -> Bench:
    """A bench whose outbound messages have agents who are told."""
    bench = await talking(**values)
    for key in ((FROM_TILEDESK, "support"), (FROM_TELEGRAM, "support")):
        bench.routes[key] = replace(bench.routes[key], notes=DESK)
    return bench


async def told(bench: Bench) -> list[str]:
    """The notes that wait for the desk."""
    claims = [claim for claim in await bench.store.claim(DESK, 9, 30.0, depth=99) if claim.lane.topic == NOTES]
    return [orjson.loads(entry.raw)["text"] for claim in claims for entry in claim.entries]


async def test_a_refused_part_is_passed_over_and_the_entry_is_a_dead_letter_that_names_it() -> None:
    bench = await telling(script=[Delivered(), Refused("too large")])
    assert await bench.take(outbound(1, b"a\nb\nc")) == Dead("too large (call 2 of 3)")
    assert bench.scripted.texts == ["a", "b", "c"]
    assert await told(bench) == ["⚠️ Not delivered (part 2 of 3): too large"]


async def test_every_refused_part_is_named() -> None:
    bench = await telling(script=[Refused("one"), Delivered(), Refused("three")])
    assert await bench.take(outbound(1, b"a\nb\nc")) == Dead("one (call 1 of 3); three (call 3 of 3)")
    assert len(await told(bench)) == 2


async def test_a_part_whose_attempts_are_used_up_is_passed_over_too() -> None:
    bench = await telling(script=[NotSent("no answer", Blame.MESSAGE)], policy=Policy(attempts=1))
    assert await bench.take(outbound(1, b"a\nb")) == Dead("given up after 1 attempts: no answer (call 1 of 2)")
    assert bench.scripted.texts == ["a", "b"]


@pytest.mark.parametrize("outcome", [Refused("blocked", (Blocked("support", "4711"),), Blame.CHAT), Unknown("cut")])
async def test_what_would_befall_the_others_as_well_ends_the_message(outcome: Outcome) -> None:
    bench = await telling(script=[outcome], policy=Policy(suspect="hold"))
    assert isinstance(await bench.take(outbound(1, b"a\nb")), Dead)
    assert bench.scripted.texts == ["a"]
    assert len(await told(bench)) == 1


async def test_what_was_missed_is_known_after_a_wait_at_a_later_part() -> None:
    bench = await telling(script=[Refused("never"), Busy(3.0, "slow down")])
    await bench.take(outbound(1, b"a\nb"))
    await bench.clock.sleep(4)
    assert await bench.take(destination=CHANNEL) == Dead("never (call 1 of 2)")
    assert bench.scripted.texts == ["a", "b", "b"]


async def test_a_message_that_is_dead_as_a_whole_is_told_once() -> None:
    bench = await telling(script=[Refused("never")])
    assert await bench.take(outbound(1)) == Dead("never")
    assert await told(bench) == ["⚠️ Not delivered: never"]
    assert bench.value("notes_total", direction="out") == 1


async def test_what_arrived_in_another_form_is_told_too() -> None:
    bench = await telling(script=[Delivered("7", remark="sent as a link")])
    assert await bench.take(outbound(1)) == Done()
    assert await told(bench) == ["ℹ️ sent as a link"]  # noqa: RUF001 - the sign is meant


async def test_a_reply_to_somebody_who_blocked_the_bot_is_a_dead_letter_that_agents_are_told_of() -> None:
    bench = await telling()
    bench.know(replace(TALK, blocked=True))
    assert await bench.take(outbound(1)) == Dead("the user has blocked the bot")
    assert await told(bench) == ["⚠️ Not delivered: the user has blocked the bot"]


async def test_news_that_agents_should_know_are_told_in_the_chats_request() -> None:
    news = News((Blocked("support", "4711"),), "🚫 blocked")
    bench = await telling(reader=PlainReader(otherwise={b"1": news}))
    assert await bench.take(inbound(1)) == Done("news")
    assert await told(bench) == ["🚫 blocked"]


async def test_news_of_a_chat_without_a_request_are_told_to_nobody() -> None:
    bench = Bench(reader=PlainReader(otherwise={b"1": News((), "🚫 blocked")}))
    bench.routes[FROM_TELEGRAM, "support"] = replace(bench.routes[FROM_TELEGRAM, "support"], notes=DESK)
    assert await bench.take(inbound(1)) == Done("news")
    assert await told(bench) == []


async def test_a_dead_note_makes_no_note() -> None:
    bench = await telling(script=[Refused("never")])
    note = notes.note(notes.Audience(DESK, outbound(1).lane, "request-0"), "words", "k", 1e6)
    route = bench.routes[FROM_TELEGRAM, "support"]
    message = Message(ANN, (Text("words"),), 1e6, request_id="request-0", private=True)
    reader = PlainReader(otherwise={note.raw: message})
    bench.routes[notes.SOURCE, "support"] = replace(route, reader=reader, notes="")
    assert await bench.take(note) == Dead("never")
    assert await told(bench) == []
    assert note.lane.direction is Direction.INBOUND


async def test_what_is_not_tried_any_more_is_told_with_what_was_refused_before() -> None:
    bench = await telling(script=[Refused("never"), Busy(3.0, "slow down")])
    await bench.take(outbound(1, b"a\nb"))
    await bench.clock.sleep(2 * 86400)
    verdict = await bench.take(destination=CHANNEL)
    assert isinstance(verdict, Dead)
    assert verdict.reason.startswith("never (call 1 of 2); not delivered within")
    notes_told = await told(bench)
    assert len(notes_told) == 2
    assert notes_told[1].startswith("⚠️ Not delivered: not delivered within")


async def test_a_letter_in_doubt_that_is_tried_again_has_every_part_looked_up_that_has_no_receipt() -> None:
    bench = await telling(script=[])
    claim = await bench.claim(outbound(1, b"a\nb\nc"))
    letter = replace(claim.entries[0], doubt=True, retried=True, delivered=(1,))
    assert await bench.step.take(claim, letter) == Done()
    assert [(made.text, made.suspect) for made in bench.scripted.made] == [("a", True), ("c", True)]
