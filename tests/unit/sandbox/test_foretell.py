"""What the phone must show is told from the bridge's own plan, loosely enough for every way that a file may come."""

from typing import Any

import pytest

from bridge.message import Call
from bridge.sandbox.foretell import FILE, OTHER, PLACE, expected, pieces, seen
from bridge.sandbox.telegram_answers import Json

PROJECT = "6b0640ce73d0232da7f7bbe4"
REQUEST = f"support-group-{PROJECT}-1"
AGENT = "6b0640ce73d0232da7f7bb22"


def told(**fields: Any) -> list[frozenset[str]]:
    document = {"_id": "m1", "id_project": PROJECT, "recipient": REQUEST, "sender": AGENT, "type": "text"}
    document |= {"senderFullname": "Olivia", "createdAt": "2026-01-01T00:00:00.000Z", **fields}
    return expected(document, {"request_id": REQUEST}, PROJECT, "http://127.0.0.1:9", "7")


@pytest.mark.parametrize(
    ("message", "mark"),
    [
        ({"text": "a  b\n"}, "ab"),
        ({"photo": [], "caption": "c d"}, "cd"),
        ({"photo": []}, FILE),
        ({"sticker": {}}, FILE),
        ({"location": {}}, PLACE),
        ({"poll": {}}, OTHER),
    ],
)
def test_a_message_is_marked_by_its_words_or_by_what_it_is(message: Json, mark: str) -> None:
    assert seen(message) == mark


def test_words_must_come_as_they_are_and_notes_not_at_all() -> None:
    assert told(text="Hi **Ann**") == [frozenset({"HiAnn"})]
    assert told(text="secret", attributes={"subtype": "private"}) == []
    assert told(text="x", sender="") == []


def test_a_file_counts_by_its_caption_or_as_any_file() -> None:
    src = "https://files.example.org/a.png"
    [piece] = told(type="image", text="see", metadata={"src": src, "type": "image/png"})
    assert "see" in piece
    [piece] = told(type="image", text="", metadata={"src": src, "type": "image/png"})
    assert FILE in piece
    assert any(src in mark for mark in piece)


def test_every_way_of_a_call_counts_and_what_shows_nothing_does_not() -> None:
    link = Call("sendMessage", "7", {"text": "see a.png"})
    document = Call("sendDocument", "7", {}, instead=link)
    assert list(pieces(Call("sendPhoto", "7", {"caption": "a b"}, instead=document))) == [
        frozenset({"ab", FILE, "seea.png"})
    ]
    assert list(pieces(Call("sendVenue", "7", {"title": "x"}))) == [frozenset({PLACE})]
    assert list(pieces(Call("sendMediaGroup", "7", {"media": [{"caption": "a"}, {}]}))) == [
        frozenset({"a"}),
        frozenset({FILE}),
    ]
    for method in ("sendChatAction", "editMessageReplyMarkup", "answerCallbackQuery"):
        assert list(pieces(Call(method, "7", {"text": "x"}))) == []
