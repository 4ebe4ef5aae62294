"""Webhooks: order in a chat, retries, expiry, secrets, keep-alive."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bridge.sandbox.faults import Door
from tests.telegram_api import Stage, stage

FAST = 0.002  # the retries' 2, 4, 8 seconds become milliseconds


@dataclass
class Receiver:
    """A bot's webhook that notes what it gets and answers as told."""

    answer: Callable[[dict[str, Any]], web.Response] = field(default=lambda _: web.Response())
    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    peers: set[Any] = field(default_factory=set)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    two_at_once: asyncio.Event = field(default_factory=asyncio.Event)
    flying: int = 0
    most: int = 0
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        """Receive one update once the gate is open."""
        update = await request.json()
        self.got.append(update)
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername"))
        self.flying += 1
        self.most = max(self.most, self.flying)
        if self.flying == 2:
            self.two_at_once.set()
        await self.gate.wait()
        self.flying -= 1
        return self.answer(update)

    def texts(self) -> list[str]:
        """Give the texts in the order received."""
        return [update["message"]["text"] for update in self.got if "message" in update]


@asynccontextmanager
async def hooked(**params: Any) -> AsyncIterator[tuple[Stage, Receiver, Door]]:
    """Raise simulator and receiver and set the webhook."""
    receiver = Receiver()
    receiver.gate.set()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    door = await Door(app).open()
    receiver.url = f"{door.base_url}/hook"
    try:
        async with stage(time_scale=FAST) as s:
            await s.result("setWebhook", url=receiver.url, **params)
            yield s, receiver, door
            receiver.gate.set()
    finally:
        await door.close()


async def empty(s: Stage) -> None:
    """Wait until everything is confirmed or dropped."""
    await s.telegram.wait_for(lambda: len(s.bot.backlog) == 0)


async def test_a_chats_updates_come_one_by_one_and_chats_side_by_side() -> None:
    async with hooked(secret_token="s3cret", max_connections=2) as (s, receiver, _):
        receiver.gate.clear()
        users = [s.telegram.add_user(name) for name in ("Bob", "Carl", "Dora")]
        for text in "123":
            for user in users:
                s.telegram.user_says(s.bot, user, f"{user.first_name}{text}")
        await receiver.two_at_once.wait()
        info = await s.result("getWebhookInfo")
        assert (info["pending_update_count"], info["max_connections"]) == (9, 2)
        receiver.gate.set()
        await empty(s)
        for user in users:
            name = user.first_name
            assert [text for text in receiver.texts() if text.startswith(name)] == [f"{name}{i}" for i in "123"]
        assert receiver.most == 2
        assert len(receiver.peers) <= 2
        assert set(receiver.secrets) == {"s3cret"}


async def test_a_failing_head_is_tried_again_and_holds_only_its_own_chat() -> None:
    async with hooked() as (s, receiver, _):
        left = [3]

        def refuse_ann(update: dict[str, Any]) -> web.Response:
            if update["message"]["text"] == "ann 1" and left[0]:
                left[0] -= 1
                return web.Response(status=500)
            return web.Response(text="a body is ignored")

        receiver.answer = refuse_ann
        bob = s.telegram.add_user("Bob")
        s.telegram.user_says(s.bot, s.ann, "ann 1")
        s.telegram.user_says(s.bot, s.ann, "ann 2")
        s.telegram.user_says(s.bot, bob, "bob")
        await empty(s)
        assert [t for t in receiver.texts() if t.startswith("ann")] == ["ann 1"] * 4 + ["ann 2"]
        assert receiver.texts().index("bob") < 4
        info = await s.result("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
        assert s.bot.webhook is not None
        assert (s.bot.webhook.counts.confirmed, s.bot.webhook.counts.bodies) == (3, 3)


async def test_retry_after_is_honoured() -> None:
    async with hooked() as (s, receiver, _):
        answers = [web.Response(status=503, headers={"Retry-After": "100"}), web.Response()]
        receiver.answer = lambda _: answers.pop(0)
        loop = asyncio.get_running_loop()
        began = loop.time()
        s.telegram.user_says(s.bot, s.ann, "hi")
        await empty(s)
        assert loop.time() - began >= 100 * FAST
        assert receiver.texts() == ["hi", "hi"]


async def test_a_redirect_is_a_failure() -> None:
    async with hooked() as (s, receiver, _):
        answers = [web.Response(status=302, headers={"Location": receiver.url}), web.Response()]
        receiver.answer = lambda _: answers.pop(0)
        s.telegram.user_says(s.bot, s.ann, "hi")
        await empty(s)
        assert receiver.texts() == ["hi", "hi"]
        assert (await s.result("getWebhookInfo"))["last_error_message"].endswith("302 Found")


async def test_updates_wait_for_a_closed_door_and_come_when_it_opens() -> None:
    async with hooked() as (s, receiver, door):
        await door.refuse()
        s.telegram.user_says(s.bot, s.ann, "hi")
        await s.telegram.wait_for(lambda: s.bot.webhook is not None and s.bot.webhook.last_error is not None)
        assert (await s.result("getWebhookInfo"))["last_error_message"] == "Connection refused"
        assert receiver.got == []
        await door.accept()
        await empty(s)
        assert receiver.texts() == ["hi"]


async def test_a_press_overtakes_messages_and_is_dropped_when_it_expires() -> None:
    async with hooked() as (s, receiver, _):
        s.telegram.meet(s.bot, s.ann)
        asked = await s.result("sendMessage", chat_id=s.ann.id, text="?")
        receiver.gate.clear()
        receiver.answer = lambda update: web.Response(status=500 if "callback_query" in update else 200)
        s.telegram.user_says(s.bot, s.ann, "1")
        s.telegram.user_says(s.bot, s.ann, "2")
        s.telegram.user_presses(asked, "y")
        await s.telegram.wait_for(lambda: s.bot.webhook is not None and s.bot.webhook.counts.attempts == 2)
        s.clock.now += 151
        receiver.gate.set()
        await empty(s)
        assert s.bot.webhook is not None
        assert (s.bot.webhook.counts.confirmed, s.bot.webhook.counts.dropped) == (2, 1)


async def test_a_deleted_webhook_leaves_unconfirmed_updates_to_polls() -> None:
    async with hooked() as (s, receiver, _):
        receiver.answer = lambda _: web.Response(status=500)
        sent = s.telegram.user_says(s.bot, s.ann, "hi")
        await s.telegram.wait_for(lambda: s.bot.webhook is not None and s.bot.webhook.last_error is not None)
        await s.result("deleteWebhook")
        assert [update["update_id"] for update in await s.result("getUpdates")] == [sent]
        await s.result("setWebhook", url=receiver.url, drop_pending_updates=True)
        assert len(s.bot.backlog) == 0


async def test_a_bad_secret_and_a_hasty_second_call_are_refused() -> None:
    async with stage(strict=True) as s:
        refusal = await s.refusal("setWebhook", url="http://127.0.0.1:9/", secret_token="nö")
        assert refusal == "Bad Request: secret token contains unallowed characters"
        await s.result("setWebhook", url="http://127.0.0.1:9/")
        hasty = await s.ask("setWebhook", url="http://127.0.0.1:9/b")
        assert hasty["parameters"] == {"retry_after": 1}
