"""The daemon is killed when some of a file has left it and some has not: it goes out again, whole and once."""

import os
import signal
import time
from pathlib import Path

import pytest

from bridge.sandbox import samples
from bridge.sandbox.telegram_answers import Upload
from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.crash.stand import Stand, stand
from tests.faults.proxy import Proxy, Side

KILLS = scaled(2, 25)
SIZE = 900_000
"""bytes; Tiledesk takes no more than a megabyte"""
STUBBORN = 20.0


class Tripwire:
    """Kills the daemon, and cuts its connections, when so many bytes of a file have passed."""

    def __init__(self, world: Stand, proxy: Proxy) -> None:
        self.world = world
        self.proxy = proxy
        self.limit = 0
        proxy.tripwire = self.passed

    def passed(self, side: Side, size: int) -> None:
        life = self.world.brood.life
        if side == "request" and 0 < self.limit < size and life is not None:
            self.limit = 0
            life.signal(signal.SIGKILL)
            # What the dead process left in the kernel's buffers would still be sent.
            for pair in list(self.proxy.pairs):
                pair.reset()


def send(world: Stand, direction: str) -> None:
    [user] = world.stage.telegram.world.users.values()
    content = samples.INVOICE + os.urandom(SIZE - len(samples.INVOICE))
    if direction == "out":
        world.replies(user, form=world.with_file(user, "scan.pdf", "application/pdf", content))
    else:
        world.says(user, document=Upload("scan.pdf", content, "application/pdf"))


@pytest.mark.timeout(600 if PROOF else 180)
@pytest.mark.parametrize("direction", ["in", "out"])
async def test_a_kill_within_an_upload_repeats_it_and_doubles_nothing(
    tmp_path: Path, nursery: Nursery, direction: str
) -> None:
    started = time.monotonic()
    async with stand(nursery, tmp_path, SEED, DESKS__MAIN__MEDIA="upload") as world:
        world.stage.tiledesk.allow_uploads(world.stage.project.id, guests="*/*", agents="*/*", limit=SIZE * 2)
        side, address = (
            ("DESKS__MAIN__API_URL", world.stage.tiledesk.base_url)
            if direction == "in"
            else ("CHANNELS__SUPPORT__API_URL", world.stage.telegram.base_url)
        )
        async with Proxy(address) as proxy:
            world.brood.environment[f"BRIDGE_{side}"] = proxy.url
            wire = Tripwire(world, proxy)
            await world.brood.start()
            await world.meet([world.user()])
            for _ in range(KILLS):
                send(world, direction)
                wire.limit = world.dice.randint(100_000, SIZE - 100_000)
                assert world.brood.life is not None
                assert await world.brood.life.ended(STUBBORN) == -9, world.brood.tail()
                await world.brood.start()
                assert await world.quiet(STUBBORN), world.brood.tail()
            await world.settled()
            assert await world.brood.terminate() == 0
        figures = world.figures()
        publish(f"K2 kill within an upload, {direction}", started, kills=KILLS, **figures)
        assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
        assert figures["doubled"] == 0
        assert figures["suspect"] >= KILLS
