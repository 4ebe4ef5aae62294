import asyncio
import errno
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from bridge.errors import FileGone, FileTooLarge, FileUnavailable
from bridge.media import cabinet as cabinet_module
from bridge.media.cabinet import DOWNLOADS, Cabinet
from bridge.media.renditions import Recipe, render
from bridge.media.shelf import Shelf
from bridge.media.tools import Tools
from bridge.message import File
from bridge.ports import Blob, Blobs, Rendition
from tests.unit.media.sources import (
    NONE,
    PNG,
    Bench,
    ScriptedSource,
    animated_sticker,
    file,
    needs_ffmpeg,
    picture,
    video_sticker,
    voice,
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@asynccontextmanager
async def standing(bench: Bench) -> AsyncIterator[Cabinet]:
    cabinet = bench.cabinet()
    try:
        yield cabinet
    finally:
        await cabinet.close()


def content(blob: Blob) -> bytes:
    with blob:
        return blob.file.read()


async def until_asked(source: ScriptedSource, times: int) -> None:
    """Let everybody go on until the source was asked so often."""
    async with asyncio.timeout(5), source.changed:
        await source.changed.wait_for(lambda: source.asked.total() >= times)


# ---------------------------------------------------------------- once


async def test_a_file_is_fetched_once_and_found_after_a_restart(bench: Bench) -> None:
    bench.source.files["a"] = b"the words of a file"
    for _ in range(2):
        async with standing(bench) as cabinet:
            for _ in range(2):
                blob = await cabinet.get(file("a"), name="a.txt", mime="text/plain")
                assert (blob.name, blob.mime, blob.size) == ("a.txt", "text/plain", 19)
                assert content(blob) == b"the words of a file"
    assert bench.source.asked == {"a": 1}


async def test_those_who_ask_at_once_share_one_download_and_read_on_their_own(bench: Bench) -> None:
    bench.source.files["a"] = bytes(range(256)) * 10
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet, asyncio.TaskGroup() as group:
        asked = [group.create_task(cabinet.get(file("a"))) for _ in range(20)]
        await until_asked(bench.source, 1)
        bench.source.gate.set()
        blobs = [await one for one in asked]
        assert [blob.file.read(7) for blob in blobs] == [bytes(range(7))] * 20
        assert {content(blob) for blob in blobs} == {(bytes(range(256)) * 10)[7:]}
    assert bench.source.asked == {"a": 1}


async def test_one_who_leaves_does_not_end_the_download_of_the_others(bench: Bench) -> None:
    bench.source.files["a"] = b"the words of a file"
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet:
        first, second = (asyncio.create_task(cabinet.get(file("a"))) for _ in range(2))
        await until_asked(bench.source, 1)
        await asyncio.wait({first}, timeout=0.01)
        first.cancel()
        await asyncio.wait({first})
        bench.source.gate.set()
        assert content(await second) == b"the words of a file"
    assert (bench.source.asked.total(), bench.source.cancelled) == (1, 0)


async def test_the_last_who_leaves_ends_the_download_and_nothing_is_left(bench: Bench) -> None:
    bench.source.files["a"] = b"the words of a file"
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet:
        asked = [asyncio.create_task(cabinet.get(file("a"))) for _ in range(2)]
        await until_asked(bench.source, 1)
        await asyncio.wait(asked, timeout=0.01)
        for one in asked:
            one.cancel()
        await asyncio.wait(asked)
        await cabinet.close()
        assert (bench.source.cancelled, bench.names) == (1, [])
        bench.source.gate.set()
        assert content(await cabinet.get(file("a"))) == b"the words of a file"


async def test_closing_ends_what_is_under_way(bench: Bench) -> None:
    bench.source.files["a"] = b"x"
    bench.source.gate = asyncio.Event()
    cabinet = bench.cabinet()
    asked = asyncio.create_task(cabinet.get(file("a")))
    await until_asked(bench.source, 1)
    await cabinet.close()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert bench.names == []


async def test_a_flood_opens_few_connections(bench: Bench) -> None:
    names = [str(number) for number in range(50)]
    bench.source.files |= dict.fromkeys(names, b"the words of a file")
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet, asyncio.TaskGroup() as group:
        asked = [group.create_task(cabinet.get(file(name))) for name in names]
        await until_asked(bench.source, DOWNLOADS)
        await asyncio.wait(asked, timeout=0.05)
        assert bench.source.under_way == DOWNLOADS
        bench.source.gate.set()
        for one in asked:
            (await one).close()
    assert bench.source.most == DOWNLOADS


async def test_who_gets_no_place_for_long_is_told_to_come_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cabinet_module, "PATIENCE", 0.01)
    names = [str(number) for number in range(DOWNLOADS)]
    bench.source.files |= dict.fromkeys(names, b"the words of a file")
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet, asyncio.TaskGroup() as group:
        asked = [group.create_task(cabinet.get(file(name))) for name in names]
        await until_asked(bench.source, DOWNLOADS)
        with pytest.raises(FileUnavailable, match="too many"):
            await cabinet.get(file("one more"))
        bench.source.gate.set()
        for one in asked:
            (await one).close()


# ---------------------------------------------------------------- not at all


@pytest.mark.parametrize("error", [FileGone("a"), FileTooLarge("b"), FileUnavailable("c")])
async def test_what_the_source_says_is_told_to_all_and_asked_again_next_time(
    bench: Bench, error: FileGone | FileTooLarge | FileUnavailable
) -> None:
    bench.source.files["a"] = error
    async with standing(bench) as cabinet:
        told = await asyncio.gather(*(cabinet.get(file("a")) for _ in range(3)), return_exceptions=True)
        assert {type(one) for one in told} == {type(error)}
        bench.source.files["a"] = b"now"
        assert content(await cabinet.get(file("a"))) == b"now"


async def test_a_channel_that_is_gone_has_no_files(bench: Bench) -> None:
    async with standing(bench) as cabinet:
        with pytest.raises(FileGone, match="channel"):
            await cabinet.get(File("sales", "1", "a"))


async def test_a_download_that_takes_too_long_ends(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cabinet_module, "DOWNLOAD_TIME", 0.01)
    bench.source.files["a"] = b"x"
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet:
        with pytest.raises(FileUnavailable, match="too long"):
            await cabinet.get(file("a"))
    assert bench.names == []


class FullDisk:
    """Writes a little, then says that no room is left."""

    async def download(self, file_id: str, into: BinaryIO) -> None:
        into.write(b"a beginning")
        raise OSError(errno.ENOSPC, "at /var/lib/somewhere")


async def test_a_full_disk_is_a_file_that_can_not_be_had_now_and_nothing_is_half_left(tmp_path: Path) -> None:
    cabinet = Cabinet(Shelf(tmp_path, 100), {"support": FullDisk()}, NONE)
    with pytest.raises(FileUnavailable, match="No space left on device") as told:
        await cabinet.get(file("a"))
    assert "somewhere" not in str(told.value)
    assert list(Bench(tmp_path).names) == []


# ---------------------------------------------------------------- renditions


@needs_ffmpeg
async def test_each_rendition_is_made_once_and_kept_beside_its_original(bench: Bench, tmp_path: Path) -> None:
    bench.folder = tmp_path / "media"
    bench.source.files = {
        "webp": picture("WEBP"), "tgs": animated_sticker(), "webm": video_sticker(tmp_path), "ogg": voice(tmp_path),
    }  # fmt: skip
    wanted = {"webp": Rendition.PNG, "tgs": Rendition.PNG, "webm": Rendition.PNG, "ogg": Rendition.M4A}
    async with standing(bench) as cabinet:
        for name, rendition in wanted.items():
            blobs = [await cabinet.get(file(name), rendition, name=f"a.{name}") for _ in range(2)]
            expected = ("image/png", "a.png") if rendition is Rendition.PNG else ("audio/mp4", "a.m4a")
            assert {(blob.mime, blob.name) for blob in blobs} == {expected}
            assert len({content(blob) for blob in blobs}) == 1
    assert set(bench.source.asked.values()) == {1}
    assert len(bench.names) == 8


async def test_a_rendition_outlives_its_original(bench: Bench) -> None:
    bench.source.files["a"] = picture("WEBP")
    async with standing(bench) as cabinet:
        (await cabinet.get(file("a"), Rendition.PNG)).close()
        bench.source.files["a"] = FileGone()
        cabinet.shelf.capacity = cabinet.shelf.size - 1
        cabinet.shelf.make_room()
        assert content(await cabinet.get(file("a"), Rendition.PNG)).startswith(PNG)
    assert bench.source.asked == {"a": 1}


async def test_what_is_a_picture_already_stays_as_it_is(bench: Bench) -> None:
    bench.source.files["a"] = picture("PNG")
    async with standing(bench) as cabinet:
        assert content(await cabinet.get(file("a"), Rendition.PNG)) == picture("PNG")
    assert len(bench.names) == 1


@pytest.mark.parametrize("tools", [NONE, Tools(pillow=True)])
async def test_without_its_tool_the_thumbnail_is_shown(bench: Bench, tools: Tools) -> None:
    bench.tools = tools
    bench.source.files = {"a": animated_sticker(), "small": picture("WEBP")}
    async with standing(bench) as cabinet:
        blob = await cabinet.get(file("a"), Rendition.PNG, name="s.tgs", mime="x/y", thumbnail=file("small"))
        assert (blob.mime, blob.name) == (("image/png", "s.png") if tools.pillow else ("image/webp", "s.webp"))
        blob.close()


async def test_what_can_not_be_rendered_is_its_thumbnail_else_the_original_and_not_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    async def counted(recipe: Recipe, source: BinaryIO, target: BinaryIO) -> None:
        tried.append(recipe)
        await render(recipe, source, target)

    monkeypatch.setattr(cabinet_module, "render", counted)
    broken = picture("WEBP")[:30]
    bench.source.files = {"a": broken, "small": picture("JPEG")}
    async with standing(bench) as cabinet:
        for _ in range(2):
            blob = await cabinet.get(file("a"), Rendition.PNG, name="s.webp", thumbnail=file("small"))
            assert (blob.mime, blob.name) == ("image/png", "s.png")
            assert content(blob).startswith(PNG)
            blob = await cabinet.get(file("a"), Rendition.PNG, name="s.webp", mime="image/webp")
            assert (blob.mime, blob.name) == ("image/webp", "s.webp")
            assert content(blob) == broken
            blob = await cabinet.get(file("a"), Rendition.PNG, thumbnail=file("thumbnail that is gone"))
            assert content(blob) == broken
    assert len(tried) == 2, "one for the file, one for its thumbnail"


async def test_a_sounds_cover_does_not_stand_in_for_it(bench: Bench) -> None:
    bench.source.files = {"a": b"OggS no sound at all", "cover": picture("JPEG")}
    async with standing(bench) as cabinet:
        blob = await cabinet.get(file("a"), Rendition.M4A, mime="audio/ogg", thumbnail=file("cover"))
        assert (blob.mime, content(blob)) == ("audio/ogg", b"OggS no sound at all")


async def test_failures_are_remembered_for_a_bounded_number_of_files(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cabinet_module, "MOST_HOPELESS", 3)
    async with standing(bench) as cabinet:
        for key in "abcdea":
            cabinet.give_up(key)
        assert list(cabinet.hopeless) == ["d", "e", "a"]
        assert cabinet.is_hopeless("a")
        assert not cabinet.is_hopeless("b")


# ---------------------------------------------------------------- how much of it all


class LargeFile:
    """20 MB in pieces."""

    async def download(self, file_id: str, into: BinaryIO) -> None:
        piece = bytes(1 << 17)
        for _ in range(160):
            await asyncio.to_thread(into.write, piece)


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
async def test_a_large_file_never_stands_in_memory(tmp_path: Path) -> None:
    cabinet: Blobs = Cabinet(Shelf(tmp_path, 100 << 20), {"support": LargeFile()}, NONE)
    tracemalloc.reset_peak()
    with await cabinet.get(file("a")) as blob:
        assert blob.size == 20 << 20
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
