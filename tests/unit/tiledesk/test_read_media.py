from typing import Any

import pytest

from bridge.message import Media, MediaKind, Message, Notice, Part, Skip, Text
from bridge.tiledesk.read import TiledeskReader
from tests.unit.tiledesk.desks import PROJECT, payload
from tests.unit.tiledesk.readings import API, SRC, parts, read

IMAGE, FILE, VIDEO = MediaKind.IMAGE, MediaKind.FILE, MediaKind.VIDEO
OTHER = "https://td.example/api/files/download?path=o"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "image", "text": "see **here**", "metadata": {
            "src": SRC, "name": "a.png", "type": "image/png", "width": 800, "height": "600", "size": 12345, "uid": "x"}},
         Media(IMAGE, SRC, "a.png", "image/png", 12345, 800, 600, caption="see **here**")),
        ({"type": "image", "text": "", "metadata": {"src": SRC}}, Media(IMAGE, SRC)),
        ({"type": "image", "text": ..., "metadata": {"src": "https://i.example/c%20d.webp"}},
         Media(IMAGE, "https://i.example/c%20d.webp", "c d.webp", "image/webp")),
        ({"type": "image", "text": "x", "metadata": {"src": SRC, "name": "a.GIF"}},
         Media(MediaKind.ANIMATION, SRC, "a.GIF", "image/gif", caption="x")),
        ({"type": "image", "text": "", "metadata": {"src": SRC, "type": "image/svg+xml"}}, Media(FILE, SRC, "", "image/svg+xml")),
        ({"type": "image", "text": "", "metadata": {"src": SRC, "type": "application/pdf"}},
         Media(FILE, SRC, "", "application/pdf")),
        ({"type": "file", "text": f"[offer.pdf]({SRC})\nplease *sign*", "metadata": {
            "src": SRC, "downloadURL": OTHER, "name": "offer.pdf", "type": "application/pdf", "size": 22222}},
         Media(FILE, OTHER, "offer.pdf", "application/pdf", 22222, caption="please *sign*")),
        ({"type": "file", "text": f"[a]({OTHER})", "metadata": {"src": SRC, "downloadURL": OTHER}}, Media(FILE, OTHER)),
        ({"type": "file", "text": "x", "metadata": {"src": SRC, "downloadURL": "javascript:x"}}, Media(FILE, SRC, caption="x")),
        ({"type": "file", "text": "", "metadata": {"src": SRC, "type": "image/png", "name": "a.png"}},
         Media(FILE, SRC, "a.png", "image/png")),
        ({"type": "file", "text": "clip", "metadata": {"src": SRC, "type": "video/mp4"}},
         Media(VIDEO, SRC, "", "video/mp4", caption="clip")),
        ({"type": "file", "text": "", "metadata": {"src": SRC, "type": "video/webm"}}, Media(FILE, SRC, "", "video/webm")),
        ({"type": "video", "text": "clip", "metadata": {"src": "https://cdn.example/x.mp4", "type": "video/mp4", "name": 7}},
         Media(VIDEO, "https://cdn.example/x.mp4", "x.mp4", "video/mp4", caption="clip")),
        ({"type": "video", "text": "", "metadata": {"src": SRC}}, Media(VIDEO, SRC)),
        ({"type": "video", "text": "", "metadata": {"src": SRC, "name": "x.mov"}}, Media(FILE, SRC, "x.mov", "video/quicktime")),
        ({"type": "application/pdf", "text": "here", "metadata": {"src": SRC}}, Media(FILE, SRC, caption="here")),
        ({"type": "hologram", "text": "", "metadata": {"src": SRC}}, Media(FILE, SRC)),
        ({"type": "text", "text": "", "metadata": {"src": SRC}}, Media(FILE, SRC)),
    ],
)  # fmt: skip
def test_files_of_every_kind_have_the_agents_words_as_their_caption(fields: dict[str, Any], expected: Media) -> None:
    assert parts(**fields) == (expected,)


@pytest.mark.parametrize(
    ("mime", "name", "kind"),
    [
        ("audio/ogg", "v.ogg", MediaKind.VOICE),
        ("audio/ogg; codecs=opus", "v", MediaKind.VOICE),
        ("audio/opus", "v.opus", MediaKind.VOICE),
        ("audio/mpeg", "v.mp3", MediaKind.AUDIO),
        ("audio/MP4", "v.m4a", MediaKind.AUDIO),
        ("audio/x-m4a", "v.m4a", MediaKind.AUDIO),
        ("audio/aac", "v.aac", MediaKind.AUDIO),
        ("audio/wav", "v.wav", FILE),
        ("audio/webm", "v.webm", FILE),
        ("application/octet-stream", "v.mp3", MediaKind.AUDIO),
        (None, "v.oga", MediaKind.VOICE),
        ({"x": 1}, "v.wav", FILE),
    ],
)
@pytest.mark.parametrize("shape", ["file", "audio"])
def test_sounds_are_played_if_they_can_be(shape: str, mime: Any, name: str, kind: MediaKind) -> None:
    [sound] = parts(type=shape, text="a transcript", metadata={"src": SRC, "type": mime, "name": name})
    assert isinstance(sound, Media)
    assert (sound.kind, sound.caption, sound.name) == (kind, "a transcript", name)


@pytest.mark.parametrize(
    "metadata", ["", None, ..., "en", "https://x.example/a.png", [], 7, {}, {"src": ""}, {"src": " "}, {"src": 7}]
)
@pytest.mark.parametrize("shape", ["image", "file", "video", "audio", "frame", "redirect", "tts", "hologram"])
def test_without_an_address_there_are_words_alone(shape: str, metadata: Any) -> None:
    assert parts(type=shape, text="x", metadata=metadata) == (Text("x"),)
    assert read(payload("", type=shape, metadata=metadata)) == Skip("empty")


@pytest.mark.parametrize(
    ("src", "source"),
    [
        ("/files?path=a", "https://td.example/v3/files?path=a"),
        ("files?path=a b", "https://td.example/v3/files?path=a%20b"),
        ("/v3/files?path=a", "https://td.example/v3/files?path=a"),
        ("//cdn.example/a", "https://cdn.example/a"),
        (" https://x.example/my photo.jpg ", "https://x.example/my%20photo.jpg"),
        ("HTTP://x.example:8080/a", "HTTP://x.example:8080/a"),
        ("http://127.0.0.1/a", "http://127.0.0.1/a"),
    ],
)
def test_an_address_is_whole_or_beneath_the_desks_api(src: str, source: str) -> None:
    [picture] = parts(type="image", text="", metadata={"src": src})
    assert isinstance(picture, Media)
    assert picture.source == source


BAD = [
    "data:image/png;base64,iVBORw0KGgo=", "javascript:alert(1)", "file:///etc/passwd", "ftp://x.example/a", "https://",
    "https:///a", "https://[::1", "https://x.example:99999/a", "https://x.example:0/", "https://x\n.example/", "https://x\\@y.example/",
    "${image}", "{{ user.photo }}", "#", "?a", "blob:https://x.example/1", "https://x.example/" + "a" * 9000, "td.example:80/a", "ht\ttps://x/",
]  # fmt: skip


@pytest.mark.parametrize("src", BAD)
def test_what_can_not_be_fetched_is_told(src: str) -> None:
    assert parts(type="image", text="see", metadata={"src": src}) == (Text("see"), Notice("[image] can't be sent"))
    assert parts(type="file", text=f"[a]({src})", metadata={"src": src})[-1] == Notice("[file] can't be sent")
    assert parts(type="frame", text="", metadata={"src": src}) == (Notice("[page] can't be sent"),)


def test_without_the_desks_api_a_relative_address_leads_nowhere() -> None:
    reader = TiledeskReader(PROJECT)
    assert parts(reader, type="image", text="", metadata={"src": "/files?path=a"}) == (Notice("[image] can't be sent"),)


@pytest.mark.parametrize(
    ("text", "name", "caption"),
    [
        (f"[a (1).pdf]({SRC})\nsign\n\nhere ", "a (1).pdf", "sign\n\nhere"),
        (f"[a]b[c]({SRC})", "", ""),
        (f" [a]({SRC}) sign", "", "sign"),
        ("[a.pdf](https://elsewhere.example/a.pdf)\nsign", "a.pdf", "sign"),
        ("[terms](https://elsewhere.example/t) apply", "a.pdf", "[terms](https://elsewhere.example/t) apply"),
        (f"see [a]({SRC})", "a", f"see [a]({SRC})"),
        (f"[x\n]({SRC})", "", f"[x\n]({SRC})"),
        ("[a.pdf](https://elsewhere", "a.pdf", "[a.pdf](https://elsewhere"),
    ],
)
def test_the_link_before_the_agents_words_goes_and_their_own_links_stay(text: str, name: str, caption: str) -> None:
    [file] = parts(type="file", text=text, metadata={"src": SRC, "name": name})
    assert isinstance(file, Media)
    assert file.caption == caption


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"name": "C:\\Users\\ann\\a.pdf"}, "a.pdf"),
        ({"name": "../../etc/passwd"}, "passwd"),
        ({"name": "a\r\nb\x00.pdf"}, "a b.pdf"),
        ({"name": "x" * 900}, "x" * 199 + "…"),
        ({"src": "https://td.example/files?path=uploads%2Fusers%2F1%2Fжж.pdf&x=1"}, "жж.pdf"),
        ({"src": "https://cdn.example/a/b.pdf?x=1"}, "b.pdf"),
        ({"src": "https://cdn.example/a/b"}, ""),
        ({"name": {"x": 1}}, ""),
    ],
)
def test_a_name_is_one_line_without_a_path(metadata: dict[str, Any], name: str) -> None:
    [file] = parts(type="file", text="", metadata={"src": SRC, **metadata})
    assert isinstance(file, Media)
    assert file.name == name


@pytest.mark.parametrize("size", [-1, True, "100%", "9" * 5000, 1e300, 2**63, None, [], "٣", 0.5])
def test_a_size_that_makes_no_sense_is_none(size: Any) -> None:
    assert parts(type="image", text="", metadata={"src": SRC, "size": size, "width": size}) == (Media(IMAGE, SRC),)


def test_a_spoken_text_is_words_and_its_sound_if_wanted() -> None:
    spoken: dict[str, Any] = {
        "type": "tts",
        "text": "Welcome",
        "metadata": {"src": "https://v.example/a.mp3", "type": "audio/mpeg"},
    }
    sound: Part = Media(MediaKind.AUDIO, "https://v.example/a.mp3", "a.mp3", "audio/mpeg")
    assert parts(**spoken) == (Text("Welcome"),)
    assert parts(TiledeskReader(PROJECT, API, speech=True), **spoken) == (Text("Welcome"), sound)
    assert parts(**{**spoken, "text": ""}) == (sound,)


def test_html_is_read_as_words() -> None:
    reading = read(payload("<p>Hi <b>Ann</b></p>", type="html"))
    assert isinstance(reading, Message)
    [part] = reading.parts
    assert isinstance(part, Text)
    assert "Ann" in part.markdown
    assert "<" not in part.markdown
    assert read(payload("<p> </p>", type="html")) == Skip("empty")


@pytest.mark.parametrize("kind", [["image"], None, 7, "", "button", "gallery"])
def test_words_of_no_known_type_are_words(kind: Any) -> None:
    assert parts(type=kind, text="x", metadata={"x": 1}) == (Text("x"),)


def test_half_a_character_that_the_door_let_in_is_no_trouble() -> None:
    assert parts(text="caf\ufffd") == (Text("caf\ufffd"),)


def test_a_bots_inner_words_never_show() -> None:
    inner = {"_raw_message": "* secret", "disableInputMessage": True, "intentName": "x", "fillParams": {"a": 1}}
    assert parts(text="Hi", sender="bot_1", attributes=inner) == (Text("Hi"),)
