import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from bridge.errors import JournalUnavailable
from bridge.message import Arrival
from bridge.observe import Health
from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_world import BotAccount
from bridge.store.memory import MemoryStore
from bridge.telegram.arrive import Address
from bridge.telegram.poll import Poller
from bridge.telegram.transport import AnswerLost, ApiError, Unsent
from tests.hurried import Hurried
from tests.scripted import Answer, Asked, Odd, answer, scripted
from tests.unit.telegram.bots import SECRET_HALF, TOKEN, bot_at
from tests.unit.telegram.updates import update

ADDRESS = Address("support", "123456", "desk/main")
PART = "intake support"


class Door:
    """What the poller hands over; refuses the first `refusals` batches."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.batches: list[list[Any]] = []
        self.came = asyncio.Event()

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        self.batches.append([orjson.loads(arrival.raw) for arrival in arrivals])
        if len(self.batches) <= self.refusals:
            raise JournalUnavailable("disk full")
        self.came.set()
        return len(arrivals)


@asynccontextmanager
async def polling(url: str, accept: Any, clock: Hurried, hold: int = 50) -> AsyncIterator[tuple[Poller, Health]]:
    """Run a poller for a while."""
    health = Health()
    async with bot_at(url) as under:
        poller = Poller(ADDRESS, under.api, accept, health, clock, hold)
        running = asyncio.create_task(poller.run())
        try:
            yield poller, health
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert running.cancelled(), running.exception()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as running:
        running.add_bot(TOKEN)
        yield running


def account_of(telegram: TelegramSimulator) -> BotAccount:
    return telegram.world.bots[TOKEN]


# ---------------------------------------------------------------- batches and the offset


async def test_a_poison_update_in_the_middle_of_a_batch_stalls_nobody(telegram: TelegramSimulator) -> None:
    account, ann, bob = account_of(telegram), telegram.add_user("Ann"), telegram.add_user("Bob")
    telegram.user_says(account, ann, "before")
    telegram.push_raw_update(account, {"message": {"chat": None, "from": [], "text": {"x": []}}})
    telegram.push_raw_update(account, {"callback_query": {"id": "1", "message": "x"}})
    telegram.user_says(account, bob, "behind")
    store, clock = MemoryStore(Hurried()), Hurried()
    async with polling(telegram.base_url, store.accept, clock):
        await telegram.wait_for(lambda: account.polling.waits and not account.backlog.held)
    entries = [entry for claim in await store.claim("desk/main", 10, 60.0) for entry in claim.entries]
    assert len(entries) == 4
    assert [entry.raw for entry in entries if b"behind" in entry.raw]


async def test_updates_are_confirmed_by_the_next_call_and_that_comes_after_the_commit(
    telegram: TelegramSimulator,
) -> None:
    account, ann, door = account_of(telegram), telegram.add_user("Ann"), Door(refusals=2)
    first = telegram.user_says(account, ann, "hello")
    async with polling(telegram.base_url, door.accept, Hurried(naps=2)) as (_, health):
        await telegram.wait_for(lambda: account.polling.waits and not account.backlog.held)
        assert [[one["update_id"] for one in batch] for batch in door.batches] == [[first]] * 3
        assert [call.params.get("offset") for call in telegram.called("getUpdates")] == [None, None, None]
        assert health.parts[PART].ok
        second = telegram.user_says(account, ann, "more")
        await telegram.wait_for(lambda: telegram.called("getUpdates")[-1].params.get("offset") == first + 1)
        await telegram.wait_for(lambda: not account.backlog.held)
    assert door.batches[-1][0]["update_id"] == second


async def test_numbers_may_start_anew_below_the_old_ones(telegram: TelegramSimulator) -> None:
    """As Telegram's do after a week without updates: an offset from before would confirm, that is lose, what comes then."""
    account, ann, door = account_of(telegram), telegram.add_user("Ann"), Door()
    telegram.user_says(account, ann, "hello")
    async with polling(telegram.base_url, door.accept, Hurried(), hold=1):
        await telegram.wait_for(lambda: account.polling.waits and not account.backlog.held)
        asked = len(telegram.called("getUpdates"))
        await telegram.wait_for(lambda: len(telegram.called("getUpdates")) > asked + 1)
        account.backlog.next_id = 7
        assert telegram.user_says(account, ann, "a week later") == 7
        await telegram.wait_for(lambda: len(door.batches) == 2)
    assert door.batches[1][0]["update_id"] == 7


async def test_nothing_is_confirmed_while_the_commit_is_under_way(telegram: TelegramSimulator) -> None:
    account, ann = account_of(telegram), telegram.add_user("Ann")
    entered, written = asyncio.Event(), asyncio.Event()

    async def accept(arrivals: Sequence[Arrival]) -> int:
        entered.set()
        await written.wait()
        return len(arrivals)

    telegram.user_says(account, ann, "hello")
    async with polling(telegram.base_url, accept, Hurried()):
        await entered.wait()
        assert len(account.backlog) == 1
        assert len(telegram.called("getUpdates")) == 1
        written.set()
        await telegram.wait_for(lambda: not account.backlog.held)


async def test_a_stop_in_the_middle_of_a_commit_loses_nothing(telegram: TelegramSimulator) -> None:
    account, ann, store = account_of(telegram), telegram.add_user("Ann"), MemoryStore(Hurried())
    entered, written, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def accept(arrivals: Sequence[Arrival]) -> int:
        entered.set()
        await written.wait()
        new = await store.accept(arrivals)
        done.set()
        return new

    telegram.user_says(account, ann, "hello")
    async with polling(telegram.base_url, accept, Hurried()):
        await entered.wait()
    written.set()
    await done.wait()
    assert len(account.backlog) == 1, "not confirmed, so it comes again"
    async with polling(telegram.base_url, store.accept, Hurried()):
        await telegram.wait_for(lambda: account.polling.waits and not account.backlog.held)
    assert sum(one.waiting for one in await store.census()) == 1, "and is known"


async def test_it_asks_for_what_it_can_read_and_for_everything_at_first(telegram: TelegramSimulator) -> None:
    account, ann, door = account_of(telegram), telegram.add_user("Ann"), Door()
    async with polling(telegram.base_url, door.accept, Hurried(), hold=1):
        await telegram.wait_for(lambda: account.polling.waits)
        telegram.user_says(account, ann, "x")
        await telegram.wait_for(lambda: len(telegram.called("getUpdates")) >= 2)
    first, second = (call.params for call in telegram.called("getUpdates")[:2])
    assert first["timeout"] == 0, "an idle bot shall not leave us in doubt whether polling works"
    assert second == {
        "timeout": 1, "limit": 100, "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    }  # fmt: skip


# ---------------------------------------------------------------- trouble


async def test_a_webhook_that_is_left_from_before_is_removed_and_its_updates_come(telegram: TelegramSimulator) -> None:
    account, ann, door = account_of(telegram), telegram.add_user("Ann"), Door()
    async with scripted(answer(b"", 500)) as elsewhere, bot_at(telegram.base_url) as under:
        await under.api.call("setWebhook", {"url": elsewhere.url})
        telegram.user_says(account, ann, "hello")
        async with polling(telegram.base_url, door.accept, Hurried(naps=1)):
            await door.came.wait()
    [removal] = telegram.called("deleteWebhook")
    assert removal.params == {"drop_pending_updates": False}
    assert door.batches[0][0]["message"]["text"] == "hello"


async def test_another_poller_is_told_of_and_nothing_is_removed(telegram: TelegramSimulator) -> None:
    account, clock = account_of(telegram), Hurried()
    async with polling(telegram.base_url, Door().accept, clock) as (_, health), bot_at(telegram.base_url) as under:
        await telegram.wait_for(lambda: account.polling.waits)
        other = asyncio.create_task(under.api.call("getUpdates", {"timeout": 50}))
        await clock.tired.wait()
        assert "another program polls this bot" in health.parts[PART].reason
        assert not health.parts[PART].ok
        assert clock.slept == [5.0]
        account.polling.end()
        assert await other == []
    assert not telegram.called("deleteWebhook")


async def test_a_refused_token_is_told_with_what_to_do(telegram: TelegramSimulator) -> None:
    telegram.revoke(account_of(telegram))
    clock = Hurried()
    async with polling(telegram.base_url, Door().accept, clock) as (_, health):
        await clock.tired.wait()
    assert "@BotFather" in health.parts[PART].reason
    assert clock.slept == [60.0]


async def test_a_full_journal_is_told(telegram: TelegramSimulator) -> None:
    telegram.user_says(account_of(telegram), telegram.add_user("Ann"), "hello")
    clock = Hurried()
    async with polling(telegram.base_url, Door(refusals=9).accept, clock) as (_, health):
        await clock.tired.wait()
    assert health.parts[PART].reason == "disk full"


ODD_ANSWERS: list[Answer] = [
    Odd.CUT, answer(b"<html>Bad Gateway</html>", 502), answer(b"", 302, Location="/x"), answer(b"[]"),
    answer({"ok": True, "result": {}}), answer({"ok": True, "result": None}),
    answer({"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": "soon"}}, 429),
]  # fmt: skip


@pytest.mark.parametrize("told", ODD_ANSWERS)
async def test_no_answer_ends_the_polling_or_makes_it_spin(told: Answer) -> None:
    clock = Hurried(naps=8)
    async with scripted(told) as server, polling(server.url, Door().accept, clock) as (_, health):
        await clock.tired.wait()
        assert len(server.asked) == 9
    assert clock.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert not health.parts[PART].ok
    assert SECRET_HALF not in health.parts[PART].reason


async def test_telegrams_wait_is_kept() -> None:
    told = answer({"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 300}}, 429)
    clock = Hurried()
    async with scripted(told) as server, polling(server.url, Door().accept, clock):
        await clock.tired.wait()
    assert clock.slept == [300.0]


async def test_after_trouble_all_is_well_again_and_waits_start_small() -> None:
    told = iter([answer(b"", 502), answer({"ok": True, "result": [update(text="x")]}), answer(b"", 502)])
    clock = Hurried(naps=1)

    def respond(asked: Asked) -> Answer:
        return next(told)

    door = Door()
    async with scripted(respond) as server, polling(server.url, door.accept, clock):
        await clock.tired.wait()
    assert clock.slept == [1.0, 1.0]
    assert door.came.is_set()


@pytest.mark.parametrize("error", [Unsent("x"), AnswerLost("x"), ApiError(502, "x"), JournalUnavailable()])
async def test_a_very_long_outage_is_waited_out(error: Exception) -> None:
    async with bot_at("http://127.0.0.1:1") as under:
        poller = Poller(ADDRESS, under.api, Door().accept, Health(), Hurried(), 30)
        assert await poller.trouble(error, failures=100_000) == 60.0
