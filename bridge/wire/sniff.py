"""What a file really is: by its first bytes, whatever its name or its server say."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

HEAD = 4096
"""bytes of a file's beginning that are enough for `sniff`"""

SIGNS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
)

BRANDS = {
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
}

RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}

BEFORE_THE_ROOT = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype\s+svg[^>\[]*>)*", re.DOTALL)
"""what may stand before the first element of a page or a drawing"""

SEGMENTS = 1000
"""looked at in a JPEG before it is taken for a hoax"""


Measure = Callable[[BinaryIO], tuple[int, int]]


class NoSize(Exception):
    """The picture never says how large it is."""


def sniff(head: bytes) -> str:
    """The MIME type of the file that begins with these bytes (4 kB are enough); "" if they say nothing."""
    for sign, mime in SIGNS:
        if head.startswith(sign):
            return "video/ogg" if sign == b"OggS" and b"\x80theora" in head[:HEAD] else mime
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return "video/3gpp" if head[8:10] == b"3g" else BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[:2] == b"BM" and head[6:10] == bytes(4) and len(head) >= 26:
        return "image/bmp"
    return sound(head) or markup(head)


def sound(head: bytes) -> str:
    """MPEG audio without a tag before it: eleven bits in a row, and what no frame has is in none of the other fields."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    version, layer, rate, pitch = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return "audio/mpeg" if version != 1 and layer and rate not in {0, 15} and pitch != 3 else ""


def markup(head: bytes) -> str:
    """A page, a drawing or other XML."""
    text = head[:HEAD].removeprefix(b"\xef\xbb\xbf")
    if b"\0" in text:
        return ""
    prologue = BEFORE_THE_ROOT.match(text.lower())
    root = text.lower()[prologue.end() if prologue else 0 :]
    if root.startswith(b"<svg"):
        return "image/svg+xml"
    if root.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    return "application/xml" if text.lstrip().lower().startswith(b"<?xml") else ""


def picture_size(path: Path | str) -> tuple[int, int] | None:
    """Width and height that a JPEG, PNG, GIF, WebP or BMP claims; None for anything else, and for what makes no sense.

    Nothing is decoded, and little is read, however large the file or the picture is.
    """
    try:
        with Path(path).open("rb") as file:
            measure = MEASURES.get(sniff(file.read(64)))
            if measure is None:
                return None
            file.seek(0)
            width, height = measure(file)
    except (OSError, NoSize):
        return None
    return (width, height) if width > 0 and height > 0 else None


def take(file: BinaryIO, count: int) -> bytes:
    """The next bytes, all of them."""
    taken = file.read(count)
    if len(taken) < count:
        raise NoSize
    return taken


def little(taken: bytes, start: int, count: int) -> int:
    """An unsigned number, the low byte first."""
    return int.from_bytes(taken[start : start + count], "little")


def png_size(file: BinaryIO) -> tuple[int, int]:
    """From the first chunk, which is always the header."""
    head = take(file, 24)
    if head[12:16] != b"IHDR":
        raise NoSize
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def gif_size(file: BinaryIO) -> tuple[int, int]:
    """The canvas that all frames share."""
    head = take(file, 10)
    return little(head, 6, 2), little(head, 8, 2)


def bmp_size(file: BinaryIO) -> tuple[int, int]:
    """From the header of 1987 or the later ones; a negative height is a picture from top to bottom."""
    head = take(file, 26)
    if little(head, 14, 4) == 12:
        return little(head, 18, 2), little(head, 20, 2)
    return little(head, 18, 4), abs(int.from_bytes(head[22:26], "little", signed=True))


def webp_size(file: BinaryIO) -> tuple[int, int]:
    """From whichever of the three kinds of first chunk is there: canvas, lossless, lossy."""
    head = take(file, 30)
    match head[12:16]:
        case b"VP8X":
            return little(head, 24, 3) + 1, little(head, 27, 3) + 1
        case b"VP8L" if head[20] == 0x2F:
            bits = little(head, 21, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if head[23:26] == b"\x9d\x01\x2a":
            return little(head, 26, 2) & 0x3FFF, little(head, 28, 2) & 0x3FFF
        case _:
            raise NoSize


def jpeg_size(file: BinaryIO) -> tuple[int, int]:
    """From the frame header, wherever it stands between the other segments; those are skipped unread."""
    take(file, 2)
    for _ in range(SEGMENTS):
        filler, marker = take(file, 2)
        if filler != 0xFF:
            raise NoSize
        if marker == 0xFF:
            file.seek(-1, 1)
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        length = int.from_bytes(take(file, 2))
        if marker in {0xD8, 0xD9, 0xDA} or length < 2:
            raise NoSize
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            frame = take(file, 5)
            return int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])
        file.seek(length - 2, 1)
    raise NoSize


MEASURES: dict[str, Measure] = {
    "image/jpeg": jpeg_size,
    "image/png": png_size,
    "image/gif": gif_size,
    "image/bmp": bmp_size,
    "image/webp": webp_size,
}
