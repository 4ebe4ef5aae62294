import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from bridge.observe.pulse import Pulse, standstill
from tests.virtual_time import JumpingLoop


@pytest.mark.parametrize(
    ("answered", "idle", "told"),
    [
        (True, {}, ""),
        (True, {"desk/main": 1.0, "channel/support": 10.0}, ""),
        (True, {"desk/main": 10.1, "channel/support": 0.0}, "nobody has looked after the lanes of desk/main for 10 s"),
        (False, {"desk/main": 0.0}, "the journal has not answered for 10 s"),
    ],
)
def test_only_a_deaf_journal_or_lanes_that_nobody_looks_after_are_a_standstill(
    answered: bool, idle: dict[str, float], told: str
) -> None:
    assert standstill(answered, idle, 10.0) == told


@dataclass
class Threads:
    """A journal whose threads answer while `free` is set."""

    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self) -> None:
        await self.free.wait()


@dataclass
class Fed:
    """systemd, with a watchdog of 0.15 s."""

    watchdog_seconds: float | None = 0.15
    fed: int = 0

    def alive(self) -> bool:
        self.fed += 1
        return True


@dataclass
class Turned:
    """Lanes of one destination."""

    turned_at: float
    destination: str = "desk/main"


async def test_a_journal_that_hangs_starves_the_watchdog_until_it_answers_again() -> None:
    threads, fed = Threads(), Fed()
    pulse = Pulse(threads, [], fed)
    await pulse.beat()
    assert (fed.fed, pulse.still) == (0, "the journal has not answered for 0 s")
    threads.free.set()
    await pulse.beat()
    assert (fed.fed, pulse.still) == (1, "")


async def test_lanes_that_nobody_looks_after_starve_it_too() -> None:
    threads, fed = Threads(), Fed()
    threads.free.set()
    lanes = Turned(asyncio.get_running_loop().time() - 60)
    pulse = Pulse(threads, [lanes], fed)
    await pulse.beat()
    assert (fed.fed, pulse.still) == (0, "nobody has looked after the lanes of desk/main for 0 s")
    lanes.turned_at = asyncio.get_running_loop().time()
    await pulse.beat()
    assert fed.fed == 1


def test_looks_are_more_frequent_than_the_watchdog_and_go_on_without_one() -> None:
    assert Pulse(Threads(), [], Fed(30.0)).interval == 10.0
    assert Pulse(Threads(), [], Fed(None)).interval == 10.0


def test_a_journal_that_hangs_for_less_than_the_watchdog_waits_kills_nobody() -> None:
    """Whenever it begins to hang, for 18 of 30 seconds."""
    assert max(longest_silence(hangs_at / 2, 18.0) for hangs_at in range(2, 60)) < 30.0


def longest_silence(hangs_at: float, seconds: float) -> float:
    """Seconds without food, while the journal does not answer for a time."""
    loop = JumpingLoop()
    threads, meals = Threads(), [0.0]
    threads.free.set()

    class Watchdog(Fed):
        def alive(self) -> bool:
            meals.append(loop.time())
            return True

    async def live() -> None:
        loop.call_at(hangs_at, threads.free.clear)
        loop.call_at(hangs_at + seconds, threads.free.set)
        with suppress(TimeoutError):
            async with asyncio.timeout(120):
                await Pulse(threads, [], Watchdog(30.0)).run()

    try:
        loop.run_until_complete(live())
    finally:
        loop.close()
    return max(later - sooner for sooner, later in itertools.pairwise(meals))
