import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.kinds import fitting_name, mime_by_name, tidy_mime, tidy_name, true_mime
from tests.unit.media.sources import animated_sticker, picture


@pytest.mark.parametrize(
    ("told", "tidy"),
    [
        ("image/PNG", "image/png"), ("text/html; charset=x", "text/html"), (" audio/ogg ", "audio/ogg"),
        ("", "application/octet-stream"), ("image", "application/octet-stream"), ("a/b/c", "application/octet-stream"),
        ("image/png\r\nX-Evil: 1", "application/octet-stream"), ("image/é", "application/octet-stream"),
        ("image/" + "x" * 99, "application/octet-stream"),
    ],
)  # fmt: skip
def test_a_media_type_is_tidied_or_unknown(told: str, tidy: str) -> None:
    assert tidy_mime(told) == tidy


@pytest.mark.parametrize(
    ("head", "told", "holds"),
    [
        (picture("PNG"), "text/html", "image/png"),
        (picture("JPEG"), "", "image/jpeg"),
        (picture("WEBP"), "application/octet-stream", "image/webp"),
        (animated_sticker(), "application/x-tgsticker", "application/x-tgsticker"),
        (animated_sticker(), "image/png", "application/gzip"),
        (b"OggS\x00\x02", "audio/ogg", "audio/ogg"),
        (b"OggS\x00\x02", "video/ogg", "video/ogg"),
        (b"\x1a\x45\xdf\xa3", "video/x-matroska", "video/x-matroska"),
        (b"\x00\x00\x00\x18ftypmp42", "audio/mp4", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypisom", "", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/x-m4a", "audio/x-m4a"),
        (b"\x00\x00\x00\x18ftypheic", "", "image/heic"),
        (b"%PDF-1.7", "", "application/pdf"),
        (b"ID3\x04", "audio/mpeg", "audio/mpeg"),
        (b"<html>", "image/png", "image/png"),
        (b"PK\x03\x04", "application/vnd.ms-excel", "application/vnd.ms-excel"),
        (b"", "", "application/octet-stream"),
    ],
)
def test_the_first_bytes_overrule_what_is_told(head: bytes, told: str, holds: str) -> None:
    assert true_mime(head[:64], told) == holds


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("отчёт №5.pdf", "отчёт №5.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\\y.txt", "C:_x_y.txt"),
        ("a\r\nSet-Cookie: b.txt", "a Set-Cookie: b.txt"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("\ud800x\x00.png", "x.png"),
        (".htaccess", "htaccess"),
        ("  a \t b.txt. ", "a b.txt"),
        ("…", "…"), ("", ""), ("...", ""), ("🙂👩‍👩‍👧.png", "🙂👩‍👩‍👧.png"),
    ],
)  # fmt: skip
def test_a_name_is_tidied(name: str, tidy: str) -> None:
    assert tidy_name(name) == tidy


def test_a_long_name_keeps_its_ending() -> None:
    name = tidy_name("ж" * 500 + ".docx")
    assert name.endswith("ж.docx")
    assert len(name) == 120


@pytest.mark.parametrize(
    ("name", "mime", "fits"),
    [
        ("voice.ogg", "audio/mp4", "voice.m4a"), ("s.WEBP", "image/png", "s.png"), ("a.JPEG", "image/jpeg", "a.JPEG"),
        ("photo", "image/jpeg", "photo.jpg"), ("v1.2", "image/png", "v1.2.png"), ("notes", "text/plain", "notes.txt"),
        ("main.py", "text/plain", "main.py"), ("x.tar.gz", "application/gzip", "x.tar.gz"), ("", "image/png", "file.png"),
        ("", "application/octet-stream", "file"),
    ],
)  # fmt: skip
def test_a_name_ends_as_its_content_wants(name: str, mime: str, fits: str) -> None:
    assert fitting_name(name, mime) == fits


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.JPG", "image/jpeg"), ("a.mp4", "video/mp4"), ("a.webm", "video/webm"), ("a.ogg", "audio/ogg"),
        ("a", "application/octet-stream"),
    ],
)  # fmt: skip
def test_a_name_tells_a_media_type(name: str, mime: str) -> None:
    assert mime_by_name(name) == mime


@given(st.text(), st.sampled_from(["image/png", "audio/mp4", "text/plain", "application/zip"]))
def test_no_name_keeps_a_control_or_a_separator(name: str, mime: str) -> None:
    tidy = fitting_name(name, mime)
    assert tidy
    assert not tidy.startswith(".")
    assert len(tidy) <= 125
    assert not set(tidy) & set("/\\\r\n\x00\u202e")
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in tidy)
    tidy.encode()
