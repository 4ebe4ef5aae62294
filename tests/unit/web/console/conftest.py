from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.web.console.operator import Operator, operator


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Operator]:
    """Somebody before the door."""
    async with operator(tmp_path) as one:
        yield one


@pytest.fixture
async def inside(visitor: Operator) -> Operator:
    """Somebody who is logged in."""
    await visitor.logs_in()
    return visitor
