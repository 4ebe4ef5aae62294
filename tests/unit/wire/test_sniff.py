import io
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bridge.wire.sniff import HEAD, SEGMENTS, picture_size, sniff

EBML = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82"


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"GIF89a\1\0\1\0", "image/gif"),
        (b"GIF87a\1\0\1\0", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
        (b"RIFF\x24\0\0\0????", ""),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + bytes(22), "image/bmp"),
        (b"BM the company's report of the year", ""),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
        (b"\0\0\0\x18ftypqt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x18ftyp3gp4\0\0\0\0", "video/3gpp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "image/avif"),
        (EBML + b"\x84webm", "video/webm"),
        (EBML + b"\x88matroska", "video/x-matroska"),
        (b"OggS\0\2" + bytes(22) + b"OpusHead", "audio/ogg"),
        (b"OggS\0\2" + bytes(22) + b"\x01vorbis", "audio/ogg"),
        (b"OggS\0\2" + bytes(22) + b"\x80theora", "video/ogg"),
        (b"ID3\4\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf3\x48\xc4", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\xff\xfe<\0h\0t\0", ""),
        (b"\xff\xff\xff\xff", ""),
        (b"PK\3\4\x14\0", "application/zip"),
        (b"PK\5\6" + bytes(18), "application/zip"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml"),
        (
            b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a drawing -->\n<!DOCTYPE svg PUBLIC 'x' 'y'>\n<SVG>",
            "image/svg+xml",
        ),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"\n  <!-- hello -->\n<HTML lang='de'>", "text/html"),
        (b"<?xml version='1.0'?><feed/>", "application/xml"),
        (b"<!-- never ends", ""),
        (b"plain words", ""),
        (b"<b>plain</b>", ""),
        (b"\0\0\0\0", ""),
        (b"", ""),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head: bytes, mime: str) -> None:
    assert sniff(head) == mime


def test_no_beginning_of_a_file_confuses_the_sniffer() -> None:
    dice = random.Random(4711)
    signs = [
        b"RIFF",
        b"\xff\xd8\xff",
        b"\0\0\0\x18ftyp",
        b"BM",
        b"<?xml ",
        b"<!--",
        b"\xff\xfb",
        EBML,
        b"OggS",
        b"GIF89a",
    ]
    for _ in range(2000):
        head = dice.choice(signs)[: dice.randrange(12)] + dice.randbytes(dice.randrange(64))
        assert isinstance(sniff(head), str)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", [b"<!--", b"<?", b" \n", b"<!doctype svg ", b"<!-- -->", b"<?x?> "])
def test_a_beginning_made_to_be_slow_is_not(piece: bytes) -> None:
    assert sniff(piece * (HEAD // len(piece))) in {"", "application/xml"}


# ---------------------------------------------------------------- pictures


def png(width: int, height: int) -> bytes:
    """A header that claims this size, and nothing behind it."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + chunk + struct.pack(">I", zlib.crc32(chunk))


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segments)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


FRAME = segment(0xC2, struct.pack(">BHHB", 8, 480, 640, 3))
EXIF = segment(0xE1, b"Exif" + bytes(60_000))


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png(50_000, 50_000), (50_000, 50_000)),
        (png(2**31 - 1, 1), (2**31 - 1, 1)),
        (jpeg(EXIF, EXIF, FRAME), (640, 480)),
        (jpeg(b"\xff\x01", b"\xff\xff\xff", FRAME), (640, 480)),
        (b"GIF89a\x00\x02\x10\x00", (512, 16)),
        (b"BM" + bytes(8) + struct.pack("<IIii", 54, 40, 30, -20), (30, 20)),
        (b"BM" + bytes(8) + struct.pack("<IIHH", 26, 12, 30, 20) + bytes(4), (30, 20)),
        (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xff\x3f\0\x0f\0\0", (16384, 16)),
    ],
)
def test_a_picture_is_as_large_as_it_claims(content: bytes, size: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(content)
    assert picture_size(tmp_path / "picture") == size
    assert picture_size(str(tmp_path / "picture")) == size


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"%PDF-1.7",
        png(0, 5),
        png(5, 5)[:20],
        png(5, 5).replace(b"IHDR", b"CgBI"),
        b"GIF89a\x00\x00\x10\x00",
        b"GIF89a",
        b"BM" + bytes(20),
        jpeg(FRAME)[:7],
        jpeg(EXIF),
        jpeg(segment(0xE0, b""), segment(0xDA, b""), FRAME),
        jpeg(b"\xff\xe0\0\0", FRAME),
        jpeg(segment(0xE0, b"abc"), b"rubbish", FRAME),
        jpeg(*[segment(0xE0, b"")] * SEGMENTS, FRAME),
        b"\xff\xd8" + b"\xff" * 100_000,
        b"RIFF\0\0\0\0WEBPXXXX" + bytes(20),
        b"RIFF\0\0\0\0WEBPVP8 " + bytes(20),
        b"RIFF\0\0\0\0WEBP",
    ],
)
def test_what_never_says_its_size_has_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(content)
    assert picture_size(tmp_path / "picture") is None


def test_what_is_no_file_has_no_size(tmp_path: Path) -> None:
    assert picture_size(tmp_path) is None
    assert picture_size(tmp_path / "nothing") is None


def test_damaged_pictures_have_a_size_or_none_and_never_more(tmp_path: Path) -> None:
    dice = random.Random(4712)
    whole = [
        png(640, 480),
        jpeg(EXIF[:40], FRAME),
        jpeg(FRAME),
        b"GIF89a\x00\x02\x10\x00",
        b"RIFF\0\0\0\0WEBPVP8X" + bytes(30),
    ]
    path = tmp_path / "picture"
    for _ in range(1000):
        content = bytearray(dice.choice(whole))
        for _ in range(dice.randrange(4)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path.write_bytes(content[: dice.randrange(len(content) + 1)])
        size = picture_size(path)
        assert size is None or (size[0] > 0 and size[1] > 0)


FORMATS: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True, "exif": b"Exif\0\0" + bytes(30_000), "icc_profile": bytes(150_000)}),
    ("PNG", {}),
    ("GIF", {}),
    ("GIF", {"save_all": True, "frames": 3}),
    ("BMP", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"save_all": True, "frames": 3}),
    ("WEBP", {"icc_profile": bytes(200)}),
]


@pytest.mark.parametrize(("kind", "options"), FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (321, 77), (77, 321)])
def test_sizes_are_the_ones_that_pillow_reads(
    kind: str, options: dict[str, Any], size: tuple[int, int], tmp_path: Path
) -> None:
    choices = dict(options)
    frames = choices.pop("frames", 1)
    pictures = [Image.new("RGB", size, (number * 60, 100, 200)) for number in range(frames)]
    if frames > 1:
        choices["append_images"] = pictures[1:]
    written = io.BytesIO()
    pictures[0].save(written, kind, **choices)
    path = tmp_path / "picture"
    path.write_bytes(written.getvalue())
    with Image.open(path) as opened:
        assert picture_size(path) == opened.size == size
    assert sniff(written.getvalue()[:HEAD]) == f"image/{kind.lower()}"
