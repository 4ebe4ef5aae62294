import pytest

from bridge.wire.naming import LONGEST_NAME, file_name, mime_type


@pytest.mark.parametrize(
    ("header", "mime"),
    [
        ("image/png", "image/png"),
        ("Text/HTML; charset=utf-8", "text/html"),
        ("application/vnd.ms-excel.sheet+xml ;x", "application/vnd.ms-excel.sheet+xml"),
        ("", ""),
        ("image", ""),
        ("image/", ""),
        ("im age/png", ""),
        ("image/p\u00f1g", ""),
    ],
)
def test_a_type_is_read_without_its_parameters(header: str, mime: str) -> None:
    assert mime_type(header) == mime


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="offer.pdf"', "offer.pdf"),
        ("attachment; filename=offer.pdf; size=7", "offer.pdf"),
        ("inline;FILENAME = offer.pdf", "offer.pdf"),
        ('attachment; filename="the \\"best\\" offer.pdf"', 'the "best" offer.pdf'),
        ("attachment; filename=\"x.pdf\"; filename*=UTF-8''%D1%84%20%D1%8B.pdf", "\u0444 \u044b.pdf"),
        ("attachment; filename*=iso-8859-1'en'%A3.txt", "\u00a3.txt"),
        ('attachment; filename="\u0444.pdf"', "\u0444.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\\\\\dir\\\\\\\\evil.exe"', "evil.exe"),
        ("attachment; filename*=utf-8''..%2F..%2Fa%00b%0d%0a.txt", "ab.txt"),
        ('attachment; filename="gpj.\u202egnp.exe"', "gpj.gnp.exe"),
        ('attachment; filename=".htaccess"', "htaccess"),
        ('attachment; filename=".."', "from-url.bin"),
        ('attachment; filename=""', "from-url.bin"),
        ("attachment", "from-url.bin"),
        ("", "from-url.bin"),
        ('attachment; filename="never ends', "from-url.bin"),
        ("attachment; filename*=utf-9''x.txt", "from-url.bin"),
        ("attachment; filename*=utf-8''%ff%fe.txt", "\ufffd\ufffd.txt"),
    ],
)
def test_a_name_is_what_the_header_says_made_harmless_else_the_end_of_the_path(header: str, name: str) -> None:
    assert file_name(header, "/files/from-url.bin") == name


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", ""), ("", ""), ("/a/", ""), ("/a/b%20c.pdf", "b c.pdf"), ("/a/..%2f..%2fpasswd", "passwd"), ("/%00%0a", "")],
)
def test_a_path_gives_its_last_segment_made_harmless(path: str, name: str) -> None:
    assert file_name("", path) == name


def test_a_long_name_keeps_its_ending() -> None:
    name = file_name("", "/" + "x" * 5000 + ".jpeg")
    assert len(name) == LONGEST_NAME
    assert name.endswith("x.jpeg")
