"""A bot under test, in front of whatever server a test has."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import aiohttp
from telegram import Bot

from bridge.telegram.send import TelegramSender
from bridge.telegram.transport import BotApi, make_bot
from bridge.telegram.upload import Porter
from bridge.wire import Fetcher

TOKEN = "123456:AAG-the_secret-half-of-the-token-42"
SECRET_HALF = TOKEN.partition(":")[2]


def sender(bot: Bot, fetcher: Fetcher | None = None, limit: int = 50 * 2**20) -> TelegramSender:
    """The sender of the channel `support`; without a fetcher it has no files to bring."""
    folder = Path(tempfile.gettempdir())
    return TelegramSender("support", bot, Porter(cast(Fetcher, fetcher), folder, limit))


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
