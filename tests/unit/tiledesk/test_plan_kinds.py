"""Files, spots, presses and notes as the desk gets them."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from bridge.media.links import SignedLinks
from bridge.media.tools import Tools
from bridge.message import (
    Button,
    ButtonKind,
    Call,
    Chosen,
    Conversation,
    File,
    Filed,
    Media,
    MediaKind,
    Message,
    Notice,
    Part,
    Person,
    Spot,
    Text,
)
from bridge.tiledesk.plan import LARGEST_UPLOAD, NOTE, PHONE, TiledeskPlanner
from tests.blobs import PlainLinks
from tests.unit.tiledesk.desks import ANN, REQUEST

KNOWN = Conversation("support", "4711", "", "main", REQUEST, ANN.id, confirmed=True)
PHOTO = Media(
    MediaKind.IMAGE, File("support", "4711", "p"), "photo.jpg", "image/jpeg", 900, 1280, 720, label="📷 Photo"
)
PDF = Media(MediaKind.FILE, File("support", "4711", "d"), "bill [1].pdf", "application/pdf", 900, label="📄 bill.pdf")
URL = "https://bridge.example.org/media/"


def calls(*parts: Part, uploads: bool = False, **fields: Any) -> list[Call]:
    message = Message(ANN, parts, 1_760_000_000.0, **fields)
    return list(TiledeskPlanner("telegram", "", PlainLinks(), uploads).plan(message, KNOWN, "key"))


def body(*parts: Part, **fields: Any) -> dict[str, object]:
    [call] = calls(*parts, **fields)
    assert orjson.loads(orjson.dumps(call.body)) == call.body
    return dict(call.body)


def test_a_photo_is_an_image_that_stands_behind_our_link() -> None:
    [call] = calls(PHOTO)
    assert (call.body["type"], call.body["text"]) == ("image", "📷 Photo")
    assert call.body["metadata"] == {
        "src": URL + "p",
        "downloadURL": URL + "p?dl=1",
        "name": "photo.jpg",
        "type": "image/jpeg",
        "width": 1280,
        "height": 720,
        "size": 900,
    }
    [fact] = call.facts
    assert isinstance(fact, Filed)
    assert fact.stored.file.id == "p"


def test_a_caption_is_the_text() -> None:
    assert body(replace(PHOTO, caption="**look** at \\close"))["text"] == "**look** at \\\u2060close"


def test_a_file_has_its_link_first_as_tiledesk_s_own_chat_writes_it() -> None:
    sent = body(Notice("↩️ earlier"), replace(PDF, caption="please pay"))
    assert sent["type"] == "file"
    assert sent["text"] == f"[bill (1).pdf]({URL}d)\n↩️ earlier\nplease pay"


@pytest.mark.parametrize(
    ("kind", "name", "mime", "type_", "text"),
    [
        (MediaKind.VIDEO, "v.mp4", "video/mp4", "file", f"[v.mp4]({URL}x)\nlabel"),
        (MediaKind.ROUND_VIDEO, "v.mp4", "video/mp4", "file", f"[v.mp4]({URL}x)\nlabel"),
        (MediaKind.ANIMATION, "a.mp4", "video/mp4", "file", f"[a.mp4]({URL}x)\nlabel"),
        (MediaKind.VOICE, "voice.m4a", "audio/mp4", "file", "label"),
        (MediaKind.AUDIO, "a.mp3", "audio/mpeg", "file", "label"),
        (MediaKind.STICKER, "s.png", "image/png", "image", "label"),
        (MediaKind.STICKER, "s.webm", "video/webm", "file", "label"),
        (MediaKind.FILE, "x", "application/octet-stream", "file", f"[x]({URL}x)"),
    ],
)
def test_every_kind_has_words_and_a_type(kind: MediaKind, name: str, mime: str, type_: str, text: str) -> None:
    sent = body(Media(kind, File("support", "4711", "x"), name, mime, label="label"))
    assert (sent["type"], sent["text"]) == (type_, text)
    metadata = sent["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["type"] == mime


@pytest.mark.parametrize(
    ("mime", "tools", "expected"),
    [
        ("image/webp", Tools(), ("image/webp", 900)),
        ("image/webp", Tools(pillow=True), ("image/png", None)),
        ("application/x-tgsticker", Tools(), ("image/webp", None)),
    ],
    ids=["as it is", "converted", "its thumbnail"],
)
def test_the_size_is_that_of_what_is_shown(mime: str, tools: Tools, expected: tuple[str, int | None]) -> None:
    small = File("support", "4711", "t")
    sticker = Media(
        MediaKind.STICKER, File("support", "4711", "s"), "s", mime, 900, label="😀 Sticker", thumbnail=small
    )
    links = SignedLinks("https://bridge.example.org", "key", 0, tools)
    [call] = TiledeskPlanner("telegram", "", links).plan(Message(ANN, (sticker,), 1_760_000_000.0), KNOWN, "key")
    metadata = call.body["metadata"]
    assert isinstance(metadata, dict)
    assert (metadata["type"], metadata.get("size")) == expected


def test_a_file_that_can_not_be_had_is_said_in_words() -> None:
    sent = body(Media(MediaKind.VIDEO, "", label="🎬 Video 1:03, 45 MB: too large", caption="look"))
    assert (sent["type"], sent["text"]) == ("text", "🎬 Video 1:03, 45 MB: too large\nlook")
    assert "metadata" not in sent


def test_a_spot_is_a_link_to_a_map() -> None:
    link = (
        "[45.070300, 7.686900](https://www.openstreetmap.org/?mlat=45.070300&mlon=7.686900#map=17/45.070300/7.686900)"
    )
    assert body(Spot(45.0703, 7.6869))["text"] == f"📍 {link}"
    assert body(Spot(45.0703, 7.6869, live=True))["text"] == f"📍 Live location: {link}"
    assert body(Spot(45.0703, 7.6869, "Mole", "Via Montebello"))["text"] == f"📍 Mole, Via Montebello\n{link}"


def test_a_press_is_posted_as_tiledesk_s_widget_would() -> None:
    sent = body(Chosen(Button(ButtonKind.TEXT, "Prices")), origin={"callback": True})
    assert (sent["text"], sent["type"], sent["metadata"]) == ("Prices", "text", {"button": True, "type": "button"})
    attributes = sent["attributes"]
    assert isinstance(attributes, dict)
    assert attributes["telegram"] == {"callback": True}
    assert not {"action", "subtype", "clienttimestamp"} & attributes.keys()


def test_an_action_goes_whole_and_hidden_if_its_echo_is_not_wanted() -> None:
    action = "#block" + orjson.dumps({"a": "x" * 1000}).decode()
    sent = body(Chosen(Button(ButtonKind.ACTION, "Talk", action, echo=False)), aside=True)
    attributes = sent["attributes"]
    assert isinstance(attributes, dict)
    assert (attributes["action"], attributes["subtype"]) == (action, "info")


def test_bots_get_their_variables() -> None:
    attributes = body(Text("/start promo"), variables={"telegram_start": "promo"})["attributes"]
    assert isinstance(attributes, dict)
    assert attributes["payload"] == {"telegram_start": "promo"}


def test_a_phone_number_goes_into_the_contact_too() -> None:
    said, phone = calls(Notice("👤 Ann, +39 1"), phone="+391")
    assert said.body["text"] == "👤 Ann, +39 1"
    assert (phone.method, phone.to, phone.body) == (PHONE, REQUEST, {"phone": "+391"})


def test_a_note_is_private_and_said_by_the_system() -> None:
    message = Message(Person("bridge", "Bridge"), (Notice("⚠️ ${NO}"),), 1.0, request_id=REQUEST, private=True)
    [call] = TiledeskPlanner("telegram").plan(message, KNOWN, "bridge/notes/k")
    assert (call.method, call.to) == (NOTE, REQUEST)
    assert call.author is not None
    assert call.author.id == ANN.id
    assert call.body == {
        "text": "⚠️ $\u2060{NO}",
        "type": "text",
        "channel": {"name": "telegram"},
        "sender": "system",
        "senderFullname": "Bridge",
        "attributes": {"subtype": "private", "bridge": {"key": "bridge/notes/k"}},
    }


@pytest.mark.parametrize(
    ("media", "taken"),
    [
        (PHOTO, True),
        (PDF, True),
        (replace(PHOTO, size=LARGEST_UPLOAD + 1), False),
        (replace(PHOTO, size=0), False),
        (replace(PHOTO, name="a.webp", mime="image/webp"), False),
        (replace(PHOTO, name="a.jpg", mime="image/png"), False),
        (replace(PHOTO, name="noextension"), False),
    ],
)
def test_with_uploads_what_tiledesk_takes_is_stored_there(media: Media, *, taken: bool) -> None:
    [call] = calls(media, uploads=True)
    assert [one.source for one in call.uploads] == ([media.source] if taken else [])
    assert calls(media)[0].uploads == ()
