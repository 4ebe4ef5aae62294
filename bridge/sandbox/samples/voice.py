"""Voice messages of any length: the packets of one second, over and over, in an Ogg stream of their own."""

import struct
from collections.abc import Iterator
from itertools import cycle, islice

from bridge.sandbox.samples.recordings import VOICE

HEAD = struct.Struct("<4sBBqIIIB")
"""magic, version, flags, granule position, stream, page number, checksum, number of lacing values (RFC 3533)"""

RATE = 48_000
"""samples a second in an Opus stream's granule positions, whatever was recorded (RFC 7845)"""

PACKET = RATE * 60 // 1000
"""samples in each packet of the recording"""

ON_A_PAGE = 16
FIRST, LAST = 2, 4
STREAM = 4711


def voice(seconds: float) -> bytes:
    """A voice message that lasts so long, between a tenth of a second and ten minutes."""
    head, tags, *spoken = packets(VOICE)
    skipped = int.from_bytes(head[10:12], "little")
    count = max(2, round(min(max(seconds, 0.1), 600.0) * RATE / PACKET))
    wanted = list(islice(cycle(spoken[1:-1]), count))
    pages = [page([head], 0, 0, FIRST), page([tags], 0, 1)]
    for at in range(0, count, ON_A_PAGE):
        batch = wanted[at : at + ON_A_PAGE]
        over = at + len(batch) == count
        pages.append(page(batch, skipped + (at + len(batch)) * PACKET, len(pages), LAST if over else 0))
    return b"".join(pages)


def packets(stream: bytes) -> Iterator[bytes]:
    """The packets of an Ogg stream."""
    at, packet = 0, b""
    while at < len(stream):
        *_, count = HEAD.unpack_from(stream, at)
        at += HEAD.size
        sizes = stream[at : at + count]
        at += count
        for size in sizes:
            packet += stream[at : at + size]
            at += size
            if size < 255:
                yield packet
                packet = b""


def page(content: list[bytes], granule: int, number: int, flags: int = 0) -> bytes:
    """One page of whole packets."""
    lacing = b"".join(b"\xff" * (len(one) // 255) + bytes([len(one) % 255]) for one in content)
    body = lacing + b"".join(content)
    head = (b"OggS", 0, flags, granule, STREAM, number)
    return HEAD.pack(*head, checksum(HEAD.pack(*head, 0, len(lacing)) + body), len(lacing)) + body


def checksum(data: bytes) -> int:
    """Ogg's CRC: the polynomial of CRC-32, but not reflected and without inversions."""
    crc = 0
    for byte in data:
        crc = (crc << 8) & 0xFFFFFFFF ^ TABLE[(crc >> 24) ^ byte]
    return crc


def remainder(byte: int) -> int:
    """What one byte leaves behind."""
    crc = byte << 24
    for _ in range(8):
        crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
    return crc & 0xFFFFFFFF


TABLE = tuple(map(remainder, range(256)))
