"""Every row of the catalogue, through the daemon, against the simulated and the real Tiledesk."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bridge.sandbox.stage import TOKEN
from tests.acceptance.files import in_front_of
from tests.acceptance.messages.catalogue import INBOUND, OUTBOUND
from tests.acceptance.messages.page import PAGE, rewritten
from tests.acceptance.messages.row import Row
from tests.acceptance.messages.talk import Talk
from tests.acceptance.world import World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

REAL = pytest.param("real", marks=[pytest.mark.real, pytest.mark.timeout(120)])
ANYTHING = {"widget": {"allowedUploadExtentions": "*/*"}, "settings": {"allowed_upload_extentions": "*/*"}}


@pytest_asyncio.fixture(params=["simulated", REAL], scope="module", loop_scope="module")
async def between(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One daemon for all rows: each has a user of its own."""
    real = request.getfixturevalue("real_server") if request.param == "real" else None
    folder = tmp_path_factory.mktemp("messages")
    async with world(folder, real, front=in_front_of, CHANNELS__SUPPORT__REACTIONS="true") as running:
        await allow(running, ANYTHING)
        yield running
        await allow(running, {"widget": {}, "settings": {}})
        log = running.daemon.log.read_text()
        assert TOKEN not in log
        assert "Traceback" not in log


async def allow(running: World, settings: dict[str, dict[str, str]]) -> None:
    """Say which files the project takes."""
    desk = running.desk
    assert (await desk.call("PUT", f"/projects/{desk.project.id}", desk.owner, json=settings)).status == 200


@pytest.mark.parametrize("row", INBOUND, ids=lambda row: row.name)
async def test_what_people_send_arrives(between: World, row: Row) -> None:
    talk = Talk(between, between.user("Gina"))
    await row.play(talk)
    await talk.obeys()


@pytest.mark.parametrize("row", OUTBOUND, ids=lambda row: row.name)
async def test_what_agents_and_bots_send_arrives(between: World, row: Row) -> None:
    talk = Talk(between, between.user("Gina"))
    await talk.open()
    await row.play(talk)
    await talk.obeys()


async def test_the_page_shows_the_catalogue() -> None:
    page = PAGE.read_text()
    assert page == rewritten(page), "run: python -m tests.acceptance.messages"


async def test_the_catalogue_names_every_kind_once_and_says_all_of_it() -> None:
    assert len(INBOUND) >= 30
    assert len(OUTBOUND) >= 20
    for rows in (INBOUND, OUTBOUND):
        assert max(Counter(one.name for one in rows).values()) == 1
    for one in (*INBOUND, *OUTBOUND):
        assert all(text.strip() and "\n" not in text for text in (one.name, one.sent, one.arrives, one.lost)), one.name
