"""What all rooms' tests share."""

from collections.abc import Iterator

import pytest

from tests.tiledesk_server import RealTiledesk, real_tiledesk, reason_to_skip


@pytest.fixture(scope="session")
def real_server() -> Iterator[RealTiledesk]:
    """The real Tiledesk server, one for the whole run; skips, and says how to get one, where there is none."""
    reason = reason_to_skip()
    if reason is not None:
        pytest.skip(reason)
    with real_tiledesk() as running:
        yield running
