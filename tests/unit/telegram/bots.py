"""A bot under test, in front of whatever server a test has."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from telegram import Bot

from bridge.telegram.transport import BotApi, make_bot

TOKEN = "123456:AAG-the_secret-half-of-the-token-42"
SECRET_HALF = TOKEN.partition(":")[2]


@dataclass(frozen=True)
class Under:
    """Both ways to call."""

    api: BotApi
    bot: Bot


@asynccontextmanager
async def bot_at(url: str, connector: aiohttp.BaseConnector | None = None) -> AsyncIterator[Under]:
    """The bot at a Bot API server."""
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        api = BotApi(session, url, TOKEN)
        yield Under(api, make_bot(api, url, TOKEN))
