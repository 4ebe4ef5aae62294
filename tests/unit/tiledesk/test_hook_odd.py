import orjson
import pytest

from bridge.errors import Unreadable
from bridge.ports import Answer, Knock
from bridge.store.memory import MemoryStore
from bridge.tiledesk.hook import TiledeskDoor
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.read import TiledeskReader
from tests.clock import ManualClock
from tests.unit.tiledesk.desks import EVENT, OURS, PROJECT, envelope, opened, payload


@pytest.fixture
def store() -> MemoryStore:
    known = MemoryStore(ManualClock())
    known.learn([opened()])
    return known


@pytest.fixture
def door(store: MemoryStore) -> TiledeskDoor:
    return TiledeskDoor(PROJECT, "unguessable", Keys({EVENT: OURS}, settled=True), store, store.accept)


async def test_words_without_an_id_are_not_taken_for_repeats_of_each_other(
    door: TiledeskDoor, store: MemoryStore
) -> None:
    for text in ("one", "two", "two"):
        await door.enter(Knock({}, {}), envelope(payload(text, _id=...)))
    assert sum(one.waiting for one in await store.census()) == 2


async def test_what_is_nested_too_deeply_to_be_kept_stands_as_a_dead_letter(
    door: TiledeskDoor, store: MemoryStore
) -> None:
    deep = orjson.dumps(payload()).replace(b'"__v":0', b'"__v":' + b"[" * 300 + b"]" * 300)
    body = envelope("PAYLOAD").replace(b'"PAYLOAD"', deep)
    assert await door.enter(Knock({}, {}), body) == Answer(200)
    [claim] = await store.claim("channel/support", 1, 60.0)
    with pytest.raises(Unreadable):
        TiledeskReader(PROJECT).read(claim.entries[0].raw)
