from collections.abc import AsyncIterator

import aiohttp
import pytest

from bridge.sandbox.tiledesk import TiledeskSimulator
from bridge.tiledesk.account import AccountError, departments, projects, sign_in


@pytest.fixture
async def tiledesk() -> AsyncIterator[TiledeskSimulator]:
    async with TiledeskSimulator() as tiledesk:
        yield tiledesk


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_an_account_sees_its_projects_with_its_role_and_their_departments(
    tiledesk: TiledeskSimulator, session: aiohttp.ClientSession
) -> None:
    one, other = tiledesk.add_project("One"), tiledesk.add_project("Other")
    tiledesk.add_department(one.id, "Sales")
    account = await sign_in(session, tiledesk.base_url, one.owner.email, one.owner.password)
    assert account.name == "Olivia Owner"
    (found,) = await projects(session, account)
    assert (found.id, found.name, found.role, found.manageable) == (one.id, "One", "owner", True)
    rooms = await departments(session, account, one.id)
    assert [(room.name, room.default) for room in rooms] == [("Default Department", True), ("Sales", False)]
    agent = await sign_in(session, tiledesk.base_url, other.agent.email, other.agent.password)
    (found,) = await projects(session, agent)
    assert (found.name, found.manageable) == ("Other", False)


async def test_a_wrong_password_is_told_as_such_and_kept_to_itself(
    tiledesk: TiledeskSimulator, session: aiohttp.ClientSession
) -> None:
    project = tiledesk.add_project()
    with pytest.raises(AccountError, match=r"Wrong password") as caught:
        await sign_in(session, tiledesk.base_url, project.owner.email, "not-the-password")
    assert caught.value.refused
    assert "not-the-password" not in str(caught.value)


async def test_a_tiledesk_that_is_away_is_told(tiledesk: TiledeskSimulator, session: aiohttp.ClientSession) -> None:
    await tiledesk.refuse()
    with pytest.raises(AccountError, match=r"connection refused"):
        await sign_in(session, tiledesk.base_url, "a@b.example", "secret")


async def test_what_is_no_tiledesk_is_told(tiledesk: TiledeskSimulator, session: aiohttp.ClientSession) -> None:
    with pytest.raises(AccountError, match=r"not Tiledesk's API .*often ends with /v3") as caught:
        await sign_in(session, f"{tiledesk.base_url}/elsewhere", "a@b.example", "secret")
    assert not caught.value.refused
