"""Real processes, asked to end under load: they finish the calls in hand, and nothing is doubled."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.crash.stand import stand

STOPS = scaled(6, 200)
USERS, EACH = 20, 20
"""people, and messages in each life"""

SLOWEST = 1.0 if PROOF else 0.3
"""seconds that a far side takes to answer, at most"""

PATIENCE = 5.0
"""seconds in which it must have ended"""


@pytest.mark.timeout(1500 if PROOF else 180)
@pytest.mark.parametrize("intake", ["polling", "webhook"])
async def test_a_daemon_that_is_asked_to_end_does_so_in_time_and_doubles_nothing(
    tmp_path: Path, nursery: Nursery, intake: str
) -> None:
    started, took, under_way = time.monotonic(), [0.0], 0
    async with stand(nursery, tmp_path, SEED, CHANNELS__SUPPORT__INTAKE=intake) as world:
        dice, stops = world.dice, max(1, STOPS // 2)
        users = [world.user() for _ in range(USERS)]
        await world.brood.start()
        await world.meet(users)
        assert await world.brood.terminate() == 0
        for _ in range(stops):
            # Half before what a call does, half between that and its answer.
            for faults in (world.telegram_faults, world.desk_faults):
                faults.latency = faults.pause = dice.uniform(0.05, SLOWEST) / 2
            await world.brood.start()
            for number in range(EACH):
                (world.replies if number % 4 == 0 else world.says)(dice.choice(users))
                await asyncio.sleep(dice.uniform(0.0, 0.04))
            under_way += len(world.ledger.missing)
            asked = time.monotonic()
            assert await world.brood.terminate() == 0, world.brood.tail()
            took.append(time.monotonic() - asked)
        for faults in (world.telegram_faults, world.desk_faults):
            faults.clear()
        await world.brood.start()
        await world.quiet(60.0)
        assert await world.brood.terminate() == 0
        figures = world.figures()
        publish(
            f"K3 SIGTERM under load, {intake}", started,
            stops=stops, under_way=under_way, longest_end=round(max(took), 2), **figures,
        )  # fmt: skip
        assert max(took) < PATIENCE
        assert under_way >= stops
        assert (figures["lost"], figures["reordered"], figures["overtaken"], figures["undone"]) == (0, 0, 0, 0)
        assert (figures["doubled"], figures["suspect"], figures["dead"]) == (0, 0, 0)
