"""Real processes, really killed: nothing lost, nothing out of order, doubles no more than suspects, none at the desk."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bridge.sandbox.telegram_people import User
from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.crash.stand import Stand, stand

KILLS = scaled(14, 1000)
COHORT = min(KILLS, 100)
"""kills that the same people live through: histories stay as long as a conversation's"""

USERS, EACH = 40, 20
"""people at a time, and messages between two kills"""

OUTWARD = 0.25
"""the share of agents' messages: Telegram takes one a second in a chat"""

SHORTEST, LONGEST = 0.03, 0.5
"""seconds of a life, its start included"""

GIVEN_UP = 0.005
"""factor on Tiledesk's pauses, so that its attempts are over before a life has begun: history has what they did not bring"""

ROUGHNESS = 0.02
LATENCY = 0.02


async def a_short_life(world: Stand, users: Sequence[User], intake: str) -> int:
    """Messages come at any moment of it; how many were under way when it ended."""
    loop, dice = asyncio.get_running_loop(), world.dice
    span = dice.uniform(SHORTEST, LONGEST)
    born = loop.time()
    world.brood.spawn(CHANNELS__SUPPORT__INTAKE=intake)
    for moment in sorted(dice.uniform(0.0, span) for _ in range(EACH)):
        await asyncio.sleep(born + moment - loop.time())
        user = dice.choice(users)
        if dice.random() < OUTWARD:
            world.replies(user)
        else:
            world.says(user)
    await asyncio.sleep(born + span - loop.time())
    under_way = len(world.ledger.missing)
    assert await world.brood.kill() == -9, world.brood.tail()
    return under_way


def roughen(world: Stand, share: float, latency: float) -> None:
    for faults in (world.telegram_faults, world.desk_faults):
        faults.refuse = faults.lose_answer = share
        faults.latency = latency


@pytest.mark.timeout(1500 if PROOF else 180)
async def test_kills_at_random_points_lose_reorder_and_double_nothing(tmp_path: Path, nursery: Nursery) -> None:
    started, caught, done, meanwhile = time.monotonic(), 0, 0, 0
    async with stand(nursery, tmp_path, SEED) as world:
        world.stage.tiledesk.weather.time_scale = GIVEN_UP
        while done < KILLS:
            intake = "webhook" if (done // COHORT) % 2 else "polling"
            users = [world.user() for _ in range(USERS)]
            await world.brood.start(CHANNELS__SUPPORT__INTAKE=intake)
            await world.meet(users)
            await world.brood.kill()
            roughen(world, ROUGHNESS, LATENCY)
            before = world.ledger.came_in_all
            for _ in range(COHORT):
                caught += await a_short_life(world, users, intake) > 0
                done += 1
            meanwhile += world.ledger.came_in_all - before
            roughen(world, 0.0, 0.0)
            await world.brood.start(CHANNELS__SUPPORT__INTAKE=intake)
            await world.quiet(30.0 + COHORT)
            for user in users:
                world.stage.tiledesk.close_request(world.requests[user.id])
            await world.settled()  # a daemon that ends still takes what callers bring, for its next life to do
            assert await world.brood.terminate() == 0
        figures = world.figures()
        refused = world.telegram_faults.refused + world.desk_faults.refused
        publish(
            "K1 kill -9 at random points", started,
            kills=done, with_messages_under_way=caught, arrived_between_kills=meanwhile, lanes=2 * USERS, refused=refused,
            **figures,
        )  # fmt: skip
        assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
        assert (figures["overtaken"], figures["doubled_at_desk"], figures["unexplained"]) == (0, 0, 0)
        assert figures["doubled"] <= figures["suspect"]
        assert figures["integrity"] == "ok"
        assert caught > 0.9 * done, "kills must fall between acceptance and delivery"
