"""The simulated Tiledesk's Python face and its moods; its REST face is in tests/contract."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bridge.sandbox.faults import Faults
from bridge.sandbox.tiledesk import Call, Happening, SimulatedProject, TiledeskSimulator
from tests.contract.tiledesk.desk import Desk, Target

NOON = 1_800_000_000.0


@pytest.fixture
async def tiledesk() -> AsyncIterator[TiledeskSimulator]:
    async with TiledeskSimulator(seed=7) as simulator:
        simulator.first_message_seconds = 0.0
        simulator.weather.time_scale = 0.01
        yield simulator


@pytest.fixture
def project(tiledesk: TiledeskSimulator) -> SimulatedProject:
    return tiledesk.add_project()


@pytest.fixture
async def desk(tiledesk: TiledeskSimulator, project: SimulatedProject) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as session:
        yield Desk(tiledesk.base_url, project, session, is_real=False)


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    async with Target() as listening:
        yield listening


async def test_agents_and_the_server_speak_in_a_request(tiledesk: TiledeskSimulator, desk: Desk) -> None:
    request_id, guest, token = await desk.opened()
    tiledesk.agent_replies(request_id, "How can I help?", status=200, metadata="")
    tiledesk.agent_notes(request_id, "VIP", agent_id=desk.project.agent.id)
    tiledesk.system_says(request_id, "Aaron joined", key="MEMBER_JOINED_GROUP", subtype="info")
    tiledesk.close_request(request_id)
    owner = desk.project.owner
    said = [(m["sender"], m["text"], m.get("attributes", {}).get("subtype")) for m in tiledesk.messages(request_id)]
    assert said == [
        (guest, "hello", None),
        (owner.id, "How can I help?", None),
        (desk.project.agent.id, "VIP", "private"),
        ("system", "Aaron joined", "info"),
        ("system", "Chat closed", "info/support"),
    ]
    assert [r["status"] for r in tiledesk.requests(desk.project.id)] == [1000]
    listed = await desk.call("GET", f"{desk.here}/requests/{request_id}/messages", token)
    assert listed.body == tiledesk.messages(request_id)
    tiledesk.reopen(request_id)
    assert tiledesk.requests()[0]["status"] == 200
    assert tiledesk.messages("nowhere") == []


async def test_a_message_that_the_server_would_not_take_is_a_mistake_of_the_test(
    tiledesk: TiledeskSimulator, desk: Desk
) -> None:
    request_id, _, _ = await desk.opened()
    with pytest.raises(ValueError, match="doesn't take"):
        tiledesk.agent_replies(request_id, "x", attributes={"a.b": 1})


async def test_the_same_seed_and_clock_make_the_same_world() -> None:
    def made() -> tuple[SimulatedProject, str]:
        tiledesk = TiledeskSimulator(seed=1, clock=lambda: NOON)
        return (project := tiledesk.add_project()), tiledesk.add_department(project.id, "Sales")

    assert made() == made()
    assert TiledeskSimulator(seed=2, clock=lambda: NOON).add_project() != made()[0]
    assert made()[0].id.startswith(f"{int(NOON):08x}")


async def test_projects_are_apart_but_request_ids_are_not(tiledesk: TiledeskSimulator, desk: Desk) -> None:
    request_id, _, token = await desk.opened()
    other = Desk(desk.base_url, tiledesk.add_project("Second"), desk.session, is_real=False)
    _, elsewhere = await other.guest()
    assert (await other.post(request_id, elsewhere, {"text": "mine?"})).status == 500
    assert (await other.post(other.new_id(), token, {"text": "x"})).status == 403
    assert tiledesk.requests(other.project.id) == []


async def test_waiting_ends_with_what_was_waited_for_or_in_time(tiledesk: TiledeskSimulator, desk: Desk) -> None:
    waiting = asyncio.create_task(tiledesk.wait_for(lambda: tiledesk.requests(desk.project.id)))
    await desk.opened()
    assert (await waiting)[0]["first_text"] == "hello"
    with pytest.raises(TimeoutError):
        await tiledesk.wait_for(lambda: None, 0.01)


async def test_listeners_hear_everything_until_they_leave(tiledesk: TiledeskSimulator, desk: Desk) -> None:
    heard: list[Happening] = []
    leave = tiledesk.subscribe(heard.append)
    request_id, _, _ = await desk.opened()
    kinds = [happening.kind for happening in heard]
    assert kinds == ["call", "lead", "request", "message", "call"]
    assert heard[-1].what == Call("POST", "/{project}/requests/{request_id}/messages", 200, heard[-1].what.at)
    leave()
    tiledesk.agent_replies(request_id, "x")
    assert len(heard) == len(kinds)
    assert tiledesk.call_counts["POST", "/{project}/requests/{request_id}/messages"] == 1


async def test_a_lost_answer_is_in_the_log_and_the_message_is_stored(tiledesk: TiledeskSimulator, desk: Desk) -> None:
    request_id, _, token = await desk.opened()
    tiledesk.faults.lose_answer = 1.0
    with pytest.raises(aiohttp.ClientError):
        await desk.post(request_id, token, {"text": "lost?"})
    assert tiledesk.messages(request_id)[-1]["text"] == "lost?"
    assert (await tiledesk.wait_for(lambda: tiledesk.calls[-1])).status == 0


async def test_too_many_concerns_messages_only() -> None:
    async with TiledeskSimulator(faults=Faults(too_many=3)) as tiledesk, aiohttp.ClientSession() as session:
        desk = Desk(tiledesk.base_url, tiledesk.add_project(), session, is_real=False)
        _, token = await desk.guest()
        limited = await desk.post("a", token, {"text": "x"})
        assert (limited.status, limited.headers["Retry-After"]) == (429, "3")


async def test_a_server_that_went_away_comes_back_with_its_data_and_another_secret(
    tiledesk: TiledeskSimulator, desk: Desk, target: Target
) -> None:
    target.answers["a"] = [503, 503, 503]
    before = (await desk.subscribe("message.create", target.url("a"))).body
    tiledesk.weather.time_scale = 100.0
    request_id, _, token = await desk.opened()
    await tiledesk.wait_for(lambda: len(tiledesk.webhook_log) == 1)
    await tiledesk.refuse()
    assert tiledesk.webhooks_under_way == 0
    with pytest.raises(aiohttp.ClientError):
        await desk.post(request_id, token, {"text": "anyone?"})
    await tiledesk.accept()
    assert (await desk.post(request_id, token, {"text": "back"})).status == 200
    after = (await desk.subscribe("message.create", target.url("b"))).body
    assert after["secret"] != before["secret"]


async def test_foul_weather_repeats_shuffles_and_loses_calls(
    tiledesk: TiledeskSimulator, desk: Desk, target: Target
) -> None:
    request_id, _, _ = await desk.opened()
    await desk.subscribe("message.create", target.url("a"))
    weather = tiledesk.weather
    weather.repeat, weather.shuffle = 3, 0.05
    texts = [str(n) for n in range(20)]
    for text in texts:
        tiledesk.agent_replies(request_id, text)
    await tiledesk.wait_for(lambda: tiledesk.webhooks_under_way == 0)
    arrived = [call.payload["text"] for call in target.received]
    assert set(arrived) == set(texts)
    assert len(arrived) > len(texts)
    assert arrived != sorted(arrived, key=texts.index)
    weather.lose = 1.0
    tiledesk.agent_replies(request_id, "never")
    await tiledesk.wait_for(lambda: tiledesk.webhooks_under_way == 0)
    assert "never" not in [call.payload["text"] for call in target.received]
    assert (tiledesk.webhook_log[-1].attempt, tiledesk.webhook_log[-1].status) == (0, None)


async def test_a_target_that_refuses_is_tried_three_times(tiledesk: TiledeskSimulator, desk: Desk) -> None:
    async with Target() as closed:
        address = closed.url("a")
    await desk.subscribe("message.create", address)
    await desk.opened()
    log: Any = await tiledesk.wait_for(lambda: tiledesk.webhook_log if len(tiledesk.webhook_log) == 3 else None)
    assert [(call.attempt, call.status) for call in log] == [(1, None), (2, None), (3, None)]


async def test_someone_banned_is_unauthorized(tiledesk: TiledeskSimulator, desk: Desk) -> None:
    request_id, guest, token = await desk.opened()
    tiledesk.ban(desk.project.id, guest)
    banned = await desk.post(request_id, token, {"text": "x"})
    assert (banned.status, banned.body) == (401, {"err": "error projectBanUserFilter by id"})


async def test_a_deleted_request_is_made_anew_by_the_next_message(tiledesk: TiledeskSimulator, desk: Desk) -> None:
    request_id, _, token = await desk.opened()
    deleted = await desk.call("DELETE", f"{desk.here}/requests/{request_id}", desk.owner)
    assert (deleted.status, tiledesk.requests()) == (200, [])
    again = await desk.post(request_id, token, {"text": "again"})
    assert again.body["request"]["_id"] != deleted.body["_id"]
