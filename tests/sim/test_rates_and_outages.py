"""Scenarios of outages, rates and deadlines, with the real SQL; the large ones: make proof."""

import time
from bisect import bisect_left
from collections import defaultdict
from dataclasses import replace

import pytest

from bridge.app.house import TELEGRAM_RATES
from bridge.relay import retry
from bridge.relay.decide import Policy
from tests.crash.figures import SEED, publish, scaled
from tests.sim.daemon import Furniture
from tests.sim.dice import CALM
from tests.sim.ledger import tally
from tests.sim.stage import Stage

pytestmark = pytest.mark.timeout(900)

HOUR = 3600.0


def test_r1_a_long_outage_costs_one_probe_a_step_and_then_drains_in_order() -> None:
    began, count, hours = time.monotonic(), scaled(600, 50_000), scaled(1, 6)
    stage = Stage(SEED, Furniture(slots=64), replace(CALM))
    stage.desk.down = [(0.0, hours * HOUR)]
    steps = []

    async def script() -> None:
        stage.start()
        assert stage.daemon is not None
        for number in range(count):
            stage.user_says(str(1 + number % 500), 1 + number // 500)
        await stage.loop.pause(hours * HOUR)
        [(attempts, settled)] = stage.sql("SELECT max(attempts), count(settled_at) FROM entry")
        assert (attempts, settled) == (0, 0), "an outage spends no attempts"
        steps.append(stage.daemon.gates["desk/main"].failures)
        await stage.drain(20_000, every=20)

    stage.play(script())
    result = tally(stage)
    probes = [at for at, _ in stage.desk.calls if at < hours * HOUR]
    first = bisect_left(probes, 1.0)
    gaps = [after - before for before, after in zip(probes[first:], probes[first + 1 :], strict=False)]
    publish(
        "R1: the desk is away",
        began,
        messages=count,
        hours=hours,
        probes=len(probes),
        steps=steps[0],
        shortest_gap=round(min(gaps), 3),
        lost=result.lost,
        reordered=result.reordered,
        doubled=result.doubled,
        undone=result.undone,
    )
    assert result.wrong == {}
    assert first <= 64 + 5, "those that were on their way when it went, and the first quick steps"
    assert len(probes) - first <= steps[0], "one probe for each step"
    assert min(gaps) >= retry.SHORTEST


def test_r2_nothing_is_sent_earlier_than_told_nor_faster_than_allowed() -> None:
    """429 in storms, with waits of 1 to 60 s, for private chats and groups."""
    began, count = time.monotonic(), scaled(300, 4000)
    weather = replace(CALM, busy=0.03)
    furniture = Furniture(rates=TELEGRAM_RATES, slots=64, groups=("bot", "group/{}"), policy=Policy(deadline=1e9))
    stage = Stage(SEED, furniture, replace(CALM))
    stage.channel.waits = (1.0, 60.0)
    chats = [str(1 + number) for number in range(40)] + [str(-1 - number) for number in range(10)]

    async def script() -> None:
        stage.start()
        await stage.open(chats)
        stage.weather.busy = weather.busy
        for number in range(count):
            stage.agent_says(chats[number % 50], 1 + number // 50)
            await stage.loop.pause(0.01)
        await stage.drain(200_000, every=20)

    stage.play(script())
    result = tally(stage)
    by_chat: dict[str, list[float]] = defaultdict(list)
    for at, chat in stage.channel.calls:
        by_chat[chat].append(at)
    everybody = most(sorted(at for at, _ in stage.channel.calls), 1.0)
    groups = max(most(calls, 60.0) for chat, calls in by_chat.items() if chat.startswith("-"))
    excess = max(over(calls, 1.0, 3) for chat, calls in by_chat.items() if not chat.startswith("-"))
    publish(
        "R2: storms of 429",
        began,
        messages=result.messages,
        told_to_wait=stage.channel.turned_away,
        early=stage.channel.early,
        most_in_a_second=everybody,
        most_in_a_minute_in_a_group=groups,
        over_one_a_second_in_a_chat=round(excess, 3),
        lost=result.lost,
        reordered=result.reordered,
    )
    assert result.wrong == {}
    assert stage.channel.turned_away > 0
    assert stage.channel.early == 0
    assert (everybody <= 30, groups <= 20) == (True, True)
    assert excess <= 0.02, (
        "one a second on average, and three at once; the commit between pacing and sending takes some ms"
    )


def test_r2_nothing_is_sent_to_the_desk_earlier_than_it_told_everybody() -> None:
    stage = Stage(SEED, Furniture(slots=64), replace(CALM, storm=0.01))
    stage.desk.waits = (1.0, 60.0)

    async def script() -> None:
        stage.start()
        for number in range(600):
            stage.user_says(str(1 + number % 40), 1 + number // 40, parts=1 + number % 3)
            await stage.loop.pause(0.01)
        await stage.drain(5000)

    stage.play(script())
    assert tally(stage).wrong == {}
    assert stage.desk.turned_away > 0
    assert stage.desk.early == 0


def test_r3_what_can_not_be_delivered_in_time_is_a_dead_letter_and_the_lane_proceeds() -> None:
    began, hours = time.monotonic(), scaled(1, 24)
    stage = Stage(SEED, Furniture(policy=Policy(deadline=hours * HOUR)), replace(CALM))
    stage.channel.down = [(10.0, (hours + 0.5) * HOUR)]

    async def script() -> None:
        stage.start()
        await stage.open(["1", "2"])
        await stage.loop.pause(20.0 - stage.loop.now)
        stage.agent_says("1", 1)
        stage.agent_says("1", 2)
        await stage.loop.pause(0.75 * HOUR)
        stage.agent_says("1", 3)
        stage.agent_says("2", 1)
        await stage.drain(2 * hours * HOUR, every=20)

    stage.play(script())
    rows = stage.sql(
        "SELECT key, state, reason, settled_at - accepted_at, attempts FROM entry WHERE source = 'tiledesk/p'"
    )
    states = {key: state for key, state, *_ in rows}
    publish("R3: the deadline", began, hours=hours, dead=list(states.values()).count("dead"))
    assert states == {"1.1": "dead", "1.2": "dead", "1.3": "done", "2.1": "done"}
    assert all(f"within {hours} h" in reason for _, state, reason, *_ in rows if state == "dead")
    assert all(hours * HOUR <= age <= hours * HOUR + 120 for _, state, _, age, _ in rows if state == "dead")
    assert all(attempts == 0 for *_, attempts in rows)
    assert [(one.chat, one.number) for one in stage.channel.effects if one.chat == "1"] == [("1", 3)]


def most(calls: list[float], window: float) -> int:
    """The most calls in any window of so many seconds."""
    return max(number - bisect_left(calls, at - window + 1e-9) + 1 for number, at in enumerate(calls))


def over(calls: list[float], rate: float, burst: int) -> float:
    """By how many calls the fullest window of any length is over its rate and burst."""
    worst = level = 0.0
    last = calls[0]
    for at in calls:
        level = max(0.0, level - (at - last) * rate) + 1
        last = at
        worst = max(worst, level)
    return max(0.0, worst - burst)
