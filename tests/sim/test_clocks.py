"""C1: whoever sets the clock changes no order, ends no wait early enough to matter, and makes none longer."""

import time
from dataclasses import replace

import pytest

from tests.crash.figures import SEED, publish, scaled
from tests.sim.dice import CALM, Weather
from tests.sim.ledger import Tally, tally
from tests.sim.stage import Stage

pytestmark = pytest.mark.timeout(300)

HOUR = 3600.0
TO_1970 = -1.7e9
ROUGH = Weather(refuse=0.1, busy=0.1, storm=0.0, lose=0.0, hang=0.0, unread=0.0, disk=0.0)


def set_forth_and_back(seconds: float, count: int, apart: float) -> tuple[Tally, Stage]:
    """Messages come all the while, and every tenth call must be made again."""
    stage = Stage(SEED, weather=replace(ROUGH))

    async def set_clock() -> None:
        await stage.loop.pause(6.0)
        stage.wall.offset += seconds
        await stage.loop.pause(apart)
        stage.wall.offset -= seconds

    async def script() -> None:
        stage.start()
        setting = stage.loop.create_task(set_clock())
        for number in range(count):
            stage.user_says(str(1 + number % 5), 1 + number // 5)
            await stage.loop.pause(0.03)
        await setting
        stage.weather.on = False
        await stage.drain(600)

    stage.play(script())
    return tally(stage), stage


@pytest.mark.parametrize("seconds", [-HOUR, HOUR, TO_1970])
def test_a_clock_that_is_set_and_set_back_delays_nothing_and_turns_nothing_round(seconds: float) -> None:
    """An hour forth or back, as where somebody mistakes summer time for a reason to, or to 1970."""
    began, count = time.monotonic(), scaled(500, 4000)
    result, stage = set_forth_and_back(seconds, count, 7.0)
    publish(
        f"C1: the clock is set by {seconds:.0f} s and back",
        began,
        messages=count,
        lost=result.lost,
        reordered=result.reordered,
        undone=result.undone,
        given_up=result.given_up,
        virtual_seconds=round(result.seconds),
        commits=stage.commits,
    )
    assert result.wrong == {}
    assert result.seconds < 0.03 * count * 1.2 + 30, "nobody waits for the clock"
    assert stage.commits < 12 * count, "nobody runs in circles"


def test_a_clock_that_is_set_back_within_seconds_delays_nothing() -> None:
    result, _ = set_forth_and_back(HOUR, 500, 2.0)
    assert result.wrong == {}


def test_a_clock_that_is_set_back_before_a_restart_delays_nothing() -> None:
    """The daemon dies before it notices that the clock was set forth; only retries were written down meanwhile."""
    stage = Stage(SEED, weather=replace(CALM))
    stage.desk.spoilt.add(("1", 1))

    async def script() -> None:
        stage.start()
        stage.user_says("1", 1)
        await stage.loop.pause(2.0)
        stage.wall.offset += HOUR
        await stage.loop.pause(2.5)
        stage.kill()
        stage.wall.offset -= HOUR
        stage.desk.spoilt.clear()
        stage.start()
        await stage.drain(600)

    stage.play(script())
    assert tally(stage).wrong == {}


def test_a_machine_that_boots_in_1970_delivers_what_is_left_from_before() -> None:
    stage = Stage(SEED, weather=replace(CALM))

    async def script() -> None:
        stage.start()
        stage.desk.down = [(5.0, 60.0)]
        for number in range(20):
            stage.user_says("1", 1 + number)
            await stage.loop.pause(0.5)
        stage.kill()
        stage.wall.offset = 0.0
        stage.start()
        for number in range(20, 40):
            stage.user_says("1", 1 + number)
            await stage.loop.pause(0.5)
        await stage.drain(600)

    stage.play(script())
    result = tally(stage)
    assert result.wrong == {}
    assert [one.number for one in stage.desk.effects] == list(range(1, 41))
    assert result.seconds < 150


def test_what_came_in_1970_is_delivered_after_the_clock_is_put_right() -> None:
    stage = Stage(SEED, weather=replace(CALM))
    today, stage.wall.offset = stage.wall.offset, 0.0
    stage.desk.down = [(0.0, 30.0)]

    async def script() -> None:
        stage.start()
        for number in range(20):
            stage.user_says("1", 1 + number)
            await stage.loop.pause(0.5)
        stage.kill()
        stage.wall.offset = today
        stage.start()
        await stage.drain(600)

    stage.play(script())
    assert tally(stage).wrong == {}
