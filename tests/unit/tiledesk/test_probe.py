from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from bridge.observe import Commands, Finding
from bridge.sandbox.tiledesk import Person, SimulatedProject, TiledeskSimulator
from bridge.settings import Desk
from bridge.tiledesk.probe import Kept, probe

PUBLIC = "https://bridge.example.org"
EVENT = "message.create.request.channel.telegram"
COMMANDS = Commands("tiledesk-bridge@one", secrets=Path("/etc/tiledesk-bridge/one/secrets"))
UNKNOWN = Kept()
SECRET_PATH = "5a7e11-not-to-be-shown"


@pytest.fixture
async def tiledesk() -> AsyncIterator[TiledeskSimulator]:
    async with TiledeskSimulator() as tiledesk:
        yield tiledesk


def by_password(tiledesk: TiledeskSimulator, project: SimulatedProject, person: Person, password: str = "") -> Desk:
    return Desk.model_validate(
        {
            "api_url": tiledesk.base_url,
            "project_id": project.id,
            "username": person.email,
            "password": password or person.password,
        }
    )


def by_token(tiledesk: TiledeskSimulator, project_id: str, token: str) -> Desk:
    return Desk.model_validate({"api_url": tiledesk.base_url, "project_id": project_id, "token": token})


async def tried(desk: Desk, departments: Mapping[str, str] | None = None, kept: Kept = UNKNOWN) -> list[Finding]:
    async with aiohttp.ClientSession() as session:
        findings = await probe(session, "main", desk, PUBLIC, departments or {}, COMMANDS, kept)
    for secret in (*desk.secrets(), SECRET_PATH):
        assert secret not in str(findings)
    return findings


async def subscribe(tiledesk: TiledeskSimulator, project: SimulatedProject, event: str, base: str) -> str:
    url = f"{tiledesk.base_url}/{project.id}/subscriptions"
    body = {"event": event, "target": f"{base}/hooks/tiledesk/main/{SECRET_PATH}"}
    async with aiohttp.request("POST", url, json=body, headers={"Authorization": project.owner.token}) as answer:
        assert answer.status == 200
        return str((await answer.json())["_id"])


def wrong(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.ok]


async def test_an_owner_with_a_fresh_project_passes(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project("Sample project")
    way, seen, subscriptions = await tried(by_password(tiledesk, project, project.owner))
    assert way.ok
    assert seen == Finding(ok=True, subject="desks.main: project", detail="signed in, the project is 'Sample project'")
    assert subscriptions.ok
    assert subscriptions.advice == "the daemon makes them when it starts"


async def test_a_token_does_instead_of_a_password(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    assert not wrong(await tried(by_token(tiledesk, project.id, project.owner.token)))


async def test_our_subscriptions_pass_without_their_secret_path(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    for event in (EVENT, "request.close"):
        await subscribe(tiledesk, project, event, PUBLIC)
    *_, subscriptions = await tried(by_password(tiledesk, project, project.owner))
    assert subscriptions.detail == f"{EVENT} and request.close lead to {PUBLIC}"


async def test_subscriptions_that_lead_elsewhere_are_told(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    await subscribe(tiledesk, project, EVENT, "https://old.example")
    (strange,) = wrong(await tried(by_password(tiledesk, project, project.owner)))
    assert strange.detail.endswith(f"{EVENT} to old.example:443")


async def test_subscriptions_that_are_missing_while_a_daemon_runs_are_a_failure_with_what_makes_them_at_once(
    tiledesk: TiledeskSimulator,
) -> None:
    project = tiledesk.add_project()
    await subscribe(tiledesk, project, "request.close", PUBLIC)
    desk = by_password(tiledesk, project, project.owner)
    (missing,) = wrong(await tried(desk, kept=Kept(looked_after=True)))
    assert missing.detail.startswith(f"none for {EVENT}: ")
    assert "systemctl reload tiledesk-bridge@one" in missing.advice


@pytest.mark.parametrize(("runs", "command"), [(False, "start"), (True, "reload")])
async def test_subscriptions_of_an_older_public_address_that_the_journal_knows_are_left_to_the_daemon(
    tiledesk: TiledeskSimulator, runs: bool, command: str
) -> None:
    project = tiledesk.add_project()
    ids = frozenset(
        [await subscribe(tiledesk, project, event, "https://old.example") for event in (EVENT, "request.close")]
    )
    *_, told = await tried(by_password(tiledesk, project, project.owner), kept=Kept(looked_after=runs, ids=ids))
    assert (told.level, f"systemctl {command} tiledesk-bridge@one" in told.advice) == ("warning", True)
    assert "old.example:443" in told.detail


async def test_a_wrong_password_is_told_with_what_to_do(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    (refused,) = wrong(await tried(by_password(tiledesk, project, project.owner, "not-my-password")))
    assert refused.subject == "desks.main: sign-in"
    assert "Wrong password" in refused.detail
    assert "desks.main.username and password" in refused.advice
    assert "/etc/tiledesk-bridge/one/secrets/desks.main.password, then: systemctl restart" in refused.advice


async def test_a_token_that_is_not_valid_is_told(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    (refused,) = wrong(await tried(by_token(tiledesk, project.id, "JWT eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI1In0.c2ln")))
    assert refused.detail == "Tiledesk refuses the token (401)"


async def test_a_project_of_others_is_told(tiledesk: TiledeskSimulator) -> None:
    ours, theirs = tiledesk.add_project("Ours"), tiledesk.add_project("Theirs")
    (refused,) = wrong(await tried(by_token(tiledesk, theirs.id, ours.owner.token)))
    assert "does not belong to it" in refused.detail


async def test_an_unknown_project_is_told(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    (refused,) = wrong(await tried(by_token(tiledesk, "5b00" * 6, project.owner.token)))
    assert "desks.main.project_id" in refused.advice


async def test_an_agent_may_not_manage_subscriptions(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    (refused,) = wrong(await tried(by_password(tiledesk, project, project.agent)))
    assert refused.subject == "desks.main: subscriptions"
    assert "role of an administrator" in refused.advice


async def test_departments_are_looked_up_by_their_ids(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    desk = by_password(tiledesk, project, project.owner)
    findings = await tried(desk, {"support": project.department_id, "sales": "5b00" * 6})
    departments = {finding.subject: finding for finding in findings if "department" in finding.subject}
    assert departments["channels.support: department"].detail == "'Default Department'"
    assert not departments["channels.sales: department"].ok
    assert project.department_id in departments["channels.sales: department"].advice


async def test_a_server_that_is_away_is_one_finding(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    await tiledesk.refuse()
    (away,) = await tried(by_password(tiledesk, project, project.owner))
    assert away.advice.startswith("is Tiledesk running there?")
    assert away.detail == f"connection refused by {tiledesk.base_url.removeprefix('http://')}"


async def test_what_tiledesk_takes_is_told_if_files_are_to_be_stored_there(tiledesk: TiledeskSimulator) -> None:
    project = tiledesk.add_project()
    desk = by_password(tiledesk, project, project.owner)
    assert not any("uploads" in one.subject for one in await tried(desk))
    storing = Desk.model_validate(desk.model_dump() | {"media": "upload"})
    few = next(one for one in await tried(storing) if "uploads" in one.subject)
    assert (few.level, ".pdf" in few.detail) == ("warning", True)
    tiledesk.allow_uploads(project.id, guests="*/*")
    every = next(one for one in await tried(storing) if "uploads" in one.subject)
    assert every.level == "ok"
