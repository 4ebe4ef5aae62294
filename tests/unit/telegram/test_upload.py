"""Files of the desk's on their way to a chat, in front of the simulated Telegram."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image
from yarl import URL

from bridge.message import Call, Media, MediaKind, Upload
from bridge.outcome import Blame, Delivered, NotSent, Outcome, Refused
from bridge.sandbox.stage import free_port
from bridge.sandbox.telegram import TelegramSimulator
from bridge.telegram.attach import attachment, is_public
from bridge.telegram.markup import Chunk
from bridge.telegram.upload import Porter, named
from bridge.wire import FetchError, open_fetcher
from bridge.wire.address import origin
from tests.scripted import Answer, Asked, Odd, Scripted, answer, scripted
from tests.unit.telegram.bots import TOKEN, bot_at, sender

MB = 2**20


def picture(width: int, height: int, form: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, form)
    return out.getvalue()


PNG = picture(60, 40)
PDF = b"%PDF-1.4\n" + b"x" * 500


class Scene:
    """Ann's chat, and a file server of the desk's."""

    def __init__(self, telegram: TelegramSimulator, desk: Scripted) -> None:
        self.telegram = telegram
        self.desk = desk
        self.account = telegram.add_bot(TOKEN)
        self.ann = telegram.add_user("Ann")
        telegram.meet(self.account, self.ann)

    async def send(self, media: Media, limit: int = 50 * MB, words: str = "see here") -> Outcome:
        call = attachment(media, Chunk(words), str(self.ann.id), {}, ("bot",))
        return await self.make(call, limit)

    async def make(self, call: Call, limit: int = 50 * MB) -> Outcome:
        trusted = [origin(URL(self.desk.url))]
        async with bot_at(self.telegram.base_url) as under, open_fetcher(trusted) as fetcher:
            return await sender(under.bot, fetcher, limit).send(call, suspect=False)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return self.telegram.sent(self.account)

    @property
    def tried(self) -> list[tuple[str, int]]:
        return [(call.method, call.status) for call in self.telegram.calls]

    def file(self, kind: MediaKind = MediaKind.IMAGE, name: str = "a.png", mime: str = "image/png") -> Media:
        return Media(kind, f"{self.desk.url}/files?path=a", name, mime)

    def content(self, message: dict[str, Any], field: str) -> bytes:
        stored = message[field][-1] if field == "photo" else message[field]
        found = self.account.files.find(stored["file_id"])
        assert found is not None
        return found.upload.content


@asynccontextmanager
async def serving(given: Answer | bytes, mime: str = "application/octet-stream") -> AsyncIterator[Scene]:
    told = web.Response(body=given, content_type=mime) if isinstance(given, bytes) else given
    async with TelegramSimulator() as telegram, scripted(told) as desk:
        yield Scene(telegram, desk)


async def test_a_picture_is_a_photo_with_its_words() -> None:
    async with serving(PNG, "image/png") as scene:
        outcome = await scene.send(scene.file())
        [sent] = scene.sent
        assert outcome == Delivered(str(sent["message_id"]))
        assert sent["caption"] == "see here"
        assert scene.content(sent, "photo") == PNG


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (MediaKind.FILE, "document"),
        (MediaKind.VIDEO, "video"),
        (MediaKind.AUDIO, "audio"),
        (MediaKind.ANIMATION, "animation"),
    ],
)
async def test_every_kind_is_sent_as_what_it_is_under_its_name(kind: MediaKind, field: str) -> None:
    async with serving(b"\x00" * 2000, "application/x-any") as scene:
        assert isinstance(await scene.send(scene.file(kind, "отчёт 1.bin", "")), Delivered)
        [sent] = scene.sent
        assert sent[field]["file_name"] == "отчёт 1.bin"
        assert scene.content(sent, field) == b"\x00" * 2000


async def test_a_voice_message_must_be_one() -> None:
    async with serving(b"OggS" + b"\x00" * 100) as scene:
        await scene.send(scene.file(MediaKind.VOICE, "v.ogg", "audio/ogg"))
        assert "voice" in scene.sent[0]
    async with serving(b"RIFF\x00\x00\x00\x00WAVEfmt ") as scene:
        outcome = await scene.send(scene.file(MediaKind.VOICE, "v.wav", "audio/wav"))
        assert isinstance(outcome, Delivered)
        assert "document" in scene.sent[0]
        assert outcome.remark.startswith("sent as a plain file: Telegram takes no voice message of the type audio/")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (picture(9000, 2000), "9000 × 2000 pixels are no photo"),  # noqa: RUF001 - the sign is meant
        (picture(2100, 100), "2100 × 100 pixels are no photo"),  # noqa: RUF001 - the sign is meant
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no photo of the type image/svg"),
        (PNG[:20], "its size in pixels can't be read"),
    ],
)
async def test_what_is_no_photo_is_a_file_and_agents_know_why(content: bytes, why: str) -> None:
    async with serving(content, "image/png") as scene:
        outcome = await scene.send(scene.file())
        assert isinstance(outcome, Delivered)
        assert why in outcome.remark
        assert scene.content(scene.sent[0], "document") == content
        assert scene.tried == [("senddocument", 200)]


def picky(asked: Asked) -> Answer:
    """A Telegram that shows no photos."""
    if asked.path.endswith("/sendPhoto"):
        return answer({"ok": False, "error_code": 400, "description": "Bad Request: IMAGE_PROCESS_FAILED"}, 400)
    return answer({"ok": True, "result": {"message_id": 9}})


async def test_a_photo_that_telegram_refuses_is_sent_as_a_file() -> None:
    async with serving(PNG, "image/png") as scene, scripted(picky) as telegram:
        trusted = [origin(URL(scene.desk.url))]
        async with bot_at(telegram.url) as under, open_fetcher(trusted) as fetcher:
            call = attachment(scene.file(), Chunk("see here"), "4711", {}, ())
            outcome = await sender(under.bot, fetcher).send(call, suspect=False)
        assert outcome == Delivered("9", remark="sent as a plain file: Telegram: Image_process_failed")
        assert [one.path.rpartition("/")[2] for one in telegram.asked] == ["sendPhoto", "sendDocument"]
        assert PNG in telegram.asked[1].body
        assert len(scene.desk.asked) == 1, "the file is fetched once for all forms"


async def test_a_file_that_is_too_large_is_not_read_to_its_end_and_refused_if_its_link_is_not_for_users() -> None:
    async with serving(b"x" * (2 * MB)) as scene:
        outcome = await scene.send(scene.file(MediaKind.FILE, "big.bin", ""), limit=MB)
        assert outcome == Refused("the file can't be sent: larger than 1 MB")
        assert scene.sent == []


async def test_a_file_that_is_too_large_is_a_link_where_users_can_open_it() -> None:
    async with serving(b"x" * (2 * MB)) as scene:
        call = attachment(scene.file(MediaKind.FILE, "big.bin", ""), Chunk("words"), str(scene.ann.id), {}, ("bot",))
        link = Call("sendMessage", call.to, {"text": "📎 big.bin: https://example.org/big.bin\nwords"})
        outcome = await scene.make(Call(call.method, call.to, call.body, uploads=call.uploads, instead=link), MB)
        assert isinstance(outcome, Delivered)
        assert outcome.remark == "sent as a link: larger than 1 MB"
        assert scene.sent[0]["text"] == "📎 big.bin: https://example.org/big.bin\nwords"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/a.png", "http://[::1]/a.png", "http://127.0.0.1:80/a", "ftp://x.org/a"]
)
async def test_what_must_not_be_fetched_is_refused_and_not_even_linked(url: str) -> None:
    async with serving(PNG) as scene:
        outcome = await scene.send(Media(MediaKind.IMAGE, url, "a.png"))
        assert isinstance(outcome, Refused)
        assert outcome.blame is Blame.MESSAGE
        assert outcome.reason.startswith("the file can't be fetched: ")
        assert scene.tried == []


async def test_a_file_that_is_not_there_is_refused_and_one_that_may_come_is_not_sent_yet() -> None:
    async with serving(web.Response(status=404)) as scene:
        assert await scene.send(scene.file()) == Refused("the file can't be fetched: its server answers 404")
    async with serving(web.Response(status=503)) as scene:
        assert await scene.send(scene.file()) == NotSent(
            "the file can't be fetched: its server answers 503", Blame.MESSAGE
        )
    async with serving(Odd.CUT) as scene:
        outcome = await scene.send(scene.file())
        assert isinstance(outcome, NotSent)
        assert outcome.blame is Blame.MESSAGE


async def test_a_user_who_blocked_the_bot_is_asked_once_whatever_the_forms() -> None:
    async with serving(PNG, "image/png") as scene:
        scene.telegram.user_blocks(scene.account, scene.ann)
        outcome = await scene.send(scene.file())
        assert isinstance(outcome, Refused)
        assert outcome.blame is Blame.CHAT
        assert scene.tried == [("sendphoto", 403)]


async def test_a_lost_answer_is_not_tried_in_another_form() -> None:
    async with serving(PNG, "image/png") as scene:
        scene.telegram.faults.lose_answer = 1.0
        await scene.send(scene.file())
        assert [message.get("photo") is not None for message in scene.sent] == [True]


async def test_telegram_that_is_away_gets_the_file_later() -> None:
    async with serving(PNG, "image/png") as scene, open_fetcher([origin(URL(scene.desk.url))]) as fetcher:
        async with bot_at(f"http://127.0.0.1:{free_port()}") as under:
            call = attachment(scene.file(), None, "1", {}, ())
            outcome = await sender(under.bot, fetcher).send(call, suspect=False)
        assert isinstance(outcome, NotSent)
        assert outcome.blame is Blame.DESTINATION


async def test_what_became_of_each_file_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []

    def respond(asked: Asked) -> Answer:
        return answer(PDF) if asked.path == "/a" else web.Response(status=int(asked.path[1:]))

    async with scripted(respond) as desk, open_fetcher([origin(URL(desk.url))]) as fetcher:
        porter = Porter(fetcher, tmp_path, len(PDF), lambda *file: told.append(file))
        with porter.room() as room:
            await porter.bring(Upload("document", f"{desk.url}/a"), room)
        for url in (f"{desk.url}/404", f"{desk.url}/503", "http://10.0.0.1/a"):
            with porter.room() as room, pytest.raises(FetchError):
                await porter.bring(Upload("document", url), room)
        small = Porter(fetcher, tmp_path, 10, porter.told)
        with small.room() as room, pytest.raises(FetchError):
            await small.bring(Upload("document", f"{desk.url}/a"), room)
    assert told == [("fetched", len(PDF)), ("gone", 0), ("unavailable", 0), ("forbidden", 0), ("too_large", 0)]


def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    porter = Porter(None, tmp_path / "media")  # type: ignore[arg-type]  # nothing is fetched
    with porter.room() as room:
        room.write(b"x" * 100)
        assert list((tmp_path / "media").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "mime", "found"),
    [
        ("a.png", "image/jpeg", "a.png"),
        ("report", "application/pdf", "report.pdf"),
        ("", "image/png", "file.png"),
        ("", "", "file"),
        (".env", "text/plain", ".env.txt"),
    ],
)
def test_a_name_lets_the_phone_open_the_file(name: str, mime: str, found: str) -> None:
    assert named(name, mime) == found


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://example.org/a", True),
        ("https://8.8.8.8/a", True),
        ("http://10.0.0.1/a", False),
        ("http://[::1]/a", False),
        ("http://localhost:3000/a", False),
        ("http://tiledesk/a", False),
        ("http://desk.internal/a", False),
        ("nonsense", False),
    ],
)
def test_a_link_that_leads_into_our_insides_is_none_for_users(url: str, *, public: bool) -> None:
    assert is_public(url) is public
