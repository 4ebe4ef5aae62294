"""What the daemon does while something around it does not work, and what it gives away."""

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import apsw

from bridge.sandbox.telegram_people import User
from tests.acceptance.world import World, until, world


async def opened(running: World, name: str = "Gina") -> tuple[User, str]:
    """A user with an open request, and its id."""
    user = running.user(name)
    running.says(user, "hello")
    [request] = await until(lambda: running.requests_of(f"{user.first_name} Guest"))
    return user, request["request_id"]


async def test_messages_wait_while_tiledesk_is_off_and_then_arrive_in_order(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        user, request_id = await opened(running)
        await running.stage.tiledesk.refuse()
        sent = [f"while you were away {number}" for number in range(10)]
        for text in sent:
            running.says(user, text)
        await until(lambda: waiting(running, "desk/main", len(sent)))
        assert await running.metric("bridge_gate_open", destination="desk/main") == 0
        assert not await running.ready()
        await running.stage.tiledesk.accept()

        async def all_there() -> bool:
            return len(await running.texts(request_id)) > len(sent)

        await until(all_there)
        assert await running.texts(request_id) == ["hello", *sent]
        await until(running.ready)
        assert await running.metric("bridge_dead_total") == 0


async def waiting(running: World, destination: str, count: int) -> bool:
    return await running.metric("bridge_backlog", destination=destination, state="waiting") >= count


async def test_one_chat_that_is_told_to_slow_down_holds_up_no_other(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        slow, slow_request = await opened(running, "Slow")
        fast, fast_request = await opened(running, "Fast")
        telegram = running.stage.telegram
        telegram.faults.too_many_until[slow.id] = telegram.world.clock() + 3.0
        await running.agent(slow_request, "late")
        await until(lambda: running.metric("bridge_calls_total", destination="channel/support", outcome="busy"))
        await running.agent(fast_request, "at once")
        [message] = await running.gets(fast, 1)
        assert message["text"] == "at once"
        assert running.received(slow) == []
        [message] = await running.gets(slow, 1)
        assert message["text"] == "late"


async def test_a_user_who_blocked_the_bot_costs_one_refusal_until_they_come_back(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        user, request_id = await opened(running)
        running.stage.telegram.user_blocks(running.stage.bot, user)
        await running.agent(request_id, "are you there?")
        await until(lambda: running.metric("bridge_dead_total", direction="out"))
        running.says(user, "I am back")

        async def both() -> bool:
            return len(await running.texts(request_id)) == 2

        await until(both)
        await running.agent(request_id, "welcome back")
        [message] = await running.gets(user, 1)
        assert message["text"] == "welcome back"


async def test_an_update_that_nobody_can_read_is_a_dead_letter_and_stalls_nobody(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        user, request_id = await opened(running)
        bot = running.stage.bot
        poisons: list[dict[str, Any]] = [
            {"message": 17},
            {"message": {"chat": {"id": user.id}}},
            {"callback_query": []},
            {"new_kind": {}},
        ]
        for poison in poisons:
            running.stage.telegram.push_raw_update(bot, poison)
        running.says(user, "still here")

        async def there() -> bool:
            return "still here" in await running.texts(request_id)

        await until(there)
        await until(lambda: running.metric("bridge_dead_total", direction="in"))
        assert await running.metric("bridge_dead_total", direction="in") == 3
        assert await running.metric("bridge_skipped_total", reason="unknown update") == 1


async def test_asking_it_to_stop_finishes_the_calls_in_hand_and_doubles_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, intake="webhook") as running:
        user, request_id = await opened(running)
        running.stage.tiledesk.faults.latency = 0.1
        sent = [f"message {number}" for number in range(30)]
        for text in sent:
            running.says(user, text)
        for _ in range(3):
            seen = len(await running.texts(request_id))
            await until(lambda seen=seen: more(running, request_id, seen))  # type: ignore[misc]
            started = asyncio.get_running_loop().time()
            assert await running.daemon.terminate() == 0
            assert asyncio.get_running_loop().time() - started < 5.0
            await running.daemon.start()
        running.stage.tiledesk.faults.clear()

        async def all_there() -> bool:
            return len(await running.texts(request_id)) > len(sent)

        await until(all_there)
        assert await running.texts(request_id) == ["hello", *sent]
        with apsw.Connection(str(running.stage.journal), apsw.SQLITE_OPEN_READONLY) as journal:
            assert journal.execute("SELECT sum(suspect) FROM entry").get == 0


async def more(running: World, request_id: str, seen: int) -> bool:
    return len(await running.texts(request_id)) > seen


async def test_doors_refuse_what_does_not_belong_and_say_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, intake="webhook") as running, aiohttp.ClientSession() as session:
        door = f"{running.daemon.url}/hooks/telegram/support"
        secret = running.stage.bot.webhook.target.secret if running.stage.bot.webhook else ""
        header = {"X-Telegram-Bot-Api-Secret-Token": secret}
        marker = "unmistakable"

        async def knock(url: str, body: bytes, headers: dict[str, str]) -> int:
            async with session.post(url, data=BytesIO(body), headers=headers) as answer:
                assert await answer.read() == b""
                return answer.status

        assert await knock(door, marker.encode(), {}) == 401
        assert await knock(door, marker.encode(), header | {"X-Telegram-Bot-Api-Secret-Token": secret[:-1]}) == 401
        assert await knock(door, marker.encode(), header) == 400
        assert await knock(door, b"{" + b" " * (1024 * 1024) + b"}", header) == 413
        assert await knock(door, marker.encode(), header | {"Content-Encoding": "gzip"}) == 415
        assert await knock(f"{running.daemon.url}/hooks/tiledesk/main/guess", marker.encode(), {}) == 404
        assert marker not in (tmp_path / "bridge.log").read_text()
        assert await running.metric("bridge_webhook_refused_total") == 6
