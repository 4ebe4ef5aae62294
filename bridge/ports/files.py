"""Files of the networks: addresses of ours for them, and copies on our disk."""

from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol, Self

from bridge.message import (
    File,
    Filed,
    Media,
)


class Rendition(StrEnum):
    """What is made of a file so that a browser can show it."""

    ORIGINAL = "o"
    PNG = "png"
    """a still picture"""
    M4A = "m4a"
    """a sound that every browser plays"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file of a network's can be had, and what will be there. `facts` make the address true."""

    url: str
    download_url: str
    name: str
    mime: str
    facts: tuple[Filed, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address of ours stands for: the stored file of that id, as `rendition`, until `expires` (0: for ever)."""

    id: str
    rendition: Rendition
    expires: int = 0


class Links(Protocol):
    """Gives files of a network addresses of ours; pure."""

    def to(self, media: Media, sent_at: float) -> Address:
        """The address of what can be shown of this media, whose `source` is a `File`."""
        ...


@dataclass(frozen=True, slots=True)
class Blob:
    """A file on our disk, open for reading at its start: it stays whole even if its place on the disk is given away.

    `mime` is what it really holds, `name` fits that, `digest` names exactly these bytes. Whoever got it closes it: `with blob:`.
    """

    file: BinaryIO
    name: str
    mime: str
    size: int
    digest: str

    def close(self) -> None:
        """Let it go."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Blobs(Protocol):
    """Brings files of the networks to our disk, each once."""

    async def get(
        self,
        file: File,
        rendition: Rendition = Rendition.ORIGINAL,
        *,
        name: str = "",
        mime: str = "",
        thumbnail: File | None = None,
    ) -> Blob:
        """The file as this rendition; if that can't be made of it, its thumbnail instead of a picture, else the original.

        `name` and `mime` are what others say of the original: the blob's own come of them and of what is in it. Raises
        `FileGone`, `FileTooLarge` or `FileUnavailable`.
        """
        ...
