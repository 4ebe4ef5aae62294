import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path

import pytest

from bridge.app import running
from bridge.doctor.units import Unit
from bridge.observe import Finding
from bridge.sandbox.stage import Stage
from bridge.settings import Settings, load
from bridge.setup import survey
from bridge.setup.here import Here, around, commands_of
from bridge.setup.survey import Named, local, outside, side_by_side
from tests.patience import PATIENCE


def settings_of(stage: Stage, **changes: str) -> Settings:
    return load(None, stage.environment(**changes), stage.folder)  # type: ignore[arg-type]


def of(findings: list[Finding], subject: str) -> Finding:
    return next(one for one in findings if one.subject == subject)


async def test_beside_a_daemon_that_runs_everything_is_seen_to_lead_to_it(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage, running(settings_of(stage)) as house:
        async with asyncio.timeout(PATIENCE):
            while not house.health.ready:  # noqa: ASYNC110 - health has no bell
                await asyncio.sleep(0.02)
        settings = settings_of(stage)
        found = await outside(settings, await asyncio.to_thread(around, settings, None, {}), with_event=True)
        here = local(settings, await asyncio.to_thread(around, settings, None, {}))
    assert all(one.ok for one in found), found
    assert of(found, "server.port").detail == f"the daemon answers at 127.0.0.1:{stage.port}"
    assert of(found, "server.public_url").detail == f"{stage.url} leads here"
    assert "came back to us" in of(found, "desks.main: events").detail
    assert "held by the daemon (process " in of(here, "journal").detail
    assert all(one.level != "error" for one in here), here


async def test_without_the_event_nothing_is_written_in_tiledesk_or_telegram(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage:
        found = await outside(settings_of(stage), Here(settings_of(stage).store.path))
        assert all(one.ok for one in found), found
        assert stage.telegram.called("setWebhook") == stage.telegram.called("deleteWebhook") == []
        assert stage.telegram.called("getUpdates") == []
        assert not stage.tiledesk.webhook_log
        assert not any(one.subject.endswith("events") for one in found)


async def test_no_event_is_tried_at_a_desk_that_does_not_even_let_us_in(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage:
        settings = settings_of(stage, DESKS__MAIN__PASSWORD="wrong")
        found = await outside(settings, Here(settings.store.path), with_event=True)
    assert not of(found, "desks.main: sign-in").ok
    assert len([one for one in found if one.subject.startswith("desks.main:") and not one.ok]) == 1


async def test_what_does_not_end_is_given_up_and_the_others_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "BOUND", 0.05)
    told: list[list[str]] = []

    async def endless() -> list[Finding]:
        await asyncio.Event().wait()
        return []

    async def quick() -> list[Finding]:
        return [Finding(ok=True, subject="quick", detail="fine")]

    probes = [Named("the slow one", endless), Named("the quick one", quick)]
    found = [one async for one in side_by_side(probes, lambda waiting: told.append(list(waiting)))]
    assert [(one.ok, one.subject) for one in found] == [(False, "the slow one"), (True, "quick")]
    assert told[0] == ["the slow one", "the quick one"]
    assert told[-1] == []


def test_what_is_said_of_this_machine_needs_no_network_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    file.write_text(f"""
        server.public_url = "https://bridge.invalid"
        store.url = "sqlite:{tmp_path}/data/bridge.db"
        desks.main = {{project_id = "5e2c35c8f0dbc10017bb3aac", username = "a@b.example", password = "sesame-open-4711"}}
        channels.support = {{token = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"}}
        """)
    file.chmod(0o640)
    tmp_path.chmod(0o755)
    settings = load(file, {}, tmp_path)
    found = local(settings, around(settings, file, {}))
    assert of(found, "files").level == "warning"
    assert f"chmod 600 {file}" in of(found, "files").advice
    assert "sesame-open-4711" not in str(found)
    assert [path.name for path in tmp_path.iterdir()] == ["bridge.toml"]


# ---------------------------------------------------------------- beside daemons


def looked_around(settings: Settings) -> Awaitable[Here]:
    """The daemon answers in this very loop."""
    return asyncio.to_thread(around, settings, None, {})


async def test_another_bridge_at_our_port_is_not_taken_for_ours(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage, running(settings_of(stage)):
        second = settings_of(stage, STORE__URL=f"sqlite:{tmp_path}/second/bridge.db")
        port = of(await outside(second, await looked_around(second)), "server.port")
    assert not port.ok
    assert "it is another bridge" in port.detail
    assert str(second.store.path) in port.detail


async def test_a_part_of_the_daemon_that_is_not_well_is_a_failure_though_every_call_of_ours_goes_well(
    tmp_path: Path,
) -> None:
    async with await Stage.open(tmp_path) as stage, running(settings_of(stage)) as house:
        reason = "another program polls this bot: stop it, or use another bot"
        house.health.set("intake elsewhere", ok=False, reason=reason)
        here = await looked_around(settings_of(stage))
        told = here.of_the_daemon(time.time() + 3600)
    wrong = of(told, "daemon: intake elsewhere")
    assert (wrong.ok, wrong.detail) == (False, reason)


async def test_where_the_console_is_really_listened_at_is_looked_up_only_beside_a_daemon(tmp_path: Path) -> None:
    async with await Stage.open(tmp_path) as stage:
        settings = settings_of(stage)
        assert (await looked_around(settings)).addresses(settings) == []
        async with running(settings):
            found = (await looked_around(settings)).addresses(settings)
    assert found == [f"127.0.0.1:{stage.port}"]


def test_behind_a_port_that_systemd_keeps_the_daemon_is_reached_there() -> None:
    def url(*listens: str) -> str:
        return Here(Path("x"), unit=Unit("tiledesk-bridge", "active", listens=listens)).url

    assert url("0.0.0.0:9000") == "http://127.0.0.1:9000"
    assert url("/run/bridge.sock", "[::]:9000") == "http://[::1]:9000"
    assert url("/run/bridge.sock") == Here(Path("x")).url == ""


def test_advice_names_the_file_that_is_not_at_its_usual_place_and_the_unit_of_a_service_alone(tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    file.write_text('console.token = "x"')
    by_hand, service = commands_of(file, {}, service=False), commands_of(file, {})
    assert by_hand.start == f"tiledesk-bridge run --config {file}"
    assert service.start == "systemctl start tiledesk-bridge"
    assert service.place_of("console.token") == f"console.token (in {file})"
    assert service.place_of("desks.main.password") == str(tmp_path / "secrets" / "desks.main.password")
