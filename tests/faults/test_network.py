"""A bad network between the daemon and both far sides, in both directions: nothing lost, nothing out of order, all explained."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.faults.proxy import FAIR, Weather
from tests.faults.weather import exposed

USERS = scaled(6, 20)
ROUNDS = scaled(1, 6)
"""times that the weather gets bad and fair again"""

MESSAGES = scaled(24, 100)
"""in each spell of bad weather"""

SPELL = 0.8 if not PROOF else 4.0
"""seconds of bad weather"""

TIME_SCALE = 1.0 if PROOF else 0.3
"""of Tiledesk's pauses, so that its three attempts last longer than the bad weather: what it gives up waits for a minute"""

WEATHERS = {
    "late": Weather(latency=0.2),
    "cut in the request": Weather(cut_request=3000),
    "cut in the answer": Weather(cut_answer=3000),
    "half closed": Weather(half_close=2000),
    "a black hole": Weather(blackhole=True, odds=0.5),
    "502 pages": Weather(page=True, odds=0.7),
    "dripping": Weather(drip=0.0005, odds=0.5),
    "reset": Weather(reset=True, odds=0.6),
}


@pytest.mark.timeout(900 if PROOF else 180)
@pytest.mark.parametrize("intake", ["webhook", "polling"] if PROOF else ["webhook"])
@pytest.mark.parametrize("name", WEATHERS)
async def test_bad_weather_passes_and_everything_has_arrived(
    tmp_path: Path, nursery: Nursery, name: str, intake: str
) -> None:
    started = time.monotonic()
    async with exposed(nursery, tmp_path, SEED, CHANNELS__SUPPORT__INTAKE=intake) as sky:
        world, dice = sky.world, sky.world.dice
        world.stage.tiledesk.weather.time_scale = TIME_SCALE
        users = [world.user() for _ in range(USERS)]
        await world.brood.start()
        await world.meet(users)
        for _ in range(ROUNDS):
            sky.turn(WEATHERS[name])
            for number in range(MESSAGES):
                await asyncio.sleep(SPELL / MESSAGES)
                (world.replies if number % 3 == 0 else world.says)(dice.choice(users))
            sky.turn(FAIR)
            assert await world.quiet(75.0), world.brood.tail()
        assert await world.brood.terminate() == 0
        figures = world.figures()
        publish(
            f"L6 network: {name}, {intake}", started,
            connections_spoiled=sky.spoiled, **figures,
        )  # fmt: skip
        assert sky.spoiled > 0
        assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
        assert (figures["doubled_at_desk"], figures["unexplained"]) == (0, 0)
