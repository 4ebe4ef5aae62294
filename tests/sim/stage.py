"""The stage of one history: time, chance, weather, both networks, both far sides, and a daemon that may die at any moment."""

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bridge.message import Direction
from bridge.observe import SteadyClock
from tests.sim.ablate import NOTHING, Ablation
from tests.sim.cellar import Cellar, MemoryCellar, SqlCellar
from tests.sim.daemon import GRACE, Daemon, Furniture
from tests.sim.dice import Dice, Weather
from tests.sim.loop import SimLoop
from tests.sim.sides import FarSide
from tests.sim.sources import Desk, Updates
from tests.sim.values import FROM_DESK, NEVER, Part, Said

EPOCH = 1_700_000_000.0


class WallClock:
    """The machine's clock, which somebody sets now and then."""

    def __init__(self, loop: SimLoop) -> None:
        self.loop = loop
        self.offset = EPOCH

    def now(self) -> float:
        return self.offset + self.loop.now


@dataclass
class Ambush:
    """Where the daemon will die next, and who wants to know; `place` is empty where it lives on."""

    place: str = ""
    fallen: asyncio.Future[None] | None = None


class Stage:
    """Everything of one seed. What happens stands in `told`, and says all that a history is."""

    def __init__(
        self,
        seed: int,
        furniture: Furniture | None = None,
        weather: Weather | None = None,
        ablation: Ablation = NOTHING,
        *,
        in_memory: bool = False,
    ) -> None:
        self.seed, self.ablation = seed, ablation
        self.furniture = ablation.furniture(furniture or Furniture())
        self.dice = Dice(seed)
        self.weather = replace(weather or Weather())
        self.loop = SimLoop(self.dice.schedule)
        self.wall = WallClock(self.loop)
        self.clock = SteadyClock(self.wall.now, lambda: self.loop.now)
        """the daemon's"""
        self.updates = Updates(self, hasty=ablation.confirms_first)
        self.history = Desk()
        self.desk = FarSide(Direction.INBOUND, self, remembers=not ablation.forgets)
        self.channel = FarSide(Direction.OUTBOUND, self, remembers=False)
        self.daemon: Daemon | None = None
        self.generation = 0
        self.kills = 0
        self.ambush = Ambush()
        self.horizon: dict[int, int] = {}
        self.begun_at: dict[tuple[Direction, str], float] = {}
        cellar = MemoryCellar if in_memory else partial(SqlCellar, stores=ablation.stores)
        self.cellar: Cellar = cellar(self.clock, self, self.horizon)
        self.unbegun = 0
        self.shuffle = GRACE
        """seconds within which webhooks may overtake each other"""
        self.commits = 0
        self.told: list[tuple[object, ...]] = []

    def tell(self, *what: object) -> None:
        """Something happened."""
        self.told.append((self.loop.now, *what))

    # ------------------------------------------------------------ the daemon

    def start(self) -> None:
        """A new daemon on the old journal."""
        self.generation += 1
        self.loop.live(self.generation)
        for side in (self.desk, self.channel):
            side.under_way.clear()
        self.loop.within(self.generation, self.furnish)
        self.tell("start")

    def furnish(self) -> None:
        """Build the daemon and set it going."""
        self.clock.follow(self.clock.moved())
        self.daemon = self.ablation.daemons(self, *self.cellar.open(), self.furniture)
        self.daemon.run()

    def kill(self, where: str = "") -> None:
        """SIGKILL."""
        self.loop.kill()
        self.daemon = None
        self.kills += 1
        self.tell("kill", where)
        ambush, self.ambush = self.ambush, Ambush()
        if ambush.fallen is not None and not ambush.fallen.done():
            ambush.fallen.set_result(None)

    def meets(self, place: str) -> bool:
        """Whether the daemon dies here."""
        if self.ambush.place != place:
            return False
        self.kill(place)
        return True

    async def lie_in_wait(self, place: str, patience: float) -> None:
        """Kill the daemon at a place, or, if it does not come there in time, wherever it is."""
        self.ambush = Ambush(place, fallen := self.loop.create_future())
        alarm = self.loop.call_later(patience, self.kill, "at last")
        await fallen
        alarm.cancel()

    # ------------------------------------------------------------ the world

    def afterwards(self, delay: float, what: Callable[..., Any], *arguments: Any) -> None:
        """Let something happen in the world, whatever becomes of the daemon."""
        before, self.loop.running = self.loop.running, 0
        self.loop.call_later(delay, what, *arguments)
        self.loop.running = before

    def saw(self, side: FarSide, part: Part) -> None:
        """A part has become visible: is it written down as begun?"""
        self.unbegun += self.cellar.step(side.lane(part.chat), *part.entry) < part.part
        self.tell(side.direction.value, part.chat, part.number, part.part)
        self.meets("after an effect")

    def user_says(self, chat: str, number: int, parts: int = 1, refused: int = NEVER) -> None:
        """An end user writes."""
        self.updates.add(Said(Direction.INBOUND, chat, number, parts, str(len(self.updates.said)), refused))

    def agent_says(self, chat: str, number: int, parts: int = 1, refused: int = NEVER, webhooks: int = 1) -> Said:
        """An agent answers in a chat that has a request; each webhook goes its own way."""
        key = f"{chat}.{number}"
        said = Said(Direction.OUTBOUND, chat, number, parts, key, refused, self.desk.requests[chat])
        self.history.add(said)
        for _ in range(webhooks):
            self.loop.create_task(self.webhook(said))
        return said

    async def webhook(self, said: Said) -> None:
        """Three tries within seconds, and never again."""
        draw = self.dice.world.random
        await self.loop.pause(draw() * self.shuffle)
        for wait in (2.0, 4.5, 0.0):
            if await self.knock(said):
                self.history.answered.add(said.key)
                return
            await self.loop.pause(wait + draw())

    async def knock(self, said: Said) -> bool:
        """One try: whether the daemon took it, and we learned of it."""
        daemon = self.daemon
        if daemon is None:
            return False
        answer: asyncio.Future[bool] = self.loop.create_future()

        async def door() -> None:
            taken = await daemon.door(said)
            if not answer.done():
                answer.set_result(taken)

        def give_up() -> None:
            if not answer.done():
                answer.set_result(False)

        self.loop.within(self.generation, lambda: self.loop.create_task(door()))
        alarm = self.loop.call_later(1.0, give_up)  # the connection broke: the daemon died
        taken = await answer
        alarm.cancel()
        # Now and then the answer is lost, and the same comes again.
        return taken and not self.weather.strikes(self.dice, self.weather.unread)

    # ------------------------------------------------------------ the end

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the journal."""
        assert isinstance(self.cellar, SqlCellar)
        return self.cellar.database.script(query)

    async def drain(self, patience: float, every: float = 1.0) -> None:
        """Wait until everything was accepted and nothing is left to do, but not for ever."""
        for _ in range(math.ceil(patience / every)):
            if self.drained():
                return
            await self.loop.pause(every)

    async def open(self, chats: Iterable[str]) -> None:
        """Let a user write the first message in each chat, so that it gets a request."""
        for chat in chats:
            self.user_says(chat, 1)
        await self.drain(600.0)

    def drained(self) -> bool:
        """Whether everything was accepted, and nothing waits."""
        return self.updates.confirmed >= len(self.updates.said) and not self.cellar.undone() and not self.unaccepted()

    def unaccepted(self) -> int:
        """What agents wrote that is not in the journal."""
        known = {row.key.partition("#")[0] for row in self.cellar.rows() if row.source == FROM_DESK}
        return len({said.key for said in self.history.written} - known)

    def play(self, script: Coroutine[Any, Any, None]) -> None:
        """Run a history to its end."""
        try:
            self.loop.run_until_complete(self.loop.create_task(script))
        finally:
            self.loop.kill()
            self.loop.bury()
            asyncio.set_event_loop(None)
