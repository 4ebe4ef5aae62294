"""Hand-written edges and a journal that tells: values and simple classes that follow the Protocols."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.errors import JournalUnavailable
from bridge.message import Arrival, Call, Conversation, Message, Notice, Person, Reading, Text
from bridge.outcome import Delivered, Outcome, Verdict
from bridge.ports import NO_CHANGES, Census, Changes, Claim, EntryId, Journal, Overdue

ANN = Person("telegram-4711", "Ann", "Example")


# ---------------------------------------------------------------- reading and planning


@dataclass(frozen=True, slots=True)
class PlainReader:
    """The raw bytes are the words, unless `otherwise` knows a reading or an error for them."""

    request_id: str = ""
    otherwise: Mapping[bytes, Reading | Exception] = field(default_factory=dict)

    def read(self, raw: bytes) -> Reading:
        match self.otherwise.get(raw):
            case None:
                return Message(ANN, (Text(raw.decode()),), 1_000_000.0, self.request_id)
            case Exception() as error:
                raise error
            case reading:
                return reading


@dataclass(frozen=True, slots=True)
class LinePlanner:
    """One call for each line; `{chat}` in a name of `pace` is the chat."""

    pace: tuple[str, ...] = ()
    pause: float = 0.0
    to_chat: bool = False
    rank: int = 0
    error: Exception | None = None

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        if self.error is not None:
            raise self.error
        pace = tuple(name.format(chat=conversation.chat) for name in self.pace)
        to = conversation.chat if self.to_chat else conversation.request_id
        return [
            Call("say", to, {"text": line, "key": key}, pace, self.pause, message.author, rank=self.rank)
            for part in message.parts
            if isinstance(part, Text | Notice)
            for line in (part.markdown if isinstance(part, Text) else part.text).splitlines()
        ]


# ---------------------------------------------------------------- sending


@dataclass(frozen=True, slots=True)
class Made:
    """A call that was made, at which loop time."""

    text: str
    to: str
    suspect: bool
    at: float


@dataclass(slots=True)
class ScriptedSender:
    """Answers call after call with its script, then with `otherwise`."""

    script: list[Outcome | Exception] = field(default_factory=list)
    otherwise: Outcome = field(default_factory=Delivered)
    log: list[object] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        self.made.append(Made(str(call.body["text"]), call.to, suspect, asyncio.get_running_loop().time()))
        self.log.append(("send", call.body["text"]))
        match self.script.pop(0) if self.script else self.otherwise:
            case Exception() as error:
                raise error
            case outcome:
                return outcome

    @property
    def texts(self) -> list[str]:
        return [made.text for made in self.made]


@dataclass(slots=True)
class FarSide:
    """A far side where a call takes `seconds`: effect, pause, answer. Keeps what arrived and how many were under way."""

    seconds: float = 0.05
    answer: Callable[[Call], Outcome] = lambda call: Delivered()
    made: list[Made] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    under_way: Counter[str] = field(default_factory=Counter)
    most_in_a_lane: int = 0
    most_at_once: int = 0

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        text = str(call.body["text"])
        self.made.append(Made(text, call.to, suspect, asyncio.get_running_loop().time()))
        self.under_way[call.to] += 1
        self.most_in_a_lane = max(self.most_in_a_lane, self.under_way[call.to])
        self.most_at_once = max(self.most_at_once, self.under_way.total())
        outcome = self.answer(call)
        if isinstance(outcome, Delivered):
            self.arrived.append(text)
        await asyncio.sleep(self.seconds)
        self.under_way[call.to] -= 1
        return outcome


# ---------------------------------------------------------------- the journal


@dataclass(slots=True)
class TellingJournal:
    """Passes everything on and writes into `log` what was committed; methods named in `down` do not serve."""

    inner: Journal
    log: list[object] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self, method: str) -> None:
        self.asked[method] += 1
        if method in self.down:
            raise JournalUnavailable(f"{method} does not serve")

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        self.ask("accept")
        return await self.inner.accept(arrivals)

    async def claim(self, destination: str, lanes: int, lease: float, depth: int = 16) -> list[Claim]:
        self.ask("claim")
        return await self.inner.claim(destination, lanes, lease, depth)

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        self.ask("begin")
        if written := await self.inner.begin(claim, entry, step, changes):
            self.log.append(("begin", step, changes))
        return written

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        self.ask("settle")
        if written := await self.inner.settle(claim, entry, verdict, changes, release=release):
            self.log.append(("settle", verdict, changes))
            self.settled.set()
        return written

    async def release(self, claim: Claim) -> None:
        self.ask("release")
        await self.inner.release(claim)

    def wake(self, destination: str) -> asyncio.Event:
        return self.inner.wake(destination)

    async def census(self) -> list[Census]:
        self.ask("census")
        return await self.inner.census()

    async def overdue(self, destination: str, before: float, limit: int = 100) -> list[Overdue]:
        self.ask("overdue")
        return await self.inner.overdue(destination, before, limit)

    async def mark_late(self, entries: Sequence[EntryId], arrivals: Sequence[Arrival]) -> None:
        self.ask("mark_late")
        await self.inner.mark_late(entries, arrivals)

    async def shift(self, seconds: float) -> None:
        self.ask("shift")
        await self.inner.shift(seconds)

    async def prune(self, before: float, limit: int = 1000) -> int:
        self.ask("prune")
        return await self.inner.prune(before, limit)
