"""What the simulation's tests share."""

from collections.abc import Iterator

import pytest

from tests.sim.quiet import quiet


@pytest.fixture(autouse=True)
def nobody_reads_the_log() -> Iterator[None]:
    """Histories are long, and their logs longer."""
    with quiet():
        yield
