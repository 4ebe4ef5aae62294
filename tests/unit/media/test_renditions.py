import asyncio
import gzip
import io
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bridge.media import renditions, tools
from bridge.media.renditions import NotRendered, Recipe, is_already, recipe_for, render
from bridge.media.tools import Tools
from bridge.ports import Rendition
from tests.unit.media.sources import (
    ALL,
    NONE,
    PNG,
    animated_sticker,
    made_by_ffmpeg,
    needs_ffmpeg,
    picture,
    video_sticker,
    voice,
)

OURS = str(renditions.CHILD)

RED = (255, 0, 0, 128)


async def rendered(folder: Path, recipe: Recipe, content: bytes, patience: float = 20.0) -> bytes:
    """What comes of it."""
    source, target = folder / "source", folder / "target"
    source.write_bytes(content)
    with source.open("rb") as original, target.open("w+b") as draft:
        await render(recipe, original, draft, patience)
    return target.read_bytes()


def pixel(content: bytes, place: tuple[int, int]) -> tuple[int, ...]:
    with Image.open(io.BytesIO(content)) as shown:
        assert shown.mode == "RGBA"
        found = shown.getpixel(place)
    assert isinstance(found, tuple)
    return found


def alike(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 4 for a, b in zip(one, other, strict=True))


# ---------------------------------------------------------------- what is made


async def test_a_still_sticker_becomes_a_picture_that_one_sees_through(tmp_path: Path) -> None:
    assert alike(pixel(await rendered(tmp_path, Recipe.STILL, picture("WEBP")), (8, 8)), RED)


async def test_an_animated_sticker_becomes_its_first_frame(tmp_path: Path) -> None:
    content = await rendered(tmp_path, Recipe.ANIMATION, animated_sticker())
    assert alike(pixel(content, (256, 256)), RED)
    assert pixel(content, (5, 5))[3] == 0


@needs_ffmpeg
async def test_a_video_sticker_becomes_a_picture_that_one_sees_through(tmp_path: Path) -> None:
    assert alike(pixel(await rendered(tmp_path, Recipe.FILM, video_sticker(tmp_path)), (30, 30)), RED)


@needs_ffmpeg
async def test_a_voice_message_becomes_m4a(tmp_path: Path) -> None:
    content = await rendered(tmp_path, Recipe.SOUND, voice(tmp_path))
    assert content[4:12] == b"ftypM4A "
    assert content.index(b"moov") < content.index(b"mdat"), "plays before all of it has come"


# ---------------------------------------------------------------- what is refused


def wide_picture() -> bytes:
    """A PNG's head that claims many pixels, and a few bytes of them."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")

    size = (50_000).to_bytes(4, "big") * 2
    return PNG + chunk(b"IHDR", size + bytes([8, 6, 0, 0, 0])) + chunk(b"IDAT", zlib.compress(bytes(1000)))


@pytest.mark.parametrize(
    ("recipe", "content"),
    [
        (Recipe.STILL, b"no picture at all"),
        (Recipe.STILL, picture("WEBP")[:30]),
        (Recipe.STILL, wide_picture()),
        (Recipe.STILL, picture("WEBP", (4100, 8))),
        (Recipe.STILL, picture("GIF")),
        (Recipe.ANIMATION, b"no animation"),
        (Recipe.ANIMATION, gzip.compress(b"{}")),
        (Recipe.ANIMATION, gzip.compress(b" " * (100 << 20), 1)),
        (Recipe.ANIMATION, animated_sticker()[:50]),
    ],
    ids=[
        "no picture",
        "cut",
        "bomb",
        "too wide",
        "another kind",
        "no animation",
        "empty",
        "unpacks to 100 MB",
        "cut tgs",
    ],
)
async def test_what_is_broken_or_a_bomb_is_not_rendered(tmp_path: Path, recipe: Recipe, content: bytes) -> None:
    with pytest.raises(NotRendered):
        await rendered(tmp_path, recipe, content)


@needs_ffmpeg
async def test_a_film_of_too_many_pixels_is_not_rendered(tmp_path: Path) -> None:
    content = made_by_ffmpeg(
        tmp_path, "wide.webm", "-i", "color=s=8192x2176:d=0.1:r=10", "-frames:v", "1", "-c:v", "libvpx-vp9",
        "-deadline", "realtime", "-cpu-used", "8",
    )  # fmt: skip
    with pytest.raises(NotRendered):
        await rendered(tmp_path, Recipe.FILM, content)


@needs_ffmpeg
@pytest.mark.parametrize("recipe", [Recipe.SOUND, Recipe.FILM])
async def test_a_playlist_opens_no_other_file(tmp_path: Path, recipe: Recipe) -> None:
    secret = tmp_path / "secret.ogg"
    secret.write_bytes(voice(tmp_path))
    for playlist in (
        f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile {secret}\n",
    ):
        with pytest.raises(NotRendered):
            await rendered(tmp_path, recipe, playlist.encode())


Replace = Callable[[str], None]


@pytest.fixture
def replace_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Puts a program in the place of ours."""
    child = tmp_path / "child.py"
    monkeypatch.setattr(renditions, "CHILD", child)

    def replace(program: str) -> None:
        child.write_text(program)

    return replace


@pytest.fixture
def hanging(tmp_path: Path, replace_child: Replace) -> Path:
    """Where a converter tells its number before it hangs."""
    told = tmp_path / "told"
    os.mkfifo(told)
    replace_child(f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    return told


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_converter_that_does_not_end_is_killed(tmp_path: Path, hanging: Path) -> None:
    work = asyncio.create_task(rendered(tmp_path, Recipe.STILL, b"", patience=1.0))
    number = int(await asyncio.to_thread(hanging.read_text))
    with pytest.raises(NotRendered, match="longer than 1 seconds"):
        await work
    assert not is_alive(number)


async def test_a_converter_that_nobody_waits_for_is_killed(tmp_path: Path, hanging: Path) -> None:
    work = asyncio.create_task(rendered(tmp_path, Recipe.STILL, b""))
    number = int(await asyncio.to_thread(hanging.read_text))
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not is_alive(number)


async def test_a_converter_gets_no_secret_of_ours(
    tmp_path: Path, replace_child: Replace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGE_CHANNELS__SUPPORT__TOKEN", "123:secret")
    replace_child("import os\nos.write(1, repr([os.environ, os.listdir('/proc/self/fd')]).encode())\n")
    told = await rendered(tmp_path, Recipe.STILL, b"")
    assert b"secret" not in told
    assert b"'3'" in told, "the listing's own"
    assert b"'4'" not in told, "no other file is open there"


async def test_a_converter_has_limits_before_it_reads(tmp_path: Path, replace_child: Replace) -> None:
    replace_child(
        f"import os, resource, runpy\nrunpy.run_path({OURS!r})['limit']()\n"
        "os.write(1, repr([resource.getrlimit(getattr(resource, 'RLIMIT_' + n))[1] for n in "
        "('AS', 'CPU', 'FSIZE', 'CORE')]).encode())\n"
    )
    assert await rendered(tmp_path, Recipe.STILL, b"") == repr([1 << 30, 15, 64 << 20, 0]).encode()


async def test_where_no_process_starts_nothing_is_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no python"))
    with pytest.raises(NotRendered, match="No such file"):
        await rendered(tmp_path, Recipe.STILL, b"")


# ---------------------------------------------------------------- what is possible


def test_recipes_follow_the_content_and_the_tools() -> None:
    webp, tgs, ogg, webm = picture("WEBP")[:64], animated_sticker()[:64], b"OggS", b"\x1a\x45\xdf\xa3"
    expected = {
        (Rendition.PNG, webp): Recipe.STILL, (Rendition.PNG, tgs): Recipe.ANIMATION,
        (Rendition.PNG, webm): Recipe.FILM, (Rendition.M4A, ogg): Recipe.SOUND,
    }  # fmt: skip
    for rendition in Rendition:
        for head in (webp, tgs, ogg, webm, b"<html>", b""):
            assert recipe_for(rendition, head, ALL) == expected.get((rendition, head))
            assert recipe_for(rendition, head, NONE) is None
    assert recipe_for(Rendition.PNG, tgs, Tools(pillow=True, ffmpeg=True)) is None


def test_what_is_right_already_needs_no_recipe() -> None:
    assert is_already(Rendition.PNG, PNG)
    assert is_already(Rendition.M4A, b"\x00\x00\x00\x18ftypM4A ")
    assert is_already(Rendition.ORIGINAL, b"anything")
    assert not is_already(Rendition.PNG, picture("WEBP"))


def test_the_machine_tells_its_tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = tools.available()
    assert there == Tools(pillow=True, rlottie=True, ffmpeg=shutil.which("ffmpeg") is not None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not tools.available().ffmpeg
    assert ALL.missing == ()
    assert len(NONE.missing) == 3
