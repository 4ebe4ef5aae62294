from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store import SqliteStore, open_journal
from tests.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
async def store(path: Path, clock: ManualClock) -> AsyncIterator[SqliteStore]:
    async with open_journal(path, clock) as store:
        yield store
