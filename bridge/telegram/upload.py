"""Files on their way to Telegram: fetched to our disk, judged by Telegram's limits, uploaded in a stream."""

import asyncio
import mimetypes
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from telegram import InputFile

from bridge.message import Upload
from bridge.owner import make_folder
from bridge.wire import Fetcher, FetchError, Forbidden, Missing, TooLarge, picture_size, sniff

LARGEST = 50 * 2**20
"""bytes that the public Bot API takes"""

LARGEST_PHOTO = 10 * 2**20
LONGEST_SIDES = 10_000
"""pixels, width and height together, of what Telegram takes as a photo"""

STEEPEST = 20
"""how many times longer than the other a photo's side may be"""

PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp", "image/bmp"})
HEAD = 4096
OUTCOMES: dict[type[FetchError], str] = {TooLarge: "too_large", Forbidden: "forbidden", Missing: "gone"}
"""why a file can't be had, in a word; anything else is trouble that may pass"""

AT_ONCE = 4
"""files on their way at the same time; the disk holds that many of the largest size"""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that lies on our disk."""

    file: BinaryIO
    path: Path
    size: int
    mime: str
    name: str

    @contextmanager
    def as_input(self) -> Iterator[InputFile]:
        """PTB's form of it, read from the disk while it is sent; through a handle of its own, for aiohttp closes it."""
        with self.path.open("rb") as handle:
            yield InputFile(handle, filename=self.name, read_file_handle=False)


def untold(outcome: str, size: int) -> None:
    """Nobody wants to know of a file."""


@dataclass(frozen=True, slots=True)
class Porter:
    """Brings the files of one channel's calls; `limit` is in bytes."""

    fetcher: Fetcher
    folder: Path
    limit: int = LARGEST
    told: Callable[[str, int], None] = untold
    """is told of each file that was fetched: what became of it in a word, and its size in bytes"""
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @contextmanager
    def room(self) -> Iterator[BinaryIO]:
        """A file of our own for the time of a `with`; nothing of it is left, not even after a kill."""
        make_folder(self.folder)
        with tempfile.TemporaryFile(dir=self.folder) as file:
            yield cast(BinaryIO, file)

    async def bring(self, upload: Upload, into: BinaryIO) -> Brought:
        """Fetch what an upload means. Raises the wire's `FetchError`."""
        try:
            fetched = await self.fetcher.fetch(str(upload.source), into, self.limit)
        except FetchError as error:
            self.told(OUTCOMES.get(type(error), "unavailable"), 0)
            raise
        self.told("fetched", fetched.size)
        into.flush()
        into.seek(0)
        found = sniff(into.read(HEAD))
        mime = found or upload.mime or fetched.mime
        path = Path(f"/proc/self/fd/{into.fileno()}")
        return Brought(into, path, fetched.size, mime, named(upload.name or fetched.name, mime))


def named(name: str, mime: str) -> str:
    """A name that lets the user's phone open the file."""
    extension = mimetypes.guess_extension(mime) or ""
    if not name:
        return f"file{extension}"
    return name if "." in name[1:] else name + extension


def unfit(method: str, brought: Brought) -> str:
    """Why Telegram would not take this file by this method, or nothing."""
    if method == "sendPhoto":
        return unfit_photo(brought)
    if method == "sendVoice" and brought.mime not in {"audio/ogg", "audio/mpeg", "audio/mp4"}:
        return f"Telegram takes no voice message of the type {brought.mime or 'unknown'}"
    return ""


def unfit_photo(brought: Brought) -> str:
    """Why this is no photo for Telegram; what it could not read, it is not given to read."""
    if brought.mime not in PHOTOS:
        return f"Telegram shows no photo of the type {brought.mime or 'unknown'}"
    if brought.size > LARGEST_PHOTO:
        return f"larger than {LARGEST_PHOTO // 2**20} MB, which is too much for a photo"
    size = picture_size(brought.path)
    if size is None:
        return "its size in pixels can't be read"
    width, height = size
    if width + height > LONGEST_SIDES or max(size) > STEEPEST * max(1, min(size)):
        return f"{width} × {height} pixels are no photo for Telegram"  # noqa: RUF001 - the sign is meant
    return ""
