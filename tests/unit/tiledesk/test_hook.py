from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from multidict import CIMultiDict

from bridge.errors import JournalUnavailable
from bridge.message import Closed, Direction, Lane, Message, News, Text
from bridge.observe import Health, Metrics
from bridge.ports import Answer, Entry, Knock
from bridge.sandbox.faults import Door as Port
from bridge.store.memory import MemoryStore
from bridge.tiledesk.hook import TiledeskDoor
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.read import CLOSE_EVENT, TiledeskReader
from bridge.web.server import make_app
from tests.clock import ManualClock
from tests.unit.tiledesk.desks import (
    ANN,
    EVENT,
    GUEST,
    OTHERS,
    OURS,
    PROJECT,
    REQUEST,
    Desk,
    closing,
    desk,
    envelope,
    opened,
    payload,
    token,
)

SECRET = "unguessable"


class Counting(MemoryStore):
    """Counts the commits."""

    commits = 0

    async def accept(self, arrivals: Any) -> int:
        self.commits += 1
        return await super().accept(arrivals)


@pytest.fixture
def store() -> Counting:
    known = Counting(ManualClock())
    known.learn([opened()])
    return known


@pytest.fixture
def keys() -> Keys:
    return Keys({EVENT: OURS}, settled=True)


@pytest.fixture
def door(store: Counting, keys: Keys) -> TiledeskDoor:
    return TiledeskDoor(PROJECT, SECRET, keys, store, store.accept)


def knock(path: str = SECRET, header: str = OURS.secret, name: str = "x-hook-secret") -> Knock:
    return Knock(CIMultiDict({name: header}), {"secret": path})


async def entries(store: MemoryStore, destination: str = "channel/support") -> list[Entry]:
    return [entry for claim in await store.claim(destination, 100, 60.0, 100) for entry in claim.entries]


# ---------------------------------------------------------------- who may knock


async def test_both_secrets_let_in(door: TiledeskDoor) -> None:
    assert await door.admit(knock()) is None
    assert await door.admit(knock(name="X-Hook-Secret")) is None


@pytest.mark.parametrize("path", ["", "wrong", SECRET + "x", SECRET.upper(), "ünïcode", "\udcff"])
async def test_a_wrong_path_is_nowhere_whatever_the_header(door: TiledeskDoor, path: str) -> None:
    assert await door.admit(knock(path)) == Answer(404, reason="path")


@pytest.mark.parametrize("header", ["", "wrong", OTHERS.secret, "ünïcode", "\udcff"])
async def test_a_wrong_header_is_refused_for_good(door: TiledeskDoor, header: str) -> None:
    assert await door.admit(knock(header=header)) == Answer(401, reason="secret")


async def test_a_body_that_was_not_taken_is_a_gap_for_its_sender_never_comes_back(door: TiledeskDoor) -> None:
    door.gap.clear()
    door.turned_away()
    assert door.gap.is_set()


async def test_while_our_subscriptions_are_not_compared_an_unknown_secret_shall_come_again(
    door: TiledeskDoor, keys: Keys
) -> None:
    keys.settled = False
    assert await door.admit(knock(header="of a subscription that was just made")) == Answer(
        503, retry_after=2, reason="starting"
    )
    assert await door.admit(knock()) is None, "what is known from before is let in at once"
    assert await door.admit(knock("wrong")) == Answer(404, reason="path")


# ---------------------------------------------------------------- what comes in


async def test_an_agents_word_is_stored_in_the_chats_lane(door: TiledeskDoor, store: Counting) -> None:
    assert await door.enter(knock(), envelope(payload("Hello"))) == Answer(200)
    [claim] = await store.claim("channel/support", 10, 60.0)
    assert claim.lane == Lane("support", "4711", "", Direction.OUTBOUND)
    [entry] = claim.entries
    assert (entry.source, entry.key) == (f"tiledesk/{PROJECT}", "6b02d6ccc7ab4b42ac589100")
    reading = TiledeskReader(PROJECT).read(entry.raw)
    assert isinstance(reading, Message)
    assert reading.parts == (Text("Hello"),)


async def test_repeats_are_absorbed(door: TiledeskDoor, store: Counting) -> None:
    for _ in range(3):
        assert await door.enter(knock(), envelope(payload("Hello"))) == Answer(200)
    assert len(await entries(store)) == 1


async def test_the_api_login_is_not_stored(door: TiledeskDoor, store: Counting) -> None:
    await door.enter(knock(), envelope(payload("Hello")))
    [entry] = await entries(store)
    stored = orjson.loads(entry.raw)
    assert stored.keys() == {"event", "payload"}
    for secret in (token(OURS), token(OURS).split(".")[1], OURS.secret, OURS.id, OURS.target, '"hook"', '"token"'):
        assert secret.encode() not in entry.raw


async def test_of_a_close_neither_login_nor_history_is_stored(door: TiledeskDoor, store: Counting) -> None:
    assert await door.enter(knock(), envelope(closing(), event=CLOSE_EVENT)) == Answer(200)
    [entry] = await entries(store)
    for secret in (token(OURS), OURS.secret, "private", "transcript", '"messages"', '"hook"', '"token"'):
        assert secret.encode() not in entry.raw
    assert TiledeskReader(PROJECT).read(entry.raw) == News((Closed(REQUEST),))


async def test_a_lane_goes_by_the_time_of_creation_and_a_close_is_at_its_own_time(
    door: TiledeskDoor, store: Counting
) -> None:
    await door.enter(knock(), envelope(closing(), event=CLOSE_EVENT))
    for minute, name in ((30, "third"), (10, "first"), (20, "second")):
        at = f"2026-11-22T11:{minute}:00.000Z"
        await door.enter(knock(), envelope(payload(name, _id=f"m{minute}", createdAt=at)))
    read = [TiledeskReader(PROJECT).read(entry.raw) for entry in await entries(store)]
    assert [one.parts[0] if isinstance(one, Message) else one for one in read] == [
        Text("first"), Text("second"), Text("third"), News((Closed(REQUEST),)),
    ]  # fmt: skip


async def test_closing_again_is_a_repeat_unless_it_was_opened_meanwhile(door: TiledeskDoor, store: Counting) -> None:
    for at in ("2026-11-22T12:00:00.000Z", "2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00.000Z"):
        await door.enter(knock(), envelope(closing(closed_at=at), event=CLOSE_EVENT))
    assert len(await entries(store)) == 2


# ---------------------------------------------------------------- what does not


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", Answer(400, reason="malformed")),
        (b"{", Answer(400, reason="malformed")),
        (b"[]", Answer(400, reason="malformed")),
        (b"null", Answer(400, reason="malformed")),
        (b"{}", Answer(400, reason="malformed")),
        (envelope(None), Answer(400, reason="malformed")),
        (envelope([payload()]), Answer(400, reason="malformed")),
        (envelope(payload(id_project="another")), Answer(404, reason="project")),
        (envelope(payload(id_project=...)), Answer(404, reason="project")),
        (envelope(closing(id_project="another"), event=CLOSE_EVENT), Answer(404, reason="project")),
        (envelope(payload(), token=None), Answer(401, reason="token")),
        (envelope(payload(), token=token(OTHERS)), Answer(401, reason="token")),
        (envelope(payload(recipient="support-group-x")), Answer(200, reason="foreign request")),
        (envelope(payload(recipient=...)), Answer(200, reason="foreign request")),
        (envelope(payload(recipient=[REQUEST])), Answer(200, reason="foreign request")),
        (envelope(closing(request_id="support-group-x"), event=CLOSE_EVENT), Answer(200, reason="foreign request")),
        (envelope(payload(sender=GUEST)), Answer(200, reason="echo")),
        (envelope(payload(sender="telegram-004712", attributes={"bridge": {"key": "k"}})), Answer(200, reason="echo")),
        (envelope(payload(), hook=None), Answer(200)),
        (envelope(payload(), hook=[], token=7), Answer(200)),
    ],
)  # fmt: skip
async def test_only_what_concerns_us_is_committed(
    door: TiledeskDoor, store: Counting, body: bytes, answer: Answer
) -> None:
    assert await door.enter(knock(), body) == answer
    assert store.commits == (1 if answer == Answer(200) else 0)


async def test_a_retry_with_the_hook_of_somebody_elses_subscription_comes_in(
    door: TiledeskDoor, store: Counting
) -> None:
    assert await door.enter(knock(), envelope(payload("Hello"), OTHERS)) == Answer(200)
    assert store.commits == 1


async def test_trouble_of_the_journal_is_not_answered_with_success(door: TiledeskDoor, store: Counting) -> None:
    door.gap.clear()
    await store.close()
    with pytest.raises(JournalUnavailable):
        await door.enter(knock(), envelope(payload()))
    assert door.gap.is_set(), "the desk comes back twice, and never again"


async def test_a_book_that_can_not_be_read_is_a_gap_too(door: TiledeskDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(request_id: str) -> None:
        raise JournalUnavailable(request_id)

    door.gap.clear()
    monkeypatch.setattr(door.book, "by_request", fails)
    with pytest.raises(JournalUnavailable):
        await door.enter(knock(), envelope(payload()))
    assert door.gap.is_set()


async def test_what_a_gap_swallowed_is_brought_before_the_request_is_closed(door: TiledeskDoor) -> None:
    asked: list[tuple[str, str]] = []

    async def before(known: Any, message: str) -> bool:
        asked.append((known.request_id, message))
        return True

    door.before = before
    closing = payload() | {"request_id": payload()["recipient"]}
    assert await door.enter(knock(), envelope(closing, event=CLOSE_EVENT)) == Answer(200)
    assert asked == [(closing["recipient"], "")]


async def test_who_is_forgotten_while_a_webhook_waits_for_what_came_before_is_not_written_down_again(
    door: TiledeskDoor, store: Counting
) -> None:
    async def before(known: Any, message: str) -> bool:
        store._requests.clear()  # as `forget` leaves it
        return True

    door.before = before
    assert await door.enter(knock(), envelope(payload("Dear Ann"))) == Answer(200, reason="foreign request")
    assert await entries(store) == []


@pytest.mark.parametrize("where", ["text", "request", "senderFullname"])
async def test_half_an_emoji_anywhere_costs_no_word(door: TiledeskDoor, store: Counting, where: str) -> None:
    whole = payload("Hello")
    whole |= {"request": {**whole["request"], "first_text": "cut \x00"}} if where == "request" else {where: "cut \x00"}
    body = envelope(whole).replace(b"\\u0000", b"\\ud83d")
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(body)
    assert await door.enter(knock(), body) == Answer(200)
    [entry] = await entries(store)
    reading = TiledeskReader(PROJECT).read(entry.raw)
    assert isinstance(reading, Message)
    assert reading.parts == (Text("cut ?") if where == "text" else Text("Hello"),)


# ---------------------------------------------------------------- with the simulated Tiledesk


@asynccontextmanager
async def connected(scene: Desk) -> AsyncIterator[tuple[TiledeskDoor, "Subject"]]:
    """A door on a port of its own, subscribed at the desk, with one open request of Ann's."""
    door = TiledeskDoor(scene.project.id, SECRET, scene.keys, scene.book, scene.book.accept)
    port = await Port(make_app({"/hooks/tiledesk/main/{secret}": door}, Metrics(), Health())).open()
    try:
        await scene.subscriber(f"{port.base_url}/hooks/tiledesk/main/", SECRET).ensure()
        scene.book.learn([opened(scene.request_id)])
        call = scene.plan("hello")
        authorization = await scene.anonymous().authorization(ANN)
        assert (await scene.api.post(scene.api.messages(call.to), call.body, authorization)).status == 200
        yield door, Subject(scene, f"{port.base_url}/hooks/tiledesk/main/{SECRET}")
    finally:
        await port.close()


class Subject:
    """What a test looks at."""

    def __init__(self, scene: Desk, target: str) -> None:
        self.scene = scene
        self.target = target

    async def delivered(self) -> None:
        await self.scene.simulator.wait_for(lambda: not self.scene.simulator.webhooks_under_way)

    async def words(self) -> list[str]:
        """What would be sent to the end user, in order."""
        await self.delivered()
        reader = TiledeskReader(self.scene.project.id)
        read = [reader.read(entry.raw) for entry in await entries(self.scene.book)]
        return [
            part.markdown for one in read if isinstance(one, Message) for part in one.parts if isinstance(part, Text)
        ]


async def test_the_agents_words_come_and_nothing_that_is_private() -> None:
    async with desk() as scene, connected(scene) as (_, subject):
        scene.simulator.weather.shuffle = 0.02
        scene.simulator.agent_replies(scene.request_id, "one")
        scene.simulator.agent_notes(scene.request_id, "a private word")
        scene.simulator.system_says(scene.request_id, "Olivia joined", key="MEMBER_JOINED_GROUP")
        await subject.delivered()
        scene.simulator.agent_replies(scene.request_id, "half an emoji \ud83d")
        scene.simulator.close_request(scene.request_id)
        assert await subject.words() == ["one", "half an emoji ?"]


async def test_a_retry_with_the_servers_quirk_is_taken() -> None:
    """The second attempt carries the last sibling's hook and token: somebody else's."""
    async with desk() as scene, connected(scene) as (door, subject):
        scene.simulator._webhooks.add(scene.project.id, EVENT, "http://127.0.0.1:9/", scene.project.owner.id)
        honest = door.accept
        refused: list[Any] = []

        async def refuse_once(arrivals: Any) -> int:
            if not refused:
                refused.append(arrivals)
                raise JournalUnavailable
            return await honest(arrivals)

        door.accept = refuse_once
        scene.simulator.agent_replies(scene.request_id, "one")
        assert await subject.words() == ["one"]
        ours = [call for call in scene.simulator.webhook_log if call.target == subject.target and call.attempt > 1]
        assert [call.status for call in ours] == [200]


async def test_repeated_and_shuffled_calls_are_one_word_each_in_the_order_of_creation() -> None:
    clock = ManualClock()
    async with desk(clock=clock) as scene, connected(scene) as (_, subject):
        scene.simulator.weather.shuffle, scene.simulator.weather.repeat = 0.03, 3
        for number in range(20):
            clock.move(0.001)
            scene.simulator.agent_replies(scene.request_id, f"word {number}")
        assert await subject.words() == [f"word {number}" for number in range(20)]
