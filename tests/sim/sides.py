"""The far sides: a call is a request on its way, an effect, a pause, and an answer, and a kill may fall between any two."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bridge.message import Call, Confirmed, Direction, Lane
from bridge.outcome import Blame, Busy, Delivered, NotSent, Outcome, Refused, Unknown
from tests.sim.commit import COMMIT, LEASE, World
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
    """seconds that an answer takes at most"""
    waits: tuple[float, float] = (0.5, 4.5)
    """the least and the most seconds that it asks to wait"""
    spoilt: set[tuple[str, int]] = field(default_factory=set)
    """messages (chat and number) that it can't digest: it fails at each of them every time"""
    effects: list[Effect] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    requests: dict[str, str] = field(default_factory=dict)
    """by chat"""
    under_way: dict[str, tuple[float, object]] = field(default_factory=dict)
    """the call that is made in a chat, and when it was begun"""
    calls: list[tuple[float, str]] = field(default_factory=list)
    """when which chat's calls came"""
    found: list[str] = field(default_factory=list)
    """suspects that were there"""
    told: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """until when a chat (or everybody, "") was asked to wait, as far as the answers have come"""
    told_at: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """when the last such answer came"""
    together: int = 0
    """calls of one lane that were under way at once"""
    turned_away: int = 0
    """calls that were asked to wait"""
    early: int = 0
    """calls that were begun after an answer that asked to wait, and before that time"""
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
        draw, rest = self.world.dice.pause, self.world.loop.pause
        part = call.body["part"]
        assert isinstance(part, Part)
        self.calls.append((now, part.chat))
        if any(begin <= now < end for begin, end in self.down):
            await rest(draw(0.01))
            return NotSent("down", Blame.DESTINATION)
        self.early += any(self.told_at[who] + COMMIT <= now < self.told[who] for who in (part.chat, ""))
        if suspect and self.remembers and (found := await self.look_up(part)) is not None:
            return found
        turned = self.turn_away(part)
        if turned is not None:
            began = self.world.loop.now
            await rest(draw(self.latency))
            if isinstance(turned, Busy):
                who = part.chat if turned.blame is Blame.MESSAGE else ""
                self.told[who], self.told_at[who] = max(self.told[who], began + turned.retry_after), self.world.loop.now
            return turned
        travel = draw(TRAVEL)
        self.world.afterwards(travel, self.take, part)
        await rest(travel + draw(self.latency))
        if await self.spoil_answer(part):
            return Unknown("the answer was lost")
        return Delivered(part.key, (Confirmed(part.request),) if part.number == 1 else ())

    async def look_up(self, part: Part) -> Outcome | None:
        """Say that a suspect is there, if it is."""
        world = self.world
        await world.loop.pause(world.dice.pause(TRAVEL))
        if world.weather.strikes(world.dice, world.weather.unread):
            return NotSent("the look-up was not answered", Blame.DESTINATION)
        if part.key not in self.keys:
            return None
        self.found.append(part.key)
        return Delivered(part.key)

    def turn_away(self, part: Part) -> Outcome | None:
        """Take nothing, for a reason of the message's or the weather's."""
        weather, fate = self.world.weather, self.world.dice.faults
        if (part.chat, part.number) in self.spoilt:
            return NotSent("it fails", Blame.MESSAGE)
        if part.refused == part.part:
            return Refused("never")
        luck = fate.random() if weather.on else 1.0
        if luck < weather.refuse:
            return NotSent("refused", Blame.MESSAGE)
        if luck < weather.refuse + weather.busy:
            return self.ask_to_wait(part.chat, fate.uniform(*self.waits))
        if luck < weather.refuse + weather.busy + weather.storm:
            return self.ask_to_wait("", fate.uniform(*self.waits))
        return None

    async def spoil_answer(self, part: Part) -> bool:
        """Let the answer come late, perhaps; whether it is lost."""
        weather, fate = self.world.weather, self.world.dice.faults
        luck = fate.random() if weather.on else 1.0
        if luck < weather.lose:
            return True
        if part.chat == SLOW and luck < weather.lose + weather.hang:
            await self.world.loop.pause(LEASE * (1 + fate.random()))
            return fate.random() < 0.3
        return False

    def ask_to_wait(self, chat: str, seconds: float) -> Busy:
        """Nothing arrives; come back later."""
        self.turned_away += 1
        return Busy(seconds, "slow down", Blame.MESSAGE if chat else Blame.DESTINATION)

    def lane(self, chat: str) -> Lane:
        """The lane that ends here."""
        return Lane("support", chat, "", self.direction)

    def take(self, part: Part) -> None:
        """The effect."""
        self.effects.append(Effect(self.world.loop.now, part.chat, part.number, part.part, part.key))
        self.keys.add(part.key)
        self.torn += self.requests.setdefault(part.chat, part.request) != part.request
        self.world.saw(self, part)
