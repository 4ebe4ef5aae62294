import asyncio
import re
import tracemalloc
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from bridge.media.tools import Tools
from bridge.ports import Rendition, Ticket
from bridge.web import media as media_module
from tests.patience import PATIENCE
from tests.unit.media.sources import picture
from tests.unit.web.gallery import Gallery, gallery

CONTENT = bytes(range(256)) * 40

pytestmark = pytest.mark.usefixtures("no_token_in_logs")


# ---------------------------------------------------------------- what is shown


async def test_a_file_comes_with_type_name_and_length(here: Gallery) -> None:
    seen = await here.ask(here.shows(picture("PNG"), "снимок.png", "image/png"))
    assert (seen.status, seen.body) == (200, picture("PNG"))
    assert seen.headers["content-type"] == "image/png"
    assert seen.headers["content-length"] == str(len(seen.body))
    assert seen.headers["content-disposition"].startswith('inline; filename="______.png"; filename*=UTF-8')


async def test_on_demand_it_is_saved(here: Gallery) -> None:
    address = here.filed(here.sends(picture("PNG"), "a.png", "image/png"))
    assert (await here.ask(address.download_url)).headers["content-disposition"] == 'attachment; filename="a.png"'
    assert (await here.ask(address.url + "?dl=0")).headers["content-disposition"] == 'inline; filename="a.png"'


async def test_a_head_tells_everything_but_the_content(here: Gallery) -> None:
    url = here.shows(CONTENT)
    head, whole = await here.ask(url, "HEAD"), await here.ask(url)
    assert head.body == b""
    for seen in (head, whole):
        seen.headers.pop("date")
    assert (head.status, head.headers) == (whole.status, whole.headers)
    assert (await here.ask(url, "HEAD", Range="bytes=0-1")).status == 200


async def test_what_it_holds_counts_more_than_what_is_said(here: Gallery) -> None:
    seen = await here.ask(here.shows(picture("JPEG"), "page.html", "text/html"))
    assert seen.headers["content-type"] == "image/jpeg"
    assert seen.headers["content-disposition"] == 'inline; filename="page.html.jpg"'


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.xml", "text/xml"), ("a.js", "text/javascript"),
        ("a.xhtml", "application/xhtml+xml"), ("a.bin", ""), ("a.pdf", "application/pdf"),
    ],
)  # fmt: skip
async def test_what_could_run_is_only_ever_saved(here: Gallery, name: str, mime: str) -> None:
    seen = await here.ask(here.shows(b"<script>alert(1)</script>", name, mime))
    assert seen.headers["content-disposition"] == f'attachment; filename="{name}"'


async def test_a_text_tells_its_encoding_if_it_is_utf_8(here: Gallery) -> None:
    seen = await here.ask(here.shows("привет".encode() * 2000, "a.txt", "text/plain"))
    assert seen.headers["content-type"] == "text/plain; charset=utf-8"
    assert seen.words.startswith("привет")
    old = await here.ask(here.shows("привет".encode("cp1251"), "a.txt", "text/plain"))
    assert old.headers["content-type"] == "text/plain"


async def test_a_rendition_is_shown_and_named_as_what_it_is(tmp_path: Path) -> None:
    async with gallery(tmp_path, tools=Tools(pillow=True)) as here:
        stored = next(iter(here.filed(here.sends(picture("WEBP"), "s.webp", "image/webp")).facts)).stored
        url = here.url + here.links.signed(Ticket(stored.id, Rendition.PNG))
        seen = await here.ask(url)
        assert (seen.headers["content-type"], seen.body[:4]) == ("image/png", b"\x89PNG")
        assert seen.headers["content-disposition"] == 'inline; filename="s.png"'
        # Another machine, without the tool: the original, and it says so.
        silent = here.url + here.links.signed(Ticket(stored.id, Rendition.M4A))
        assert (await here.ask(silent)).headers["content-type"] == "image/webp"


async def test_an_empty_file_is_shown_empty(here: Gallery) -> None:
    url = here.shows(b"")
    seen = await here.ask(url)
    assert (seen.status, seen.body, seen.headers["content-length"]) == (200, b"", "0")
    assert (await here.ask(url, Range="bytes=0-")).status == 416


# ---------------------------------------------------------------- parts, and copies that browsers have


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=0-99", 0, 100), ("bytes=10000-", 10_000, 10_240), ("bytes=-1", 10_239, 10_240)]
)
async def test_a_part_comes_alone(here: Gallery, asked: str, start: int, stop: int) -> None:
    seen = await here.ask(here.shows(CONTENT), Range=asked)
    assert (seen.status, seen.body) == (206, CONTENT[start:stop])
    assert seen.headers["content-range"] == f"bytes {start}-{stop - 1}/10240"
    assert seen.headers["content-length"] == str(stop - start)
    assert seen.headers["accept-ranges"] == "bytes"


async def test_a_part_that_is_not_there_is_told(here: Gallery) -> None:
    seen = await here.ask(here.shows(CONTENT), Range="bytes=10240-")
    assert (seen.status, seen.body, seen.headers["content-range"]) == (416, b"", "bytes */10240")


async def test_several_parts_are_the_whole(here: Gallery) -> None:
    seen = await here.ask(here.shows(CONTENT), Range="bytes=0-1,4-5")
    assert (seen.status, seen.body) == (200, CONTENT)


async def test_a_part_of_another_file_is_not_given(here: Gallery) -> None:
    url = here.shows(CONTENT)
    tag = (await here.ask(url)).headers["etag"]
    assert (await here.ask(url, Range="bytes=0-1", If_Range=tag)).status == 206
    for other in ('"other"', f"W/{tag}", "Thu, 01 Jan 2026 00:00:00 GMT"):
        assert (await here.ask(url, Range="bytes=0-1", If_Range=other)).status == 200


async def test_what_a_browser_has_already_is_not_sent_again(here: Gallery) -> None:
    url = here.shows(CONTENT)
    tag = (await here.ask(url)).headers["etag"]
    assert re.fullmatch(r'"[A-Za-z0-9_-]{32}"', tag)
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        seen = await here.ask(url, If_None_Match=known)
        assert (seen.status, seen.body, seen.headers["etag"]) == (304, b"", tag)
    assert (await here.ask(url, If_None_Match='"x"')).status == 200
    assert (await here.ask(url, If_Match=tag)).status == 200
    assert (await here.ask(url, If_Match='"x"')).status == 412


async def test_how_long_a_browser_keeps_it_ends_with_the_address(tmp_path: Path) -> None:
    async with gallery(tmp_path, link_days=2) as here:
        url = here.shows(CONTENT)
        assert (await here.ask(url)).headers["cache-control"] == "private, max-age=86400"
        here.clock.move(2 * 86400 - 10)
        assert (await here.ask(url)).headers["cache-control"] == "private, max-age=10"
        here.clock.move(10)
        assert (await here.ask(url)).status == 404


# ---------------------------------------------------------------- once


async def test_those_who_look_at_once_make_one_download(here: Gallery) -> None:
    url = here.shows(CONTENT)
    seen = await asyncio.gather(*(here.ask(url) for _ in range(10)))
    assert {one.body for one in seen} == {CONTENT}
    assert here.downloads() == 1
    await here.ask(url)
    assert here.downloads() == 1


# ---------------------------------------------------------------- every answer


async def test_every_answer_is_sandboxed_and_tells_nothing_of_us(here: Gallery) -> None:
    url, gone = here.shows(picture("PNG"), "a.png", "image/png"), here.sends(b"x")
    here.account.files.gone.add(getattr(gone.source, "id", ""))
    answers = [
        await here.ask(url), await here.ask(url, "HEAD"), await here.ask(url, Range="bytes=0-1"),
        await here.ask(url, Range="bytes=999999-"), await here.ask(url, If_None_Match="*"),
        await here.ask(url, If_Match='"x"'), await here.ask(here.url), await here.ask(url + "x"),
        await here.ask(here.filed(gone).url),
    ]  # fmt: skip
    assert [seen.status for seen in answers] == [200, 200, 206, 416, 304, 412, 404, 404, 410]
    for seen in answers:
        policy = seen.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'; sandbox;")
        assert "script-src" not in policy
        assert "allow-" not in policy
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert seen.headers["referrer-policy"] == "no-referrer"
        assert seen.headers["x-robots-tag"].startswith("noindex")
        assert seen.headers["cross-origin-resource-policy"] == "cross-origin"
        assert not {"server", "x-powered-by", "set-cookie", "last-modified", "location"} & set(seen.headers)


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
async def test_twenty_megabytes_never_stand_in_memory(here: Gallery) -> None:
    url = here.shows(CONTENT)
    large = bytes(20 << 20)
    media = here.sends(large)
    address = here.filed(media).url
    await here.ask(url)
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    size = 0
    async with here.client.get(address) as answer:
        async for piece in answer.content.iter_chunked(1 << 16):
            size += len(piece)
    assert size == 20 << 20
    assert tracemalloc.get_traced_memory()[1] - before < 4 << 20


async def test_a_browser_that_takes_nothing_loses_its_connection(
    here: Gallery, monkeypatch: pytest.MonkeyPatch, logs: list[MutableMapping[str, Any]]
) -> None:
    monkeypatch.setattr(media_module, "STALL", 0.05)
    url = here.shows(bytes(16 << 20))
    port, path = url.removeprefix("http://127.0.0.1:").split("/", 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port), limit=1 << 10)
    writer.write(f"GET /{path} HTTP/1.1\r\nHost: bridge\r\n\r\n".encode())
    await writer.drain()
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    async with asyncio.timeout(PATIENCE):
        while not logs:  # a turn of the loop each
            await asyncio.to_thread(bool)
    assert [(line["event"], line["reason"]) for line in logs] == [("a file was not sent to its end", "TimeoutError")]
    writer.transport.abort()


async def test_a_browser_that_leaves_is_no_trouble(here: Gallery) -> None:
    url = here.shows(bytes(16 << 20))
    async with here.client.get(url) as answer:
        await answer.content.readany()
        answer.close()
    assert (await here.ask(url, "HEAD")).status == 200
