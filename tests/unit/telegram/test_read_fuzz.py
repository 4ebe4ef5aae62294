"""Mutated updates: whatever comes, it is read or unreadable, and what is read can be seen."""

import os
import time
from collections import Counter

import orjson
import pytest

from bridge.errors import Unreadable
from bridge.message import Conversation, Media, Message, News, Notice, Part, Press, Reading, Skip, Spot, Text
from bridge.telegram.arrive import Address
from bridge.telegram.read import TelegramReader
from bridge.telegram.spans import is_blank
from bridge.tiledesk.plan import TiledeskPlanner
from tests.mutants import mutants
from tests.unit.telegram.contents import REAL

PROOF = bool(os.environ.get("BRIDGE_PROOF"))
ROUNDS = 100_000 if PROOF else 2_000

READERS = [
    TelegramReader("support", "123456", reactions=True),
    TelegramReader("support", "123456", file_limit=None),
]
REASONS = {"unknown update", "service message", "bot", "reaction"}


@pytest.mark.timeout(600)
def test_mutants_are_read_or_unreadable_and_what_is_read_can_be_seen() -> None:
    address = Address("support", "123456", "desk/main")
    planner, conversation = TiledeskPlanner("telegram"), Conversation("support", "1", "", "main", "r", "p")
    seen: Counter[str] = Counter()
    started = time.perf_counter()
    for number, mutant in enumerate(mutants(REAL, ROUNDS)):
        for arrival in address.arrivals(mutant):
            assert arrival.lane.chat
            assert arrival.key
            assert abs(arrival.order) < 2**63, "as large as a column of SQLite"
        try:
            reading = READERS[number % 2].read(arrival.raw)
        except Unreadable:
            seen["unreadable"] += 1
            continue
        seen[type(reading).__name__] += 1
        check(reading)
        if isinstance(reading, Message):
            [call, *_] = planner.plan(reading, conversation, "1")
            assert orjson.loads(orjson.dumps(call.body))["text"].strip()
    if PROOF:
        print(f"\n{ROUNDS} mutants in {time.perf_counter() - started:.0f} s: {dict(seen)}")
    assert min(seen[kind] for kind in ("unreadable", "Message", "News", "Skip")) > 30, seen


def check(reading: Reading) -> None:
    """A message has something to see and one file at most, the rest is news or a skip of a known reason."""
    match reading:
        case Message():
            assert reading.parts
            assert all(map(is_seen, reading.parts)), reading.parts
            assert sum(isinstance(part, Media) for part in reading.parts) <= 1
            assert orjson.loads(orjson.dumps(dict(reading.origin)))["bot_id"] == "123456"
            assert reading.author.full_name
            assert all(reading.variables.values())
        case News():
            assert reading.facts
        case Skip():
            assert reading.reason in REASONS


def is_seen(part: Part) -> bool:
    """Whether agents see anything of a part; a notice and a label are one line."""
    match part:
        case Text(markdown):
            return not is_blank(markdown)
        case Notice(text) | Media(label=text):
            return not is_blank(text) and text.isprintable() and len(text) < 700
        case Spot():
            return abs(part.latitude) <= 90 and abs(part.longitude) <= 180
        case Press():
            return True
        case _:
            return False
