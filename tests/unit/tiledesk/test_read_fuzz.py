import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from bridge.errors import Unreadable
from bridge.message import Choice, Media, Message, News, Notice, Pause, Reading, Skip, Spot, Text
from bridge.tiledesk.read import CLOSE_EVENT, TiledeskReader
from bridge.tiledesk.read import TEMPLATE as NOTE
from tests.mutants import mutants
from tests.unit.tiledesk.desks import PROJECT, closing, payload
from tests.unit.tiledesk.readings import API, READER, SRC, attributes, bubble, buttons, gallery, hidden, parts

MUTANTS = 100_000 if os.environ.get("BRIDGE_PROOF") else 2000
SPEAKING = TiledeskReader(PROJECT, API, speech=True)
REASONS = {
    "other project", "no sender", "echo", "system", "private", "info", "info/support", "unknown subtype", "not in a request",
    "empty",
}  # fmt: skip

BUTTONS: tuple[dict[str, Any], ...] = (
    {"type": "text", "value": "Yes"}, {"type": "url", "value": "Site", "link": "https://x.example"},
    {"type": "action", "value": "Talk", "action": "#0f7a{}", "show_echo": False},
)  # fmt: skip
CARDS = (
    {"preview": {"src": SRC}, "title": "A", "description": "a", "buttons": list(BUTTONS)},
    {"preview": {"src": ""}, "title": "B"},
)
SOURCES = [{"source_name": "Doc", "source_file_name": "https://x.example/y", "source_description": "d"}]
TEMPLATE = {
    "attachment": {
        "type": "wa_template",
        "template": {"name": "hello", "params": {"body": [{"type": "text", "text": "x"}]}},
    }
}
FRAME = {"src": "https://www.youtube.com/embed/abc?start=4", "width": "100%", "height": 300, "type": "video"}
FILE = {"src": SRC, "downloadURL": SRC, "name": "a.pdf", "type": "application/pdf", "size": 5}
LANGUAGE = "Hi\ntdImage,w10 h5:https://i.example/a\n\\split:500\n* Yes\n* Site https://x.example\n* Talk tdAction:x\n\\agent\ntdVideo:https://v.example"
SHAPES: list[dict[str, Any]] = [
    payload("Hello **Ann**"), payload("geo:48.1,11.5"), payload("https://maps.apple.com/?ll=1,2&q=X"),
    payload("see", type="image", metadata={"src": SRC, "name": "a.png", "type": "image/png", "width": 8, "height": "6"}),
    payload(f"[a.pdf]({SRC})\nsign", type="file", metadata=FILE), payload("x", type="video", metadata={"src": "/a.mp4"}),
    payload("x", type="audio", metadata={"src": SRC, "type": "audio/ogg"}), payload("x", type="tts", metadata={"src": SRC}),
    payload("x", type="frame", metadata=FRAME), payload("", type="redirect", metadata={"src": "https://x.example", "type": "x"}),
    payload("<b>Hi</b>", type="html"), payload("Choose", **buttons(*BUTTONS)), payload(**gallery(*CARDS)),
    payload(orjson.dumps(SOURCES).decode(), type="url_preview"), payload("", type="url_preview", metadata={"sources": SOURCES}),
    payload("x", type="hologram", metadata=FILE), payload("template", attributes=TEMPLATE),
    payload(**attributes(attachment={"json_buttons": '[{"value":"Yes"}]', "json_gallery": '[{"title":"A"}]'})),
    payload(LANGUAGE, sender="bot_1"), payload("secret", **attributes(subtype="private")),
    payload("x", **attributes(subtype="info")),
    payload("summary", sender="bot_1", **attributes(commands=[
        {"type": "wait", "time": 500}, bubble("Hi"), bubble("x", type="image", metadata={"src": SRC}, **buttons(*BUTTONS)),
        bubble(**gallery(*CARDS)), {"type": "settings", "settings": {}},
        bubble("deep", attributes={"commands": [bubble("inner")]}),
    ])),
    payload("Hi\r\nVIP", sender="bot_1", **attributes(commands=[bubble("Hi"), hidden()])),
]  # fmt: skip
CLOSED = {name: closing()[name] for name in ("id_project", "request_id", "closed_at")}
BARE = [{name: value for name, value in shape.items() if name != "request"} for shape in SHAPES]
"""most of a payload is its request, and most mutants would differ there"""
SEEDS = [
    *({"event": "message.create", "payload": shape} for shape in (*SHAPES, *BARE)),
    *[{"event": CLOSE_EVENT, "payload": CLOSED}] * 8,
]


def outcome(mutant: object) -> Reading | None:
    """What is read, the same by both readers as far as it travels; None if it is unreadable."""
    raw = orjson.dumps(mutant)
    try:
        reading = READER.read(raw)
    except Unreadable:
        with pytest.raises(Unreadable):
            SPEAKING.read(raw)
        return None
    assert type(SPEAKING.read(raw)) is type(reading)
    return reading


def owners(content: dict[str, Any]) -> list[Any]:
    """Whose request it is, by the mutant."""
    request = content.get("request")
    if not isinstance(request, dict):
        return []
    held = ((request.get("lead"), "lead_id"), (request.get("requester"), "uuid_user"))
    return [holder.get(name) for holder, name in held if isinstance(holder, dict)]


def check(message: Message) -> None:
    """Every part has something to send, and no button or file an address that can't be used."""
    assert any(not isinstance(part, Pause) for part in message.parts)
    for part in message.parts:
        match part:
            case Text(words) | Notice(words):
                assert words.strip()
            case Media(source=source):
                assert isinstance(source, str)
                assert source.lower().startswith(("http://", "https://"))
            case Choice(offered):
                assert offered
                assert all(
                    button.label.strip() and len(button.label) <= 500 and "\n" not in button.label for button in offered
                )
            case Pause(seconds):
                assert 0 <= seconds <= 600
            case Spot(latitude, longitude):
                assert abs(latitude) <= 90
                assert abs(longitude) <= 180
            case _:
                pytest.fail(f"a part that agents do not send: {part}")


@pytest.mark.timeout(1200)
def test_mutants_of_every_shape_are_read_skipped_for_a_known_reason_or_unreadable() -> None:
    seen: Counter[str] = Counter()
    for mutant in mutants(SEEDS, MUTANTS):
        reading = outcome(mutant)
        seen[type(reading).__name__] += 1
        match reading:
            case Message():
                content = mutant["payload"]
                attached = content.get("attributes")
                assert content["id_project"] == PROJECT
                assert content["sender"] not in {"system", ""}
                assert content["sender"] not in owners(content)
                assert not (isinstance(attached, dict) and attached.get("subtype"))
                assert reading.request_id
                check(reading)
            case Skip(reason):
                assert reason in REASONS
            case News((), note):
                assert (mutant["event"] != CLOSE_EVENT, note) == (True, NOTE)
            case News(facts):
                assert mutant["event"] == CLOSE_EVENT
                assert facts
            case None:
                pass
    assert min(seen[kind] for kind in ("NoneType", "Message", "News", "Skip")) > 10, seen


def labelled() -> Iterator[dict[str, Any]]:
    """Every shape as a private note, an info message, or of a subtype that nobody knows."""
    for shape in SHAPES:
        attached = shape.get("attributes")
        for subtype in ("private", "info", "info/support", "whisper", ["private"], {"x": 1}, True, 7):
            yield {**shape, "attributes": {**(attached if isinstance(attached, dict) else {}), "subtype": subtype}}


@pytest.mark.timeout(600)
def test_no_mutant_with_a_subtype_ever_travels() -> None:
    checked = 0
    for mutant in mutants([{"event": "message.create", "payload": one} for one in labelled()], MUTANTS // 2, seed=2):
        content = mutant.get("payload") if isinstance(mutant, dict) else None
        attached = content.get("attributes") if isinstance(content, dict) else None
        if isinstance(attached, dict) and attached.get("subtype"):
            checked += 1
            assert not isinstance(outcome(mutant), Message)
    assert checked > MUTANTS // 4


def tree(dice: random.Random, depth: int) -> tuple[dict[str, Any], set[str], set[str]]:
    """A message with random commands, whose text sums all of them up; what it shows and what it hides."""
    if not depth or dice.random() < 0.4:
        word = f"{dice.getrandbits(64):016x}"
        if dice.random() < 0.3:
            return {"text": word, "attributes": {"subtype": dice.choice(["private", "info", "whisper"])}}, set(), {word}
        return {"text": word}, {word}, set()
    inner = [tree(dice, depth - 1) for _ in range(dice.randint(1, 4))]
    commands = [{"type": "message", "message": message} for message, _, _ in inner]
    shown, kept = set[str]().union(*(one[1] for one in inner)), set[str]().union(*(one[2] for one in inner))
    return {"text": "\n".join(shown | kept), "attributes": {"commands": commands}}, shown, kept


def test_no_bubble_among_others_shows_what_another_hides() -> None:
    dice = random.Random(3)
    hiding = 0
    for _ in range(MUTANTS // 4):
        message, shown, kept = tree(dice, dice.randint(1, 5))
        reading = READER.message(payload(sender="bot_1", **message))
        told = repr(reading)
        hiding += bool(kept and shown)
        assert not any(word in told for word in kept)
        if not kept:
            assert all(word in told for word in shown)
    assert hiding > MUTANTS // 40


# ---------------------------------------------------------------- sizes


def deep(levels: int) -> dict[str, Any]:
    inner = bubble("x")
    for _ in range(levels):
        inner = bubble("x", attributes={"commands": [inner]})
    return inner


LONG = 500_000
HOSTILE: dict[str, dict[str, Any]] = {
    "a long text": {"text": "a b " * (LONG // 4)},
    "a long text of nothing": {"text": "\u200b" * LONG},
    "a long bot's list": {"text": "* a\n" * (LONG // 4), "sender": "bot_1"},
    "a long bot's line": {"text": "* " + "a " * (LONG // 2), "sender": "bot_1"},
    "a long row of tags": {"text": "* a " + "tdAction: " * 3000, "sender": "bot_1"},
    "a long row of brackets": {"text": "[" * LONG, "type": "file", "metadata": {"src": SRC, "name": "[" * 500}},
    "a long link": {"text": "x", "type": "image", "metadata": {"src": "https://x.example/" + "a" * LONG}},
    "a long html": {"text": "<b>" * (LONG // 3), "type": "html"},
    "a long list of sources": {
        "text": orjson.dumps([{"source_name": str(number)} for number in range(10_000)]).decode(),
        "type": "url_preview",
    },
    "json in json": {"text": "[" * LONG, "type": "url_preview"},
    "many buttons": buttons(*({"type": "url", "value": str(number), "link": "x" * 50} for number in range(10_000))),
    "many cards": gallery(*({"title": str(number), "buttons": list(BUTTONS)} for number in range(10_000))),
    "many commands": attributes(commands=[bubble(str(number)) for number in range(1000)]),
    "commands in commands": attributes(commands=[bubble(attributes={"commands": [bubble("x")] * 100})] * 100),
    "deep commands": attributes(commands=[deep(55)]),
    "a long label": buttons({"value": " " * LONG + "x" * LONG}),
    "a long name": {"text": "x", "type": "file", "metadata": {"src": SRC, "name": "/" * LONG, "type": "a" * LONG}},
}


@pytest.mark.parametrize("fields", HOSTILE.values(), ids=HOSTILE)
def test_hostile_sizes_take_bounded_time_and_make_bounded_messages(fields: dict[str, Any]) -> None:
    raw = orjson.dumps({"event": "message.create", "payload": payload(**fields)})
    started = time.process_time()
    reading = READER.read(raw)
    assert time.process_time() - started < 2
    if isinstance(reading, Message):
        check(reading)
        assert len(reading.parts) <= 501
        assert sum(len(part.buttons) for part in reading.parts if isinstance(part, Choice)) <= 500
    else:
        assert reading == Skip("empty")


def test_a_long_text_arrives_whole() -> None:
    assert parts(text="a" * LONG) == (Text("a" * LONG),)
