"""A person who is forgotten leaves no trace in the store's files."""

from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from bridge.message import (
    Arrival,
    Conversation,
    Direction,
    File,
    Filed,
    Lane,
    Met,
    Offer,
    Offered,
    Opened,
    Receipt,
    StoredFile,
)  # fmt: skip
from bridge.outcome import Again, Dead, Done
from bridge.ports import Changes, Guest
from bridge.store import SqliteStore, open_journal
from bridge.store.forget import Theirs
from bridge.store.office import SqliteOffice
from tests.clock import ManualClock

TRACES = [b"Ann-Kathrin", b"annkathrin", b"5550001", b"secret words", b"request-of-ann", b"ann's token", b"ann-file"]
NUMBER, GROUP = "5550001", "-100777"


def raw(number: str, text: str) -> bytes:
    return b'{"message": {"from": {"id": %s}, "chat": {"id": 1}, "text": "%s"}}' % (number.encode(), text.encode())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_journal(tmp_path / "bridge.db", ManualClock()) as opened:
        yield opened


async def say(store: SqliteStore, key: str, chat: str, content: bytes, changes: Changes, *, live: bool = False) -> None:
    lane = Lane("support", chat, "", Direction.INBOUND)
    await store.accept([Arrival("telegram/9", key, lane, 0, content, "desk/main")])
    [claim] = await store.claim("desk/main", 1, 60.0)
    verdict = Again(1e6, "secret words again") if live else Dead("secret words") if key.endswith("9") else Done()
    await store.begin(claim, claim.entries[0].id, 0, changes)
    await store.settle(claim, claim.entries[0].id, verdict, Changes(receipts=(Receipt(0, f"far {key}"),)), release=True)


async def fill(store: SqliteStore) -> None:
    """Ann writes in her own chat and in a group, where Bob writes as well."""
    own = Conversation("support", NUMBER, "", "main", "request-of-ann", f"telegram-{NUMBER}")
    file = StoredFile("ann-file-1", File("support", NUMBER, "ann-file-2"), "ann-file.png", "image/png", thumbnail=None)
    facts = (
        Opened(own),
        Met("support", own.person, "Ann-Kathrin", "annkathrin"),
        Offered(Offer("o", "support", NUMBER, ())),
        Filed(file),
    )
    await say(store, "1", NUMBER, raw(NUMBER, "secret words"), Changes(facts))
    await say(store, "9", NUMBER, raw(NUMBER, "secret words"), Changes())
    await store.keep_guest(Guest("main", own.person, "u", "ann's token"))
    group = Conversation("support", GROUP, "", "main", "request-of-all", f"telegram-{NUMBER}")
    await say(store, "2", GROUP, raw("42", "Bob's words"), Changes((Opened(group),)))
    await say(store, "3", GROUP, raw(NUMBER, "secret words"), Changes())
    await say(store, "19", GROUP, raw(NUMBER, "secret words"), Changes())
    await say(store, "4", GROUP, raw("42", "Bob again"), Changes())
    await say(store, "5", NUMBER, raw(NUMBER, "secret words"), Changes(), live=True)


def found(folder: Path, traces: list[bytes] = TRACES) -> set[bytes]:
    content = b"".join(file.read_bytes() for file in folder.iterdir())
    return {trace for trace in traces if trace in content}


async def test_nothing_of_the_person_is_left_and_all_of_the_others_is(store: SqliteStore, tmp_path: Path) -> None:
    await fill(store)
    assert found(tmp_path) == set(TRACES)
    forgotten = await SqliteOffice(store, ManualClock()).forget("support", f"telegram-{NUMBER}", "command")
    assert found(tmp_path) == set()
    assert found(tmp_path, [b"Bob again"]) == {b"Bob again"}
    assert forgotten.erased == {
        "entries": 5, "offers of buttons": 1, "addresses of files": 1, "requests": 1, "conversations": 1, "sign-ins": 1,
        "names": 1,
    }  # fmt: skip
    assert set(forgotten.requests) == {("main", "request-of-ann"), ("main", "request-of-all")}
    assert forgotten.files == (File("support", NUMBER, "ann-file-2"),)
    [census] = await store.census()
    assert (census.done, census.dead, census.waiting) == (2, 0, 0)
    known = await store.by_request("request-of-all")
    assert known is not None
    assert (known.person, known.closed) == ("", True), "the next one who writes in the group opens another request"


async def test_to_forget_nobody_changes_nothing(store: SqliteStore, tmp_path: Path) -> None:
    await fill(store)
    forgotten = await SqliteOffice(store, ManualClock()).forget("support", "telegram-4", "command")
    assert (forgotten.erased, forgotten.requests, forgotten.files) == ({}, (), ())
    assert found(tmp_path) == set(TRACES)


class Elsewhere:
    """Remembers whose memory and whose copies were to go, and what the log still held then."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[File, ...]]] = []

    async def erase(self, person: str, files: Sequence[File]) -> None:
        self.asked.append((person, tuple(files)))


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
        assert elsewhere.asked == [(f"telegram-{NUMBER}", (File("support", NUMBER, "ann-file-2"),))]
        assert await office.find("1") == []
        assert found(tmp_path) != set(), "the log has it still"
    again = await office.forget("support", f"telegram-{NUMBER}", "command")
    assert (again.scoured, again.erased) == (True, {})
    assert found(tmp_path) == set()


async def test_whoever_sends_for_the_person_meanwhile_writes_nothing_down_any_more(store: SqliteStore) -> None:
    lane = Lane("support", NUMBER, "", Direction.INBOUND)
    await store.accept([Arrival("telegram/9", "1", lane, 0, raw(NUMBER, "secret words"), "desk/main")])
    [claim] = await store.claim("desk/main", 1, 60.0)
    await SqliteOffice(store, ManualClock()).forget("support", f"telegram-{NUMBER}", "command")
    assert not await store.begin(claim, claim.entries[0].id, 0)
    assert not await store.settle(claim, claim.entries[0].id, Done(), release=True)


@pytest.mark.parametrize(
    ("content", "theirs"),
    [
        (b'{"from":{"id":55,"first_name":"x"}}', True),
        (b'{"from": {"id": 55}}', True),
        (b'{"contact":{"user_id":55}}', True),
        (b'{"from":{"id":555}}', False),
        (b'{"from":{"id":-55}}', False),
        (b'{"text":"55"}', False),
    ],
)
def test_what_somebody_wrote_in_a_group_is_known_by_their_number(content: bytes, theirs: bool) -> None:
    lane = Lane("support", GROUP, "", Direction.INBOUND)
    assert Theirs("support", "telegram-55", "55").wrote(lane, content) == theirs
