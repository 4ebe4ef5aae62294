"""What stands around a message's content: edits, replies, forwards."""

from typing import Any

import pytest

from bridge.message import Media, Notice, Spot, Text
from bridge.telegram.fields import one_line
from tests.unit.telegram.contents import CONTENTS, EXTERNAL, FORMATTED, ORIGINS, PHOTO, REPLIED, SPOT
from tests.unit.telegram.updates import ANN, GROUP, NEWS, edit, in_topic, message, understood, update

# ---------------------------------------------------------------- edits


def test_an_edit_says_so_and_happened_when_it_was_edited() -> None:
    edited = understood(edit(**FORMATTED))
    assert edited.parts == (Text("✏️ edited: hello **you**"),)
    assert edited.sent_at == 1_760_001_800.0
    assert (edited.origin["message_id"], edited.origin["edit_of"]) == (7, 7)
    assert understood(update("edited_message", text="hello")).sent_at == 1_760_000_000.0
    assert "edit_of" not in understood(update(**FORMATTED)).origin


@pytest.mark.parametrize(
    "block", ["> quoted", "```\ncode\n```", "- one\n- two", "1. one", "## head", "| a | b |", "    x"]
)
def test_a_block_keeps_its_line_when_it_is_edited(block: str) -> None:
    assert understood(edit(text=block)).parts == (Notice("✏️ edited:"), Text(block))
    quote = {"text": "said", "entities": [{"type": "blockquote", "offset": 0, "length": 4}]}
    assert understood(edit(**quote)).parts == (Notice("✏️ edited:"), Text("> said"))


@pytest.mark.parametrize("line", ["-1 is less than 0", "1.5 times", "#hashtag", "*bold*", "a > b"])
def test_what_only_looks_like_a_block_stays_on_the_line(line: str) -> None:
    assert understood(edit(text=line)).parts == (Text(f"✏️ edited: {line}"),)


def test_of_a_file_the_caption_was_edited() -> None:
    [media] = understood(edit(photo=PHOTO, caption="my cat")).parts
    assert isinstance(media, Media)
    assert media.caption == "✏️ edited: my cat"
    for caption in (None, "> my cat"):
        notice, media = understood(edit(photo=PHOTO, caption=caption)).parts
        assert notice == Notice("✏️ edited:")
        assert isinstance(media, Media)
        assert media.caption == (caption or "")


def test_of_lines_the_first_says_that_they_were_edited() -> None:
    assert understood(edit(**CONTENTS["checklist"])).parts[:2] == (Notice("✏️ edited: 📋 Moving out"), Notice("☑ Keys"))
    assert understood(edit(**CONTENTS["venue"])).parts[0] == Notice("✏️ edited:")


# ---------------------------------------------------------------- replies


def test_a_reply_begins_with_what_it_replies_to() -> None:
    said = understood(update(text="yes", reply_to_message=REPLIED))
    assert said.parts == (Notice("↩️ How can we help you today?"), Text("yes"))
    assert said.origin["reply_to"] == 3


def test_a_stretch_that_was_chosen_is_what_is_quoted() -> None:
    said = understood(update(text="yes", reply_to_message=REPLIED, quote={"text": "help you", "position": 11}))
    assert said.parts == (Notice("↩️ help you"), Text("yes"))


@pytest.mark.parametrize(
    ("replied", "quoted"),
    [
        ({"photo": PHOTO, "caption": "my cat"}, "my cat"),
        ({"photo": PHOTO}, "📷 Photo"),
        (CONTENTS["voice"], "🎤 Voice 0:12"),
        (CONTENTS["contact"], "👤 Bob Ross, +393331234567"),
        (CONTENTS["poll"], "📊 Tea or coffee?"),
        (CONTENTS["venue"], "📍 Duomo"),
        ({"location": SPOT}, "📍 Location"),
        (CONTENTS["rich message"], "Menu See here (→ https://example.org/). 1. Soup 2. Fish…"),
        ({"pinned_message": {}}, "[pinned message]"),
        ({"text": "word " * 50}, "word " * 11 + "word…"),
        ({"text": "x" * 100}, "x" * 59 + "…"),
        ({"text": "a" * 60}, "a" * 60),
    ],
)
def test_the_quote_is_short_and_says_what_it_was(replied: dict[str, Any], quoted: str) -> None:
    said = understood(update(text="yes", reply_to_message=message(**replied)))
    assert said.parts == (Notice(f"↩️ {quoted}"), Text("yes"))
    assert len(quoted) <= 60


def test_what_follows_in_a_topic_is_no_reply_to_its_creation() -> None:
    created = message(chat=GROUP, message_id=55, forum_topic_created={"name": "x", "icon_color": 1})
    said = understood(in_topic(text="hello", reply_to_message=created))
    assert said.parts == (Text("hello"),)
    assert "reply_to" not in said.origin


def test_a_reply_to_another_chat_says_whose_message_it_was() -> None:
    said = understood(update(text="this one", external_reply=EXTERNAL))
    assert said.parts == (Notice("↩️ 📷 Photo from News (@news), signed Bob"), Text("this one"))
    assert "reply_to" not in said.origin, "ids of another chat mean nothing here"
    words = {name: value for name, value in EXTERNAL.items() if name != "photo"}
    assert understood(update(text="x", external_reply=words)).parts[0] == Notice(
        "↩️ a message from News (@news), signed Bob"
    )
    quote = {"text": "Sale!", "position": 0}
    assert understood(update(text="x", external_reply=words, quote=quote)).parts[0] == Notice("↩️ Sale!")


def test_a_reply_to_a_story() -> None:
    assert understood(update(text="nice", reply_to_story={"chat": NEWS, "id": 3})).parts[0] == Notice(
        "↩️ a story of News (@news)"
    )
    assert understood(update(text="nice", reply_to_story={"id": 3})).parts[0] == Notice("↩️ a story")


# ---------------------------------------------------------------- forwards


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("user", "Ann Lee (@ann_lee)"),
        ("hidden user", "Somebody Shy"),
        ("chat", "Guests, signed admin"),
        ("channel", "News (@news), signed Bob"),
    ],
)
def test_a_forward_begins_with_whom_it_comes_from(kind: str, source: str) -> None:
    said = understood(update(**FORMATTED, forward_origin=ORIGINS[kind]))
    assert said.parts == (Notice(f"➡️ from {source}"), Text("hello **you**"))
    assert said.author.full_name == "Ann Lee"


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"forward_from": {"id": 1, "first_name": "Bob"}, "forward_date": 1}, "Bob"),
        ({"forward_from": {"id": 1, "username": "bob"}}, "@bob"),
        ({"forward_from_chat": NEWS, "forward_signature": "Bob", "forward_date": 1}, "News (@news), signed Bob"),
        ({"forward_sender_name": "Shy\nPerson", "forward_date": 1}, "Shy Person"),
        ({"forward_date": 1}, "somebody"),
        ({"forward_origin": {"type": "of 2030"}}, "somebody"),
    ],
)
def test_forwards_of_older_bot_api_servers_and_odd_ones(fields: dict[str, Any], source: str) -> None:
    assert understood(update(text="x", **fields)).parts == (Notice(f"➡️ from {source}"), Text("x"))


def test_reply_and_forward_and_place_stand_above_the_content() -> None:
    said = understood(update(location=SPOT, reply_to_message=REPLIED, forward_origin=ORIGINS["user"]))
    assert said.parts == (
        Notice("↩️ How can we help you today?"),
        Notice("➡️ from Ann Lee (@ann_lee)"),
        Spot(45.4642, 9.19),
    )
    edited = understood(edit(text="no", reply_to_message=REPLIED))
    assert edited.parts == (Notice("↩️ How can we help you today?"), Text("✏️ edited: no"))


def test_a_contact_of_one_s_own_is_known_also_where_it_is_a_reply() -> None:
    contact = {"phone_number": "39333", "first_name": "Ann", "user_id": ANN["id"]}
    assert understood(update(contact=contact, reply_to_message=REPLIED)).phone == "+39333"


# ---------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one two", "one two"),
        (" a \r\n\t b\x00c\u2028d\x85 ", "a b c d"),
        ("one two three", "one two…"),
        ("onetwothreefour", "onetwothr…"),
        ("onetwothre four", "onetwothr…"),
        ("one\u202etwo", "onetwo"),
        ("👩\u200d👩\u200d👧\u200d👦👩\u200d👩\u200d👧\u200d👦", "👩\u200d👩\u200d👧\u200d👦👩…"),
    ],
)
def test_one_line_is_one_line_cut_at_a_word(text: str, line: str) -> None:
    assert one_line(text, 10) == line
