"""Answers that get lost: the desk is asked, and holds every message once; Telegram can't be asked, and doubles are counted."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.crash.stand import stand

INBOUND, OUTBOUND = scaled(500, 10_000), scaled(60, 2000)
CROWD = 100
"""messages under way at a time"""


@pytest.mark.timeout(900 if PROOF else 180)
async def test_answers_of_the_desk_that_are_lost_double_nothing(tmp_path: Path, nursery: Nursery) -> None:
    started, users_at_once = time.monotonic(), 40
    async with stand(nursery, tmp_path, SEED, CHANNELS__SUPPORT__INTAKE="webhook") as world:
        await world.brood.start()
        sent = 0
        while sent < INBOUND:
            # Others after some time: a suspect is looked for in the whole history of its request.
            users = [world.user() for _ in range(users_at_once)]
            await world.meet(users)
            world.desk_faults.lose_answer = 0.1
            for _ in range(min(2000, INBOUND - sent)):
                await world.stage.tiledesk.wait_for(lambda: len(world.ledger.missing) < CROWD, 60.0)
                world.says(world.dice.choice(users))
                sent += 1
            assert await world.quiet(60.0), world.brood.tail()
            world.desk_faults.lose_answer = 0.0
        await world.settled()
        assert await world.brood.terminate() == 0
        figures = world.figures()
        publish("D2 answers of Tiledesk lost, 10 %", started, **figures)
        assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
        assert figures["doubled"] == 0
        assert figures["suspect"] > INBOUND * 0.05


@pytest.mark.timeout(900 if PROOF else 180)
async def test_answers_of_telegram_that_are_lost_double_as_often_as_is_counted(
    tmp_path: Path, nursery: Nursery
) -> None:
    started = time.monotonic()
    async with stand(nursery, tmp_path, SEED, CHANNELS__SUPPORT__INTAKE="webhook") as world:
        await world.brood.start()
        users = [world.user() for _ in range(60)]
        await world.meet(users)
        world.telegram_faults.only = is_send
        world.telegram_faults.lose_answer = 0.05
        for number in range(OUTBOUND):
            await world.stage.telegram.wait_for(lambda: len(world.ledger.missing) < CROWD, 60.0)
            world.replies(users[number % len(users)])
            await asyncio.sleep(0)
        assert await world.quiet(120.0), world.brood.tail()
        await world.settled()
        assert await world.brood.terminate() == 0
        figures = world.figures()
        publish("D3 answers of Telegram lost, 5 %", started, **figures)
        assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
        assert figures["doubled"] == figures["suspect"] > 0
        assert (figures["unexplained"], figures["doubled_at_desk"]) == (0, 0)


def is_send(path: str) -> bool:
    return path.endswith("/sendMessage")
