"""Talking to the simulated Telegram in tests: one bot, one client session, raw JSON answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_world import BotAccount

TOKEN = "123456:test-token"


class Clock:
    """A wall clock that tests move."""

    def __init__(self, now: float = 1_760_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Stage:
    """A simulator with a bot and an end user, and a way to call the API."""

    telegram: TelegramSimulator
    bot: BotAccount
    ann: User
    session: ClientSession
    clock: Clock

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method with a JSON body and give the whole answer."""
        url = f"{self.telegram.base_url}/bot{self.bot.token}/{method}"
        async with self.session.post(url, json=params) as answer:
            body: dict[str, Any] = await answer.json()
            assert body["ok"] == (answer.status == 200)
            assert body.get("error_code", 200) == answer.status
            return body

    async def result(self, method: str, **params: Any) -> Any:
        """Call a method that must succeed."""
        body = await self.ask(method, **params)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **params: Any) -> str:
        """Call a method that must be refused, and give the description."""
        body = await self.ask(method, **params)
        assert not body["ok"], body
        return str(body["description"])


@asynccontextmanager
async def stage(**options: Any) -> AsyncIterator[Stage]:
    """Raise a simulator with bot, user and client."""
    clock = Clock()
    async with TelegramSimulator(clock=clock, **options) as telegram, ClientSession() as session:
        bot = telegram.add_bot(TOKEN, "support_bot", "Support")
        yield Stage(telegram, bot, telegram.add_user("Ann", "Lee", "ann_lee", "en"), session, clock)
