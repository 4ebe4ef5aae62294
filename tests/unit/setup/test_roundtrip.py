import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest

from bridge.app import running
from bridge.sandbox.stage import Stage
from bridge.sandbox.tiledesk import Person
from bridge.settings import Desk, load
from bridge.setup.roundtrip import checks_seen, to_a_stand_in, to_the_daemon
from bridge.tiledesk.trial import TrialFailed, trial_request
from bridge.web.stand_in import standing_in
from tests.patience import PATIENCE


def by(stage: Stage, person: Person) -> Desk:
    whole = {"api_url": stage.tiledesk.base_url, "project_id": stage.project.id, "token": person.token}
    return Desk.model_validate(whole)


async def left_in(stage: Stage) -> list[str]:
    """The requests, contacts and subscriptions that the project still has."""
    project, found = stage.project, []
    async with aiohttp.ClientSession(headers={"Authorization": project.owner.token}) as session:
        for path, key in (("requests?status=all", "requests"), ("leads", "leads"), ("subscriptions", "")):
            async with session.get(f"{stage.tiledesk.base_url}/{project.id}/{path}") as answer:
                told = await answer.json()
                found += [str(one["_id"]) for one in (told[key] if key else told)]
    return found


async def test_an_event_comes_to_who_stands_in_and_nothing_is_left(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage, aiohttp.ClientSession() as session:
        async with standing_in("127.0.0.1", stage.port) as stand_in:
            assert stand_in is not None
            owner = by(stage, stage.project.owner)
            finding = await to_a_stand_in(
                session, "main", owner, stage.project.owner.token, stage.url, stand_in, patience=10
            )
        assert await left_in(stage) == []
    assert finding.level == "ok", finding
    assert finding.detail.endswith("the test request was removed")


async def test_no_event_is_a_failure_that_speaks_of_the_way_and_of_webhooks(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
        async with await Stage.open(tmp_path) as stage, aiohttp.ClientSession() as session:
            async with standing_in("127.0.0.1", stage.port) as stand_in:
                assert stand_in is not None
                owner = by(stage, stage.project.owner)
                finding = await to_a_stand_in(
                    session, "main", owner, stage.project.owner.token, nowhere, stand_in, patience=0.2
                )
            assert await left_in(stage) == []
    assert not finding.ok
    assert "RESTHOOK_ENABLED=true" in finding.advice
    assert "within 0.2 seconds" in finding.detail


async def test_who_may_not_subscribe_fails_with_tiledesks_words(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage, aiohttp.ClientSession() as session:
        async with standing_in("127.0.0.1", stage.port) as stand_in:
            assert stand_in is not None
            agent = stage.project.agent
            finding = await to_a_stand_in(
                session, "main", by(stage, agent), agent.token, stage.url, stand_in, patience=5
            )
        assert await left_in(stage) == []
    assert (finding.ok, "403" in finding.detail) == (False, True)


async def test_a_daemon_that_runs_counts_the_event_and_writes_nothing_down(tmp_path: Path) -> None:
    async with (
        await Stage.open(tmp_path) as stage,
        aiohttp.ClientSession() as session,
        running(load(None, stage.environment(), tmp_path)) as house,
    ):
        async with asyncio.timeout(PATIENCE):
            while not house.health.ready:  # noqa: ASYNC110 - health has no bell
                await asyncio.sleep(0.02)
        owner = by(stage, stage.project.owner)
        finding = await to_the_daemon(session, "main", owner, stage.project.owner.token, stage.url, patience=5)
        metrics = house.metrics.render().decode()
        census = await house.store.census()
    assert finding.ok, finding
    assert checks_seen(metrics, "main") == 1
    assert census == []


async def test_a_tiledesk_that_is_away_fails_in_words(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage, aiohttp.ClientSession() as session:
        agent = stage.project.agent
        await stage.tiledesk.refuse()
        with pytest.raises(TrialFailed, match=r"connection refused"):
            await trial_request(session, by(stage, agent), agent.token).__aenter__()


async def test_what_an_account_may_not_remove_is_closed_and_named(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage, aiohttp.ClientSession() as session:
        agent = stage.project.agent
        async with trial_request(session, by(stage, agent), agent.token) as request:
            assert request.guest not in repr(request)
        assert request.left == [f"the closed request {request.id}"]


def test_only_the_count_of_tests_at_this_desk_is_read() -> None:
    page = """
# TYPE bridge_webhook_ignored_total counter
bridge_webhook_ignored_total{desk="tiledesk/main",reason="echo"} 7.0
bridge_webhook_ignored_total{desk="tiledesk/main",reason="check"} 2.0
bridge_webhook_ignored_total{desk="tiledesk/other",reason="check"} 5.0
"""
    assert checks_seen(page, "main") == 2.0
    assert checks_seen("", "main") == 0.0
