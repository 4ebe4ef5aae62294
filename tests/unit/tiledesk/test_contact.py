from collections.abc import AsyncIterator

import pytest

from bridge.message import Call, Message, Text
from bridge.outcome import Blame, Delivered, NotSent, Outcome
from bridge.tiledesk.plan import PHONE, TiledeskPlanner
from tests.scripted import answer
from tests.unit.tiledesk.desks import ANN, Desk, at, desk


@pytest.fixture
async def scene() -> AsyncIterator[Desk]:
    async with desk() as opened:
        yield opened


async def share(scene: Desk) -> Outcome:
    """Ann has written, and now shares her number."""
    [hello] = TiledeskPlanner("telegram").plan(Message(ANN, (Text("hello"),), 1.0), scene.conversation(), "1")
    assert isinstance(await scene.sender().send(hello, suspect=False), Delivered)
    return await scene.sender().send(Call(PHONE, scene.request_id, {"phone": "+391"}, author=ANN), suspect=False)


def phone_of(scene: Desk) -> object:
    [request] = scene.simulator.requests(scene.project.id)
    return request["lead"].get("phone")


async def test_a_shared_number_lands_in_the_contact(scene: Desk) -> None:
    await scene.subscriber().ensure()
    assert isinstance(await share(scene), Delivered)
    assert phone_of(scene) == "+391"


async def test_without_our_subscription_nobody_may_change_contacts_yet(scene: Desk) -> None:
    outcome = await share(scene)
    assert isinstance(outcome, NotSent)
    assert outcome.blame is Blame.DESTINATION


async def test_a_request_that_is_gone_holds_up_nothing(scene: Desk) -> None:
    await scene.subscriber().ensure()
    call = Call(PHONE, "support-group-unknown", {"phone": "+391"}, author=ANN)
    assert await scene.sender().send(call, suspect=False) == Delivered()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (403, Delivered()),
        (404, Delivered()),
        (500, Delivered()),
        (502, NotSent("Tiledesk: 502 broken", Blame.DESTINATION)),
    ],
)
async def test_a_refusal_is_let_go_and_a_desk_that_is_away_is_tried_again(
    scene: Desk, status: int, outcome: Outcome
) -> None:
    await scene.subscriber().ensure()
    call = Call(PHONE, scene.request_id, {"phone": "+391"}, author=ANN)
    assert await at(scene, answer({"msg": "broken"}, status), call=call) == outcome


async def test_a_desk_that_is_away_gets_the_number_later(scene: Desk) -> None:
    await scene.subscriber().ensure()
    await scene.simulator.refuse()
    call = Call(PHONE, scene.request_id, {"phone": "+391"}, author=ANN)
    outcome = await scene.sender().send(call, suspect=False)
    assert isinstance(outcome, NotSent)
    assert outcome.blame is Blame.DESTINATION
