from typing import Any

import pytest

from bridge.errors import Unreadable
from bridge.message import Closed, Message, News, Person, Skip, Text
from bridge.tiledesk.read import CLOSE_EVENT, moment
from tests.unit.tiledesk.desks import AGENT, GUEST, REQUEST, closing, payload, stored
from tests.unit.tiledesk.readings import READER, attributes, parts, read


def test_an_agents_word_is_let_through_with_its_request_and_time() -> None:
    assert read(payload("Hello **Ann**")) == Message(
        Person(AGENT, "Olivia Owner"), (Text("Hello **Ann**"),), 1_795_347_597.732, REQUEST,
        {"message_id": "6b02d6ccc7ab4b42ac589100"},
    )  # fmt: skip


# ---------------------------------------------------------------- the leak guard


def label(key: str, subtype: str = "info") -> dict[str, Any]:
    return attributes(subtype=subtype, messagelabel={"key": key})


STAMPED = {"bridge": {"key": "telegram/1/100"}}
GUARDED = [
    ({"id_project": "another"}, "other project"),
    ({"id_project": ...}, "other project"),
    ({"sender": GUEST}, "echo"),
    ({"sender": GUEST, **attributes(subtype="private")}, "echo"),
    ({"sender": "telegram-004712", "attributes": STAMPED}, "echo"),
    ({"sender": "0d5c7e56-0000-4125-8649-0c37670766e4", "attributes": STAMPED}, "echo"),
    ({"sender": "system"}, "system"),
    ({"sender": "system", **label("CHAT_CLOSED", "info/support")}, "system"),
    ({"sender": ...}, "no sender"),
    ({"sender": ""}, "no sender"),
    ({"sender": None}, "no sender"),
    ({"sender": 7}, "no sender"),
    (attributes(subtype="private"), "private"),
    (attributes(subtype="private", commands=[{"type": "message", "message": {"text": "x"}}]), "private"),
    (attributes(subtype="info"), "info"),
    (attributes(subtype="info/support"), "info/support"),
    (attributes(subtype="whisper"), "unknown subtype"),
    (attributes(subtype="Private"), "unknown subtype"),
    (attributes(subtype=["private"]), "unknown subtype"),
    (attributes(subtype={"x": 1}), "unknown subtype"),
    (attributes(subtype=True), "unknown subtype"),
    (label("LEAD_UPDATED", "info/support"), "info/support"),
    (label("CHAT_REOPENED", "info/support"), "info/support"),
    (label("TOUCHING_OPERATOR"), "info"),
    (label("MEMBER_JOINED_GROUP"), "info"),
    (label("MEMBER_LEFT_GROUP"), "info"),
    (label("GROUP_CREATED"), "info"),
    (label("LIVE_PAGE"), "info"),
    (label("PLAN_EXPIRED"), "info"),
    (label("NO_AVAILABLE_OPERATOR_MESSAGE"), "info"),
    ({"channel_type": "direct"}, "not in a request"),
    ({"channel_type": None}, "not in a request"),
    ({"channel_type": "direct", **label("USER_BANNED")}, "info"),
    ({"text": ""}, "empty"),
    ({"text": " \r\n"}, "empty"),
    ({"text": ...}, "empty"),
    ({"text": {"x": 1}}, "empty"),
]


@pytest.mark.parametrize(("fields", "reason"), GUARDED)
def test_what_is_not_allowed_does_not_travel(fields: dict[str, Any], reason: str) -> None:
    assert read(payload(**fields)) == Skip(reason)


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"channel_type": ...}, {"attributes": ...}, {"attributes": ""}, {"attributes": None}, {"metadata": ""},
        {"metadata": None}, {"metadata": "en"}, {"request": ...}, {"request": {"lead": None, "requester": ""}},
        {"sender": "bot_" + AGENT}, {"sender": "bot_" + AGENT, "attributes": STAMPED}, {"attributes": STAMPED},
        attributes(subtype=""), attributes(subtype=None), attributes(offline_channel="email"), {"status": 200},
    ],
)  # fmt: skip
def test_what_agents_and_bots_say_does(fields: dict[str, Any]) -> None:
    assert parts(**fields) == (Text("Hello"),)


def test_a_close_is_news_and_carries_none_of_its_history() -> None:
    assert read(closing(), CLOSE_EVENT) == News((Closed(REQUEST),))
    assert read(closing(id_project="another"), CLOSE_EVENT) == Skip("other project")


# ---------------------------------------------------------------- broken ones


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"7", b"{}", b'{"event":1}', b'"x"', b"\xff", stored(payload(_id=...)), stored(payload(_id=7)),
     stored(payload(recipient=...)), stored(closing(request_id=""), CLOSE_EVENT)],
)  # fmt: skip
def test_what_is_not_tiledesks_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        READER.read(raw)


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"createdAt": "2026-01-01T00:00:00.000Z"}, 1_767_225_600.0),
        ({"createdAt": "2026-01-01T01:00:00+01:00"}, 1_767_225_600.0),
        ({"createdAt": "soon", "updatedAt": "2026-01-01T00:00:00.5Z"}, 1_767_225_600.5),
        ({"createdAt": None}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_moment_is_read_or_zero(fields: dict[str, Any], seconds: float) -> None:
    assert moment(fields) == seconds
