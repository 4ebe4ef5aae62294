from pathlib import Path
from typing import BinaryIO

import pytest

from bridge.errors import FileGone
from bridge.media import cabinet as cabinet_module
from bridge.media.renditions import Recipe, render
from bridge.media.tools import Tools
from bridge.ports import Rendition
from tests.unit.media.sources import (
    NONE,
    PNG,
    Bench,
    animated_sticker,
    content,
    file,
    needs_ffmpeg,
    picture,
    standing,
    video_sticker,
    voice,
)


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
