from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.browser import chromium, fetch_axe, reason_to_skip


@pytest.fixture(scope="session", autouse=True)
def needed() -> None:
    reason = reason_to_skip()
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def axe(needed: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    return fetch_axe(tmp_path_factory.mktemp("axe"))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened
