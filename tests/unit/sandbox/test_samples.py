"""The files that people send in the sandbox are real ones."""

import gzip
import json
from io import BytesIO

import pytest
from PIL import Image

from bridge.sandbox import samples
from bridge.sandbox.samples.voice import HEAD, checksum, packets


@pytest.mark.parametrize(
    ("content", "form", "size"),
    [
        (samples.PARCEL, "JPEG", (480, 360)),
        (samples.SMALL, "JPEG", (160, 120)),
        (samples.MAP, "PNG", (360, 240)),
        (samples.SMILE, "WEBP", (512, 512)),
        (samples.BOX, "WEBP", (512, 512)),
    ],
)
def test_pictures_can_be_seen(content: bytes, form: str, size: tuple[int, int]) -> None:
    with Image.open(BytesIO(content)) as image:
        image.load()
        assert (image.format, image.size) == (form, size)
        assert form != "WEBP" or image.mode == "RGBA"


def test_recordings_begin_as_their_kinds_do() -> None:
    assert samples.CLIP[4:8] == samples.SILENT[4:8] == b"ftyp"
    assert samples.MOVING[:4] == b"\x1aE\xdf\xa3"
    assert samples.SONG[:3] in (b"ID3", b"\xff\xe3\x18")
    assert samples.INVOICE.startswith(b"%PDF-")
    assert json.loads(gzip.decompress(samples.BALL))["op"] == 60


@pytest.mark.parametrize("seconds", [0.0, 1.0, 7.3, 61.0])
def test_a_voice_message_of_any_length_is_a_sound_ogg_stream(seconds: float) -> None:
    content = samples.voice(seconds)
    head, tags, *spoken = packets(content)
    assert head.startswith(b"OpusHead")
    assert tags.startswith(b"OpusTags")
    assert len(spoken) == max(2, round(seconds / 0.06))
    at, last = 0, 0
    while at < len(content):
        magic, _, flags, granule, _, number, crc, count = HEAD.unpack_from(content, at)
        length = HEAD.size + count + sum(content[at + HEAD.size : at + HEAD.size + count])
        blank = content[at : at + 22] + bytes(4) + content[at + 26 : at + length]
        assert (magic, crc) == (b"OggS", checksum(blank))
        assert granule >= last
        at, last = at + length, granule
        assert bool(flags & 4) == (at == len(content))
        assert bool(flags & 2) == (number == 0)
