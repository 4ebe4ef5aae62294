"""A daemon whose loop stands still: systemd, played here, hears nothing, ends it and starts it again, and all arrives."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.figures import PROOF, SEED, publish
from tests.crash.nursery import Nursery
from tests.crash.stand import stand
from tests.patience import PATIENCE

WATCHDOG = 6.0
"""seconds without a sign of life; the daemon gives one every third of that"""


class Systemd:
    """The end of `$NOTIFY_SOCKET` that listens; the name has no place in the file system."""

    def __init__(self) -> None:
        self.name = f"bridge-test-{os.getpid()}-{id(self)}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"\0{self.name}")
        self.socket.setblocking(False)
        self.heard: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": f"@{self.name}", "WATCHDOG_USEC": str(round(WATCHDOG * 1e6))}

    async def hears(self, what: str, within: float) -> bool:
        """Whether this comes in time."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(within):
                while True:
                    self.heard.append((await loop.sock_recv(self.socket, 4096)).decode())
                    if what in self.heard[-1]:
                        return True
        except TimeoutError:
            return False


@pytest.fixture
def systemd() -> Iterator[Systemd]:
    made = Systemd()
    yield made
    made.socket.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("how", ["blocked", "stopped"] if PROOF else ["blocked"])
async def test_a_loop_that_stands_still_is_noticed_and_nothing_is_lost_by_it(
    tmp_path: Path, nursery: Nursery, systemd: Systemd, how: str
) -> None:
    started = time.monotonic()
    async with stand(nursery, tmp_path, SEED, CHANNELS__SUPPORT__INTAKE="webhook") as world:
        world.brood.environment |= systemd.environment
        users = [world.user() for _ in range(5)]
        await world.brood.start()
        assert await systemd.hears("READY=1", PATIENCE)
        assert await systemd.hears("WATCHDOG=1", PATIENCE)
        await world.meet(users)
        await world.settled()
        assert await world.brood.terminate() == 0
        assert await systemd.hears("STOPPING=1", PATIENCE)

        life = await world.brood.start(**({"FAULT": "begun:3:stall"} if how == "blocked" else {}))
        assert await systemd.hears("WATCHDOG=1", PATIENCE)
        for number in range(30):
            (world.replies if number % 5 == 0 else world.says)(world.dice.choice(users))
        if how == "stopped":
            life.signal(signal.SIGSTOP)
        await systemd.hears("the last signs of life", 1.0)
        fell_silent = time.monotonic()
        assert not await systemd.hears("WATCHDOG=1", WATCHDOG)
        silent = time.monotonic() - fell_silent
        under_way = len(world.ledger.missing)
        life.signal(signal.SIGABRT)  # as systemd does by default
        life.signal(signal.SIGCONT)
        assert await life.ended(5.0) == -signal.SIGABRT

        again = time.monotonic()
        await world.brood.start()
        assert await systemd.hears("READY=1", PATIENCE)
        assert await world.quiet(PATIENCE), world.brood.tail()
        recovered = time.monotonic() - again
        await world.settled()
        assert await world.brood.terminate() == 0
        figures = world.figures()
        publish(
            f"W2 loop {how}", started,
            silent=round(silent, 1), under_way=under_way, recovered_within=round(recovered, 2), **figures,
        )  # fmt: skip
        assert under_way > 0
        assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
        assert (figures["doubled_at_desk"], figures["unexplained"]) == (0, 0)
