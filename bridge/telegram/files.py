"""Fetches the files of one bot. Their address at Telegram holds the bot's token: it stays in here, also when all goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO
from urllib.parse import quote

import aiohttp
from telegram.error import NetworkError
from yarl import URL

from bridge.errors import FileGone, FileTooLarge, FileUnavailable
from bridge.telegram.transport import ApiError, BotApi
from bridge.wire import CONNECT_TIMEOUT, told

LIMIT = 20 << 20
"""bytes that Telegram hands out to bots"""

GONE = "Telegram does not have this file any more"

SILENCE = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT, sock_read=30.0)

CHUNK = 1 << 17

PLAIN = {"Accept-Encoding": "identity"}


class PathExpired(Exception):
    """Telegram does not know this path (any more)."""


class TelegramFiles:
    """A source of files for the bridge's cabinet."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, token: str, limit: int = LIMIT) -> None:
        self.session = session
        self.api = BotApi(session, api_url, token)
        self.base = f"{api_url.rstrip('/')}/file/bot{token}"
        self.limit = limit

    async def download(self, file_id: str, into: BinaryIO) -> None:
        """Write the file. Raises `FileGone`, `FileTooLarge`, `FileUnavailable`, and what `into` raises."""
        try:
            await self.fetch(await self.path(file_id), into)
        except PathExpired:
            # Paths are good for an hour only, and a Bot API server may have made room on its disk: the id stays good.
            try:
                await self.fetch(await self.path(file_id), into)
            except PathExpired:
                raise FileGone(GONE) from None

    def too_large(self) -> FileTooLarge:
        """What is to be said of a file above the limit."""
        return FileTooLarge(f"Telegram hands files of up to {self.limit // 2**20} MB to bots")

    async def path(self, file_id: str) -> str:
        """Where the file is now, below the address for files."""
        try:
            answer = await self.api.call("getFile", {"file_id": file_id})
        except ApiError as error:
            raise self.too_large() if is_too_large(error) else refusal(error) from None
        except NetworkError as error:  # ours: its words hold no address
            raise FileUnavailable(error.message) from None
        path = answer.get("file_path") if isinstance(answer, dict) else None
        if not isinstance(path, str) or not path:
            raise FileUnavailable("Telegram does not say where the file is")
        if path.startswith("/"):
            raise FileUnavailable("the Bot API server keeps its files to itself: run it without --local")
        if any(part in {"", ".", ".."} for part in path.split("/")):
            raise FileUnavailable("Telegram names an odd place for the file")
        return path

    async def fetch(self, path: str, into: BinaryIO) -> None:
        """Download what is at this path."""
        size = 0
        async with self.opened(path) as answer:
            if (answer.content_length or 0) > self.limit:
                raise self.too_large()
            while chunk := await self.chunk(answer):
                size += len(chunk)
                if size > self.limit:
                    raise self.too_large()
                await asyncio.to_thread(into.write, chunk)

    @asynccontextmanager
    async def opened(self, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer, if it is the file. Raises `PathExpired` or `FileUnavailable`."""
        url = URL(f"{self.base}/{quote(path, safe='/')}", encoded=True)
        try:
            answer = await self.session.get(url, headers=PLAIN, timeout=SILENCE, allow_redirects=False)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FileUnavailable(f"no answer from Telegram: {told(error)}") from None
        try:
            if answer.status == 404:
                raise PathExpired
            if answer.status != 200:
                raise FileUnavailable(f"Telegram does not hand the file out ({answer.status})")
            yield answer
        finally:
            answer.close()

    async def chunk(self, answer: aiohttp.ClientResponse) -> bytes:
        """The next bytes; none at the end."""
        try:
            return await answer.content.read(CHUNK)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FileUnavailable(f"the file was cut off: {told(error)}") from None


def is_too_large(error: ApiError) -> bool:
    """Whether Telegram refuses the file for its size."""
    return error.status == 400 and "too big" in error.description.lower()


def refusal(error: ApiError) -> FileGone | FileUnavailable:
    """What Telegram's refusal of getFile means for the file."""
    description = error.description.lower()
    match error.status:
        case 400 if "file" in description:
            # Also "wrong file_id or the file is temporarily unavailable": that is what a lost file looks like.
            return FileGone(GONE)
        case 401 | 404:
            return FileUnavailable("Telegram refuses the bot token")
        case 429:
            return FileUnavailable("Telegram asks us to slow down")
        case status:
            return FileUnavailable(f"Telegram does not say where the file is ({status})")
