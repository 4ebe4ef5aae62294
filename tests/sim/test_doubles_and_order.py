"""Scenarios of repeats, lost answers and order, with the real SQL; the large ones: make proof."""

import asyncio
import time
from dataclasses import replace
from functools import partial

import pytest

from bridge.relay.gate import Rate
from tests.crash.figures import SEED, publish, scaled
from tests.sim.daemon import Furniture
from tests.sim.dice import CALM
from tests.sim.ledger import Tally, tally
from tests.sim.stage import Stage

FAST = Rate(1000, 1000)

pytestmark = pytest.mark.timeout(600)


def close(stage: Stage, scenario: str, began: float, **more: float) -> Tally:
    """Count, publish, and expect that every promise was kept."""
    result = tally(stage)
    publish(
        scenario,
        began,
        messages=result.messages,
        lost=result.lost,
        reordered=result.reordered,
        doubled=result.doubled,
        suspect=result.suspect,
        undone=result.undone,
        calls=result.calls,
        virtual_seconds=round(result.seconds),
        **more,
    )
    assert result.wrong == {}
    return result


def test_d1_an_update_that_comes_many_times_is_delivered_once() -> None:
    """Two pollers overlap, and a webhook brings what was confirmed again, up to 50 times."""
    began, count = time.monotonic(), scaled(100, 2000)
    stage = Stage(SEED, weather=replace(CALM))

    async def again(number: int) -> None:
        draw = stage.dice.world
        for _ in range(draw.randrange(50)):
            await stage.loop.pause(draw.random() * 0.5)
            daemon = stage.daemon
            assert daemon is not None
            arrivals = daemon.address.arrivals(stage.updates.said[number].update())
            knock = partial(stage.loop.create_task, daemon.intake.accept(arrivals))
            stage.loop.within(stage.generation, knock)

    async def script() -> None:
        stage.start()
        assert stage.daemon is not None
        stage.loop.within(stage.generation, stage.daemon.poll)
        repeats = []
        for number in range(count):
            stage.user_says(str(1 + number % 7), 1 + number // 7)
            await stage.loop.pause(0.05)
            if stage.updates.confirmed > number - 3 >= 0:
                repeats.append(stage.loop.create_task(again(number - 3)))
        await asyncio.gather(*repeats)
        await stage.drain(600)

    stage.play(script())
    result = close(stage, "D1: repeats", began)
    assert result.doubled == 0


def test_d2_lost_answers_of_the_desk_make_no_doubles() -> None:
    began, count = time.monotonic(), scaled(500, 10_000)
    stage = Stage(SEED, Furniture(slots=32), replace(CALM, lose=0.1))

    async def script() -> None:
        stage.start()
        for number in range(count):
            stage.user_says(str(1 + number % 40), 1 + number // 40)
        await stage.drain(20_000, every=10)

    stage.play(script())
    result = close(stage, "D2: one in ten answers of the desk lost", began, looked_up=len(stage.desk.found))
    assert (result.doubled, result.lost) == (0, 0)
    assert result.suspect > count * 0.05


def test_d3_a_lost_answer_of_the_channel_makes_one_double_and_one_suspect() -> None:
    began, count = time.monotonic(), scaled(300, 5000)
    stage = Stage(SEED, weather=replace(CALM))
    chats = [str(1 + number) for number in range(20)]

    async def script() -> None:
        stage.start()
        await stage.open(chats)
        stage.weather.lose = 0.05
        for number in range(count):
            stage.agent_says(chats[number % 20], 1 + number // 20)
            await stage.loop.pause(0.01)
        await stage.drain(20_000, every=10)

    stage.play(script())
    result = close(stage, "D3: one in twenty answers of the channel lost", began)
    assert result.doubled == result.suspect > count * 0.02


def test_o1_one_chat_is_delivered_in_exact_order() -> None:
    """As fast as possible, each call takes up to half a second, one in ten fails, before or after it took effect."""
    began, count = time.monotonic(), scaled(300, 5000)
    stage = Stage(SEED, weather=replace(CALM, refuse=0.05, lose=0.05))
    stage.desk.latency = 0.5

    async def script() -> None:
        stage.start()
        for number in range(count):
            stage.user_says("1", 1 + number)
        await stage.drain(50_000, every=10)

    stage.play(script())
    result = close(stage, "O1: one chat", began)
    assert [one.number for one in stage.desk.effects] == list(range(1, count + 1))
    assert result.calls > count


def test_o2_a_poisoned_lane_does_not_slow_the_others() -> None:
    began, lanes = time.monotonic(), scaled(200, 2000)
    p99 = {}
    for poisoned in (False, True):
        stage = Stage(SEED, Furniture(slots=64), replace(CALM))
        said_at: dict[tuple[str, int], float] = {}
        if poisoned:
            stage.desk.spoilt.add(("1", 1))

        async def script(stage: Stage = stage, said_at: dict[tuple[str, int], float] = said_at) -> None:
            stage.start()
            stage.user_says("1", 1)
            for number in (1, 2):
                for chat in range(2, lanes + 1):
                    stage.user_says(str(chat), number)
                    said_at[str(chat), number] = stage.loop.now
                    await stage.loop.pause(stage.dice.world.random() * 0.02)
            stage.user_says("1", 2)
            await stage.drain(2000)

        stage.play(script())
        result = tally(stage)
        late = sorted(e.at - said_at[e.chat, e.number] for e in stage.desk.effects if e.chat != "1")
        p99[poisoned] = late[len(late) * 99 // 100]
        assert (result.dead, result.given_up, result.undone) == (poisoned, poisoned, 0)
        assert ("1", 2) in {(e.chat, e.number) for e in stage.desk.effects}, "the poisoned lane goes on"
    publish("O2: one poisoned lane", began, lanes=lanes, p99_without=round(p99[False], 4), p99_with=round(p99[True], 4))
    assert p99[True] <= 1.1 * p99[False]


def test_o4_webhooks_that_come_shuffled_and_repeated_are_delivered_once_in_order() -> None:
    began, count = time.monotonic(), scaled(300, 5000)
    stage = Stage(SEED, Furniture(rates={"bot": FAST, "chat": FAST}), replace(CALM))
    stage.shuffle = 0.13  # a commit takes some of the 150 ms
    chats = [str(1 + number) for number in range(10)]

    async def script() -> None:
        stage.start()
        await stage.open(chats)
        await stage.loop.pause(1.0)
        draw = stage.dice.world
        for number in range(count):
            stage.agent_says(chats[number % 10], 1 + number // 10, webhooks=draw.randrange(1, 4))
            await stage.loop.pause(draw.random() * 0.01)
        await stage.drain(20_000)

    stage.play(script())
    result = close(stage, "O4: shuffled webhooks", began)
    assert (result.doubled, result.inversions) == (0, 0)
