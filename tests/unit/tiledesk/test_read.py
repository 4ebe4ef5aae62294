from collections import Counter
from typing import Any

import orjson
import pytest

from bridge.errors import Unreadable
from bridge.message import Closed, Message, News, Notice, Part, Pause, Person, Reading, Skip, Text
from bridge.tiledesk.read import CLOSE_EVENT, TiledeskReader, moment
from tests.mutants import mutants
from tests.unit.tiledesk.desks import AGENT, GUEST, PROJECT, REQUEST, closing, payload, stored

READER = TiledeskReader(PROJECT)


def read(what: object, event: str = "message.create") -> Reading:
    return READER.read(stored(what, event))


def parts(**fields: Any) -> tuple[Part, ...]:
    reading = read(payload(**fields))
    assert isinstance(reading, Message), reading
    return reading.parts


def test_an_agents_word_is_let_through_with_its_request_and_time() -> None:
    assert read(payload("Hello **Ann**")) == Message(
        Person(AGENT, "Olivia Owner"), (Text("Hello **Ann**"),), 1_795_347_597.732, REQUEST,
        {"message_id": "6b02d6ccc7ab4b42ac589100"},
    )  # fmt: skip


# ---------------------------------------------------------------- the leak guard


def attributes(**given: Any) -> dict[str, Any]:
    return {"attributes": given}


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


# ---------------------------------------------------------------- shapes


SRC = "https://td.example/api/files?path=o"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "image", "text": "see here", "metadata": {"src": SRC, "name": "a.png"}},
         (Text("see here"), Notice(f"[image] a.png: {SRC}"))),
        ({"type": "image", "text": "", "metadata": {"src": SRC}}, (Notice(f"[image] {SRC}"),)),
        ({"type": "file", "text": f"[offer.pdf]({SRC})\nplease sign", "metadata": {"src": SRC, "name": "offer.pdf"}},
         (Text(f"[offer.pdf]({SRC})\nplease sign"),)),
        ({"type": "file", "text": "", "metadata": {"src": SRC, "name": "v.wav", "type": "audio/wav"}},
         (Notice(f"[file] v.wav: {SRC}"),)),
        ({"type": "video", "text": "clip", "metadata": {"src": SRC, "name": 7}}, (Text("clip"), Notice(f"[video] {SRC}"))),
        ({"type": "frame", "text": "Our map", "metadata": {"src": SRC}}, (Text("Our map"), Notice(f"[page] {SRC}"))),
        ({"type": "redirect", "text": "", "metadata": {"src": SRC, "type": "redirect"}}, (Notice(f"[page] {SRC}"),)),
        ({"type": "text", "text": "x", "metadata": {"src": SRC}}, (Text("x"),)),
        ({"type": "image", "text": "x", "metadata": ""}, (Text("x"),)),
        ({"type": "image", "text": "x", "metadata": {"src": ""}}, (Text("x"),)),
        ({"type": "tts", "text": "Welcome", "metadata": {"src": SRC}}, (Text("Welcome"),)),
        ({"type": ["image"], "text": "x"}, (Text("x"),)),
    ],
)  # fmt: skip
def test_what_is_not_text_stands_as_a_line_with_its_address(fields: dict[str, Any], expected: tuple[Part, ...]) -> None:
    assert parts(**fields) == expected


def buttons(*given: Any) -> dict[str, Any]:
    return attributes(attachment={"type": "template", "buttons": list(given)})


def test_buttons_are_lines_to_read_and_answer() -> None:
    shown = buttons(
        {"type": "text", "value": "Prices"},
        {"type": "url", "value": " Site ", "link": "https://x.example"},
        {"type": "action", "value": "Talk", "action": "#0f7a", "link": ""},
        {"type": "text", "value": " "}, {"value": 7}, None, "x",
    )  # fmt: skip
    assert parts(text="Choose", **shown) == (
        Text("Choose"), Notice("• Prices\n• Site: https://x.example\n• Talk"),
    )  # fmt: skip
    assert parts(text="", **buttons({"value": "Yes"})) == (Notice("• Yes"),)


@pytest.mark.parametrize(
    "attachment", [None, "", [], {"buttons": None}, {"buttons": {}}, {"buttons": "x"}, {"buttons": []}]
)
def test_no_buttons_are_no_lines(attachment: Any) -> None:
    assert parts(**attributes(attachment=attachment)) == (Text("Hello"),)


def bubble(text: str = "", **fields: Any) -> dict[str, Any]:
    return {"type": "message", "message": {"type": "text", "text": text, **fields}}


def test_a_bots_commands_are_bubbles_and_waits_and_replace_the_summary() -> None:
    commands = [
        {"type": "wait", "time": 500}, bubble("Hi"), {"type": "wait", "time": 1500},
        bubble("Pick one", type="image", metadata={"src": SRC}, **buttons({"value": "A"})),
        {"type": "settings", "settings": {"noInputTimeout": 5}}, {"type": "hologram"}, None, 7,
    ]  # fmt: skip
    assert parts(text="Hi\r\nPick one", sender="bot_1", **attributes(commands=commands)) == (
        Pause(0.5), Text("Hi"), Pause(1.5), Text("Pick one"), Notice(f"[image] {SRC}"), Notice("• A"),
    )  # fmt: skip


@pytest.mark.parametrize("time", ["500", None, [], -500])
def test_a_wait_that_makes_no_sense_is_none(time: Any) -> None:
    found = parts(**attributes(commands=[{"type": "wait", "time": time}, bubble("Hi")]))
    assert [part for part in found if part != Pause(0.0)] == [Text("Hi")]


@pytest.mark.parametrize(
    "commands", [[], "x", {}, [{"type": "wait", "time": 5}], [bubble("")], [{"type": "message"}], [None]]
)
def test_commands_without_words_leave_the_summary(commands: Any) -> None:
    assert parts(text="Hi", **attributes(commands=commands)) == (Text("Hi"),)


def test_a_bots_bubble_with_a_subtype_is_hidden_and_so_is_the_summary_that_repeats_it() -> None:
    hidden = {"type": "message", "message": {"text": "VIP", "attributes": {"subtype": "private"}}}
    shown = {"type": "message", "message": {"text": "Hi"}}
    assert parts(text="Hi\r\nVIP", **attributes(commands=[shown, hidden])) == (Text("Hi"),)
    assert read(payload("VIP", **attributes(commands=[hidden]))) == Skip("empty")


def test_a_template_of_another_network_is_not_shown() -> None:
    template = attributes(attachment={"type": "wa_template", "template": {"name": "hello"}})
    assert read(payload("whatsapp template: hello\r\nbody", **template)) == Skip("empty")


def test_sources_are_lines_and_never_raw_json() -> None:
    sources = [
        {"source_name": "Doc", "source_file_name": "https://x.example/y", "source_image": ""},
        {"source_name": "", "source_file_name": "https://x.example/z"}, {}, 7,
    ]  # fmt: skip
    assert parts(type="url_preview", text=orjson.dumps(sources).decode()) == (
        Text("• Doc: https://x.example/y\n• https://x.example/z"),
    )
    assert parts(type="url_preview", text="see https://x.example") == (Text("see https://x.example"),)
    assert read(payload("[]", type="url_preview")) == Skip("empty")
    assert parts(type="text", text="[1]") == (Text("[1]"),)


def test_half_a_character_that_the_door_let_in_is_no_trouble() -> None:
    assert parts(text="caf\ufffd") == (Text("caf\ufffd"),)


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


BUBBLES = attributes(commands=[bubble("Hi"), {"type": "wait", "time": 5}])
SEEDS = [
    {"event": "message.create", "payload": payload()},
    {"event": "message.create", "payload": payload(sender="bot_1", **BUBBLES)},
    {"event": "message.create", "payload": payload("Choose", **buttons({"type": "url", "value": "Site", "link": "https://x"}))},
    {"event": "message.create", "payload": payload(type="image", metadata={"src": SRC, "name": "a.png"})},
    {"event": "message.create", "payload": payload("[]", type="url_preview")},
    {"event": "message.create", "payload": payload("secret", **attributes(subtype="private"))},
    {"event": CLOSE_EVENT, "payload": {name: closing()[name] for name in ("id_project", "request_id", "closed_at")}},
]  # fmt: skip


def test_two_thousand_mutants_are_read_or_unreadable_and_nothing_slips_past_the_guard() -> None:
    seen: Counter[str] = Counter()
    for mutant in mutants(SEEDS, 2000):
        try:
            reading = READER.read(orjson.dumps(mutant))
        except Unreadable:
            seen["unreadable"] += 1
            continue
        seen[type(reading).__name__] += 1
        if isinstance(reading, Message):
            content = mutant["payload"]
            attached = content.get("attributes")
            assert content["id_project"] == PROJECT
            assert content["sender"] not in {GUEST, "system", ""}
            assert not (isinstance(attached, dict) and attached.get("subtype"))
            assert reading.request_id
            assert any(isinstance(part, Text | Notice) for part in reading.parts)
    assert min(seen[kind] for kind in ("unreadable", "Message", "News", "Skip")) > 10, seen
