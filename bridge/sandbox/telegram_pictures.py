"""What the first bytes of a picture tell: its size, by its own header; and whether Telegram takes it for a photo."""

import struct

from bridge.sandbox.telegram_answers import Upload, bad_request

LARGEST = 10 << 20
"""bytes of a photo"""

LONGEST_SIDES = 10_000
"""pixels of width and height together"""

STEEPEST = 20
"""how many times longer one side may be than the other"""

# Start of frame, in every coding of JPEG; C4, C8 and CC are something else.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG, GIF, WebP or BMP, by its beginning; None for anything else."""
    try:
        match data[:4]:
            case b"\x89PNG":
                return png(data)
            case b"GIF8":
                return struct.unpack_from("<HH", data, 6)
            case b"RIFF" if data[8:12] == b"WEBP":
                return webp(data)
            case start if start[:2] == b"\xff\xd8":
                return jpeg(data)
            case start if start[:2] == b"BM":
                width, height = struct.unpack_from("<ii", data, 18)
                return width, abs(height)
            case _:
                return None
    except (struct.error, IndexError):
        return None


def png(data: bytes) -> tuple[int, int] | None:
    """The size in a PNG's first chunk."""
    return struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else None


def webp(data: bytes) -> tuple[int, int] | None:
    """The size of a WebP: extended, lossless or simple."""
    match data[12:16]:
        case b"VP8X" if len(data) >= 30:
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L" if len(data) >= 25:
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case _:
            return None


def jpeg(data: bytes) -> tuple[int, int] | None:
    """The size in a JPEG's start of frame, behind its other segments."""
    at = 2
    while data[at] == 0xFF:
        if data[at + 1] in FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def check_photo(upload: Upload) -> None:
    """Refuse what Telegram takes for no photo: by its bytes, what they are, and the proportions of the picture."""
    if upload.length > LARGEST:
        said = f"File of size {upload.length} bytes is too big for a photo; the maximum size is {LARGEST} bytes"
        raise bad_request(said)
    size = dimensions(upload.content)
    if size is None or 0 in size:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(size) > LONGEST_SIDES or max(size) > STEEPEST * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
