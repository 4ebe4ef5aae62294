"""Both Tiledesk servers, simulated and real, behind one fixture: every scenario must hold for either."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bridge.sandbox.tiledesk import TiledeskSimulator
from tests.contract.tiledesk.desk import Desk, Target
from tests.tiledesk_server import RealTiledesk


@pytest.fixture(params=["simulated", pytest.param("real", marks=[pytest.mark.real, pytest.mark.timeout(120)])])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A client of a server; the simulated one is new for each test, the real one is shared."""
    async with aiohttp.ClientSession() as session:
        if request.param == "real":
            real: RealTiledesk = request.getfixturevalue("real_server")
            client = Desk(real.base_url, real.project, session, is_real=True)
            yield client
            await client.forget_subscriptions()
        else:
            async with TiledeskSimulator() as simulated:
                simulated.weather.time_scale = 0.02
                yield Desk(simulated.base_url, simulated.add_project(), session, is_real=False)


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    async with Target() as listening:
        yield listening
