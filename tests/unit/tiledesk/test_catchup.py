"""What webhooks did not bring is read back from the requests' histories."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bridge.errors import JournalUnavailable
from bridge.message import Arrival, Confirmed, Conversation, Direction, Lane, Opened
from bridge.observe import Metrics
from bridge.outcome import Delivered
from bridge.ports import Guest
from bridge.tiledesk.catchup import CatchUp, Unread, missed
from tests.clock import ManualClock
from tests.patience import PATIENCE
from tests.unit.tiledesk.desks import AGENT, ANN, GUEST, PROJECT, REQUEST, Desk, desk

KNOWN = Conversation("support", "4711", "7", "main", REQUEST, ANN.id, confirmed=True)
NOW = 1_760_000_000.0


# ---------------------------------------------------------------- the pure part


def said(number: int, sender: str = AGENT, **fields: Any) -> dict[str, Any]:
    stamp = f"2025-10-09T08:53:{number:02d}.000Z"
    whole = {
        "_id": f"m{number}",
        "sender": sender,
        "text": f"text {number}",
        "id_project": PROJECT,
        "recipient": REQUEST,
    }
    return whole | {"createdAt": stamp, "channel_type": "group"} | fields


def found(*history: dict[str, Any], oldest: float = 0.0) -> list[str]:
    return [arrival.key for arrival in missed(PROJECT, KNOWN, GUEST, history, oldest)]


def test_agents_messages_are_arrivals_like_those_of_webhooks() -> None:
    [arrival] = missed(PROJECT, KNOWN, GUEST, [said(1)], 0.0)
    assert (arrival.source, arrival.key, arrival.destination) == (f"tiledesk/{PROJECT}", "m1", "channel/support")
    assert (arrival.lane.chat, arrival.lane.topic, arrival.lane.direction) == ("4711", "7", Direction.OUTBOUND)
    assert arrival.order == 1_759_999_981_000


def test_the_users_own_messages_and_our_notes_are_left_where_they_are() -> None:
    stamped = {"attributes": {"bridge": {"key": "k"}}}
    assert found(said(1, GUEST), said(2, "system", **stamped), said(3, "other-guest", **stamped), said(4)) == ["m4"]


def test_what_is_old_foreign_or_has_no_id_is_left_too() -> None:
    history = [
        said(1, createdAt="2020-01-01T00:00:00.000Z"),
        said(2, id_project="other"),
        said(3, recipient="other"),
        said(4, _id=None),
        said(5, createdAt="nonsense"),
        said(6),
    ]
    assert found(*history, oldest=1_700_000_000.0) == ["m6"]


# ---------------------------------------------------------------- with the simulated desk


class Scene:
    """A desk with one conversation, whose webhooks go nowhere."""

    def __init__(self, opened: Desk, clock: ManualClock) -> None:
        self.desk = opened
        self.clock = clock
        self.arrived: list[Arrival] = []
        self.broken = False
        self.metrics = Metrics()
        self.catch_up = CatchUp(
            "main", opened.api, opened.keys, opened.book, self.accept, opened.health, self.metrics, clock
        )

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        if self.broken:
            raise JournalUnavailable("the disk is full")
        known = {arrival.key for arrival in self.arrived}
        fresh = [arrival for arrival in arrivals if arrival.key not in known]
        self.arrived += fresh
        return len(fresh)

    def texts(self) -> list[str]:
        return [text for arrival in self.arrived for text in ("one", "two", "three") if text.encode() in arrival.raw]

    async def read(self, *, active: bool = False) -> int:
        """Read everything that is open, or what was active lately."""
        since = self.clock.now() - 60 if active else 0.0
        return await self.catch_up.read_back(await self.desk.book.open_conversations("main", since))

    async def opened(self) -> str:
        """Let Ann's conversation be known, with her guest."""
        await self.desk.subscriber().ensure()
        outcome = await self.desk.sender().send(self.desk.plan("hello"), suspect=False)
        assert isinstance(outcome, Delivered)
        conversation = replace(self.desk.conversation(), confirmed=True)
        self.desk.book.learn([Opened(conversation), Confirmed(conversation.request_id)])
        return conversation.request_id


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    clock = ManualClock(NOW)
    async with desk(clock=clock) as opened:
        yield Scene(opened, clock)


async def test_replies_that_nobody_told_us_of_are_read_back_once_and_notes_are_the_readers_business(
    scene: Scene,
) -> None:
    request_id = await scene.opened()
    for text in ("one", "two"):
        scene.desk.simulator.agent_replies(request_id, text)
    assert await scene.read() == 2
    scene.desk.simulator.agent_replies(request_id, "three")
    assert await scene.read() == 1
    assert await scene.read() == 0
    assert scene.texts() == ["one", "two", "three"]
    assert scene.metrics.registry.get_sample_value("bridge_caught_up_total", {"desk": "main"}) == 3


async def test_a_quiet_conversation_is_read_back_only_with_everything(scene: Scene) -> None:
    request_id = await scene.opened()
    scene.desk.simulator.agent_replies(request_id, "one")
    assert await scene.read(active=True) == 0
    assert await scene.read() == 1


async def test_a_closed_conversation_is_not_read_back(scene: Scene) -> None:
    request_id = await scene.opened()
    scene.desk.simulator.agent_replies(request_id, "one")
    scene.desk.book.learn([Opened(replace(scene.desk.conversation(), confirmed=True, closed=True))])
    assert await scene.read() == 0


async def test_a_desk_or_a_journal_that_does_not_serve_is_told(scene: Scene) -> None:
    request_id = await scene.opened()
    scene.desk.simulator.agent_replies(request_id, "one")
    scene.broken = True
    with pytest.raises(JournalUnavailable):
        await scene.read()
    scene.broken = False
    await scene.desk.simulator.refuse()
    with pytest.raises(Unread, match="no connection to Tiledesk"):
        await scene.read()
    await scene.desk.simulator.accept()
    assert await scene.read() == 1


async def test_it_reads_at_the_start_after_a_gap_and_again_when_the_desk_is_back(scene: Scene) -> None:
    request_id = await scene.opened()
    scene.desk.simulator.agent_replies(request_id, "one")
    running = asyncio.create_task(scene.catch_up.run())
    await until(lambda: scene.texts() == ["one"])
    scene.desk.simulator.agent_replies(request_id, "two")
    await scene.desk.simulator.refuse()
    scene.catch_up.gap.set()
    await moving(scene, lambda: not scene.desk.health.parts["catch-up main"].ok)
    await scene.desk.simulator.accept()
    await moving(scene, lambda: scene.texts() == ["one", "two"])
    await moving(scene, lambda: scene.desk.health.parts["catch-up main"].ok)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_webhook_behind_a_gap_brings_what_was_written_before_it(scene: Scene) -> None:
    request_id = await scene.opened()
    known = await scene.desk.book.by_request(request_id)
    assert known is not None
    scene.desk.simulator.agent_replies(request_id, "one")
    await scene.catch_up.before(known, "two")
    assert scene.texts() == [], "there was no gap"
    scene.catch_up.gap.set()
    two = scene.desk.simulator.agent_replies(request_id, "two")
    await scene.catch_up.before(known, str(two["_id"]))
    assert scene.texts() == ["one"], "the webhook brings the second one itself"
    await scene.desk.simulator.refuse()
    await scene.catch_up.before(known, "three")


async def test_a_webhook_behind_a_gap_is_not_overtaken_by_what_was_written_after_it(scene: Scene) -> None:
    request_id = await scene.opened()
    known = await scene.desk.book.by_request(request_id)
    assert known is not None
    scene.catch_up.gap.set()
    await scene.catch_up.look(active=False)
    scene.catch_up.behind[request_id] = known
    scene.desk.simulator.agent_replies(request_id, "one")
    two = scene.desk.simulator.agent_replies(request_id, "two")
    scene.desk.simulator.agent_replies(request_id, "three")
    await scene.catch_up.before(known, str(two["_id"]))
    assert scene.texts() == ["one"], "dying now, it would find two and three later, in this order"
    assert request_id in scene.catch_up.behind, "the third may come no other way"
    await scene.catch_up.before(known, "four")
    assert scene.texts() == ["one", "two", "three"]
    assert request_id not in scene.catch_up.behind


async def test_webhooks_that_wait_for_the_same_history_have_it_read_once(scene: Scene) -> None:
    request_id = await scene.opened()
    known = await scene.desk.book.by_request(request_id)
    assert known is not None
    await scene.catch_up.look(active=False)
    scene.catch_up.behind[request_id] = known
    scene.catch_up.gap.clear()
    before = scene.desk.calls("GET", "/{project}/requests/{request_id}/messages")
    written = [scene.desk.simulator.agent_replies(request_id, text) for text in ("one", "two", "three")]
    await asyncio.gather(*(scene.catch_up.before(known, str(written[-1]["_id"])) for _ in range(5)))
    assert scene.desk.calls("GET", "/{project}/requests/{request_id}/messages") == before + 1
    assert scene.texts() == ["one", "two"]
    assert scene.catch_up.turns == {}


async def test_a_history_that_is_not_handed_out_the_first_time_is_asked_for_once_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = await scene.opened()
    known = await scene.desk.book.by_request(request_id)
    assert known is not None
    honest, asked = CatchUp.conversation, list[str]()

    async def conversation(self: CatchUp, known: Conversation, *, but: str = "") -> int:
        asked.append(but)
        if len(asked) == 1:
            raise Unread("502")
        return await honest(self, known, but=but)

    monkeypatch.setattr(CatchUp, "conversation", conversation)
    scene.catch_up.gap.set()
    scene.desk.simulator.agent_replies(request_id, "one")
    await scene.catch_up.before(known, "two")
    assert (asked, scene.texts()) == (["two", "two"], ["one"])


async def test_a_history_that_is_never_handed_out_keeps_nobody_else_waiting(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id, sealed = await scene.opened(), f"{REQUEST}-sealed"
    scene.desk.book.learn([Opened(replace(KNOWN, chat="4712", request_id=sealed)), Confirmed(sealed)])
    honest = CatchUp.conversation

    async def conversation(self: CatchUp, known: Conversation, *, but: str = "") -> int:
        if known.request_id == sealed:
            raise Unread("403")
        return await honest(self, known, but=but)

    monkeypatch.setattr(CatchUp, "conversation", conversation)
    scene.catch_up.gap.set()
    await scene.catch_up.look(active=True)
    assert not scene.desk.health.parts["catch-up main"].ok
    assert list(scene.catch_up.behind) == [sealed]
    active = scene.desk.conversation()
    lane = Lane(active.channel, active.chat, active.topic, Direction.INBOUND)
    await scene.desk.book.accept([Arrival("telegram/1", "u1", lane, 1, b"{}", "desk/main")])
    scene.desk.simulator.agent_replies(request_id, "one")
    await scene.catch_up.look(active=True)
    assert scene.texts() == ["one"], "though its webhook never came, and no gap was noticed"
    pauses = [scene.catch_up.pause()]
    for _ in range(9):
        await scene.catch_up.look(active=False)
        pauses.append(scene.catch_up.pause())
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60.0, "it is asked for less and less often"


async def test_a_gap_that_opens_while_a_history_is_read_is_read_back_too(scene: Scene) -> None:
    request_id = await scene.opened()
    known = await scene.desk.book.by_request(request_id)
    assert known is not None
    scene.catch_up.behind[request_id] = known
    again = replace(known)
    accept = scene.catch_up.accept

    async def meanwhile(arrivals: Sequence[Arrival]) -> int:
        scene.catch_up.behind[request_id] = again
        return await accept(arrivals)

    scene.catch_up.accept = meanwhile
    scene.desk.simulator.agent_replies(request_id, "one")
    await scene.catch_up.before(known, "x")
    assert scene.catch_up.behind[request_id] is again


async def test_who_is_forgotten_while_the_desk_is_down_is_not_read_back_afterwards(scene: Scene) -> None:
    request_id = await scene.opened()
    scene.desk.simulator.agent_replies(request_id, "one")
    await scene.desk.simulator.refuse()
    scene.catch_up.gap.set()
    await scene.catch_up.look(active=False)
    assert list(scene.catch_up.behind) == [request_id]
    await scene.desk.simulator.accept()
    scene.desk.book._requests.clear()  # as `forget` leaves it
    await scene.catch_up.look(active=False)
    assert (scene.texts(), scene.catch_up.behind) == ([], {})


async def test_nothing_of_a_forgotten_person_stays_behind(scene: Scene) -> None:
    request_id = await scene.opened()
    known = await scene.desk.book.by_request(request_id)
    assert known is not None
    other = replace(known, request_id="other", person="telegram-42")
    scene.catch_up.behind = {request_id: known, "other": other}
    scene.catch_up.forget(known.person)
    assert scene.catch_up.behind == {"other": other}


async def test_a_request_that_is_opened_after_the_start_has_nothing_behind_it(scene: Scene) -> None:
    await scene.desk.subscriber().ensure()
    scene.catch_up.gap.set()
    await scene.catch_up.look(active=False)
    request_id = await scene.opened()
    known = await scene.desk.book.by_request(request_id)
    assert known is not None
    await scene.catch_up.before(known, "x")
    assert scene.desk.calls("GET", "/{project}/requests/{request_id}/messages") == 0


async def test_nothing_is_read_before_our_subscriptions_are_made(scene: Scene) -> None:
    running = asyncio.create_task(scene.catch_up.run())
    await moving(scene, lambda: scene.clock.now() > NOW + 60)
    assert scene.desk.calls("GET", "/{project}/requests/{request_id}/messages") == 0
    assert "catch-up main" not in scene.desk.health.parts
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_guest_is_known_as_the_owner_and_a_signed_person_by_their_own_id(scene: Scene) -> None:
    request_id = await scene.opened()
    guest = await scene.desk.book.guest("main", ANN.id)
    assert guest is not None
    await scene.desk.book.keep_guest(Guest("main", ANN.id, guest.user_id, guest.token))
    scene.desk.simulator.agent_replies(request_id, "one")
    assert await scene.read() == 1, "Ann's own hello is an echo"


async def until(true: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - the server's answer sets no event of ours
            await asyncio.sleep(0)


async def moving(scene: Scene, true: Any) -> None:
    """Let time pass until something is true."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            scene.clock.move(5.1)
            await asyncio.sleep(0.001)
