from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.message import Confirmed
from bridge.outcome import Blame, Delivered, NotSent, Unknown
from bridge.ports import Guest
from bridge.tiledesk.lookup import find
from bridge.wire import AnswerLost, Reply, Unsent
from tests.scripted import Answer, Odd, answer, scripted
from tests.unit.tiledesk.desks import ANN, Desk, at, desk

LOOKS = ("GET", "/{project}/requests/{request_id}/messages")
STORES = ("POST", "/{project}/requests/{request_id}/messages")


@pytest.fixture
async def scene() -> AsyncIterator[Desk]:
    async with desk() as opened:
        yield opened


async def test_a_message_is_found_by_our_key_and_others_are_not(scene: Desk) -> None:
    authorization = await scene.anonymous().authorization(ANN)
    for key in ("k1", "k2", "k3"):
        call = scene.plan(f"word {key}", key)
        await scene.api.post(scene.api.messages(call.to), call.body, authorization)
    scene.simulator.agent_replies(scene.request_id, "hello", attributes={"bridge": "k4"})
    scene.simulator.agent_replies(scene.request_id, "half an emoji \ud83d")
    found = await find(scene.api, scene.request_id, "k2", authorization)
    assert found == scene.simulator.messages(scene.request_id)[1]["_id"]
    assert await find(scene.api, scene.request_id, "k4", authorization) == ""


async def test_in_an_unknown_request_there_is_nothing(scene: Desk) -> None:
    assert await find(scene.api, scene.request_id, "k1", await scene.anonymous().authorization(ANN)) == ""


async def test_without_a_valid_sign_in_the_answer_comes_back(scene: Desk) -> None:
    found = await find(scene.api, scene.request_id, "k1", "JWT x")
    assert isinstance(found, Reply)
    assert found.status == 401


@pytest.mark.parametrize(
    "told",
    [
        answer(b"<html>", 502),
        answer(b"<html>all is well</html>"),
        answer({"success": False}),
        answer(b"null"),
        answer([], 500),
    ],
)
async def test_an_answer_that_does_not_say_comes_back(scene: Desk, told: Answer) -> None:
    async with scripted(told) as server:
        api = type(scene.api)(scene.api.session, server.url, scene.project.id)
        assert isinstance(await find(api, scene.request_id, "k1", ""), Reply)


async def test_odd_neighbours_hide_nothing(scene: Desk) -> None:
    odd: list[object] = [
        None,
        7,
        "x",
        [],
        {},
        {"attributes": None},
        {"attributes": {"bridge": []}},
        {"attributes": {"bridge": {"key": 1}}},
    ]
    told = answer([*odd, {"_id": "m1", "attributes": {"bridge": {"key": "k1"}}}])
    async with scripted(told) as server:
        api = type(scene.api)(scene.api.session, server.url, scene.project.id)
        assert await find(api, scene.request_id, "k1", "") == "m1"
        assert await find(api, scene.request_id, None, "") == ""


async def test_trouble_on_the_way_is_raised(scene: Desk) -> None:
    scene.simulator.faults.down = True
    with pytest.raises(AnswerLost):
        await find(scene.api, scene.request_id, "k1", "")
    await scene.simulator.refuse()
    with pytest.raises(Unsent):
        await find(scene.api, scene.request_id, "k1", "")


# ---------------------------------------------------------------- what a sender makes of it


async def test_a_suspect_that_arrived_is_not_stored_again(scene: Desk) -> None:
    sender = scene.sender()
    scene.simulator.faults.lose_answer = 1.0
    scene.simulator.faults.only = lambda path: path.endswith("/messages")
    assert isinstance(await sender.send(scene.plan("hello"), suspect=False), Unknown)
    scene.simulator.faults.clear()
    found = await sender.send(scene.plan("hello"), suspect=True)
    [message] = scene.simulator.messages(scene.request_id)
    assert found == Delivered(message["_id"], (Confirmed(scene.request_id),))
    assert scene.calls(*STORES) == 1


async def test_a_suspect_that_did_not_arrive_is_stored_once(scene: Desk) -> None:
    sender = scene.sender()
    await sender.send(scene.plan("hello"), suspect=False)
    found = await sender.send(scene.plan("more", "101", confirmed=True), suspect=True)
    assert isinstance(found, Delivered)
    assert scene.texts() == ["hello", "more"]
    assert isinstance(await sender.send(scene.plan("more", "101", confirmed=True), suspect=True), Delivered)
    assert scene.texts() == ["hello", "more"]


async def test_only_suspects_are_looked_for(scene: Desk) -> None:
    await scene.sender().send(scene.plan("hello"), suspect=False)
    assert scene.calls(*LOOKS) == 0


async def test_a_suspect_is_found_beside_half_an_emoji(scene: Desk) -> None:
    sender = scene.sender()
    await sender.send(scene.plan("hello"), suspect=False)
    scene.simulator.agent_replies(scene.request_id, "half an emoji \ud83d")
    assert isinstance(await sender.send(scene.plan("hello"), suspect=True), Delivered)
    assert len(scene.texts()) == 2


NOT_SAID: list[Any] = [
    answer(b"<html>", 502), answer(b"<html>"), answer({"x": 1}), answer(b"null"), answer(b"", 404), answer([], 500),
    answer(b"", 302, Location="/x"), Odd.CUT,
]  # fmt: skip


@pytest.mark.parametrize("told", NOT_SAID)
async def test_while_the_desk_does_not_say_a_suspect_is_not_stored_again(scene: Desk, told: Answer) -> None:
    found = await at(scene, told, suspect=True)
    assert isinstance(found, NotSent)
    assert found.blame is Blame.DESTINATION


async def test_a_suspect_of_a_guest_that_the_desk_no_longer_knows_signs_in_anew(scene: Desk) -> None:
    """Else it would hold up the whole desk: a look that fails shuts the gate, and the oldest entry is the probe."""
    sender = scene.sender()
    await sender.send(scene.plan("hello"), suspect=False)
    await scene.book.keep_guest(Guest("main", ANN.id, "gone", "JWT a.b.c"))
    sender = scene.sender()
    found = await sender.send(scene.plan("hello"), suspect=True)
    assert isinstance(found, NotSent)
    assert found.blame is Blame.MESSAGE
    assert isinstance(await sender.send(scene.plan("hello"), suspect=True), Delivered)
    assert scene.texts() == ["hello"]
