"""The history that every seed plays: chaos, then a quiet time in which everything must arrive, then the tally."""

import asyncio
import gc
from collections import Counter
from dataclasses import dataclass

from tests.sim.ablate import NOTHING, Ablation
from tests.sim.daemon import Furniture
from tests.sim.dice import SLOW
from tests.sim.ledger import Tally, tally
from tests.sim.stage import Stage
from tests.sim.values import NEVER

PLACES = ("", "", "before a commit", "after a commit", "after an effect")
"""where the daemon is killed; "" is anywhere"""


@dataclass(frozen=True, slots=True)
class Plot:
    """How large a history is, and how rough; times are in virtual seconds."""

    chats: int = 4
    messages: int = 120
    kills: int = 8
    jumps: int = 2
    chaos: float = 12.0
    patience: float = 900.0


class Story:
    """One seed's history."""

    def __init__(self, stage: Stage, plot: Plot) -> None:
        self.stage, self.plot = stage, plot
        self.dice = stage.dice.world
        self.fate = stage.dice.faults

    async def play(self) -> None:
        """The chaos, and then the quiet in which everything must arrive."""
        stage, fate = self.stage, self.fate
        for side in (stage.desk, stage.channel):
            begin = fate.random() * self.plot.chaos
            side.down = [(begin, begin + 1 + 4 * fate.random())]
        await asyncio.gather(self.users(), self.agents(), self.killer(), self.clock_setter())
        stage.weather.on = False
        await stage.drain(self.plot.patience)
        await asyncio.sleep(2.0)  # what is settled too early, or sent twice, shows now

    def hurry(self) -> float:
        """Seconds until somebody writes again."""
        return self.dice.random() * 10 * self.plot.chaos / self.plot.messages

    def shape(self) -> tuple[int, int]:
        """The parts of a message, and which of them the far side will never take."""
        draw = self.dice.random()
        parts = 1 if draw < 0.92 else 2 if draw < 0.98 else 3
        return parts, self.dice.randrange(parts) if self.dice.random() < 0.03 else NEVER

    async def users(self) -> None:
        """End users write, now and then several messages at once."""
        dice, left = self.dice, self.plot.messages // 2
        counts: Counter[str] = Counter()
        while left > 0:
            await asyncio.sleep(self.hurry())
            chat = str(1 + dice.randrange(self.plot.chats))
            for _ in range(min(left, 1 + dice.randrange(6 if chat == SLOW else 4))):
                left -= 1
                counts[chat] += 1
                self.stage.user_says(chat, counts[chat], *self.shape())

    async def agents(self) -> None:
        """Agents answer in chats that have a request."""
        dice, left = self.dice, self.plot.messages - self.plot.messages // 2
        counts: Counter[str] = Counter()
        while left > 0:
            await asyncio.sleep(self.hurry())
            known = list(self.stage.desk.requests)
            if not known:
                continue
            chat = known[dice.randrange(len(known))]
            for _ in range(min(left, 1 + dice.randrange(4))):
                left -= 1
                counts[chat] += 1
                webhooks = 1 if dice.random() < 0.8 else dice.randrange(4)
                self.stage.agent_says(chat, counts[chat], *self.shape(), webhooks=webhooks)

    async def killer(self) -> None:
        """Kill the daemon at bad moments, and start it again."""
        stage, fate = self.stage, self.fate
        stage.start()
        veteran = fate.randrange(self.plot.kills)
        for number in range(self.plot.kills):
            # One of them lives so long that leases run out.
            await asyncio.sleep(6 + 2 * fate.random() if number == veteran else 1.6 * fate.random())
            place = PLACES[fate.randrange(len(PLACES))]
            if place:
                await stage.lie_in_wait(place, 2.0)
            else:
                stage.kill("anywhere")
            await asyncio.sleep(0.05 + fate.random() * 0.5)
            stage.start()

    async def clock_setter(self) -> None:
        """Somebody sets the clock, forth and back."""
        stage, fate = self.stage, self.fate
        for _ in range(self.plot.jumps):
            # Set forth and back within one look, it would seem not to have moved.
            await asyncio.sleep(6.0 + fate.random() * 2)
            seconds = fate.choice((-3600.0, -60.0, 60.0, 3600.0))
            stage.wall.offset += seconds
            stage.tell("clock", seconds)


def run(seed: int, ablation: Ablation = NOTHING, *, sql: bool = True) -> Tally:
    """Play a seed and count; an error ends it, and is counted as well."""
    try:
        return history(seed, ablation, sql=sql)[0]
    except Exception as error:  # noqa: BLE001 - whatever it is, this seed is red
        return Tally(seed, crashed=1, failed=repr(error))


def history(
    seed: int, ablation: Ablation = NOTHING, *, sql: bool = True, plot: Plot | None = None
) -> tuple[Tally, Stage]:
    """Play a seed and count; with everything that is left of it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        stage = Stage(seed, Furniture(slots=3 if seed % 4 == 0 else 8), ablation=ablation, in_memory=not sql)
        stage.play(Story(stage, plot or Plot()).play())
        return tally(stage), stage
    finally:
        if collecting:
            gc.enable()
