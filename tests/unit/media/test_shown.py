import pytest

from bridge.media.shown import Shown, shown
from bridge.media.tools import Tools
from bridge.message import File, Media, MediaKind
from bridge.ports import Rendition
from tests.unit.media.sources import ALL, NONE, file

PILLOW, RLOTTIE, FFMPEG = Tools(pillow=True), Tools(pillow=True, rlottie=True), Tools(ffmpeg=True)
TGS = "application/x-tgsticker"


def look(
    kind: MediaKind, mime: str = "", name: str = "", tools: Tools = ALL, thumbnail: File | None = None
) -> tuple[str, str, str, str]:
    """The file's id, the rendition, the mime and the name."""
    told = shown(Media(kind, file("f"), name, mime, thumbnail=thumbnail), file("f"), tools)
    return told.file.id, told.rendition.name, told.mime, told.name


@pytest.mark.parametrize(
    ("kind", "mime", "name", "expected"),
    [
        (MediaKind.IMAGE, "", "", ("ORIGINAL", "image/jpeg", "photo.jpg")),
        (MediaKind.IMAGE, "image/heic", "IMG_1.HEIC", ("ORIGINAL", "image/heic", "IMG_1.HEIC")),
        (MediaKind.ANIMATION, "", "", ("ORIGINAL", "video/mp4", "animation.mp4")),
        (MediaKind.ANIMATION, "image/gif", "a.gif", ("ORIGINAL", "image/gif", "a.gif")),
        (MediaKind.VIDEO, "video/mp4", "", ("ORIGINAL", "video/mp4", "video.mp4")),
        (MediaKind.ROUND_VIDEO, "", "", ("ORIGINAL", "video/mp4", "round video.mp4")),
        (MediaKind.AUDIO, "audio/mpeg", "Song.mp3", ("ORIGINAL", "audio/mpeg", "Song.mp3")),
        (MediaKind.AUDIO, "", "", ("ORIGINAL", "audio/mpeg", "audio.mp3")),
        (MediaKind.FILE, "", "", ("ORIGINAL", "application/octet-stream", "file")),
        (MediaKind.FILE, "application/pdf", "договор", ("ORIGINAL", "application/pdf", "договор.pdf")),
        (MediaKind.FILE, "", "x.pdf", ("ORIGINAL", "application/pdf", "x.pdf")),
        (MediaKind.FILE, "nonsense", "data.bin", ("ORIGINAL", "application/octet-stream", "data.bin")),
        (MediaKind.FILE, "image/png", "virus.exe", ("ORIGINAL", "image/png", "virus.exe.png")),
    ],
)
def test_what_browsers_know_is_shown_as_it_is(kind: MediaKind, mime: str, name: str, expected: tuple[str, ...]) -> None:
    assert look(kind, mime, name) == ("f", *expected)
    assert look(kind, mime, name, NONE) == ("f", *expected)


def test_a_voice_message_becomes_m4a_where_ffmpeg_is() -> None:
    assert look(MediaKind.VOICE) == ("f", "M4A", "audio/mp4", "voice.m4a")
    assert look(MediaKind.VOICE, "audio/ogg; codecs=opus", tools=FFMPEG) == ("f", "M4A", "audio/mp4", "voice.m4a")
    assert look(MediaKind.VOICE, "audio/ogg", tools=RLOTTIE) == ("f", "ORIGINAL", "audio/ogg", "voice.ogg")
    assert look(MediaKind.VOICE, "audio/mpeg") == ("f", "ORIGINAL", "audio/mpeg", "voice.mp3")
    assert look(MediaKind.AUDIO, "audio/ogg", "Ария.ogg") == ("f", "M4A", "audio/mp4", "Ария.m4a")


def test_a_still_sticker_becomes_a_picture_where_pillow_is() -> None:
    assert look(MediaKind.STICKER, "image/webp", tools=PILLOW) == ("f", "PNG", "image/png", "sticker.png")
    assert look(MediaKind.STICKER, tools=NONE, thumbnail=file("t")) == ("f", "ORIGINAL", "image/webp", "sticker.webp")


@pytest.mark.parametrize(("mime", "able"), [(TGS, RLOTTIE), ("video/webm", FFMPEG)])
def test_a_moving_sticker_becomes_a_picture_where_its_tool_is_and_its_thumbnail_elsewhere(
    mime: str, able: Tools
) -> None:
    small = file("t")
    assert look(MediaKind.STICKER, mime, tools=able, thumbnail=small) == ("f", "PNG", "image/png", "sticker.png")
    assert look(MediaKind.STICKER, mime, tools=PILLOW, thumbnail=small) == ("t", "PNG", "image/png", "sticker.png")
    assert look(MediaKind.STICKER, mime, tools=NONE, thumbnail=small) == ("t", "ORIGINAL", "image/webp", "sticker.webp")
    assert look(MediaKind.STICKER, mime, tools=PILLOW)[:3] == ("f", "ORIGINAL", mime)


def test_the_stored_words_are_the_originals() -> None:
    told = shown(Media(MediaKind.VOICE, file("f"), size=5, thumbnail=file("t")), file("f"), ALL)
    assert told == Shown(
        file("f"), Rendition.M4A, "voice.m4a", "audio/mp4", "voice.ogg", "audio/ogg", 5, file("t")
    )  # fmt: skip
