import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from multidict import CIMultiDict

from bridge.errors import JournalUnavailable
from bridge.ports import Answer as DoorAnswer
from bridge.ports import Knock, Subscription
from bridge.store.memory import MemoryStore
from bridge.tiledesk.hook import TiledeskDoor
from bridge.tiledesk.read import CLOSE_EVENT
from bridge.tiledesk.subscribe import Login, Subscriber, SubscribingFailed
from bridge.tiledesk.transport import DeskApi
from tests.clock import ManualClock
from tests.hurried import Hurried
from tests.scripted import Answer, Asked, Odd, answer, scripted
from tests.unit.tiledesk.desks import ANN, EVENT, PREFIX, Desk, desk

TARGET = PREFIX + "unguessable"
PART = "subscriptions main"
SUBSCRIBE = ("POST", "/{project}/subscriptions")
REMOVE = ("DELETE", "/{project}/subscriptions/{id}")
BOTH = {(EVENT, TARGET), (CLOSE_EVENT, TARGET)}


@pytest.fixture
async def scene() -> AsyncIterator[Desk]:
    async with desk() as opened:
        yield opened


def there(scene: Desk) -> set[tuple[str, str]]:
    return {(one["event"], one["target"]) for one in scene.subscriptions()}


def add(scene: Desk, event: str, target: str) -> str:
    return scene.simulator._webhooks.add(scene.project.id, event, target, scene.project.owner.id).id


async def in_order(scene: Desk) -> None:
    """What is known, kept and subscribed agrees."""
    kept = {one.event: one for one in await scene.book.subscriptions("main")}
    ours = {one["event"]: one["_id"] for one in scene.subscriptions() if one["target"] == TARGET}
    assert {event: one.id for event, one in scene.keys.subscriptions.items()} == ours
    assert {event: kept[event] for event in ours} == scene.keys.subscriptions
    for one in scene.keys.subscriptions.values():
        assert scene.simulator._webhooks.secrets[one.id] == one.secret
    assert scene.keys.settled


async def test_both_events_are_subscribed_and_their_secrets_kept(scene: Desk) -> None:
    await scene.subscriber().ensure()
    assert there(scene) == BOTH
    await in_order(scene)


async def test_what_is_in_order_is_left_alone_also_over_restarts(scene: Desk) -> None:
    await scene.subscriber().ensure()
    for _ in range(2):
        scene.keys = type(scene.keys)({one.event: one for one in await scene.book.subscriptions("main")})
        await scene.subscriber().ensure()
    await in_order(scene)
    assert (scene.calls(*SUBSCRIBE), scene.calls(*REMOVE)) == (2, 0)


async def test_one_that_was_removed_is_made_again(scene: Desk) -> None:
    await scene.subscriber().ensure()
    scene.simulator._webhooks.remove(scene.keys.subscriptions[EVENT].id)
    await scene.subscriber().ensure()
    assert there(scene) == BOTH
    await in_order(scene)
    assert scene.calls(*SUBSCRIBE) == 3


async def test_one_whose_secret_is_not_known_is_made_anew(scene: Desk) -> None:
    strange = add(scene, EVENT, TARGET)
    await scene.subscriber().ensure()
    assert strange not in {one["_id"] for one in scene.subscriptions()}
    assert there(scene) == BOTH
    await in_order(scene)
    assert scene.calls(*REMOVE) == 1


async def test_with_another_public_url_the_old_ones_go(scene: Desk) -> None:
    await scene.subscriber("https://old.example.org/hooks/tiledesk/main/").ensure()
    scene.keys = type(scene.keys)({one.event: one for one in await scene.book.subscriptions("main")})
    await scene.subscriber().ensure()
    assert there(scene) == BOTH
    await in_order(scene)


async def test_with_another_secret_in_the_path_the_old_ones_go(scene: Desk) -> None:
    await scene.subscriber(secret="of a database that is gone").ensure()
    scene.keys = type(scene.keys)()
    await scene.subscriber().ensure()
    assert there(scene) == BOTH


async def test_with_another_event_the_old_one_goes_and_signs_no_more() -> None:
    async with desk(clock=ManualClock()) as scene:
        await scene.subscriber(events=("message.create", CLOSE_EVENT)).ensure()
        scene.keys = type(scene.keys)({one.event: one for one in await scene.book.subscriptions("main")})
        assert scene.keys.signing == scene.keys.subscriptions["message.create"]
        await scene.subscriber().ensure()
        assert there(scene) == BOTH
        assert scene.keys.subscriptions.keys() == {EVENT, CLOSE_EVENT}
        assert await scene.signed().authorization(ANN)


async def test_duplicates_go_and_one_stays(scene: Desk) -> None:
    await scene.subscriber().ensure()
    kept = scene.keys.subscriptions[EVENT].id
    for _ in range(2):
        scene.simulator._webhooks.change(add(scene, EVENT, "https://bridge.example.org/x"), {"target": TARGET})
    assert len(scene.subscriptions()) == 4
    await scene.subscriber().ensure()
    assert len(scene.subscriptions()) == 2
    assert kept in {one["_id"] for one in scene.subscriptions()}


async def test_somebody_elses_are_not_touched_even_with_the_same_event(scene: Desk) -> None:
    others = [
        add(scene, EVENT, "https://connector.example/telegram"),
        add(scene, CLOSE_EVENT, "https://bridge.example.org/hooks/tiledesk/other/x"),
        add(scene, EVENT, "https://bridge.example.org.evil.example/hooks/tiledesk/main/x"),
        add(scene, "lead.create", "not a url"),
    ]
    before = [one for one in scene.subscriptions() if one["_id"] in others]
    for _ in range(2):
        await scene.subscriber().ensure()
        assert [one for one in scene.subscriptions() if one["_id"] in others] == before
    assert there(scene) >= BOTH
    await in_order(scene)
    assert scene.calls(*REMOVE) == 0


async def test_an_answer_with_somebody_elses_subscription_is_not_taken_for_ours(scene: Desk) -> None:
    """A repeated POST is answered with the first subscription to the event, whatever its target (a quirk of the server)."""

    def respond(asked: Asked) -> Answer:
        if asked.method == "GET":
            return answer([])
        return answer({"_id": "1", "event": EVENT, "target": "https://connector.example/", "secret": "theirs"})

    async with scripted(respond) as server:
        with pytest.raises(SubscribingFailed, match="another subscription"):
            await at(scene, server.url).ensure()
    assert not scene.keys.subscriptions
    assert not scene.keys.settled


async def test_a_token_from_the_configuration_needs_no_sign_in(scene: Desk) -> None:
    await scene.subscriber(login=Login("", "", scene.project.owner.token)).ensure()
    assert there(scene) == BOTH
    assert scene.calls("POST", "/auth/signin") == 0


async def test_while_one_is_being_made_an_event_with_its_secret_shall_come_again(scene: Desk) -> None:
    """A 401 would be final for Tiledesk, and the event may overtake the answer that tells the secret."""
    door = TiledeskDoor(scene.project.id, "unguessable", scene.keys, scene.book, scene.book.accept)
    early: list[DoorAnswer | None] = []

    async def knock() -> None:
        head = Knock(CIMultiDict({"x-hook-secret": "the new secret"}), {"secret": "unguessable"})
        early.append(await door.admit(head))

    async def respond(asked: Asked) -> Answer:
        if asked.method == "GET":
            return answer([])
        await knock()
        event = asked.json["event"]
        return answer({"_id": f"new {event}", "event": event, "target": TARGET, "secret": "the new secret"})

    kept = Subscription("main", EVENT, "old", TARGET, "the old secret")
    scene.keys.subscriptions[EVENT], scene.keys.settled = kept, True
    async with scripted(respond) as server:
        await at(scene, server.url).ensure()
    assert early[0] == DoorAnswer(503, retry_after=2, reason="starting")
    await knock()
    assert early[-1] is None


# ---------------------------------------------------------------- trouble, told in words


def at(scene: Desk, url: str, **changes: Any) -> Subscriber:
    """A subscriber of another server."""
    token = scene.project.owner.token
    elsewhere = Desk(
        scene.simulator, scene.project, DeskApi(scene.api.session, url, scene.project.id, 0.05), scene.clock, scene.book,
        scene.keys, scene.health,
    )  # fmt: skip
    return elsewhere.subscriber(**{"login": Login("", "", token)} | changes)


async def told(subscriber: Subscriber, clock: Hurried) -> str:
    """What the health says after some attempts."""
    running = asyncio.create_task(subscriber.run())
    await clock.tired.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    part = subscriber.health.parts[PART]
    assert not part.ok
    return part.reason


async def test_no_right_to_subscribe_is_told(scene: Desk) -> None:
    agent = scene.project.agent
    clock = Hurried(naps=8)
    reason = await told(scene.subscriber(login=Login(agent.email, agent.password), clock=clock), clock)
    assert "role admin" in reason
    assert clock.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


async def test_a_wrong_password_and_a_wrong_token_are_told(scene: Desk) -> None:
    clock = Hurried()
    reason = await told(scene.subscriber(login=Login(scene.project.owner.email, "wrong"), clock=clock), clock)
    assert "check username and password" in reason
    clock = Hurried()
    assert "token is not valid" in await told(scene.subscriber(login=Login("", "", "JWT x.y.z"), clock=clock), clock)


async def test_a_desk_that_is_down_is_told(scene: Desk) -> None:
    scene.simulator.faults.down = True
    clock = Hurried()
    assert "no answer from Tiledesk" in await told(scene.subscriber(clock=clock), clock)
    await scene.simulator.refuse()
    clock = Hurried()
    assert "no connection to Tiledesk" in await told(scene.subscriber(clock=clock), clock)


async def test_a_wrong_project_is_told(scene: Desk) -> None:
    clock = Hurried()
    subscriber = scene.subscriber(clock=clock)
    elsewhere = DeskApi(scene.api.session, scene.api.api_url, "0" * 24)
    assert "project_id" in await told(Subscriber(**{**fields(subscriber), "api": elsewhere}), clock)


def fields(subscriber: Subscriber) -> dict[str, Any]:
    return {name: getattr(subscriber, name) for name in subscriber.__slots__}


@pytest.mark.parametrize(
    ("respond", "word"),
    [
        (answer(b"<html>a portal</html>"), "api_url"), (answer(b"null"), "api_url"), (answer({"x": 1}), "api_url"),
        (answer(b"<html>Bad Gateway</html>", 502), "in trouble"), (answer(b"", 302, Location="/x"), "api_url"),
        (answer([None, 7, "x", [], {}]), "another subscription"), (Odd.CUT, "closed the connection"),
        (Odd.HANG, "timed out"),
    ],
)  # fmt: skip
async def test_no_answer_ends_the_subscriber(scene: Desk, respond: Answer, word: str) -> None:
    clock = Hurried(naps=2)
    async with scripted(respond) as server:
        assert word in await told(at(scene, server.url, clock=clock), clock)
    assert clock.slept == [1.0, 2.0, 4.0]


async def test_trouble_passes(scene: Desk) -> None:
    class Mending(Hurried):
        async def sleep(self, seconds: float) -> None:
            scene.simulator.faults.clear()
            await super().sleep(seconds)

    clock = Mending(naps=1)
    scene.simulator.faults.status = 502
    running = asyncio.create_task(scene.subscriber(clock=clock).run())
    await clock.tired.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert scene.health.parts[PART].ok
    assert there(scene) == BOTH
    assert clock.slept == [1.0, 900.0], "then it looks again now and then"


async def test_a_book_that_can_not_be_read_is_waited_for(scene: Desk) -> None:
    await scene.subscriber().ensure()
    kept = dict(scene.keys.subscriptions)
    scene.keys = type(scene.keys)()
    refusals = [JournalUnavailable("disk full")]

    class Stuck(MemoryStore):
        async def subscriptions(self, desk: str) -> list[Subscription]:
            if refusals:
                raise refusals.pop()
            return await super().subscriptions(desk)

    scene.book = Stuck(scene.clock)
    for one in kept.values():
        await scene.book.keep_subscription(one)
    clock = Hurried(naps=1)
    running = asyncio.create_task(scene.subscriber(clock=clock).run())
    await clock.tired.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert scene.keys.subscriptions == kept
    assert scene.health.parts[PART].ok
