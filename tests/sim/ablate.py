"""Safeguards that can be taken away: a proof that finds nothing wrong without them proves nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from bridge.message import Arrival
from bridge.outcome import Again, Done, Verdict
from bridge.ports import NO_CHANGES, Book, Changes, Claim, EntryId
from bridge.relay.lanes import Lanes
from tests.sim.daemon import Around, Daemon, Furniture
from tests.sim.store import SimStore


@dataclass(frozen=True)
class Ablation:
    """What is missing; by default nothing is."""

    name: str = ""
    confirms_first: bool = False
    """the offset moves before the commit"""
    forgets: bool = False
    """the desk can't be asked whether a suspect is there"""
    attempts: int = 0
    """so many failures make a dead letter"""
    stores: type[SimStore] = SimStore
    daemons: type[Daemon] = Daemon

    def furniture(self, usual: Furniture) -> Furniture:
        """How the daemon is set up."""
        return replace(usual, policy=replace(usual.policy, attempts=self.attempts)) if self.attempts else usual


class AcksFirst(SimStore):
    """Answers for arrivals before they are written down."""

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        self.hopes = asyncio.ensure_future(super().accept(arrivals))
        self.hopes.add_done_callback(lambda hope: hope.exception())
        return len(arrivals)


class NoLanes(SimStore):
    """Every message goes its own way."""

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        return await super().accept([replace(one, lane=replace(one.lane, topic=one.key)) for one in arrivals])


class NoFence(SimStore):
    """Whoever lost a lane writes on."""

    def held(self, claim: Claim) -> Claim:
        """The claim as if nobody else held the lane."""
        lane = claim.lane
        rows: list[Any] = self.database.connection.execute(
            "SELECT token FROM lane WHERE channel = ? AND chat = ? AND topic = ? AND direction = ?",
            (lane.channel, lane.chat, lane.topic, lane.direction.value),
        ).fetchall()
        token = rows[0][0] if rows else None
        if token is None:
            return claim
        self.known_at.setdefault(token, self.known_at[claim.token])
        return replace(claim, token=token)

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        return await super().begin(self.held(claim), entry, step, changes) or True

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        return await super().settle(self.held(claim), entry, verdict, changes, release=release) or True


class Repeats(SimStore):
    """Takes repeats for new messages."""

    numbers: "count[int]" = count()

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        return await super().accept([replace(one, key=f"{one.key}#{next(self.numbers)}") for one in arrivals])


class NoSteps(SimStore):
    """Does not write down which call of several is under way."""

    async def claim(self, destination: str, lanes: int, lease: float, depth: int = 16) -> list[Claim]:
        found = await super().claim(destination, lanes, lease, depth)
        return [replace(one, entries=tuple(replace(entry, step=0) for entry in one.entries)) for one in found]


class NoSuspects(SimStore):
    """Takes what was in flight for not sent."""

    def __init__(self, *means: Any) -> None:
        super().__init__(*means)
        self.database.script("UPDATE entry SET doubt = 0, suspect = 0")


class SettlesFirst(SimStore):
    """Takes for done what is only begun."""

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        if step == 0:
            await super().begin(claim, entry, step, changes)
            return await super().settle(claim, entry, Done())
        return True

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        if release:
            await super().release(claim)
        return True


class SendsFirst(SimStore):
    """Does not wait until it is written down that a call is being sent."""

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        self.hopes = asyncio.ensure_future(super().begin(claim, entry, step, changes))
        self.hopes.add_done_callback(lambda hope: hope.exception())
        return True


class LetsOthersBy(SimStore):
    """A failing head does not hold its lane."""

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        written = await super().settle(claim, entry, verdict, changes, release=release)
        if isinstance(verdict, Again):
            self.database.connection.execute("UPDATE entry SET begun = 0, ord = ord + 100 WHERE id = ?", (entry,))
        return written


class OnlyHints(Lanes):
    """Never looks without a hint."""

    async def rest(self, wake: asyncio.Event) -> None:
        await wake.wait()


class Hinted(Daemon):
    """Takes wake-ups for the truth."""

    def __init__(self, around: Around, journal: Any, book: Book, furniture: Furniture) -> None:
        super().__init__(around, journal, book, furniture)
        self.lanes = [
            OnlyHints(one.destination, journal, self.step, one.gate, around.clock, furniture.slots)
            for one in self.lanes
        ]


NOTHING = Ablation()

ABLATIONS = {
    one.name: one
    for one in (
        Ablation("ack-before-commit", stores=AcksFirst),
        Ablation("offset-before-commit", confirms_first=True),
        Ablation("no-lane", stores=NoLanes),
        Ablation("no-fence", stores=NoFence),
        Ablation("no-dedupe", stores=Repeats),
        Ablation("no-lookup", forgets=True),
        Ablation("give-up-early", attempts=1),
        Ablation("no-step-counter", stores=NoSteps),
        Ablation("no-suspects", stores=NoSuspects),
        Ablation("settle-before-send", stores=SettlesFirst),
        Ablation("send-before-begin", stores=SendsFirst),
        Ablation("failing-head-lets-others-by", stores=LetsOthersBy),
        Ablation("hints-are-the-truth", daemons=Hinted),
    )
}
