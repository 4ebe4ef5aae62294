"""One start of the bridge: the real relay, poller and watch between the simulated edges and the store."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bridge.errors import JournalUnavailable
from bridge.observe import Health, SteadyClock, Watch
from bridge.ports import Book
from bridge.relay.decide import Policy
from bridge.relay.gate import Gate, Rate
from bridge.relay.intake import Intake
from bridge.relay.lanes import Lanes
from bridge.relay.prepare import Route
from bridge.relay.step import Step
from bridge.telegram.arrive import Address
from bridge.telegram.poll import Poller
from tests.sim.commit import World
from tests.sim.quiet import METRICS
from tests.sim.sides import FarSide
from tests.sim.sources import Desk, Updates
from tests.sim.values import CHANNEL, DESK, FROM_CHANNEL, FROM_DESK, PartsPlanner, Said, SaidReader, UpdateReader

RATES = {"bot": Rate(25, 5), "chat": Rate(3, 3)}
PACE = ("bot", "chat/{}")

GRACE = 0.15
"""seconds that what agents write waits for what they wrote before it"""


@dataclass(frozen=True, slots=True)
class Furniture:
    """How a daemon is set up."""

    policy: Policy = field(default_factory=Policy)
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
    pace: tuple[str, ...] = PACE
    groups: tuple[str, ...] = ()
    slots: int = 8
    hold: int = 25
    """seconds that a poll waits"""
    catch_up: float = 15.0
    """seconds between readings of the history"""


class Around(World, Protocol):
    """What stands around a daemon."""

    desk: FarSide
    channel: FarSide
    updates: Updates
    history: Desk
    generation: int

    @property
    def clock(self) -> SteadyClock:
        """The daemon's."""
        ...


class Daemon:
    """Everything of one generation; made within it."""

    def __init__(self, around: Around, journal: Any, book: Book, furniture: Furniture) -> None:
        self.around, self.journal, self.furniture = around, journal, furniture
        self.intake = Intake(journal, METRICS)
        self.gates = {DESK: Gate(), CHANNEL: Gate(furniture.rates)}
        self.address = Address("support", "1", DESK)
        self.requests = 0
        routes = {
            (FROM_CHANNEL, "support"): Route(
                DESK, "main", UpdateReader(), PartsPlanner(), around.desk, self.fresh_request, looks_up=True
            ),
            (FROM_DESK, "support"): Route(
                CHANNEL,
                "main",
                SaidReader(),
                PartsPlanner(furniture.pace, furniture.groups),
                around.channel,
                self.fresh_request,
            ),
        }
        self.step = Step(
            routes, self.gates, journal, book, around.clock, METRICS, furniture.policy, around.dice.schedule
        )
        self.lanes = [
            Lanes(destination, journal, self.step, gate, around.clock, furniture.slots)
            for destination, gate in self.gates.items()
        ]
        self.watch = Watch(journal, self.gates, METRICS, Health(), around.clock, 1e9)
        self.read_back: set[str] = set()
        """chats whose history was read back since the start"""
        self.seen: set[str] = set()

    def fresh_request(self) -> str:
        """A new request's id."""
        self.requests += 1
        return f"request-{self.around.generation}-{self.requests}"

    def run(self) -> None:
        """Set everything going."""
        self.poll()
        for chore in (self.catch_up, self.mind, *(lanes.run for lanes in self.lanes)):
            self.around.loop.create_task(chore())

    def poll(self) -> None:
        """Poll, as the bridge does."""
        api: Any = self.around.updates
        poller = Poller(self.address, api, self.intake.accept, Health(), self.around.clock, self.furniture.hold)
        self.around.loop.create_task(poller.run())

    async def catch_up(self) -> None:
        """What webhooks did not bring is read back, as `bridge.tiledesk.catchup` does it: at the start, and now and then."""
        while True:
            well = await self.read(list(self.around.history.by_chat))
            await asyncio.sleep(self.furniture.catch_up if well else 0.5)

    async def read(self, chats: Sequence[str]) -> bool:
        """Read the history of these chats; whether that went well."""
        around = self.around
        await around.loop.pause(around.dice.pause(0.02))
        found = [said for chat in chats for said in around.history.of(chat) if said.key not in self.seen]
        await around.loop.pause(around.dice.pause(0.02))
        if around.weather.strikes(around.dice, around.weather.unread):
            return False
        try:
            await self.accept_said(found)
        except JournalUnavailable:
            return False
        self.read_back.update(chats)
        return True

    async def accept_said(self, found: Sequence[Said]) -> None:
        """Write down what agents said."""
        if found:
            await self.intake.accept([said.arrival(GRACE) for said in found])
            self.seen |= {said.key for said in found}

    async def door(self, said: Said) -> bool:
        """A webhook knocks; whether it was taken. What was written before it is read back first, if that may be missing."""
        if said.chat not in self.read_back:
            await self.read([said.chat])
        try:
            await self.accept_said([said])
        except JournalUnavailable:
            return False
        return True

    async def mind(self) -> None:
        """Look whether somebody has set the clock, as `Watch.run` does."""
        while True:
            await self.watch.mind_the_clock()
            await asyncio.sleep(5.0)

    async def stop(self, patience: float) -> None:
        """Take no more, and finish the calls in hand."""
        for lanes in self.lanes:
            lanes.stop()
        held = [holder for lanes in self.lanes for holder in lanes.held]
        if held:
            await asyncio.wait(held, timeout=patience)
