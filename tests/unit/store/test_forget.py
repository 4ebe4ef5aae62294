"""A person who is forgotten leaves no trace in the store's files."""

from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import orjson
import pytest

from bridge.message import (
    NOTES,
    Arrival,
    Conversation,
    Direction,
    File,
    Filed,
    Lane,
    Message,
    Met,
    Offer,
    Offered,
    Opened,
    Receipt,
    StoredFile,
    Text,
)  # fmt: skip
from bridge.outcome import Again, Dead, Done
from bridge.ports import NO_CHANGES, Changes, Filter, Guest
from bridge.store import SqliteStore, forget, open_journal
from bridge.store.office import SqliteOffice
from bridge.store.writer import GroupCommit
from bridge.tiledesk.read import TiledeskReader
from tests.clock import ManualClock
from tests.unit.store.people import ANN, BOB, GROUP, GUEST, PROJECT, event, message, note, update

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
NUMBER = str(ANN)
TRACES = [
    b"Ann-Kathrin", b"annkathrin", NUMBER.encode(), b"secret words", b"request-of-ann", b"ann's token", b"ann-file",
    GUEST.encode(), b"an older guest",
]  # fmt: skip


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_journal(tmp_path / "bridge.db", ManualClock()) as opened:
        yield opened


async def say(
    store: SqliteStore, key: str, chat: str, content: bytes, changes: Changes = NO_CHANGES, *, live: bool = False,
    way: Direction = IN, topic: str = "",
) -> None:  # fmt: skip
    """A message is accepted and begun; unless it is `live` it is settled."""
    lane = Lane("support", chat, topic, way)
    source, destination = ("telegram/9", "desk/main") if way is IN else (f"tiledesk/{PROJECT}", "channel/support")
    await store.accept([Arrival(source, key, lane, 0, content, destination)])
    [claim] = await store.claim(destination, 1, 60.0)
    verdict = Again(1e6, "secret words again") if live else Dead("secret words") if key.endswith("9") else Done()
    await store.begin(claim, claim.entries[0].id, 0, changes)
    await store.settle(claim, claim.entries[0].id, verdict, Changes(receipts=(Receipt(0, f"far {key}"),)), release=True)


def filed(id: str, chat: str, network: str, still: str = "") -> Filed:  # noqa: A002 - the field's name
    thumbnail = File("support", chat, still) if still else None
    return Filed(StoredFile(id, File("support", chat, network), "passport.pdf", "application/pdf", thumbnail=thumbnail))


async def fill(store: SqliteStore) -> None:
    """Ann writes in her own chat and in a group, where Bob writes as well, and agents answer both."""
    own = Conversation("support", NUMBER, "", "main", "request-of-ann", f"telegram-{NUMBER}")
    facts = (
        Opened(own),
        Met("support", own.person, "Ann-Kathrin", "annkathrin"),
        Offered(Offer("o", "support", NUMBER, ())),
        filed("ann-file-1", NUMBER, "ann-file-2"),
    )
    await say(store, "1", NUMBER, update(message(ANN, "secret words", NUMBER)), Changes(facts))
    await say(store, "9", NUMBER, update(message(ANN, "secret words", NUMBER)))
    await store.keep_guest(Guest("main", own.person, GUEST, "ann's token"))
    group = Conversation("support", GROUP, "", "main", "request-in-a-group", f"telegram-{NUMBER}")
    await say(store, "2", GROUP, update(message(BOB, "Bob's words")), Changes((Opened(group),)))
    await say(store, "3", GROUP, update(message(ANN, "secret words")))
    await say(store, "19", GROUP, update(message(ANN, "secret words")))
    await say(store, "4", GROUP, update(message(BOB, "Bob again", reply_to_message=message(ANN, "secret words"))))
    await say(store, "5", NUMBER, update(message(ANN, "secret words", NUMBER)), live=True)


async def agents_answer(store: SqliteStore) -> None:
    """In the group: in the request that Ann opened, in an older one of hers, and in Bob's."""
    ann, last = ("Ann-Kathrin",), {"sender": GUEST, "senderFullname": "Ann-Kathrin", "text": "secret words"}
    for opened, person in (("request-of-old", NUMBER), ("request-of-bob", str(BOB))):
        theirs = Conversation("support", GROUP, "", "main", opened, f"telegram-{person}", closed=True)
        await say(store, opened, GROUP, update(message(BOB, "Bob's words")), Changes((Opened(theirs),)))
    again = Conversation("support", GROUP, "", "main", "request-in-a-group", f"telegram-{NUMBER}")
    await say(store, "10", GROUP, update(message(BOB, "Bob's words")), Changes((Opened(again),)))
    await say(store, "11", GROUP, event("yes", "request-in-a-group", GUEST, *ann, last), way=OUT)
    await say(store, "12", GROUP, event("no", "request-in-a-group", "an older guest", *ann), way=OUT)
    await say(store, "13", GROUP, event("old", "request-of-old", "an older guest", *ann), way=OUT)
    await say(store, "14", GROUP, event("for Bob", "request-of-bob", "guest-of-bob", "Bob", last), way=OUT)
    await say(store, "15", GROUP, note("not delivered", "request-in-a-group"), topic=NOTES)


def found(folder: Path, traces: list[bytes] = TRACES) -> set[bytes]:
    content = b"".join(file.read_bytes() for file in folder.iterdir())
    return {trace for trace in traces if trace in content}


async def contents(store: SqliteStore, chat: str, way: Direction) -> list[Any]:
    wanted = Filter(channel="support", chat=chat)
    return [
        orjson.loads(raw)
        async for one, raw in SqliteOffice(store, ManualClock()).stored(wanted)
        if one.lane.direction is way
    ]


async def test_nothing_of_the_person_is_left_and_all_of_the_others_is(store: SqliteStore, tmp_path: Path) -> None:
    await fill(store)
    await agents_answer(store)
    assert found(tmp_path) == set(TRACES)
    forgotten = await SqliteOffice(store, ManualClock()).forget("support", f"telegram-{NUMBER}", "command")
    assert found(tmp_path) == set()
    assert forgotten.erased == {
        "entries": 9, "quotes": 2, "offers of buttons": 1, "addresses of files": 1, "requests": 3, "conversations": 1,
        "sign-ins": 1, "names": 1,
    }  # fmt: skip
    assert set(forgotten.requests) == {
        ("main", "request-of-ann"), ("main", "request-in-a-group"), ("main", "request-of-old"),
    }  # fmt: skip
    assert forgotten.files == (File("support", NUMBER, "ann-file-2"),)
    heard = [one["message"]["text"] for one in await contents(store, GROUP, IN)]
    assert heard == ["Bob's words", "Bob again", "Bob's words", "Bob's words", "Bob's words"]
    assert [one["payload"]["text"] for one in await contents(store, GROUP, OUT)] == ["for Bob"]
    assert sum(one.done for one in await store.census()) == 6
    assert sum(one.dead + one.waiting for one in await store.census()) == 0
    known = await store.conversation("support", GROUP, "")
    assert known is not None
    assert (known.person, known.closed) == ("", True), "the next one who writes in the group opens another request"
    assert await store.by_request("request-in-a-group") is None, "its events would name the person again"
    assert await store.by_request("request-of-bob") == known


async def test_what_the_reader_makes_of_an_entry_that_was_pared_is_the_others_words(store: SqliteStore) -> None:
    await fill(store)
    await agents_answer(store)
    await SqliteOffice(store, ManualClock()).forget("support", f"telegram-{NUMBER}", "command")
    [event] = await contents(store, GROUP, OUT)
    told = TiledeskReader(PROJECT).read(orjson.dumps(event))
    assert isinstance(told, Message)
    assert (told.parts, told.request_id) == ((Text("for Bob"),), "request-of-bob")


async def test_files_that_they_sent_in_groups_lead_nowhere_and_those_of_others_do(store: SqliteStore) -> None:
    def sent(number: int, file: str, still: str) -> bytes:
        document = {"file_id": file, "file_name": "passport.pdf", "thumbnail": {"file_id": still}}
        return update(message(number, document=document))

    await say(store, "1", GROUP, sent(ANN, "ann-1", "ann-2"), Changes((filed("by-file", GROUP, "ann-1", "ann-2"),)))
    await say(store, "2", GROUP, sent(ANN, "ann-3", "ann-4"), Changes((filed("by-still", GROUP, "other", "ann-4"),)))
    await say(store, "3", GROUP, sent(BOB, "bob-1", "bob-2"), Changes((filed("of-bob", GROUP, "bob-1", "bob-2"),)))
    forgotten = await SqliteOffice(store, ManualClock()).forget("support", f"telegram-{NUMBER}", "command")
    assert [await store.stored_file(one) is None for one in ("by-file", "by-still", "of-bob")] == [True, True, False]
    assert set(forgotten.files) == {File("support", GROUP, one) for one in ("ann-1", "ann-2", "other", "ann-4")}


async def test_to_forget_nobody_changes_nothing(store: SqliteStore, tmp_path: Path) -> None:
    await fill(store)
    forgotten = await SqliteOffice(store, ManualClock()).forget("support", "telegram-4", "command")
    assert (forgotten.erased, forgotten.requests, forgotten.files) == ({}, (), ())
    assert found(tmp_path) == {*TRACES} - {b"an older guest"}


class Elsewhere:
    """Remembers whose memory and whose copies were to go, and what the log still held then."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], tuple[File, ...]]] = []

    async def erase(self, persons: Sequence[str], files: Sequence[File]) -> None:
        self.asked.append((tuple(persons), tuple(files)))


async def test_while_another_program_reads_the_journal_all_but_its_files_is_clean_and_that_is_told(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.store.database.SCOURINGS", 2)
    monkeypatch.setattr("bridge.store.database.BETWEEN_SCOURINGS", 0.0)
    await fill(store)
    elsewhere = Elsewhere()
    office = SqliteOffice(store, ManualClock(), elsewhere.erase)
    with closing(apsw.Connection(str(store.path), flags=apsw.SQLITE_OPEN_READONLY)) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM entry").fetchall()
        forgotten = await office.forget("support", f"telegram-{NUMBER}", "command")
        assert not forgotten.scoured
        assert ("main", "request-of-ann") in forgotten.requests, "it is told now, or never"
        assert elsewhere.asked == [((f"telegram-{NUMBER}",), ()), ((), (File("support", NUMBER, "ann-file-2"),))]
        assert await office.find("1") == []
        assert found(tmp_path) != set(), "the log has it still"
    again = await office.forget("support", f"telegram-{NUMBER}", "command")
    assert (again.scoured, again.erased) == (True, {})
    assert found(tmp_path) == set()


async def test_whoever_sends_for_the_person_meanwhile_writes_nothing_down_any_more(store: SqliteStore) -> None:
    lane = Lane("support", NUMBER, "", Direction.INBOUND)
    await store.accept([Arrival("telegram/9", "1", lane, 0, update(message(ANN, "secret words", NUMBER)), "desk/main")])
    [claim] = await store.claim("desk/main", 1, 60.0)
    await SqliteOffice(store, ManualClock()).forget("support", f"telegram-{NUMBER}", "command")
    assert not await store.begin(claim, claim.entries[0].id, 0)
    assert not await store.settle(claim, claim.entries[0].id, Done(), release=True)


async def test_a_sign_in_that_is_written_down_meanwhile_goes_as_well(store: SqliteStore) -> None:
    async def elsewhere(persons: Sequence[str], _: Sequence[File]) -> None:
        for person in persons:
            await store.keep_guest(Guest("main", person, GUEST, "ann's token"))

    await SqliteOffice(store, ManualClock(), elsewhere).forget("support", f"telegram-{NUMBER}", "command")
    assert await store.guest("main", f"telegram-{NUMBER}") is None


async def test_whoever_signs_in_anew_after_they_were_forgotten_stays_signed_in(store: SqliteStore) -> None:
    await fill(store)
    anew = Guest("main", f"telegram-{NUMBER}", "another guest", "another token")

    async def elsewhere(persons: Sequence[str], files: Sequence[File]) -> None:
        if files:  # which takes long
            assert not persons, "they are forgotten in memory before"
            await store.keep_guest(anew)

    await SqliteOffice(store, ManualClock(), elsewhere).forget("support", f"telegram-{NUMBER}", "command")
    assert await store.guest("main", f"telegram-{NUMBER}") == anew


async def test_what_a_group_brings_while_all_is_looked_through_goes_as_well(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store)
    look = forget.find

    async def slowly(reader: GroupCommit, channel: str, person: str) -> Any:
        seen = await look(reader, channel, person)
        await say(store, "30", GROUP, event("late", "request-in-a-group", GUEST, "Ann-Kathrin"), way=OUT)
        await say(store, "31", GROUP, update(message(BOB, "Bob at last")))
        return seen

    monkeypatch.setattr(forget, "find", slowly)
    await SqliteOffice(store, ManualClock()).forget("support", f"telegram-{NUMBER}", "command")
    assert found(tmp_path) == set()
    assert found(tmp_path, [b"Bob at last"]) == {b"Bob at last"}


async def test_a_file_in_a_group_goes_with_its_sender_though_its_message_was_pruned_long_ago(
    store: SqliteStore,
) -> None:
    for number, sender in (("1", f"telegram-{NUMBER}"), ("2", f"telegram-{BOB}")):
        told = filed(f"file-{number}", GROUP, f"network-{number}").stored
        await say(store, number, GROUP, b"{}", Changes((Filed(replace(told, person=sender)),)))
    assert await store.prune(1e12) == 2
    forgotten = await SqliteOffice(store, ManualClock()).forget("support", f"telegram-{NUMBER}", "command")
    assert [await store.stored_file(one) is None for one in ("file-1", "file-2")] == [True, False]
    assert forgotten.files == (File("support", GROUP, "network-1"),)
