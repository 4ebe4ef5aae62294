from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.web.disposition import disposition


@pytest.mark.parametrize(
    "mime",
    [
        "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "audio/ogg", "audio/mp4",
        "audio/mpeg", "video/mp4", "video/webm", "text/plain",
    ],
)  # fmt: skip
def test_what_runs_nothing_is_shown_and_saved_only_on_demand(mime: str) -> None:
    assert disposition("a", mime, download=False) == 'inline; filename="a"'
    assert disposition("a", mime, download=True) == 'attachment; filename="a"'


@pytest.mark.parametrize(
    "mime",
    [
        "text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml", "text/javascript", "text/css",
        "application/javascript", "application/pdf", "application/octet-stream", "image/heic", "text/plain2", "ximage/png",
        "multipart/mixed", "message/rfc822", "audio/x\r\ny", "",
    ],
)  # fmt: skip
def test_everything_else_is_saved(mime: str) -> None:
    assert disposition("a", mime, download=False) == 'attachment; filename="a"'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("отчёт №5.pdf", "filename=\"_____ _5.pdf\"; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82%20%E2%84%965.pdf"),
        ('a "b".txt', "filename=\"a _b_.txt\"; filename*=UTF-8''a%20%22b%22.txt"),
        ("100%.txt", "filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ("a\r\nSet-Cookie: x=1", 'filename="aSet-Cookie: x=1"'),
        ("../../x\\y", 'filename=".._.._x_y"'),
        ("", 'filename="file"'),
        ("\ud800", 'filename="file"'),
    ],
)
def test_names_keep_their_letters_and_break_nothing(name: str, expected: str) -> None:
    assert disposition(name, "application/pdf", download=False) == f"attachment; {expected}"


@given(st.text())
def test_any_name_makes_one_sound_line(name: str) -> None:
    line = disposition(name, "image/png", download=False)
    line.encode("ascii")
    assert line.isprintable()
    message = EmailMessage()
    message["Content-Disposition"] = line
    assert message.get_content_disposition() == "inline"
