from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clock import ManualClock
from tests.contract.stores import STORES, Shelf, Store


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=sorted(STORES))
async def shelf(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Shelf]:
    async with STORES[request.param](tmp_path, clock) as shelf:
        yield shelf


@pytest.fixture
def store(shelf: Shelf) -> Store:
    return shelf.store
