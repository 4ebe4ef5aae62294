"""Files that people send, one kind by one."""

from dataclasses import replace
from typing import Any

import pytest

from bridge.message import File, Media, MediaKind, Part
from bridge.telegram.media import MEGABYTE, SORTS, clock, file_name, size
from bridge.telegram.read import TelegramReader
from tests.unit.telegram.contents import ANIMATION, AUDIO, CONTENTS, DOCUMENT, PHOTO, STICKER, VIDEO, VOICE
from tests.unit.telegram.updates import understood, update

GENEROUS = TelegramReader("support", "123456", file_limit=None)


def parts(kind: str, **more: Any) -> tuple[Part, ...]:
    return understood(update(**CONTENTS[kind], **more)).parts


def the_media(**fields: Any) -> Media:
    [media] = understood(update(**fields)).parts
    assert isinstance(media, Media)
    return media


def in_chat(name: str) -> File:
    return File("support", "4711", name)


THUMB = in_chat("AAMCthumb")


# ---------------------------------------------------------------- files


def test_a_photo_comes_in_its_largest_size() -> None:
    assert parts("photo") == (
        Media(
            MediaKind.IMAGE, in_chat("AgAClarge"), name="photo.jpg", mime="image/jpeg", size=98765, width=1280, height=853,
            label="📷 Photo",
        ),
    )  # fmt: skip
    assert understood(update(photo=PHOTO)).origin["file_unique_id"] == "uAgAClarge"


def test_a_photo_too_large_to_fetch_comes_in_the_largest_size_that_can_be_had() -> None:
    huge = {**PHOTO[1], "file_size": 21 * MEGABYTE}
    assert the_media(photo=[PHOTO[0], huge, PHOTO[2]]).source == in_chat("AgACmedium")
    assert the_media(photo=[huge]).source == ""


def test_of_a_live_photo_the_still_picture_comes() -> None:
    [still] = parts("live photo")
    assert still == replace(the_media(photo=PHOTO), label="📷 Live photo")
    assert the_media(live_photo=CONTENTS["live photo"]["live_photo"]) == still


def test_an_album_is_messages_that_know_of_each_other() -> None:
    first, second = (understood(update(**CONTENTS[kind], media_group_id="13579")) for kind in ("photo", "video"))
    assert first.origin["media_group_id"] == second.origin["media_group_id"] == "13579"


def test_an_animation_is_no_document_though_it_carries_one() -> None:
    assert parts("animation") == (
        Media(
            MediaKind.ANIMATION, in_chat("CgACanim"), name="wave.mp4", mime="video/mp4", size=40000, width=320, height=240,
            duration=2, label="🎞 Animation", thumbnail=THUMB,
        ),
    )  # fmt: skip


def test_a_video_says_how_long_it_is() -> None:
    assert parts("video") == (
        Media(
            MediaKind.VIDEO, in_chat("BAACvideo"), name="party.mp4", mime="video/mp4", size=4_000_000, width=1280, height=720,
            duration=63, label="🎬 Video 1:03", thumbnail=THUMB,
        ),
    )  # fmt: skip


def test_a_video_message_is_as_wide_as_it_is_high() -> None:
    assert parts("video note") == (
        Media(
            MediaKind.ROUND_VIDEO, in_chat("DQACround"), name="video-message.mp4", mime="video/mp4", size=300_000, width=240,
            height=240, duration=10, label="⏺ Video message 0:10", thumbnail=THUMB,
        ),
    )  # fmt: skip


def test_a_voice_message() -> None:
    assert parts("voice") == (
        Media(
            MediaKind.VOICE, in_chat("AwACvoice"), name="voice.ogg", mime="audio/ogg", size=20_000, duration=12,
            label="🎤 Voice 0:12",
        ),
    )  # fmt: skip


def test_music_is_named_by_performer_and_title() -> None:
    assert parts("audio") == (
        Media(
            MediaKind.AUDIO, in_chat("CQACaudio"), name="song.mp3", mime="audio/mpeg", size=3_000_000, duration=200,
            label="🎵 The Performers – Song 3:20",  # noqa: RUF001 - a dash
        ),
    )  # fmt: skip
    bare = {name: value for name, value in AUDIO.items() if name not in {"performer", "title"}}
    assert the_media(audio=bare).label == "🎵 song.mp3 3:20"
    assert the_media(audio={"file_id": "x"}).label == "🎵 Audio"
    assert the_media(audio={"file_id": "x", "performer": "Bach"}).label == "🎵 Bach"


def test_a_document_keeps_its_name() -> None:
    assert parts("document") == (
        Media(
            MediaKind.FILE, in_chat("BQACdoc"), name="report.pdf", mime="application/pdf", size=50_000, label="📄 report.pdf",
            thumbnail=THUMB,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "mime", "name"),
    [
        ({}, "image/webp", "sticker.webp"),
        ({"is_animated": True}, "application/x-tgsticker", "sticker.tgs"),
        ({"is_video": True}, "video/webm", "sticker.webm"),
    ],
)
def test_stickers_stand_still_or_move(fields: dict[str, Any], mime: str, name: str) -> None:
    sticker = the_media(sticker=STICKER | fields)
    assert sticker == Media(
        MediaKind.STICKER, in_chat("CAACstick"), name=name, mime=mime, size=30_000, width=512, height=512,
        label="😀 Sticker", thumbnail=THUMB,
    )  # fmt: skip
    assert the_media(sticker={"file_id": "x"}).label == "🖼 Sticker"


@pytest.mark.parametrize("kind", ["photo", "animation", "video", "voice", "audio", "document"])
def test_a_caption_goes_with_its_file_and_keeps_its_formatting(kind: str) -> None:
    caption = {"caption": "my cat", "caption_entities": [{"type": "bold", "offset": 3, "length": 3}]}
    [bare], [media] = parts(kind), parts(kind, **caption)
    assert isinstance(bare, Media)
    assert media == replace(bare, caption="my **cat**")


@pytest.mark.parametrize(
    ("given", "mime", "name"),
    [
        ({"mime_type": "text/csv"}, "text/csv", "document.csv"),
        ({"mime_type": "Audio/OGG; codecs=opus"}, "audio/ogg", "document.ogg"),
        ({"mime_type": "x-scary/\r\nSet-Cookie: a"}, "application/octet-stream", "document.bin"),
        ({"mime_type": 7, "file_name": ["x"]}, "application/octet-stream", "document.bin"),
        ({"file_name": "no-type"}, "application/octet-stream", "no-type"),
        ({"file_name": " \u3164 "}, "application/octet-stream", "document.bin"),
        ({"file_name": "..", "mime_type": "text/plain"}, "text/plain", "document.txt"),
    ],
)
def test_a_file_without_a_name_or_a_type_gets_one(given: dict[str, Any], mime: str, name: str) -> None:
    media = the_media(document={"file_id": "BQAC", **given})
    assert (media.mime, media.name) == (mime, name)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\a.txt", "C:_temp_a.txt"),
        ("a\r\nX-Header: 1\x00.txt", "a X-Header: 1 .txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("отчёт за май.docx", "отчёт за май.docx"),
        (".hidden", "hidden"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("y" * 300, "y" * 200),
        ("z." + "e" * 300, "z." + "e" * 198),
    ],
)
def test_a_file_s_name_is_no_path_and_no_trick(given: str, kept: str) -> None:
    assert file_name(given) == kept


def test_a_file_that_bots_can_not_fetch_says_so() -> None:
    heavy = VIDEO | {"file_size": 45 * MEGABYTE}
    media = the_media(video=heavy, caption="look")
    assert media.source == ""
    assert media.label == "🎬 Video 1:03, 45 MB: too large for bots to fetch from Telegram (20 MB at most)"
    assert media.caption == "look"
    assert media.thumbnail == THUMB, "the small picture can be had all the same"
    assert the_media(video=VIDEO | {"file_size": 20 * MEGABYTE}).source == in_chat("BAACvideo")
    edge = the_media(document=DOCUMENT | {"file_size": 20 * MEGABYTE + 1})
    assert edge.label.startswith("📄 report.pdf, 20.1 MB: too large")


def test_one_s_own_bot_api_server_hands_out_files_of_any_size() -> None:
    [media] = understood(update(video=VIDEO | {"file_size": 1900 * MEGABYTE}), GENEROUS).parts
    assert isinstance(media, Media)
    assert (media.source, media.label) == (in_chat("BAACvideo"), "🎬 Video 1:03")


@pytest.mark.parametrize("broken", [None, 7, [], {}, {"file_id": None}, {"file_id": ""}, {"file_id": "a b"}, [7, None]])
@pytest.mark.parametrize("kind", list(SORTS))
def test_a_file_that_is_not_named_still_says_what_it_is(kind: str, broken: Any) -> None:
    media = the_media(**{kind: broken} if broken is not None else {kind: {"file_size": "x", "duration": -1}})
    assert media.source == ""
    assert media.label.endswith("Telegram does not say where it is")
    assert (media.size, media.duration) == (0, 0)


@pytest.mark.parametrize(("seconds", "shown"), [(0, ""), (5, "0:05"), (63, "1:03"), (3599, "59:59"), (3661, "1:01:01")])
def test_lengths_of_time(seconds: int, shown: str) -> None:
    assert clock(seconds) == shown
    assert the_media(voice=VOICE | {"duration": seconds}).label == f"🎤 Voice {shown}".strip()


@pytest.mark.parametrize(
    ("octets", "shown"),
    [(1, "0.1 MB"), (MEGABYTE, "1 MB"), (20 * MEGABYTE, "20 MB"), (2000 * MEGABYTE, "2000 MB"), (1_500_000, "1.5 MB")],
)
def test_sizes(octets: int, shown: str) -> None:
    assert size(octets) == shown


def test_names_of_films_are_the_senders() -> None:
    assert the_media(animation=ANIMATION | {"file_name": None}).name == "animation.mp4"
    assert the_media(video=VIDEO | {"mime_type": "video/quicktime", "file_name": ""}).name == "video.mov"
