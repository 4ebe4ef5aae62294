"""The window for files, with everything real behind it: signatures, the cabinet, and a simulated Telegram."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bridge.errors import JournalUnavailable
from bridge.media.cabinet import Cabinet
from bridge.media.links import SignedLinks
from bridge.media.shelf import Shelf
from bridge.media.tools import Tools, available
from bridge.message import File, Media, MediaKind, StoredFile
from bridge.observe import Health, Metrics
from bridge.ports import Address
from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_answers import Upload
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_world import BotAccount
from bridge.telegram.files import TelegramFiles
from bridge.web.media import MediaWindow
from bridge.web.server import make_app, serve
from tests.clock import ManualClock

TOKEN = "123456:AAG-the_secret-half-of-the-token-42"
SECRET_HALF = TOKEN.partition(":")[2]


@dataclass(slots=True)
class Shelves:
    """The part of the book that knows files."""

    files: dict[str, StoredFile] = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    async def stored_file(self, id_: str) -> StoredFile | None:
        self.asked += 1
        if self.down:
            raise JournalUnavailable
        return self.files.get(id_)


@dataclass(slots=True)
class Gallery:
    """A running server that shows files."""

    telegram: TelegramSimulator
    account: BotAccount
    ann: User
    links: SignedLinks
    book: Shelves
    clock: ManualClock
    client: aiohttp.ClientSession
    url: str

    def sends(self, content: bytes, name: str = "file.bin", mime: str = "", size: int = -1) -> Media:
        """An end user's document, as a reader would see it."""
        self.telegram.user_sends(self.account, self.ann, document=Upload(name, content, size=size))
        id_ = str(self.telegram.chat_history(self.account, self.ann.id)[-1]["document"]["file_id"])
        return Media(MediaKind.FILE, File("support", str(self.ann.id), id_), name, mime, len(content))

    def filed(self, media: Media) -> Address:
        """Its address here, known to the book."""
        address = self.links.to(media, self.clock.now())
        self.book.files |= {fact.stored.id: fact.stored for fact in address.facts}
        return address

    def shows(self, content: bytes, name: str = "file.bin", mime: str = "") -> str:
        """A new file's address."""
        return self.filed(self.sends(content, name, mime)).url

    async def ask(self, url: str, method: str = "GET", **headers: str) -> "Seen":
        """What a browser sees."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.request(method, url, headers=named) as answer:
            body = await answer.read()
            seen = Seen(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)
        assert SECRET_HALF not in repr(seen), "the token stays in here"
        return seen

    def downloads(self) -> int:
        """How often Telegram was asked for a file."""
        return len(self.telegram.called("getFile"))


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def words(self) -> str:
        return self.body.decode()


@asynccontextmanager
async def gallery(folder: Path, link_days: int = 0, tools: Tools | None = None) -> AsyncIterator[Gallery]:
    clock, book = ManualClock(), Shelves()
    tools = available() if tools is None else tools
    jar = aiohttp.DummyCookieJar()
    async with TelegramSimulator() as telegram, aiohttp.ClientSession(cookie_jar=jar) as client:
        sources = {"support": TelegramFiles(client, telegram.base_url, TOKEN)}
        cabinet = Cabinet(await asyncio.to_thread(Shelf, folder, 100 << 20), sources, tools)
        links = SignedLinks("", "a secret of ours", link_days, tools)
        window = MediaWindow(links.verify, book.stored_file, cabinet, clock)
        runner = await serve(make_app({}, Metrics(), Health(), media=window), "127.0.0.1", 0, [])
        url = links.base = f"http://127.0.0.1:{runner.addresses[0][1]}/media/"
        account, ann = telegram.add_bot(TOKEN), telegram.add_user("Ann")
        try:
            yield Gallery(telegram, account, ann, links, book, clock, client, url)
        finally:
            await runner.cleanup()
            await cabinet.close()
