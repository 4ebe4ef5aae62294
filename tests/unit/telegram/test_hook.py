from collections.abc import AsyncIterator

import orjson
import pytest
from aiohttp import web
from multidict import CIMultiDict

from bridge.errors import JournalUnavailable
from bridge.observe import Health, Metrics
from bridge.ports import Answer, Knock
from bridge.sandbox.faults import Door as Port
from bridge.sandbox.telegram import TelegramSimulator
from bridge.store.memory import MemoryStore
from bridge.telegram.arrive import Address
from bridge.telegram.hook import TelegramDoor
from bridge.web.server import make_app
from tests.clock import ManualClock
from tests.unit.telegram.bots import TOKEN, bot_at
from tests.unit.telegram.updates import update

SECRET = "an_unguessable-secret"
ADDRESS = Address("support", "123456", "desk/main")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(ManualClock())


@pytest.fixture
def door(store: MemoryStore) -> TelegramDoor:
    return TelegramDoor(ADDRESS, SECRET, store.accept)


def knock(**headers: str) -> Knock:
    return Knock(CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()}), {})


async def waiting(store: MemoryStore) -> int:
    return sum(one.waiting for one in await store.census())


async def test_the_right_secret_comes_in_whatever_the_case_of_the_header(door: TelegramDoor) -> None:
    assert await door.admit(knock(X_Telegram_Bot_Api_Secret_Token=SECRET)) is None
    assert await door.admit(knock(x_telegram_bot_api_secret_token=SECRET)) is None


@pytest.mark.parametrize("given", ["", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "ünïcode", "\udcff"])
async def test_any_other_secret_stays_outside(door: TelegramDoor, given: str) -> None:
    assert await door.admit(knock(X_Telegram_Bot_Api_Secret_Token=given)) == Answer(401, reason="secret")
    assert await door.admit(knock()) == Answer(401, reason="secret")


async def test_an_update_is_stored_before_the_answer_and_once(door: TelegramDoor, store: MemoryStore) -> None:
    body = orjson.dumps(update(text="hello"))
    assert await door.enter(knock(), body) == Answer(200)
    assert await door.enter(knock(), body) == Answer(200)
    [claim] = await store.claim("desk/main", 10, 60.0)
    assert [orjson.loads(entry.raw) for entry in claim.entries] == [update(text="hello")]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"<html>", b"[" * 5000])
async def test_what_is_no_json_is_malformed(door: TelegramDoor, store: MemoryStore, body: bytes) -> None:
    assert await door.enter(knock(), body) == Answer(400, reason="malformed")
    assert await waiting(store) == 0


@pytest.mark.parametrize("body", [b"null", b"[]", b"7", b'"x"', b"{}", b'{"update_id":[]}'])
async def test_json_that_is_no_update_is_kept_for_a_person_to_look_at(
    door: TelegramDoor, store: MemoryStore, body: bytes
) -> None:
    assert await door.enter(knock(), body) == Answer(200)
    assert await waiting(store) == 1


async def test_trouble_of_the_journal_is_not_answered_with_success(door: TelegramDoor, store: MemoryStore) -> None:
    await store.close()
    with pytest.raises(JournalUnavailable):
        await door.enter(knock(), orjson.dumps(update(text="hello")))


@pytest.fixture
async def served(door: TelegramDoor) -> AsyncIterator[str]:
    app: web.Application = make_app({"/hooks/telegram/support": door}, Metrics(), Health())
    port = await Port(app).open()
    yield f"{port.base_url}/hooks/telegram/support"
    await port.close()


async def test_the_simulated_telegram_gets_rid_of_its_updates(served: str, store: MemoryStore) -> None:
    async with TelegramSimulator(time_scale=0.001) as telegram:
        bot, ann = telegram.add_bot(TOKEN), telegram.add_user("Ann")
        for number in range(5):
            telegram.user_says(bot, ann, f"word {number}")
        async with bot_at(telegram.base_url) as under:
            assert await under.api.call("setWebhook", {"url": served, "secret_token": SECRET})
        await telegram.wait_for(lambda: not len(bot.backlog))
    [claim] = await store.claim("desk/main", 10, 60.0)
    assert [orjson.loads(entry.raw)["message"]["text"] for entry in claim.entries] == [f"word {n}" for n in range(5)]
