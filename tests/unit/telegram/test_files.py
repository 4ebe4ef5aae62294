import asyncio
import io
import traceback
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web

from bridge.errors import FileError, FileGone, FileTooLarge, FileUnavailable
from bridge.sandbox.stage import free_port
from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_answers import Upload
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_world import BotAccount
from bridge.telegram.files import TelegramFiles
from tests.scripted import Answer, Asked, Odd, answer, scripted
from tests.unit.telegram.bots import SECRET_HALF, TOKEN

CONTENT = bytes(range(256)) * 1000


@dataclass
class Told:
    """A simulated Telegram with one end user, and the source under test."""

    telegram: TelegramSimulator
    account: BotAccount
    ann: User
    files: TelegramFiles

    def sends(self, content: bytes = CONTENT, size: int = -1) -> str:
        """Send a document and give its id."""
        self.telegram.user_sends(self.account, self.ann, document=Upload("отчёт.bin", content, size=size))
        return str(self.telegram.chat_history(self.account, self.ann.id)[-1]["document"]["file_id"])

    async def content(self, file_id: str) -> bytes:
        into = io.BytesIO()
        await self.files.download(file_id, into)
        return into.getvalue()


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    async with TelegramSimulator() as telegram, source(telegram.base_url) as files:
        account, ann = telegram.add_bot(TOKEN), telegram.add_user("Ann")
        yield Told(telegram, account, ann, files)


@asynccontextmanager
async def source(url: str, limit: int = 20 << 20) -> AsyncIterator[TelegramFiles]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield TelegramFiles(session, url, TOKEN, limit)


def placed(path: str = "documents/file_1.bin", then: Answer | None = None) -> Callable[[Asked], Answer]:
    """A Bot API server that says `path`, and answers the download with `then`."""

    def respond(asked: Asked) -> Answer:
        if asked.path.endswith("/getFile"):
            return answer({"ok": True, "result": {"file_id": "f", "file_path": path}})
        return then or answer(CONTENT)

    return respond


async def refused(respond: Callable[[Asked], Answer | Awaitable[Answer]] | Answer, limit: int = 20 << 20) -> FileError:
    """What comes instead of a file; it never tells the token."""
    async with scripted(respond) as server, source(server.url + "/", limit) as files:
        with pytest.raises(FileError) as caught:
            await files.download("f", io.BytesIO())
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert SECRET_HALF not in shown
    assert "127.0.0.1" not in shown
    return caught.value


# ---------------------------------------------------------------- what comes


async def test_a_file_comes_as_it_is(told: Told) -> None:
    assert await told.content(told.sends()) == CONTENT


async def test_a_path_that_has_expired_is_asked_for_once_more() -> None:
    paths = iter(("old path.bin", "new path.bin"))

    def respond(asked: Asked) -> Answer:
        if asked.path.endswith("/getFile"):
            return answer({"ok": True, "result": {"file_path": next(paths)}})
        return answer(CONTENT) if asked.path.endswith("/new path.bin") else answer(b"", 404)

    async with scripted(respond) as server, source(server.url) as files:
        into = io.BytesIO()
        await files.download("f", into)
        assert into.getvalue() == CONTENT
        assert len(server.asked) == 4


async def test_a_path_of_odd_letters_is_asked_for_as_it_is() -> None:
    async with scripted(placed("доки/a b#c?d%e.bin")) as server, source(server.url) as files:
        await files.download("f", io.BytesIO())
        assert server.asked[-1].path == f"/file/bot{TOKEN}/доки/a b#c?d%e.bin"
        assert server.asked[-1].headers["Accept-Encoding"] == "identity"


async def test_what_the_disk_says_goes_through(told: Told) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        await told.files.download(told.sends(), Full())


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
async def test_a_large_file_never_stands_in_memory() -> None:
    class Nowhere(io.BytesIO):
        size = 0

        def write(self, chunk: object) -> int:
            assert isinstance(chunk, bytes)
            self.size += len(chunk)
            return len(chunk)

    async with serving(20 << 20) as url, source(url) as files:
        into = Nowhere()
        tracemalloc.reset_peak()
        await files.download("f", into)
        assert into.size == 20 << 20
        assert tracemalloc.get_traced_memory()[1] < 4 << 20


@asynccontextmanager
async def serving(size: int, *, claims: bool = True) -> AsyncIterator[str]:
    """A Bot API server with one file of zeros; it may not say how many."""

    async def get_file(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": {"file_path": "x"}})

    async def download(request: web.Request) -> web.StreamResponse:
        given = web.StreamResponse()
        if claims:
            given.content_length = size
        await given.prepare(request)
        piece = bytes(1 << 16)
        for _ in range(size >> 16):
            await given.write(piece)
        return given

    app = web.Application()
    app.router.add_post("/bot{token}/getFile", get_file)
    app.router.add_get("/file/bot{token}/x", download)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


# ---------------------------------------------------------------- what does not


async def test_what_telegram_has_lost_is_gone(told: Told) -> None:
    lost = told.sends()
    told.account.files.gone.add(lost)
    for file_id in (lost, "nonsense"):
        with pytest.raises(FileGone):
            await told.content(file_id)
    assert isinstance(await refused(placed(then=answer(b"", 404))), FileGone)


async def test_above_20_mb_telegram_hands_out_nothing(told: Told) -> None:
    with pytest.raises(FileTooLarge, match="up to 20 MB"):
        await told.content(told.sends(size=(20 << 20) + 1))


async def test_a_file_that_is_larger_than_it_should_be_is_cut(told: Told) -> None:
    assert isinstance(await refused(placed(), limit=len(CONTENT) - 1), FileTooLarge)
    async with serving(8 << 20, claims=False) as url, source(url, limit=1 << 20) as files:
        into = io.BytesIO()
        with pytest.raises(FileTooLarge):
            await files.download("f", into)
        assert len(into.getvalue()) <= 1 << 20


async def test_a_file_that_is_cut_off_is_no_file(told: Told) -> None:
    cut = told.sends()
    told.account.files.cut.add(cut)
    with pytest.raises(FileUnavailable, match="cut off"):
        await told.content(cut)


async def test_while_telegram_is_away_its_files_are(told: Told) -> None:
    file_id = told.sends()
    told.telegram.faults.down = True
    with pytest.raises(FileUnavailable, match="no answer from Telegram"):
        await told.content(file_id)
    told.telegram.faults.clear()
    told.telegram.faults.only = lambda path: path.startswith("/file/")
    told.telegram.faults.down = True
    with pytest.raises(FileUnavailable, match="no answer from Telegram"):
        await told.content(file_id)
    told.telegram.faults.clear()
    assert await told.content(file_id) == CONTENT


async def test_nobody_listens_there() -> None:
    async with source(f"http://127.0.0.1:{free_port()}") as files:
        with pytest.raises(FileUnavailable, match="no connection to Telegram") as caught:
            await files.download("f", io.BytesIO())
    assert SECRET_HALF not in "".join(traceback.format_exception(caught.value))


async def test_a_local_server_that_keeps_its_files_is_explained() -> None:
    assert "without --local" in str(await refused(placed("/var/lib/telegram-bot-api/123/file.bin")))


@pytest.mark.parametrize("path", ["../../bot1:2/getMe", "a/../b", "a//b", "./a", "..", ""])
async def test_a_path_that_leads_elsewhere_is_not_followed(path: str) -> None:
    asked: list[str] = []

    def respond(one: Asked) -> Answer:
        asked.append(one.path)
        return placed(path)(one)

    assert isinstance(await refused(respond), FileUnavailable)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (400, "Bad Request: invalid file_id", FileGone),
        (400, "Bad Request: wrong file_id or the file is temporarily unavailable", FileGone),
        (400, "Bad Request: file is too big", FileTooLarge),
        (400, "Bad Request: something else", FileUnavailable),
        (401, "Unauthorized", FileUnavailable),
        (404, "Not Found", FileUnavailable),
        (429, "Too Many Requests: retry after 5", FileUnavailable),
        (500, "Internal Server Error", FileUnavailable),
    ],
)
async def test_each_refusal_has_its_meaning(status: int, description: str, kind: type[FileError]) -> None:
    error = await refused(answer({"ok": False, "error_code": status, "description": description}, status))
    assert type(error) is kind


@pytest.mark.parametrize(
    "then",
    [answer(b"", 302, Location="/elsewhere"), answer(b"<html>", 502), answer(b"", 401), Odd.CUT],
)  # fmt: skip
async def test_what_is_no_file_is_not_taken_for_one(then: Answer) -> None:
    assert isinstance(await refused(placed(then=then)), FileUnavailable)


@pytest.mark.parametrize("result", [None, [], {}, {"file_path": 7}, {"file_path": None}, "x"])
async def test_an_answer_without_a_path_is_none(result: object) -> None:
    assert isinstance(await refused(answer({"ok": True, "result": result})), FileUnavailable)


async def test_who_leaves_ends_the_download() -> None:
    reached = asyncio.Event()

    async def respond(asked: Asked) -> Answer:
        if asked.path.endswith("/getFile"):
            return placed()(asked)
        reached.set()
        return Odd.HANG

    async with scripted(respond) as server, source(server.url) as files:
        work = asyncio.create_task(files.download("f", io.BytesIO()))
        await reached.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work


async def test_what_knows_the_token_does_not_show_it() -> None:
    async with source("http://127.0.0.1:1") as files:
        assert SECRET_HALF not in f"{files!r} {files}"
