from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bridge.web.server import make_app, serve
from tests.unit.web.doorstep import SECRET, WORDS, House
from tests.unit.web.gallery import SECRET_HALF, Gallery, gallery


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    app = make_app({"/hooks/tiledesk/main/{secret}": house.door}, house.metrics, house.health, house.measure)
    runner = await serve(app, "127.0.0.1", 0, [])
    house.port = runner.addresses[0][1]
    yield house
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"X-Secret": SECRET}) as client:
        yield client


@pytest.fixture
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def no_words_in_logs(logs: list[MutableMapping[str, Any]], caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test of this module may bring a user's words or the secret into a log."""
    caplog.set_level("DEBUG")
    yield
    written = repr(logs) + caplog.text
    assert WORDS.decode() not in written
    assert SECRET not in written


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Gallery]:
    async with gallery(tmp_path) as running:
        yield running


@pytest.fixture
def no_token_in_logs(logs: list[MutableMapping[str, Any]], caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test of this module may bring the token, an address or aiohttp's complaints into a log."""
    caplog.set_level("DEBUG")
    yield
    written = repr(logs) + "".join(record.getMessage() for record in caplog.records if record.name != "asyncio")
    assert SECRET_HALF not in written + caplog.text
    assert "/media/" not in written
    assert "Traceback" not in caplog.text
