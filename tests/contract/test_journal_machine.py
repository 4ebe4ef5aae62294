"""Random histories, told to the SQLite journal and to the one in memory at the same time: they must never differ."""

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from bridge.message import Arrival, Blocked, Closed, Confirmed, Conversation, Direction, Fact, Lane, Moved, Opened
from bridge.outcome import Again, Dead, Done, Verdict
from bridge.ports import Changes, Claim, EntryId
from bridge.store import MemoryStore, SqliteStore
from tests.clock import ManualClock

T = TypeVar("T")

CHATS = st.sampled_from("123")
DESKS = st.sampled_from(["desk/one", "desk/two"])
REQUESTS = st.sampled_from(["r1", "r2", "r3"])

arrivals = st.builds(
    lambda key, chat, order, destination: Arrival(
        "tg", str(key), Lane("bot", chat, "", Direction.INBOUND), order, b"raw", destination
    ),
    st.integers(0, 30),
    CHATS,
    st.integers(0, 5),
    DESKS,
)
verdicts: st.SearchStrategy[Verdict] = st.one_of(
    st.just(Done()),
    st.just(Dead("refused")),
    st.builds(Again, st.sampled_from([0.0, 5.0, 60.0]), st.just("later"), spent=st.booleans(), suspect=st.booleans()),
    st.builds(Dead, st.just("never"), suspect=st.booleans()),
)
facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(lambda chat, r: Opened(Conversation("bot", chat, "", "main", r, "p")), CHATS, REQUESTS),
    st.builds(Confirmed, REQUESTS),
    st.builds(Closed, REQUESTS),
    st.builds(Blocked, st.just("bot"), CHATS),
    st.builds(Moved, st.just("bot"), CHATS, CHATS),
)
changes = st.builds(Changes, st.lists(facts, max_size=2).map(tuple))


@dataclass(frozen=True)
class Twins:
    """The same thing as the two journals know it."""

    sqlite: Any
    memory: Any


def without_ids(claim: Claim) -> Claim:
    return replace(claim, entries=tuple(replace(entry, id=EntryId(0)) for entry in claim.entries))


def entries(twins: Twins) -> list[Twins]:
    pairs = zip(twins.sqlite.entries, twins.memory.entries, strict=True)
    return [Twins(one.id, other.id) for one, other in pairs]


class JournalMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = ManualClock()
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name) / "journal.db"
        self.memory = MemoryStore(self.clock)
        self.sqlite = self.do(SqliteStore.open(self.path, self.clock))
        self.claims: list[Twins] = []
        self.holders: dict[Lane, tuple[int, float]] = {}
        self.accepted = self.pruned = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def both(self, method: str, *arguments: Any) -> Any:
        """Call both journals, each with its own half of any `Twins`, and compare what they say."""
        said = self.do(getattr(self.sqlite, method)(*(a.sqlite if isinstance(a, Twins) else a for a in arguments)))
        expected = self.do(getattr(self.memory, method)(*(a.memory if isinstance(a, Twins) else a for a in arguments)))
        assert said == expected, f"{method}{arguments}: {said} is not {expected}"
        return said

    def take(self, destination: str, lanes: int, lease: float, depth: int) -> list[Twins]:
        """Claim from both journals, and compare everything but the entries' ids, which need not be dense."""
        said = self.do(self.sqlite.claim(destination, lanes, lease, depth))
        expected = self.do(self.memory.claim(destination, lanes, lease, depth))
        assert [without_ids(claim) for claim in said] == [without_ids(claim) for claim in expected]
        return [Twins(*twins) for twins in zip(said, expected, strict=True)]

    @rule(batch=st.lists(arrivals, max_size=4))
    def accept(self, batch: list[Arrival]) -> None:
        self.accepted += self.both("accept", batch)

    @rule(batch=st.lists(arrivals, min_size=1, max_size=2))
    def repeat(self, batch: list[Arrival]) -> None:
        self.accepted += self.both("accept", batch)
        assert self.both("accept", batch) == 0

    @rule(destination=DESKS, lanes=st.integers(1, 3), depth=st.integers(1, 3), lease=st.sampled_from([10.0, 30.0]))
    def claim(self, destination: str, lanes: int, depth: int, lease: float) -> None:
        for twins in self.take(destination, lanes, lease, depth):
            claim = twins.sqlite
            _, until = self.holders.get(claim.lane, (0, 0.0))
            assert until <= self.clock.now(), "two holders of one lane"
            self.holders[claim.lane] = (claim.token, self.clock.now() + lease)
            self.claims.append(twins)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), step=st.integers(0, 2), changes=changes)
    def begin(self, data: st.DataObject, step: int, changes: Changes) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        entry = data.draw(st.sampled_from(entries(claim)))
        if self.both("begin", claim, entry, step, changes):
            self.holders.pop(claim.sqlite.lane, None)  # its lease is longer now; how long, the contract tests know

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), verdict=verdicts, changes=changes)
    def settle(self, data: st.DataObject, verdict: Verdict, changes: Changes) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        self.both("settle", claim, data.draw(st.sampled_from(entries(claim))), verdict, changes)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        self.both("release", claim)
        if self.holders.get(claim.sqlite.lane, (0, 0.0))[0] == claim.sqlite.token:
            del self.holders[claim.sqlite.lane]

    @rule(seconds=st.sampled_from([1.0, 5.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.move(seconds)

    @rule(age=st.sampled_from([0.0, 20.0]), limit=st.integers(1, 5))
    def prune(self, age: float, limit: int) -> None:
        self.pruned += self.both("prune", self.clock.now() - age, limit)

    @rule()
    def crash(self) -> None:
        self.do(self.sqlite.close())
        self.sqlite = self.do(SqliteStore.open(self.path, self.clock))
        assert self.memory.restart() == self.sqlite.recovery
        self.holders.clear()

    @rule()
    def nothing_is_lost(self) -> None:
        census = self.both("census")
        assert sum(c.waiting + c.sending + c.done + c.dead for c in census) == self.accepted - self.pruned

    @rule()
    def the_books_agree(self) -> None:
        for chat in "123":
            self.both("conversation", "bot", chat, "")
        for request in ("r1", "r2", "r3"):
            self.both("by_request", request)

    def teardown(self) -> None:
        try:
            self.nothing_is_lost()
            self.the_books_agree()
            self.everything_drains()
        finally:
            self.do(self.sqlite.close())
            self.runner.close()
            self.directory.cleanup()

    def everything_drains(self) -> None:
        self.clock.move(1000)
        for destination in ("desk/one", "desk/two"):
            while claims := self.take(destination, 2, 30.0, 2):
                for claim in claims:
                    for entry in entries(claim):
                        assert self.both("settle", claim, entry, Done(), Changes())
                    self.both("release", claim)
        assert all(census.waiting == census.sending == 0 for census in self.both("census"))


TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
