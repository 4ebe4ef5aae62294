"""Files to bring, and where they come from."""

import asyncio
import gzip
import io
import json
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from bridge.errors import FileGone
from bridge.media.cabinet import Cabinet
from bridge.media.shelf import Shelf
from bridge.media.tools import Tools
from bridge.message import File
from bridge.ports import Blob

ALL = Tools(pillow=True, rlottie=True, ffmpeg=True)
NONE = Tools()

PNG = b"\x89PNG\r\n\x1a\n"

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None,
    reason="ffmpeg is not there: apt-get install ffmpeg runs the tests of its renditions",
)


def file(name: str) -> File:
    return File("support", "4711", name)


@dataclass(slots=True)
class ScriptedSource:
    """Holds files by id; an exception among them is raised. `gate` holds downloads up until it is set."""

    files: dict[str, bytes | Exception] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    gate: asyncio.Event | None = None
    under_way: int = 0
    most: int = 0
    cancelled: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def download(self, file_id: str, into: BinaryIO) -> None:
        async with self.changed:
            self.asked[file_id] += 1
            self.changed.notify_all()
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            content = self.files.get(file_id, FileGone())
            if isinstance(content, Exception):
                raise content
            into.write(content[:10])
            if self.gate is not None:
                await self.gate.wait()
            into.write(content[10:])
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.under_way -= 1


@dataclass(slots=True)
class Bench:
    """A cabinet with one source."""

    folder: Path
    source: ScriptedSource = field(default_factory=ScriptedSource)
    capacity: int = 1 << 20
    tools: Tools = ALL

    def cabinet(self) -> Cabinet:
        return Cabinet(Shelf(self.folder, self.capacity), {"support": self.source}, self.tools)

    @property
    def names(self) -> list[str]:
        """What stands in the folder."""
        return sorted(path.name for path in self.folder.iterdir())


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


def picture(kind: str = "WEBP", size: tuple[int, int] = (16, 16)) -> bytes:
    content = io.BytesIO()
    Image.new("RGBA", size, (255, 0, 0, 128)).convert("RGB" if kind == "JPEG" else "RGBA").save(content, kind)
    return content.getvalue()


def animated_sticker(**changes: object) -> bytes:
    """A red circle, half transparent."""
    values: dict[str, object] = {"o": 100, "r": 0, "a": [0, 0], "s": [100, 100]}
    still = {name: {"a": 0, "k": value} for name, value in values.items()}
    circle = {"ty": "el", "p": {"a": 0, "k": [0, 0]}, "s": {"a": 0, "k": [200, 200]}}
    red = {"ty": "fl", "c": {"a": 0, "k": [1, 0, 0, 1]}, "o": {"a": 0, "k": 50}}
    group = {"ty": "gr", "it": [circle, red, {"ty": "tr", "p": {"a": 0, "k": [0, 0]}} | still]}
    layer = {"ty": 4, "ip": 0, "op": 60, "st": 0, "ks": {"p": {"a": 0, "k": [256, 256]}} | still, "shapes": [group]}
    drawing = {"v": "5.5.2", "fr": 60, "ip": 0, "op": 60, "w": 512, "h": 512, "layers": [layer]} | changes
    return gzip.compress(json.dumps(drawing).encode())


def made_by_ffmpeg(folder: Path, name: str, *words: str) -> bytes:
    target = folder / name
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", *words, str(target)]
    subprocess.run(command, check=True, timeout=20)
    return target.read_bytes()


def voice(folder: Path) -> bytes:
    return made_by_ffmpeg(folder, "voice.ogg", "-i", "sine=duration=1", "-c:a", "libopus")


def video_sticker(folder: Path, size: str = "64x64") -> bytes:
    colour = f"color=c=red@0.5:s={size}:d=0.2,format=yuva420p"
    return made_by_ffmpeg(
        folder, "sticker.webm", "-i", colour, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuva420p"
    )
