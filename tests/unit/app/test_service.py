import asyncio
from dataclasses import dataclass

import pytest

from bridge.app.process import Process
from bridge.app.service import parted, patience
from bridge.systemd import Supervisor
from tests.virtual_time import JumpingLoop


@dataclass(slots=True)
class Patient(Supervisor):
    """Counts how often it was asked for patience."""

    asked: int = 0

    def busy(self) -> bool:
        self.asked += 1
        return True


@pytest.mark.parametrize(("lasts", "asked"), [(0.1, 1), (12.0, 3), (10_000.0, 5)])
def test_a_start_may_take_long_and_not_for_ever(lasts: float, asked: int) -> None:
    loop, patient = JumpingLoop(), Patient()

    async def start() -> None:
        async with patience(patient, longest=24.0):
            await asyncio.sleep(lasts)

    try:
        loop.run_until_complete(start())
    finally:
        loop.close()
    assert patient.asked == asked


def test_sessions_outlive_a_reload_unless_the_token_is_another() -> None:
    process = Process()
    first = process.sessions_of("the-token-of-today")
    assert process.sessions_of("the-token-of-today") is first
    assert process.sessions_of("the-token-of-tomorrow") is not first


def test_behind_a_port_that_systemd_keeps_no_restart_is_promised_for_what_changes_nothing() -> None:
    later = ("server.host", "server.port", "store.url")
    assert parted(later, handed_over=True) == (["server.host", "server.port"], ["store.url"])
    assert parted(later, handed_over=False) == ([], list(later))
