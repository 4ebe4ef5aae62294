"""The folder of copies: named by hashes alone, bounded in size, whole or not there at all. Blocking; for threads."""

import base64
import hashlib
import os
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bridge.errors import ConfigurationError
from bridge.media.kinds import HEAD
from bridge.message import File
from bridge.owner import adopt, make_folder
from bridge.ports import Rendition

DRAFT = "new-"
"""how files begin that are not whole yet"""

NAME = re.compile(r"(?P<key>[A-Za-z0-9_-]{32})\.(?P<digest>[A-Za-z0-9_-]{32})")


@dataclass(frozen=True, slots=True)
class Copy:
    """A whole file, open for reading, and its first bytes."""

    file: BinaryIO
    size: int
    digest: str
    head: bytes

    def again(self) -> "Copy":
        """The same, opened once more: with a position of its own, even if its name is gone by now."""
        return Copy(Path(f"/proc/self/fd/{self.file.fileno()}").open("rb"), self.size, self.digest, self.head)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a copy stands."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is being written."""

    path: Path
    file: BinaryIO


def key_of(file: File, rendition: Rendition) -> str:
    """The hash that a copy is kept under."""
    parts = [part.encode() for part in (file.channel, file.chat, file.id, rendition)]
    told = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return written(hashlib.blake2b(told, digest_size=24).digest())


def written(digest: bytes) -> str:
    """24 bytes as 32 characters that may stand in a file's name."""
    return base64.urlsafe_b64encode(digest).decode()


def opened(file: BinaryIO, size: int, digest: str) -> Copy:
    """A copy that stands at its start. Raises `OSError`."""
    try:
        file.seek(0)
        # Past the buffer: a child that is given the descriptor starts to read where that stands.
        return Copy(file, size, digest, os.pread(file.fileno(), HEAD, 0))
    except OSError:
        file.close()
        raise


class Shelf:
    """Keeps up to `capacity` bytes; what was not asked for longest goes first.

    A file that was handed out stays readable when it goes. Raises `ConfigurationError` if the folder can't be used.
    """

    def __init__(self, folder: Path, capacity: int) -> None:
        self.folder = folder
        self.capacity = capacity
        self.size = 0
        self.places: OrderedDict[str, Place] = OrderedDict()
        self.lock = threading.Lock()
        try:
            make_folder(folder)
            with self.draft():
                pass
            self.take_stock()
        except OSError as error:
            raise ConfigurationError([f"media.folder: {folder} can't be used: {error.strerror}"]) from None

    def take_stock(self) -> None:
        """Remove what a crash left half done, and see what is there; files of others stay untouched."""
        found: list[tuple[int, str, Place]] = []
        for entry in os.scandir(self.folder):
            if entry.name.startswith(DRAFT) and entry.is_file(follow_symlinks=False):
                Path(entry.path).unlink()
            elif (named := NAME.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False):
                told = entry.stat(follow_symlinks=False)
                found.append((told.st_mtime_ns, named["key"], Place(entry.name, told.st_size)))
        for _, key, place in sorted(found, key=lambda one: one[0]):
            self.put(key, place)
        self.make_room()

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """A new file to write into; unless it is kept, nothing is left of it afterwards."""
        number, name = tempfile.mkstemp(prefix=DRAFT, dir=self.folder)
        file = os.fdopen(number, "w+b")
        try:
            adopt(Path(name))
            yield Draft(Path(name), file)
        finally:
            with suppress(OSError):  # what did not fit on the disk does not fit now
                file.close()
            with suppress(FileNotFoundError):  # it was kept
                Path(name).unlink()

    def find(self, key: str) -> Copy | None:
        """The copy under this key; asking keeps it here for longer. Raises `OSError` if the disk is broken."""
        with self.lock:
            place = self.places.get(key)
            if place is None:
                return None
            try:
                file = (self.folder / place.name).open("rb")
            except OSError:  # somebody has cleaned up here
                self.forget(key)
                return None
            self.places.move_to_end(key)
        with suppress(OSError):  # the order after a restart is no reason to fail
            os.utime(file.fileno())
        return opened(file, place.size, place.name.partition(".")[2])

    def keep(self, key: str, draft: Draft) -> Copy:
        """Put a draft that is whole on the shelf. Raises `OSError`, and nothing was kept then."""
        draft.file.flush()
        file = draft.path.open("rb")
        try:
            digest = written(hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=24)).digest())
            place = Place(f"{key}.{digest}", os.fstat(file.fileno()).st_size)
            with self.lock:
                draft.path.replace(self.folder / place.name)
                self.put(key, place)
                self.make_room()
        except OSError:
            file.close()
            raise
        return opened(file, place.size, digest)

    def erase(self, files: Iterable[File]) -> None:
        """Remove every copy of these files, in whatever form."""
        with self.lock:
            for file in files:
                for rendition in Rendition:
                    place = self.forget(key_of(file, rendition))
                    if place is not None:
                        self.remove(place)

    def put(self, key: str, place: Place) -> None:
        """Enter a file as the one that was asked for last; an older one of its key goes."""
        old = self.forget(key)
        if old is not None and old.name != place.name:
            self.remove(old)
        self.places[key] = place
        self.size += place.size

    def make_room(self) -> None:
        """Remove files until the rest fits."""
        while self.size > self.capacity and self.places:
            oldest = self.forget(next(iter(self.places)))
            if oldest is not None:
                self.remove(oldest)

    def forget(self, key: str) -> Place | None:
        """Strike out a key; its file stays."""
        place = self.places.pop(key, None)
        if place is not None:
            self.size -= place.size
        return place

    def remove(self, place: Place) -> None:
        """Remove a file; one that can't be removed is seen again at the next start."""
        with suppress(OSError):
            (self.folder / place.name).unlink()
