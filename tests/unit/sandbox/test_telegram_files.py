"""Files at the simulated Telegram: what bots may upload, and how downloads fare."""

import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientError, FormData, MultipartWriter
from PIL import Image

from bridge.sandbox import samples
from bridge.sandbox.telegram_answers import Upload
from bridge.sandbox.telegram_pictures import dimensions
from tests.telegram_api import TOKEN, Stage, stage

MEGABYTE = 1 << 20
HEAVY = 10 * MEGABYTE + 1
MOST = "the maximum size is 10485760 bytes"


def picture(width: int, height: int, form: str = "PNG") -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 90, 30)).save(file, form)
    return file.getvalue()


async def upload(s: Stage, method: str, field: str, content: Any, name: str = "a.bin", **params: str) -> dict[str, Any]:
    """Call a method with one file, and give the whole answer."""
    form = FormData(quote_fields=False, default_to_multipart=True)
    for key, value in {"chat_id": str(s.telegram.meet(s.bot, s.ann).id), **params}.items():
        form.add_field(key, value)
    form.add_field(field, BytesIO(content) if isinstance(content, bytes) else content, filename=name)
    async with s.session.post(f"{s.telegram.base_url}/bot{TOKEN}/{method}", data=form) as answer:
        body: dict[str, Any] = await answer.json()
        assert body.get("error_code", 200) == answer.status
        return body


async def address(s: Stage, file_id: str) -> str:
    path = (await s.result("getFile", file_id=file_id))["file_path"]
    return f"{s.telegram.base_url}/file/bot{TOKEN}/{path}"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_the_size_of_a_picture_stands_in_its_first_bytes(form: str) -> None:
    assert dimensions(picture(123, 45, form)) == (123, 45)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG", b"GIF8", b"RIFF    WEBPVP8X", b"\xff\xd8\xff", b"BM", b"words", samples.CLIP]
)
def test_what_is_no_picture_has_no_size(content: bytes) -> None:
    assert dimensions(content) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (picture(9999, 1), "PHOTO_INVALID_DIMENSIONS"),
        (picture(5001, 5000, "GIF"), "PHOTO_INVALID_DIMENSIONS"),
        (picture(210, 10), "PHOTO_INVALID_DIMENSIONS"),
        (b"<svg/>", "IMAGE_PROCESS_FAILED"),
        (b"", "file must be non-empty"),
        (picture(10, 10).ljust(HEAVY, b"\0"), f"file of size {HEAVY} bytes is too big for a photo; {MOST}"),
    ],
    ids=["long", "large", "steep", "svg", "empty", "heavy"],
)
async def test_what_is_no_photo_to_telegram_is_refused(content: bytes, said: str) -> None:
    async with stage() as s:
        answer = await upload(s, "sendPhoto", "photo", content)
        assert answer["description"] == f"Bad Request: {said}"
        assert s.telegram.sent(s.bot) == []


async def test_a_photo_has_the_size_of_its_picture() -> None:
    async with stage() as s:
        sizes = (await upload(s, "sendPhoto", "photo", picture(2000, 100), caption="c"))["result"]["photo"]
        assert [(size["width"], size["height"]) for size in sizes] == [(320, 16), (2000, 100)]


async def test_a_film_brings_its_thumbnail_along() -> None:
    async with stage() as s:
        form = FormData({"chat_id": str(s.telegram.meet(s.bot, s.ann).id)}, default_to_multipart=True)
        form.add_field("video", samples.CLIP, filename="clip.mp4", content_type="video/mp4")
        form.add_field("thumbnail", samples.SMALL, filename="small.jpg")
        async with s.session.post(f"{s.telegram.base_url}/bot{TOKEN}/sendVideo", data=form) as answer:
            video = (await answer.json())["result"]["video"]
        assert (video["thumbnail"]["width"], video["thumbnail"]["height"]) == (160, 120)
        async with s.session.get(await address(s, video["thumbnail"]["file_id"])) as answer:
            assert await answer.read() == samples.SMALL


async def test_fifty_megabytes_pass_without_being_held() -> None:
    async def zeros(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield bytes(MEGABYTE)

    async with stage() as s:
        tracemalloc.start()
        answer = await upload(s, "sendDocument", "document", zeros(50), "large.bin")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        document = answer["result"]["document"]
        assert document["file_size"] == 50 * MEGABYTE
        assert peak < 16 * MEGABYTE
        stored = s.bot.files.find(document["file_id"])
        assert stored is not None
        assert stored.upload.sha256 == hashlib.sha256(bytes(50 * MEGABYTE)).hexdigest()
        assert len(stored.upload.content) <= MEGABYTE
        path = stored.upload.path
        assert path is not None
        assert path.stat().st_size == 50 * MEGABYTE
    assert not path.exists()


async def test_more_than_fifty_megabytes_are_refused_whether_announced_or_not() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(60):
            yield bytes(MEGABYTE)

    async with stage() as s:
        url = f"{s.telegram.base_url}/bot{TOKEN}/sendDocument"
        writer = MultipartWriter("form-data")
        writer.append(BytesIO(bytes(52 * MEGABYTE))).set_content_disposition(
            "form-data", name="document", filename="a.bin"
        )
        async with s.session.post(url, data=writer) as answer:
            body = {"ok": False, "error_code": 413, "description": "Request Entity Too Large"}
            assert (answer.status, await answer.json()) == (413, body)
        assert (await upload(s, "sendDocument", "document", endless()))["error_code"] == 413
        assert s.telegram.sent(s.bot) == []


@pytest.mark.parametrize("held", [True, False], ids=["in memory", "on disk"])
async def test_a_download_may_be_a_part(held: bool) -> None:
    content = bytes(range(250)) * (40 if held else 8000)
    async with stage() as s:
        s.telegram.user_sends(s.bot, s.ann, document=s.telegram.shelved("a.bin", content, "application/x"))
        [message] = s.telegram.chat_history(s.bot, s.ann.id)
        url = await address(s, message["document"]["file_id"])
        size = len(content)
        for asked, status, expected in (
            ("", 200, content),
            ("bytes=0-9", 206, content[:10]),
            ("bytes=9000-", 206, content[9000:]),
            ("bytes=-5", 206, content[-5:]),
            (f"bytes={size}-", 416, b""),
            ("words=1-2", 200, content),
        ):
            async with s.session.get(url, headers={"Range": asked} if asked else {}) as answer:
                assert (answer.status, await answer.read()) == (status, expected)
                if status == 206:
                    assert answer.headers["Content-Range"].endswith(f"/{size}")


async def test_a_file_can_be_gone_expire_or_break_off() -> None:
    async with stage() as s:
        telegram, bot = s.telegram, s.bot
        telegram.user_sends(bot, s.ann, document=Upload("a.txt", b"words " * 9000, "text/plain"))
        file_id = telegram.chat_history(bot, s.ann.id)[0]["document"]["file_id"]
        url = await address(s, file_id)
        telegram.expire_downloads(bot)
        async with s.session.get(url) as answer:
            assert answer.status == 404
        url = await address(s, file_id)
        telegram.cut_downloads(bot, file_id)
        with pytest.raises(ClientError):
            async with s.session.get(url) as answer:
                await answer.read()
        bot.files.cut.clear()
        async with s.session.get(url) as answer:
            assert len(await answer.read()) == 54_000
        telegram.lose_file(bot, file_id)
        said = await s.refusal("getFile", file_id=file_id)
        assert said == "Bad Request: wrong file_id or the file is temporarily unavailable"


async def test_a_file_may_only_claim_its_size() -> None:
    async with stage() as s:
        s.telegram.user_sends(s.bot, s.ann, video=Upload("a.mp4", b"ftyp", "video/mp4", size=2 * MEGABYTE))
        file_id = s.telegram.chat_history(s.bot, s.ann.id)[0]["video"]["file_id"]
        async with s.session.get(await address(s, file_id)) as answer:
            assert await answer.read() == b"ftyp" + bytes(2 * MEGABYTE - 4)
