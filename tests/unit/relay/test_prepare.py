from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.conversation.rules import Stop
from bridge.errors import JournalUnavailable, Unreadable
from bridge.message import Call, Closed, Conversation, File, Filed, Message, Met, News, Opened, Skip, StoredFile, Text
from bridge.outcome import Dead
from bridge.relay.prepare import Plan, prepare
from bridge.store.memory_book import MemoryBook
from tests.edges import ANN, LinePlanner, PlainReader
from tests.unit.relay.bench import FROM_TELEGRAM, FROM_TILEDESK, IN, OUT, TALK, Bench, entry

FRESH = replace(TALK, request_id="request-1", confirmed=False)


STORED = StoredFile("", File("support", "4711", "network-1"), "passport.pdf", "application/pdf")


class FilingPlanner(LinePlanner):
    """Gives each call's file an address."""

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        [call] = super().plan(message, conversation, key)
        first, other = (replace(call, facts=(Filed(replace(STORED, id=name)),)) for name in ("first", "instead"))
        return [replace(first, instead=other)]


async def prepared(bench: Bench, raw: bytes = b"hello") -> Plan | News | Skip | Dead | Stop:
    return await prepare(entry(raw=raw, key="4711/1"), IN, bench.routes[FROM_TELEGRAM, "support"], bench.store)


async def test_the_first_message_of_a_chat_opens_a_request_and_goes_there() -> None:
    plan = await prepared(Bench())
    assert isinstance(plan, Plan)
    assert plan.facts == (Opened(FRESH), Met("support", "telegram-4711", "Ann Example", ""))
    assert plan.conversation == FRESH
    assert [call.to for call in plan.calls] == ["request-1"]


async def test_a_later_message_goes_into_the_same_request() -> None:
    bench = Bench()
    bench.know(TALK)
    plan = await prepared(bench)
    assert isinstance(plan, Plan)
    assert (plan.facts, plan.conversation) == ((), TALK)


async def test_a_file_is_filed_with_who_sent_it_though_it_is_sent_in_another_form_at_last() -> None:
    bench = Bench()
    bench.know(TALK)
    key = (FROM_TELEGRAM, "support")
    bench.routes[key] = replace(bench.routes[key], planner=FilingPlanner())
    plan = await prepared(bench)
    assert isinstance(plan, Plan)
    assert plan.facts == tuple(Filed(replace(STORED, id=name, person="telegram-4711")) for name in ("first", "instead"))


async def test_the_planner_is_told_a_key_that_names_the_entry_for_ever() -> None:
    plan = await prepared(Bench())
    assert isinstance(plan, Plan)
    assert plan.calls[0].body["key"] == "telegram/1/4711/1"


async def test_preparing_twice_gives_the_same_plan_and_writes_nothing() -> None:
    bench = Bench()
    bench.know(TALK)
    assert await prepared(bench, b"a\nb") == await prepared(bench, b"a\nb")
    assert bench.log == []
    assert await bench.store.conversation("support", "4711", "") == TALK


async def test_an_answer_goes_to_the_chat_of_its_request_even_if_that_is_an_older_one() -> None:
    bench = Bench()
    bench.know(TALK, replace(TALK, request_id="request-9"))
    plan = await prepare(entry(raw=b"hello"), OUT, bench.routes[FROM_TILEDESK, "support"], bench.store)
    assert isinstance(plan, Plan)
    assert [call.to for call in plan.calls] == ["4711"]


async def test_an_answer_for_an_unknown_request_is_a_dead_letter() -> None:
    bench = Bench()
    verdict = await prepare(entry(raw=b"hello"), OUT, bench.routes[FROM_TILEDESK, "support"], bench.store)
    assert verdict == Dead("no chat belongs to this request any more")


@pytest.mark.parametrize("reading", [News((Closed("request-1"),)), Skip("private note")])
async def test_what_is_no_message_passes_through(reading: News | Skip) -> None:
    assert await prepared(Bench(reader=PlainReader(otherwise={b"hello": reading}))) == reading


async def test_a_message_without_calls_is_skipped_and_opens_no_request() -> None:
    empty = Message(ANN, (Text(""),), 1e6)
    assert await prepared(Bench(reader=PlainReader(otherwise={b"hello": empty}))) == Skip("empty")


async def test_what_is_said_aside_opens_no_request_but_joins_an_open_one() -> None:
    aside = Message(ANN, (Text("👍"),), 1e6, aside=True)
    bench = Bench(reader=PlainReader(otherwise={b"hello": aside}))
    assert await prepared(bench) == Skip("aside")
    bench.know(TALK)
    assert isinstance(await prepared(bench), Plan)


async def test_what_no_reader_understands_is_a_dead_letter_that_says_why() -> None:
    bench = Bench(reader=PlainReader(otherwise={b"hello": Unreadable("not JSON")}))
    assert await prepared(bench) == Dead("unreadable: not JSON")


@pytest.mark.parametrize(
    "bench",
    [
        Bench(reader=PlainReader(otherwise={b"hello": KeyError("secret words")})),
        Bench(planner=LinePlanner(error=ValueError("secret words"))),
        Bench(reader=PlainReader(otherwise={b"hello": RecursionError()})),
    ],
    ids=["in the reader", "in the planner", "too deep"],
)
async def test_a_bug_in_a_translation_is_a_dead_letter_that_quotes_nothing(bench: Bench) -> None:
    verdict = await prepared(bench)
    assert isinstance(verdict, Dead)
    assert verdict.reason.startswith("the translation failed: ")
    assert "secret words" not in verdict.reason


async def test_a_book_that_does_not_serve_is_no_dead_letter() -> None:
    class ClosedBook(MemoryBook):
        async def conversation(self, channel: str, chat: str, topic: str) -> None:
            raise JournalUnavailable("closed")

    bench = Bench()
    with pytest.raises(JournalUnavailable):
        await prepare(entry(), IN, bench.routes[FROM_TELEGRAM, "support"], ClosedBook())
