import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from bridge import __version__
from bridge.ports import Office
from bridge.web.control import Control, controlled
from bridge.web.glance import Told, Unheard, glance, told
from bridge.web.rpc import listen, socket_of

ANSWER = {
    "version": __version__, "pid": 42, "started_at": 5.0, "instance": "one",
    "parts": {"journal": {"ok": True, "reason": ""}, "intake support": {"ok": False, "reason": "refused"}},
}  # fmt: skip


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "bridge.db"
    before = set(tmp_path.iterdir())
    yield path
    assert set(tmp_path.iterdir()) - {socket_of(path)} == before, "a look leaves nothing behind"


async def test_a_daemon_tells_which_it_is_and_which_of_its_parts_are_not_well(journal: Path) -> None:
    async def report() -> dict[str, Any]:
        return ANSWER

    async with controlled(socket_of(journal), Control(cast(Office, None), report)):
        found = await asyncio.to_thread(glance, journal)
    assert found == Told(__version__, 42, 5.0, "one", 2, (("intake support", "refused"),))


def test_where_no_daemon_ever_was_or_one_died_nobody_is_there(journal: Path) -> None:
    assert glance(journal) is glance(journal / "folder" / "bridge.db") is Unheard.NOBODY
    listen(socket_of(journal)).close()
    assert glance(journal) is Unheard.NOBODY


def test_a_daemon_that_hangs_is_given_up(journal: Path) -> None:
    with listen(socket_of(journal)) as hung:
        hung.listen()
        assert glance(journal, patience=0.05) is Unheard.SILENT
        hung.shutdown(socket.SHUT_RDWR)


def test_a_daemon_of_another_version_tells_that_alone_and_nonsense_is_no_answer() -> None:
    assert told({"version": "0.0.1"}) == Told("0.0.1")
    assert told(json.loads("[]")) is told({"error": "?"}) is Unheard.SILENT
