"""A relay on a workbench: the real step, gate and lanes between the in-memory store and hand-written edges."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from bridge.message import Arrival, Conversation, Direction, Lane, Opened
from bridge.observe import Metrics
from bridge.outcome import Outcome, Verdict
from bridge.ports import Claim, Clock, Entry, EntryId, Sender
from bridge.relay.decide import Policy
from bridge.relay.gate import Gate, Rate
from bridge.relay.lanes import Lanes
from bridge.relay.prepare import Route
from bridge.relay.step import Step
from bridge.store.memory import MemoryStore
from tests.edges import LinePlanner, PlainReader, ScriptedSender, TellingJournal
from tests.virtual_time import LoopClock

DESK = "desk/main"
CHANNEL = "channel/support"
FROM_TELEGRAM = "telegram/1"
FROM_TILEDESK = "tiledesk/p1"

IN = Lane("support", "4711", "", Direction.INBOUND)
OUT = Lane("support", "4711", "", Direction.OUTBOUND)
TALK = Conversation("support", "4711", "", "main", "request-0", "telegram-4711", confirmed=True)

RATES = {"bot": Rate(25, 5), "chat": Rate(1, 3)}
PACED = ("bot", "chat/{chat}")


def inbound(number: int, raw: bytes = b"", lane: Lane = IN, destination: str = DESK) -> Arrival:
    """The end user's `number`-th message."""
    return Arrival(FROM_TELEGRAM, f"{lane.chat}/{number}", lane, number, raw or str(number).encode(), destination)


def outbound(number: int, raw: bytes = b"", lane: Lane = OUT) -> Arrival:
    """The desk's `number`-th message."""
    return Arrival(FROM_TILEDESK, f"{lane.chat}/{number}", lane, number, raw or str(number).encode(), CHANNEL)


def chat(name: str) -> Lane:
    """The inbound lane of another chat."""
    return replace(IN, chat=name)


def entry(raw: bytes = b"1", key: str = "1", attempts: int = 0, suspect: int = 0) -> Entry:
    """An entry that was accepted at 1,000,000."""
    return Entry(EntryId(1), FROM_TELEGRAM, key, raw, 0, attempts, suspect, doubt=False, accepted_at=1e6, since=1e6)


@dataclass
class Bench:
    """Everything around one `Step`; what was begun, sent and settled stands in `log`, in that order."""

    clock: Clock = field(default_factory=LoopClock)
    policy: Policy = field(default_factory=Policy)
    reader: PlainReader = field(default_factory=PlainReader)
    planner: LinePlanner = field(default_factory=LinePlanner)
    script: list[Outcome | Exception] = field(default_factory=list)
    sender: Sender | None = None
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
    fresh: Callable[[], str] = field(default_factory=lambda: map("request-{}".format, count(1)).__next__)

    def __post_init__(self) -> None:
        self.log: list[object] = []
        self.scripted = ScriptedSender(self.script, log=self.log)
        self.store = MemoryStore(self.clock)
        self.journal = TellingJournal(self.store, self.log)
        self.gates = {DESK: Gate(), CHANNEL: Gate(self.rates)}
        self.metrics = Metrics()
        sender = self.sender or self.scripted
        answers = replace(self.reader, request_id="request-0")
        self.routes = {
            (FROM_TELEGRAM, "support"): Route(DESK, "main", self.reader, self.planner, sender, self.fresh),
            (FROM_TILEDESK, "support"): Route(
                CHANNEL, "main", answers, replace(self.planner, to_chat=True), sender, self.fresh
            ),
        }
        self.step = Step(
            self.routes, self.gates, self.journal, self.store, self.clock, self.metrics, self.policy, random.Random(7)
        )

    def know(self, *conversations: Conversation) -> None:
        """Write conversations into the book."""
        self.store.learn(Opened(conversation) for conversation in conversations)

    async def claim(self, *arrivals: Arrival, destination: str = DESK, lease: float = 180.0) -> Claim:
        """Accept arrivals of one lane and claim it."""
        if arrivals:
            await self.store.accept(arrivals)
            destination = arrivals[0].destination
        [claim] = await self.store.claim(destination, 1, lease)
        return claim

    async def take(self, *arrivals: Arrival, destination: str = DESK) -> Verdict | None:
        """Accept arrivals, claim their lane, take its head and let the lane go."""
        claim = await self.claim(*arrivals, destination=destination)
        verdict = await self.step.take(claim, claim.entries[0])
        await self.store.release(claim)
        return verdict

    def lanes(self, destination: str = DESK, slots: int = 64) -> Lanes:
        """The loop that serves one destination."""
        return Lanes(destination, self.journal, self.step, self.gates[destination], self.clock, slots)

    def value(self, name: str, **labels: str) -> float:
        """A metric; 0 if it has never been touched."""
        return self.metrics.registry.get_sample_value(f"bridge_{name}", labels) or 0.0

    async def serve(self, *lanes: Lanes, until: Callable[[], bool], within: float = 3600.0) -> None:
        """Run lanes until something holds after a verdict, then stop them; fails after `within` virtual seconds."""
        # Hours pass in here; debug mode records the stack of every wait, which takes most of the time.
        asyncio.get_running_loop().set_debug(False)
        running = [asyncio.create_task(one.run()) for one in lanes]
        try:
            async with asyncio.timeout(within):
                while not until():
                    self.journal.settled.clear()
                    await self.journal.settled.wait()
        finally:
            for one in lanes:
                one.stop()
            await asyncio.gather(*running)

    @property
    def told(self) -> list[str]:
        """The log without its details: `begin 0`, `send a`, `settle Done`."""
        return [" ".join(short(word) for word in line[:2]) for line in self.log if isinstance(line, tuple)]


def short(word: object) -> str:
    """A number or a text as it is, anything else by its class."""
    return str(word) if isinstance(word, str | int) else type(word).__name__


async def talking(**values: object) -> Bench:
    """A bench with a conversation that is under way."""
    bench = Bench(**values)  # type: ignore[arg-type]  # fields by name
    bench.know(TALK)
    return bench


def written(name: str, number: int) -> bytes:
    """The text of a chat's `number`-th message, which tells both."""
    return f"{name}:{number}".encode()


async def backlog(bench: Bench, **chats: int) -> None:
    """So many waiting messages in each chat."""
    await bench.store.accept(
        [inbound(n, written(name, n), chat(name)) for name, many in chats.items() for n in range(many)]
    )


def of(name: str, texts: list[str]) -> list[int]:
    """The numbers of a chat's messages, as they stand in `texts`."""
    return [int(text.partition(":")[2]) for text in texts if text.partition(":")[0] == name]


async def done(bench: Bench, destination: str = DESK) -> int:
    """How many entries are done."""
    return sum(one.done for one in await bench.store.census() if one.destination == destination)
