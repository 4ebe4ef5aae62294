"""The far sides: a call is a request on its way, an effect, a pause, and an answer, and a kill may fall between any two."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bridge.message import Call, Confirmed, Direction, Lane
from bridge.outcome import Blame, Busy, Delivered, NotSent, Outcome, Refused, Unknown
from tests.sim.commit import LEASE, World
from tests.sim.dice import SLOW
from tests.sim.loop import SimLoop
from tests.sim.values import Part

TRAVEL, ANSWER = 0.03, 0.05
"""seconds that a request is on its way at most, and its answer"""


@dataclass(slots=True)
class Effect:
    """A part of a message became visible."""

    at: float
    chat: str
    number: int
    part: int
    key: str


class Watcher(World, Protocol):
    """Who looks on."""

    loop: SimLoop

    def afterwards(self, delay: float, what: Callable[..., Any], *arguments: Any) -> None:
        """Let something happen in the world, whatever becomes of the daemon."""

    def saw(self, side: "FarSide", part: Part) -> None:
        """A part has just become visible."""


@dataclass
class FarSide:
    """A destination. With `remembers` it can be asked whether a suspect is there."""

    direction: Direction
    """of what comes here"""
    world: Watcher
    remembers: bool
    down: list[tuple[float, float]] = field(default_factory=list)
    """from when until when it is away"""
    latency: float = ANSWER
    effects: list[Effect] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    requests: dict[str, str] = field(default_factory=dict)
    """by chat"""
    under_way: dict[str, tuple[float, object]] = field(default_factory=dict)
    """the call that is made in a chat, and when it was begun"""
    calls: list[tuple[float, str]] = field(default_factory=list)
    """when which chat's calls came"""
    told: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """until when a chat (or everybody, "") was asked to wait"""
    together: int = 0
    """calls of one lane that were under way at once"""
    early: int = 0
    """calls that came before the time that we were told"""
    torn: int = 0
    """calls that speak of another request than their chat has"""

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        now = self.world.loop.now
        mine, held = (self.world.begun_at.get((self.direction, call.to), now), call), self.under_way.get(call.to)
        # A holder whose lease ran out may have another one beside it, anybody else may not.
        if held is not None and now - held[0] < LEASE:
            self.together += 1
        self.under_way[call.to] = mine
        outcome = await self.attempt(call, now, suspect=suspect)
        if self.under_way.get(call.to) is mine:
            del self.under_way[call.to]
        return outcome

    async def attempt(self, call: Call, now: float, *, suspect: bool) -> Outcome:
        """Make the call, as the weather has it."""
        world, draw, rest = self.world, self.world.dice.pause, self.world.loop.pause
        weather, part = world.weather, call.body["part"]
        assert isinstance(part, Part)
        self.calls.append((now, part.chat))
        if self.away(now):
            await rest(draw(0.01))
            return NotSent("down", Blame.DESTINATION)
        if now < self.told[part.chat] or now < self.told[""]:
            self.early += 1
        if suspect and self.remembers:
            await rest(draw(TRAVEL))
            if weather.strikes(world.dice, weather.unread):
                return NotSent("the look-up was not answered", Blame.DESTINATION)
            if part.key in self.keys:
                return Delivered(part.key)
        if part.refused == part.part:
            await rest(draw(self.latency))
            return Refused("never")
        luck = world.dice.faults.random() if weather.on else 1.0
        if (luck := luck - weather.refuse) < 0:
            await rest(draw(self.latency))
            return NotSent("refused", Blame.MESSAGE)
        if (luck := luck - weather.busy) < 0:
            return self.ask_to_wait(part.chat, 0.5 + 4 * world.dice.faults.random())
        if (luck := luck - weather.storm) < 0:
            return self.ask_to_wait("", 0.5 + 2 * world.dice.faults.random())
        travel = draw(TRAVEL)
        world.afterwards(travel, self.take, part)
        await rest(travel + draw(self.latency))
        if (luck := luck - weather.lose) < 0:
            lost = True
        elif part.chat == SLOW and luck - weather.hang < 0:
            await rest(LEASE * (1 + world.dice.faults.random()))
            lost = world.dice.faults.random() < 0.3
        else:
            lost = False
        if lost:
            return Unknown("the answer was lost")
        return Delivered(part.key, (Confirmed(part.request),) if part.number == 1 else ())

    def ask_to_wait(self, chat: str, seconds: float) -> Busy:
        """Nothing arrives; come back later."""
        now = self.world.loop.now
        self.told[chat] = max(self.told[chat], now + seconds)
        return Busy(seconds, "slow down", Blame.MESSAGE if chat else Blame.DESTINATION)

    def lane(self, chat: str) -> Lane:
        """The lane that ends here."""
        return Lane("support", chat, "", self.direction)

    def away(self, now: float) -> bool:
        """Whether nobody is there."""
        return any(begin <= now < end for begin, end in self.down)

    def take(self, part: Part) -> None:
        """The effect."""
        self.effects.append(Effect(self.world.loop.now, part.chat, part.number, part.part, part.key))
        self.keys.add(part.key)
        self.torn += self.requests.setdefault(part.chat, part.request) != part.request
        self.world.saw(self, part)
