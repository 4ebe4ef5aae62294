"""The first run, in this process, between the simulators."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.app import running
from bridge.observe import Commands, Finding
from bridge.sandbox.stage import Stage, free_port
from bridge.settings import Settings, load
from bridge.setup import trial as first_run
from bridge.setup.trial import ANSWER, Trial
from tests.patience import PATIENCE


@dataclass
class Audience:
    """Keeps what it is told; `invited` is called with the code that the operator shall write."""

    invited: Callable[[str], None] = lambda code: None
    findings: list[Finding] = field(default_factory=list)

    def found(self, finding: Finding) -> None:
        self.findings.append(finding)

    def waiting(self, words: str) -> None:
        pass

    def invite(self, code: str, seconds: float) -> None:
        self.invited(code)

    def of(self, subject: str) -> Finding:
        return next(one for one in self.findings if one.subject == subject)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with await Stage.open(tmp_path) as stage:
        stage.tiledesk.weather.time_scale = 0.05
        yield stage


def settings_of(stage: Stage, **changes: str) -> Settings:
    return load(None, stage.environment(**changes), stage.folder)  # type: ignore[arg-type]


async def test_a_message_goes_each_way_and_the_request_is_closed_again(stage: Stage) -> None:
    ana, ben = stage.telegram.add_user("Ana", "Lopez"), stage.telegram.add_user("Ben")

    def write(code: str) -> None:
        stage.telegram.user_says(stage.bot, ben, "hello, is somebody there?")
        stage.telegram.user_says(stage.bot, ana, f"/start {code}")

    audience = Audience(write)
    assert await Trial(settings_of(stage), audience, 20.0).run()
    assert [one.subject for one in audience.findings] == [
        "desks.main: subscriptions",
        "channels.support: intake",
        "desks.main: events",
        "desks.main: message",
        "channels.support: answer",
    ]
    assert all(one.level == "ok" for one in audience.findings), audience.findings
    assert audience.of("desks.main: message").detail.startswith("Ana Lopez wrote /start ")
    [answer] = stage.telegram.sent(stage.bot)
    assert (answer["text"], answer["chat"]["id"]) == (ANSWER, ana.id), "a stranger is not answered by a test"


async def test_who_writes_meanwhile_is_relayed_and_not_lost(stage: Stage) -> None:
    ben = stage.telegram.add_user("Ben")

    def write(_: str) -> None:
        stage.telegram.user_says(stage.bot, ben, "hello")

    audience = Audience(write)
    assert await Trial(settings_of(stage), audience, 0.5).run()
    assert audience.of("channels.support: message").level == "warning"
    async with running(settings_of(stage)) as house, asyncio.timeout(PATIENCE):
        while [one.done for one in await house.store.census() if one.destination == "desk/main"] != [1]:
            continue  # each look is a turn of the loop


async def test_without_an_operator_the_event_alone_is_tried(stage: Stage) -> None:
    audience = Audience(pytest.fail)
    assert await Trial(settings_of(stage, intake="webhook"), audience, 0.0).run()
    assert audience.of("channels.support: intake").detail == "the webhook is set"
    assert audience.findings[-1].subject == "desks.main: events"


async def test_a_public_address_that_leads_elsewhere_is_the_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_run, "EVENT_PATIENCE", 0.5)
    audience = Audience(pytest.fail)
    nowhere = f"http://127.0.0.1:{free_port()}"
    assert not await Trial(settings_of(stage, SERVER__PUBLIC_URL=nowhere), audience, 20.0).run()
    assert "no event of it came to us within 0.5 seconds; the test request was removed" in audience.findings[-1].detail
    assert "does server.public_url lead here" in audience.findings[-1].advice


async def test_a_desk_that_refuses_us_is_the_end_with_its_reason(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_run, "START_PATIENCE", 3.0)
    agent = stage.project.agent
    settings = settings_of(stage, DESKS__MAIN__USERNAME=agent.email, DESKS__MAIN__PASSWORD=agent.password)
    audience = Audience(pytest.fail)
    assert not await Trial(settings, audience, 20.0).run()
    [only] = audience.findings
    assert "give it the role admin" in only.detail
    assert only.advice
    assert not any(secret in str(only) for secret in settings.secrets())


async def test_a_bot_that_somebody_revoked_is_the_end_with_its_reason(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_run, "START_PATIENCE", 3.0)
    stage.telegram.revoke(stage.bot)
    audience = Audience(pytest.fail)
    assert not await Trial(settings_of(stage), audience, 20.0).run()
    assert audience.findings[-1].subject == "channels.support: intake"
    assert not audience.findings[-1].ok


async def test_a_daemon_that_runs_already_is_left_alone(stage: Stage) -> None:
    async with running(settings_of(stage)):
        audience = Audience(pytest.fail)
        shop = Commands("tiledesk-bridge@shop", Path("/etc/tiledesk-bridge/shop/bridge.toml"))
        assert await Trial(settings_of(stage), audience, 20.0, shop).run()
    [only] = audience.findings
    assert only.level == "warning"
    units = "tiledesk-bridge@shop.socket tiledesk-bridge@shop.service"
    assert f"systemctl daemon-reload && systemctl stop {units} && systemctl start {units}; then: " in only.advice
    assert only.advice.endswith("tiledesk-bridge check --event --config /etc/tiledesk-bridge/shop/bridge.toml")


async def test_a_port_that_is_taken_is_told(stage: Stage) -> None:
    taken = stage.telegram.base_url.rpartition(":")[2]
    audience = Audience(pytest.fail)
    assert not await Trial(settings_of(stage, SERVER__PORT=taken), audience, 20.0).run()
    assert "can't listen on" in audience.findings[-1].detail


async def test_an_answer_that_telegram_refuses_is_told_with_the_command_that_explains_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = stage.telegram.add_user("Ana")
    monkeypatch.setattr(first_run, "ANSWER_PATIENCE", 5.0)

    def write(code: str) -> None:
        stage.telegram.user_says(stage.bot, ana, f"/start {code}")
        stage.telegram.user_blocks(stage.bot, ana)

    audience = Audience(write)
    assert not await Trial(settings_of(stage), audience, 20.0).run()
    last = audience.findings[-1]
    assert (last.subject, last.ok) == ("channels.support: answer", False)
    assert last.advice.startswith("tiledesk-bridge explain ")


async def test_being_cancelled_leaves_a_sound_journal_and_no_port(stage: Stage) -> None:
    invited = asyncio.Event()
    trial = asyncio.ensure_future(Trial(settings_of(stage), Audience(lambda code: invited.set()), 20.0).run())
    await invited.wait()
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    async with running(settings_of(stage)):
        pass
