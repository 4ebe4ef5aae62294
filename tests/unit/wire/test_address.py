import pytest

from bridge.wire.address import LONGEST, Origin, next_url, read_url
from bridge.wire.refusals import Forbidden


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTPS://Example.ORG:443/A", "https://example.org/A"),
        ("http://example.org:8080?x=1#part", "http://example.org:8080/?x=1"),
        ("http://8.8.8.8/a", "http://8.8.8.8/a"),
        ("http://[2606:4700:0::1111]:80/", "http://[2606:4700::1111]/"),
        ("http://under_score.example.org/", "http://under_score.example.org/"),
        ("https://b\u00fccher.example/\u00fc", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://example.org/my file.pdf?q=a b", "https://example.org/my%20file.pdf?q=a%20b"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("https://example.org/50%", "https://example.org/50%25"),
    ],
)
def test_an_address_is_sent_in_its_usual_spelling(written: str, sent: str) -> None:
    assert str(read_url(written)) == sent


@pytest.mark.parametrize(
    "tail",
    ["/a%2Fb%3ac", "/a?X-Sig=%3a%2B%2f+x", "/a/../b", "//double", "/files?path=uploads%2Fusers%2Fa.png", "/a?b?c"],
)
def test_what_needs_no_quoting_is_sent_as_it_was_signed(tail: str) -> None:
    assert str(read_url(f"https://example.org{tail}")) == f"https://example.org{tail}"
    assert read_url(f"https://example.org{tail}").raw_path_qs == tail


@pytest.mark.parametrize(
    "host",
    ["a..b", ".a", "-a.org", "a-.org", "a b", "a%62.org", "x" * 64, ".".join(["x" * 60] * 5), "a,b", "ex\u2100.org"],
)
def test_a_name_that_is_none_is_malformed(host: str) -> None:
    with pytest.raises(Forbidden, match=r"^the address is malformed$"):
        read_url(f"http://{host}/")


def test_an_address_of_any_length_is_no_address() -> None:
    with pytest.raises(Forbidden, match="malformed"):
        read_url("http://example.org/" + "a" * LONGEST)


def test_bytes_that_are_no_text_are_sent_as_they_are_and_halves_of_characters_are_not() -> None:
    assert str(next_url(read_url("http://example.org/"), "/caf\udce9")) == "http://example.org/caf%E9"
    with pytest.raises(Forbidden, match="malformed"):
        read_url("http://example.org/\ud83d")


@pytest.mark.parametrize("url", ["http://Example.org", "http://example.org:80/path?x", "HTTP://EXAMPLE.ORG/"])
def test_an_origin_is_scheme_host_and_port_however_they_are_written(url: str) -> None:
    assert Origin.of(url) == Origin("http", "example.org", 80)


@pytest.mark.parametrize("url", ["https://example.org", "http://example.org:8080", "http://www.example.org"])
def test_another_scheme_host_or_port_is_another_origin(url: str) -> None:
    assert Origin.of(url) != Origin.of("http://example.org")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.org/b"),
        ("b?x=%2B", "https://example.org/files/b?x=%2B"),
        ("../b", "https://example.org/b"),
        ("?y", "https://example.org/files/a?y"),
        ("", "https://example.org/files/a?x=1"),
        ("//other.example/b", "https://other.example/b"),
        ("http://other.example:8080/b", "http://other.example:8080/b"),
    ],
)
def test_a_redirect_leads_where_a_browser_would_go(location: str, url: str) -> None:
    assert str(next_url(read_url("https://example.org/files/a?x=1"), location)) == url


@pytest.mark.parametrize(
    "location", ["/\\other.example", "\\\\other.example", "/a\tb", "http:/other.example", "///b", "x:y"]
)
def test_a_redirect_in_an_odd_spelling_is_not_followed(location: str) -> None:
    with pytest.raises(Forbidden):
        next_url(read_url("https://example.org/"), location)
