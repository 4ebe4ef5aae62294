"""What operators see of the journal and do to it, on the real store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.conversation.notes import Audience, note
from bridge.message import Arrival, Confirmed, Conversation, Direction, Lane, Met, Moved, Opened, Receipt
from bridge.outcome import Again, Dead, Done, Verdict
from bridge.ports import NO_CHANGES, Changes, Claim, Filter, State
from bridge.store import SqliteStore, open_journal
from bridge.store.deeds import DROPPED
from bridge.store.office import SqliteOffice
from tests.clock import ManualClock

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
DESK, CHANNEL = "desk/main", "channel/support"


class Scene:
    """A store with an office."""

    def __init__(self, store: SqliteStore, clock: ManualClock) -> None:
        self.store, self.clock, self.office = store, clock, SqliteOffice(store, clock)

    async def take(self, destination: str = DESK) -> Claim:
        [claim] = await self.store.claim(destination, 1, 60.0)
        return claim

    async def comes(
        self, key: str, verdict: Verdict, changes: Changes = NO_CHANGES, chat: str = "1", way: Direction = IN
    ) -> int:
        """A message is accepted, begun and settled; its id."""
        destination = DESK if way is IN else CHANNEL
        lane = Lane("support", chat, "", way)
        await self.store.accept(
            [Arrival("telegram/9" if way is IN else "tiledesk/p", key, lane, 0, b"raw", destination)]
        )
        claim = await self.take(destination)
        [entry] = [one for one in claim.entries if one.key == key]
        await self.store.begin(claim, entry.id, 0)
        self.clock.move(1)
        await self.store.settle(claim, entry.id, verdict, changes, release=True)
        self.clock.move(1)
        return entry.id


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    clock = ManualClock()
    async with open_journal(tmp_path / "bridge.db", clock) as store:
        yield Scene(store, clock)


def opened(chat: str, request: str, person: str, name: str, username: str = "") -> Changes:
    conversation = Conversation("support", chat, "", "main", request, person)
    return Changes((Opened(conversation), Met("support", person, name, username), Confirmed(request)))


# ---------------------------------------------------------------- conversations


async def test_conversations_are_found_by_name_username_request_and_chat_the_last_heard_first(scene: Scene) -> None:
    await scene.comes("1", Done(), opened("11", "request-a", "telegram-11", "Änne Weiß", "aenne"), chat="11")
    await scene.comes("2", Dead("no"), opened("22", "request-b", "telegram-22", "Łukasz"), chat="22")
    every = await scene.office.conversations("")
    assert [one.conversation.chat for one in every] == ["22", "11"]
    assert [(one.name, one.username, one.dead, one.waiting) for one in every] == [
        ("Łukasz", "", 1, 0),
        ("Änne Weiß", "aenne", 0, 0),
    ]
    for words, chats in {
        "ÄNNE": ["11"], "@aenne": ["11"], "łUKASZ": ["22"], "request-b": ["22"], "11": ["11"], "request": ["22", "11"], "%": [],
    }.items():  # fmt: skip
        assert [one.conversation.chat for one in await scene.office.conversations(words)] == chats, words
    assert [one.conversation.chat for one in await scene.office.conversations("", limit=1)] == ["22"]
    assert [one.conversation.chat for one in await scene.office.conversations("", skip=1)] == ["11"]


async def test_conversations_that_were_heard_in_the_same_moment_are_all_found_by_paging(scene: Scene) -> None:
    lanes = [Lane("support", str(number), "", IN) for number in range(7)]
    await scene.store.accept([Arrival("telegram/9", lane.chat, lane, 0, b"raw", DESK) for lane in lanes])
    for lane in lanes:
        claim = await scene.take()
        await scene.store.settle(
            claim,
            claim.entries[0].id,
            Done(),
            opened(lane.chat, f"request-{lane.chat}", "telegram-1", "Ann"),
            release=True,
        )
    pages = [await scene.office.conversations("", 3, skip) for skip in (0, 3, 6)]
    assert sorted(one.conversation.chat for page in pages for one in page) == list("0123456")


async def test_a_conversation_is_found_by_a_request_that_it_had_once(scene: Scene) -> None:
    await scene.comes("1", Done(), opened("11", "request-a", "telegram-11", "Ann"), chat="11")
    await scene.comes("2", Done(), opened("11", "request-b", "telegram-11", "Ann"), chat="11")
    assert [one.conversation.chat for one in await scene.office.conversations("request-a")] == ["11"]
    assert [one.key for one in await scene.office.find("request-a")] == ["2", "1"]
    assert (await scene.office.conversation_view("support", "11", "")) is not None
    assert (await scene.office.conversation_view("support", "12", "")) is None


# ---------------------------------------------------------------- one entry


async def test_an_entrys_timeline_tells_what_was_out_of_the_ordinary_and_how_often(scene: Scene) -> None:
    await scene.store.accept([Arrival("telegram/9", "7", Lane("support", "1", "", IN), 0, b"raw", DESK)])
    for reason, suspect in (("no route", False), ("no route", False), ("the answer was lost", True)):
        claim = await scene.take()
        await scene.store.settle(claim, claim.entries[0].id, Again(5.0, reason, suspect=suspect), release=True)
        scene.clock.move(10)
    claim = await scene.take()
    await scene.store.begin(claim, claim.entries[0].id, 0)
    await scene.store.settle(claim, claim.entries[0].id, Done(), Changes(receipts=(Receipt(0, "far"),)), release=True)
    told = await scene.office.timeline(claim.entries[0].id)
    assert [(one.what, one.detail, one.times) for one in told] == [
        ("accepted", "telegram/9", 1),
        ("delayed", "no route", 2),
        ("suspect", "the answer was lost", 1),
        ("delivered", "call 1: far", 1),
        ("done", "", 1),
    ]
    assert (told[1].at, told[1].until) == (1_000_000.0, 1_000_010.0)
    assert await scene.office.timeline(99) == []


async def test_an_entry_is_found_by_every_id_that_people_meet(scene: Scene) -> None:
    number = await scene.comes("4711", Done(), Changes(receipts=(Receipt(0, "6b06c2ac"),)))
    other = await scene.comes("6b06", Done(), chat="2", way=OUT)
    for word, wanted in {
        str(number): number,
        "4711": number,
        "6b06c2ac": number,
        "6b06": other,
        " 6b06 ": other,
    }.items():
        assert [one.id for one in await scene.office.find(word)] == [wanted], word
    for word in ("", "nothing", "9" * 30, "'; DROP TABLE entry"):
        assert await scene.office.find(word) == []
    found = await scene.office.entry(number)
    assert found is not None
    assert (found[0].key, found[1]) == ("4711", b"raw")
    assert await scene.office.entry(99) is None


async def test_a_conversations_entries_come_in_pages_with_those_of_its_side_lanes(scene: Scene) -> None:
    await scene.comes("1", Done())
    await scene.comes("2", Done(), way=OUT)
    await scene.comes("3", Done(), chat="2")
    note = Arrival("bridge/notes", "n", Lane("support", "1", "notes", IN), 0, b"note", DESK)
    await scene.store.accept([note])
    assert [one.key for one in await scene.office.entries("support", "1", "")] == ["n", "2", "1"]
    [newest] = await scene.office.entries("support", "1", "", limit=1)
    assert [one.key for one in await scene.office.entries("support", "1", "", before=newest.id)] == ["2", "1"]


async def test_lanes_that_wait_say_since_when_and_why(scene: Scene) -> None:
    await scene.comes("1", Again(60.0, "the desk is away"), chat="1")
    await scene.comes("2", Done(), chat="2")
    await scene.store.accept([Arrival("telegram/9", "3", Lane("support", "1", "", IN), 0, b"raw", DESK)])
    [lane] = await scene.office.waiting_lanes()
    assert (lane.lane.chat, lane.reason, lane.waiting, lane.held) == ("1", "the desk is away", 2, False)
    assert (lane.since, lane.due_at) == (1_000_000.0, 1_000_061.0)
    await scene.store.accept([Arrival("telegram/9", "4", Lane("support", "4", "", IN), 0, b"raw", DESK)])
    await scene.take()
    assert [one.held for one in await scene.office.waiting_lanes()] == [False, True]


# ---------------------------------------------------------------- dead letters


async def test_of_two_operators_who_retry_a_dead_letter_one_does(scene: Scene) -> None:
    number = await scene.comes("1", Dead("never"))
    scene.store.wake(DESK).clear()
    both = await asyncio.gather(scene.office.retry([number], "console"), scene.office.retry([number], "command"))
    assert sorted(both) == [[], [number]]
    assert scene.store.wake(DESK).is_set()
    assert [deed.what for deed in await scene.office.deeds()] == ["retried"]
    claim = await scene.take()
    [entry] = claim.entries
    assert (entry.id, entry.attempts, entry.step, entry.accepted_at) == (number, 0, 0, scene.clock.now())
    await scene.store.settle(claim, entry.id, Done(), release=True)
    assert [(one.done, one.dead) for one in await scene.store.census()] == [(1, 0)]
    told = [one.what for one in await scene.office.timeline(number)]
    assert told == ["accepted", "dead", "retried", "done"]


async def test_calls_that_have_a_receipt_are_not_made_again(scene: Scene) -> None:
    receipts = Changes(receipts=(Receipt(1, "far"),), missed=Dead("call 1 of 2: no"))
    number = await scene.comes("1", Dead("call 1 of 2: no"), receipts)
    await scene.office.retry([number], "command")
    [entry] = (await scene.take()).entries
    assert (entry.delivered, entry.missed, entry.step) == ((1,), None, 0)
    assert entry.begun, "it is no new message, whose first call tells how fast we are"


async def test_a_retried_letter_waits_behind_what_is_under_way_and_before_what_came_later(scene: Scene) -> None:
    number = await scene.comes("1", Dead("never"))
    lane = Lane("support", "1", "", IN)
    await scene.store.accept([Arrival("telegram/9", key, lane, 0, b"raw", DESK) for key in ("2", "3")])
    claim = await scene.take()
    await scene.store.begin(claim, claim.entries[0].id, 0)
    await scene.office.retry([number], "command")
    await scene.store.settle(claim, claim.entries[0].id, Again(0.0, "once more"), release=True)
    assert [one.key for one in (await scene.take()).entries] == ["2", "1", "3"]


async def test_dead_letters_are_found_by_words_and_by_when_they_died(scene: Scene) -> None:
    first = await scene.comes("1", Dead("The Project is gone"))
    died = (await scene.office.dead())[0].settled_at
    second = await scene.comes("2", Dead("blocked"), chat="2")
    assert [one.id for one in await scene.office.dead(words="project")] == [first]
    assert [one.id for one in await scene.office.dead(words="%")] == []
    assert [one.id for one in await scene.office.dead(until=died)] == [first]
    assert [await scene.office.count_dead(*given) for given in ((), ("BLOCK",), ("", died))] == [2, 1, 1]
    assert [one.id for one in await scene.office.dead()] == [second, first]


async def test_many_letters_are_tried_again_in_portions_that_let_arrivals_between(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.store.deeds.PORTION", 2)
    ids = [await scene.comes(str(number), Dead("no"), chat=str(number)) for number in range(5)]
    before = scene.store.commits
    assert await scene.office.retry([*ids, ids[0]], "console") == ids
    assert scene.store.commits - before == 3
    assert [deed.subject for deed in await scene.office.deeds()] == [
        f"letter {ids[4]}", f"letters {ids[2]}, {ids[3]}", f"letters {ids[0]}, {ids[1]}",
    ]  # fmt: skip


async def test_a_letter_that_comes_late_by_an_operators_will_is_no_inversion(scene: Scene) -> None:
    number = await scene.comes("1", Dead("never"))
    await scene.comes("2", Done())
    await scene.office.retry([number], "command")
    claim = await scene.take()
    await scene.store.begin(claim, claim.entries[0].id, 0)
    assert scene.store.inversions == 0


@pytest.mark.parametrize(("way", "doubt"), [(IN, True), (OUT, False)])
async def test_what_may_have_arrived_at_a_desk_is_looked_up_first_and_what_was_refused_is_tried_again(
    scene: Scene, way: Direction, doubt: bool
) -> None:
    lane = Lane("support", "1", "", way)
    await scene.store.accept([Arrival("telegram/9", "1", lane, 0, b"raw", DESK)])
    claim = await scene.take()
    number = claim.entries[0].id
    await scene.store.begin(claim, number, 1, Changes(missed=Dead("call 1 of 2: no")))
    await scene.store.settle(claim, number, Again(0.0, "no answer", suspect=True), release=True)
    claim = await scene.take()
    await scene.store.settle(claim, number, Dead("too late"), release=True)
    await scene.office.retry([number], "command")
    claim = await scene.take()
    assert (claim.entries[0].step, claim.entries[0].missed, claim.entries[0].doubt) == (0, None, doubt)
    await scene.store.begin(claim, number, 1)
    await scene.store.settle(claim, number, Again(0.0, "slow down"), release=True)
    [entry] = (await scene.take()).entries
    assert (entry.step, entry.doubt, entry.retried) == (1, doubt, True), "it may have been any of them"


@pytest.mark.parametrize(("way", "doubt"), [(IN, True), (OUT, False)])
async def test_a_letter_that_died_of_a_lost_answer_is_looked_up_first(
    scene: Scene, way: Direction, doubt: bool
) -> None:
    await scene.store.accept([Arrival("telegram/9", "1", Lane("support", "1", "", way), 0, b"raw", DESK)])
    claim = await scene.take()
    [entry] = claim.entries
    await scene.store.begin(claim, entry.id, 0)
    await scene.store.settle(claim, entry.id, Dead("given up: cut", suspect=True), release=True)
    assert [one.what for one in await scene.office.timeline(entry.id)][-2:] == ["suspect", "dead"]
    await scene.office.retry([entry.id], "command")
    [entry] = (await scene.take()).entries
    assert (entry.doubt, entry.suspect) == (doubt, 1)


async def test_a_part_that_was_in_doubt_and_refused_later_is_looked_up_though_others_went_after_it(
    scene: Scene,
) -> None:
    await scene.store.accept([Arrival("telegram/9", "1", Lane("support", "1", "", IN), 0, b"raw", DESK)])
    claim = await scene.take()
    number = claim.entries[0].id
    await scene.store.begin(claim, number, 0)
    await scene.store.settle(claim, number, Again(0.0, "cut", suspect=True), release=True)
    claim = await scene.take()
    await scene.store.begin(claim, number, 1, Changes(missed=Dead("call 1 of 2: no")))
    await scene.store.settle(claim, number, Dead("call 1 of 2: no"), release=True)
    await scene.office.retry([number], "command")
    [entry] = (await scene.take()).entries
    assert entry.doubt


@pytest.mark.parametrize("portion", [1, 200])
async def test_a_dead_note_that_says_not_delivered_is_outdated_when_its_message_is_tried_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr("bridge.store.deeds.PORTION", portion)
    number = await scene.comes("1", Dead("400 bad thing"))
    audience = Audience(DESK, Lane("support", "1", "", IN), "request-a")
    told, other = note(audience, "⚠️ Not delivered", "telegram/9/1/1", 1.0), note(audience, "⚠️", "telegram/9/10/1", 1.0)
    await scene.store.accept([told, other])
    claim = await scene.take()
    for entry in claim.entries:
        await scene.store.settle(claim, entry.id, Dead("400"), release=entry is claim.entries[-1])
    notes = [entry.id for entry in claim.entries]
    assert await scene.office.retry([notes[0], number], "console") == [number]
    found = [await scene.office.entry(one) for one in notes]
    assert [(one[0].state, one[0].reason) for one in found if one] == [
        (State.DONE, "the message it speaks of is tried again"),
        (State.DEAD, "400"),
    ]
    assert sum(one.dead for one in await scene.store.census()) == 1


async def test_a_dropped_letter_is_done_for_good(scene: Scene) -> None:
    number, other = await scene.comes("1", Dead("never")), await scene.comes("2", Dead("no"), chat="2")
    assert [one.id for one in await scene.office.dead()] == [other, number]
    assert [one.id for one in await scene.office.dead(skip=1)] == [number]
    assert await scene.office.drop([number, 99, number], "console") == [number]
    assert await scene.office.drop([number], "console") == []
    assert await scene.office.retry([number], "console") == []
    found = await scene.office.entry(number)
    assert found is not None
    assert (found[0].state, found[0].reason) == (State.DONE, DROPPED)
    assert sum(one.dead for one in await scene.store.census()) == 1
    assert [(deed.by, deed.subject) for deed in await scene.office.deeds()] == [("console", f"letter {number}")]


# ---------------------------------------------------------------- copies


async def test_what_is_stored_comes_in_order_whatever_the_chunks(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.store.walk.WINDOW", 2)
    for number in range(7):
        await scene.comes(str(number), Done(), opened("1", "request-a", "telegram-1", "Ann"), chat=str(number % 2))

    async def keys(**wanted: object) -> list[str]:
        return [one.key async for one, _ in scene.office.stored(Filter(**wanted))]  # type: ignore[arg-type]

    assert await keys() == list("0123456")
    assert await keys(channel="support", chat="1") == list("135")
    assert await keys(channel="support", person="telegram-1") == list("135")
    assert await keys(request_id="request-a") == list("135")
    assert await keys(request_id="unknown") == []
    assert await keys(channel="other") == []
    assert await keys(since=1_000_004.0, until=1_000_010.0) == list("234")


# ---------------------------------------------------------------- cost


async def test_a_plain_message_costs_no_statement_for_the_office(scene: Scene) -> None:
    await scene.comes("1", Done())
    [(moments,)] = await scene.store.reader.run(lambda db: db.script("SELECT count(*) FROM moment"))
    assert moments == 0


async def test_what_was_noted_goes_with_its_entry(scene: Scene) -> None:
    number = await scene.comes("1", Again(0.0, "later"))
    claim = await scene.take()
    await scene.store.settle(claim, claim.entries[0].id, Done(), release=True)
    scene.clock.move(60)
    await scene.store.prune(scene.clock.now())
    assert await scene.office.timeline(number) == []
    [(moments,)] = await scene.store.reader.run(lambda db: db.script("SELECT count(*) FROM moment"))
    assert moments == 0


async def test_a_chat_that_moved_keeps_its_name(scene: Scene) -> None:
    await scene.comes("1", Done(), opened("11", "request-a", "telegram-11", "Ann"), chat="11")
    await scene.comes("2", Done(), Changes((Moved("support", "11", "-10011"),)), chat="11")
    assert [one.conversation.chat for one in await scene.office.conversations("ann")] == ["-10011"]


async def test_a_holder_of_what_was_forgotten_meanwhile_is_told_so_and_nothing_breaks(scene: Scene) -> None:
    lane = Lane("support", "1", "", IN)
    await scene.store.accept([Arrival("telegram/9", key, lane, 0, b"raw", DESK) for key in ("1", "2")])
    claim = await scene.take()
    await scene.office.forget("support", "telegram-1", "command")
    assert not await scene.store.settle(claim, claim.entries[0].id, Again(0.0, "no answer", suspect=True), release=True)
