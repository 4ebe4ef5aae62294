"""What a copy holds, and how much of it is in memory at once."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import orjson
import pytest

from bridge.message import PRESSES, Arrival, Conversation, Direction, Lane, Opened
from bridge.outcome import Done
from bridge.ports import NO_CHANGES, Changes, Filter
from bridge.store import SqliteStore, open_journal
from bridge.store.walk import BYTES, cut, stored, walk, window
from tests.clock import ManualClock
from tests.unit.store.people import ANN, BOB, GROUP, GUEST, event, message, update, user

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_journal(tmp_path / "bridge.db", ManualClock()) as opened:
        yield opened


async def comes(store: SqliteStore, key: str, lane: Lane, raw: bytes, changes: Changes = NO_CHANGES) -> None:
    destination = "desk/main" if lane.direction is IN else "channel/support"
    await store.accept([Arrival("telegram/9", key, lane, 0, raw, destination)])
    [claim] = await store.claim(destination, 1, 60.0)
    await store.begin(claim, claim.entries[0].id, 0, changes)
    await store.settle(claim, claim.entries[0].id, Done(), release=True)


async def test_a_copy_for_a_person_is_their_chat_and_what_they_wrote_elsewhere_and_nothing_of_others(
    store: SqliteStore,
) -> None:
    own, other = Lane("support", str(ANN), "", IN), Lane("support", str(BOB), "", IN)
    group, back = Lane("support", GROUP, "", IN), Lane("support", GROUP, "", OUT)
    of_bob = Opened(Conversation("support", GROUP, "", "main", "request-of-bob", f"telegram-{BOB}"))
    await comes(store, "own", own, update(message(ANN, "mine", ANN)))
    await comes(store, "reply", Lane("support", str(ANN), "", OUT), event("yours", "request-of-ann", GUEST, "Ann"))
    await comes(store, "Bob's chat", other, update(message(BOB, str(ANN), BOB)))
    await comes(store, "Bob", group, update(message(BOB, "Bob's")), Changes((of_bob,)))
    await comes(store, "Bob's answer", group, update(message(BOB, "no", reply_to_message=message(ANN, "mine"))))
    await comes(store, "for Bob", back, event("for Bob", "request-of-bob", "guest-of-bob", "Bob"))
    await comes(store, "in the group", group, update(message(ANN, "here", reply_to_message=message(BOB, "Bob's"))))
    press = {"id": "1", "from": user(ANN), "data": "x.1", "message": message(BOB, "buttons")}
    await comes(store, "press", Lane("support", GROUP, PRESSES, OUT), update(press, "callback_query"))
    await comes(store, "elsewhere", Lane("other", GROUP, "", IN), update(message(ANN, "on another channel")))
    wanted = Filter(channel="support", person=f"telegram-{ANN}")
    copied = {one.key: raw async for one, raw in stored(store.reader, wanted)}
    assert list(copied) == ["own", "reply", "in the group", "press"]
    assert orjson.loads(copied["in the group"]) == orjson.loads(update(message(ANN, "here")))


@pytest.mark.parametrize(
    ("sizes", "last"),
    [
        ([], 9),
        ([(3, BYTES), (7, 0)], 9),
        ([(3, BYTES), (7, 1)], 6),
        ([(3, 3 * BYTES), (7, 1)], 6),
        ([(1, BYTES // 2), (2, BYTES // 2), (3, 1)], 2),
    ],
)
def test_a_window_ends_before_it_holds_too_much_but_holds_one_entry(sizes: list[tuple[int, int]], last: int) -> None:
    assert cut(sizes, 9) == last


async def test_windows_are_bounded_by_their_bytes_and_together_they_are_everything(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.store.walk.BYTES", 100)
    lane = Lane("support", "1", "", IN)
    for number, size in enumerate((60, 60, 300, 10, 10, 90, 0)):
        await store.accept([Arrival("telegram/9", str(number), lane, number, b"x" * size, "desk/main")])
    keys, after, held = list[str](), 0, list[int]()
    while after < 7:
        look = partial(window, over=Filter(), after=after, last=7, choose=lambda one, raw: (one.key, len(raw)))
        some, after = await store.reader.run(look)
        keys += [key for key, _ in some]
        held.append(sum(size for _, size in some))
    assert keys == list("0123456")
    assert held == [60, 60, 300, 20, 90]


async def test_what_nobody_chooses_is_not_kept(store: SqliteStore) -> None:
    lane = Lane("support", "1", "", IN)
    await store.accept([Arrival("telegram/9", str(n), lane, n, b"x", "desk/main") for n in range(5)])
    odd = [one async for one in walk(store.reader, Filter(), lambda one, _: one.key if int(one.key) % 2 else None)]
    assert odd == ["1", "3"]
