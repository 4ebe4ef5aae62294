"""Whatever a desk sends and however it is broken: its plan is one that Telegram could take, and always the same."""

import os
from collections.abc import Iterator
from typing import Any

import orjson

from bridge.errors import Unreadable
from bridge.message import Call, Conversation, Message
from bridge.telegram.plan import TelegramPlanner
from bridge.telegram.split import utf16_length
from tests.mutants import mutants
from tests.unit.tiledesk.desks import payload
from tests.unit.tiledesk.readings import READER
from tests.unit.tiledesk.test_read_fuzz import SEEDS

MUTANTS = 100_000 if os.environ.get("BRIDGE_PROOF") else 1000
PLANNER = TelegramPlanner(b"secret")
ANN = Conversation("support", "4711", "", "main", "support-group-1-a", "telegram-004711", confirmed=True)


def forms(call: Call) -> Iterator[Call]:
    """A call and whatever may be sent instead."""
    yield call
    if call.instead is not None:
        yield from forms(call.instead)


def check(call: Call) -> None:
    body = orjson.loads(orjson.dumps(call.body))
    match call.method:
        case "sendMessage":
            assert 1 <= utf16_length(body["text"]) <= 4096
            assert body["text"].strip()
        case "sendLocation" | "sendVenue":
            assert abs(body["latitude"]) <= 90
            assert abs(body["longitude"]) <= 180
        case "sendChatAction":
            assert body == {"action": "typing"}
        case _:
            assert len(call.uploads) == 1
            assert utf16_length(body.get("caption", "")) <= 1024
    assert 0 <= call.pause <= 5
    keyboard(body.get("reply_markup"))


def keyboard(markup: dict[str, Any] | None) -> None:
    if markup is None:
        return
    faces = [face for row in markup["inline_keyboard"] for face in row]
    assert 1 <= len(faces) <= 100
    assert all(1 <= len(row) <= 8 for row in markup["inline_keyboard"])
    assert len(orjson.dumps(markup)) <= 10_000
    for face in faces:
        assert face["text"].strip()
        assert len(face.get("callback_data", "x").encode()) <= 64


def test_every_plan_is_within_the_limits_and_the_same_at_every_attempt() -> None:
    seeds = [*SEEDS, {"event": "message.create", "payload": payload("x" * 9000 + " **b** " * 300)}]
    planned = 0
    for mutant in mutants(seeds, MUTANTS, seed=3):
        try:
            reading = READER.read(orjson.dumps(mutant))
        except Unreadable:
            continue
        if not isinstance(reading, Message):
            continue
        calls = PLANNER.plan(reading, ANN, "key")
        assert calls, "what has something to say has a plan"
        for call in calls:
            for form in forms(call):
                check(form)
        planned += 1
        if planned % 10 == 0:
            assert PLANNER.plan(reading, ANN, "key") == calls
    assert planned > MUTANTS / 5
