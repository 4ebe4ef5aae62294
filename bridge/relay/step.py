"""One entry: prepare → pace → begin → send → decide → settle."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

import structlog

from bridge.conversation import notes, rules
from bridge.errors import JournalUnavailable
from bridge.fault import point
from bridge.message import Arrival, Call, Lane, News, Skip
from bridge.observe import Metrics
from bridge.outcome import (
    Again,
    Blame,
    Busy,
    Cause,
    Dead,
    Delivered,
    Done,
    NotSent,
    Outcome,
    Refused,
    Unknown,
    Verdict,
    learned,
    receipts,
)
from bridge.ports import NO_CHANGES, Book, Changes, Claim, Clock, Entry, Ledger
from bridge.relay.attempt import Attempt, attempt
from bridge.relay.decide import Policy, decide, expired, held_back, named, postponed, together
from bridge.relay.gate import Gate
from bridge.relay.prepare import Plan, Route, prepare

PATIENCE = 1.5
"""seconds that a lane waits for a token on its feet; for longer it is written down and let go"""

AGED = 10.0
"""seconds after its acceptance that an entry goes first whatever its rank"""

SOON = 0.5
"""seconds within which nothing is late"""

JOURNAL_RETRY = 1.0
"""seconds between attempts to write down what a call came to"""


@dataclass(frozen=True, slots=True)
class Step:
    """Takes one entry of a claimed lane as far as it goes."""

    routes: Mapping[tuple[str, str], Route]
    """by source and channel: a desk's messages go to several channels"""
    gates: Mapping[str, Gate]
    journal: Ledger
    book: Book
    clock: Clock
    metrics: Metrics
    policy: Policy
    dice: random.Random = field(default_factory=random.Random)

    async def take(self, claim: Claim, entry: Entry) -> Verdict | None:
        """Settle the entry or say why its lane must wait (`Again`); None if the lane is no longer ours.

        Raises `JournalUnavailable` only when nothing has been sent.
        """
        route = self.routes.get((entry.source, claim.lane.channel))
        if route is None:
            why = f"nothing in the configuration takes what {entry.source} sent"
            return await self.settle(claim, entry, Dead(why, Cause.UNROUTED))
        prepared = await prepare(entry, claim.lane, route, self.book)
        match prepared:
            case Plan():
                policy, now = self.policy_of(route), self.clock.tick()
                stopped = expired(entry, policy, now) or held_back(entry, policy, len(prepared.calls))
                if stopped is not None:
                    return await self.give_up(claim, entry, route, prepared, stopped)
                verdict = await self.carry(claim, entry, route, prepared)
                if isinstance(verdict, Done) and prepared.message is not None:
                    age = self.clock.tick() - entry.since
                    self.metrics.travelled(claim.lane.direction, prepared.message, self.clock.now(), age)
                return verdict
            case News(facts, text):
                known = await self.book.conversation(claim.lane.channel, claim.lane.chat, claim.lane.topic)
                told = self.tell(claim.lane, entry, route, known.request_id, text) if known and text else ()
                return await self.settle(claim, entry, Done("news"), Changes(facts, arrivals=told))
            case Skip(reason):
                self.metrics.skipped(claim.lane.direction, reason)
                return await self.settle(claim, entry, Done(reason))
            case rules.Stop(reason, known):
                request_id = known.request_id if known else ""
                told = self.tell(claim.lane, entry, route, request_id, notes.undelivered(reason))
                return await self.settle(claim, entry, Dead(reason, Cause.BLOCKED), Changes(arrivals=told))
            case Dead():
                return await self.settle(claim, entry, prepared)
            case _:
                assert_never(prepared)

    def tell(
        self, lane: Lane, entry: Entry, route: Route, request_id: str, text: str, *, occasion: str = "0"
    ) -> tuple[Arrival, ...]:
        """A private note to the request's agents about this entry, if this route's agents are told; once for each `occasion`."""
        told = self.noted(lane, entry, route, request_id, text, occasion)
        if told:
            self.metrics.noted(lane.direction)
        return told

    def noted(
        self, lane: Lane, entry: Entry, route: Route, request_id: str, text: str, occasion: str
    ) -> tuple[Arrival, ...]:
        """The note, which may not be needed."""
        if not route.notes or not request_id:
            return ()
        audience = notes.Audience(route.notes, lane, request_id)
        return (notes.note(audience, text, f"{entry.source}/{entry.key}/{occasion}", self.clock.now()),)

    def policy_of(self, route: Route) -> Policy:
        """The policy on this way: what can be looked up need not be held back."""
        return replace(self.policy, suspect="resend") if route.looks_up else self.policy

    async def carry(self, claim: Claim, entry: Entry, route: Route, plan: Plan) -> Verdict | None:
        """Make the plan's calls in order, from the first one that is not known to be delivered or refused."""
        changes, missed = Changes(plan.facts), entry.missed
        to_do = plan.left(entry)
        for number in to_do:
            call = plan.calls[number]
            if number > entry.step:
                # Before any wait: dying within it must not make a suspect of the call that was delivered just now.
                point("stepping")
                if not await self.go_on(claim, entry, number, changes):
                    return None
                point("stepped")
                changes = NO_CHANGES
            wait = await self.pace(route, call, entry)
            if wait is not None:
                later = postponed(entry, wait, self.policy, self.clock.tick())
                if isinstance(later, Dead):
                    return await self.give_up(claim, replace(entry, missed=missed), route, plan, later, changes)
                return await self.settle(claim, entry, later, changes)
            point("beginning")
            if number == entry.step and not await self.journal.begin(claim, entry.id, number, changes):
                return None
            point("begun")
            if number == entry.step and not entry.begun:
                self.metrics.started(claim.lane.direction, route.destination, self.clock.tick() - entry.since)
            doubt = entry.doubt and (entry.retried or number == entry.step)
            here = entry if number == entry.step else replace(entry, step=number, attempts=0, doubt=doubt)
            made = await attempt(route, call, suspect=here.doubt)
            self.metrics.called(route.destination, made.outcome, made.ended - made.began)
            point("sent")
            verdict = self.judge(here, route, call, made)
            changes = self.changes(
                claim.lane, replace(entry, missed=missed), route, plan, made.outcome, verdict, number
            )
            if isinstance(verdict, Dead):
                part = named(verdict, number, len(plan.calls))
                verdict = together(missed, part)
                if number < to_do[-1] and self.passes_over(here, made.outcome):
                    structlog.get_logger().warning("a part is not delivered", entry=entry.id, reason=part.reason)
                    missed = verdict
                    changes = replace(changes, missed=missed)
                    continue
            if isinstance(verdict, Done) and missed and number == to_do[-1]:
                verdict = missed
            if not isinstance(verdict, Done) or number == to_do[-1]:
                return await self.settle(claim, here, verdict, changes)
        # A crash fell between the last call's commit and its settle, or the plan grew shorter with an upgrade.
        return await self.settle(claim, entry, missed or Done(), NO_CHANGES)

    async def give_up(
        self, claim: Claim, entry: Entry, route: Route, plan: Plan, dead: Dead, changes: Changes = NO_CHANGES
    ) -> Verdict | None:
        """Settle what is not tried any more, though nobody refused it, and tell the agents."""
        text = notes.undelivered(dead.reason)
        told = self.tell(claim.lane, entry, route, plan.request_id, text, occasion="end")
        changes = replace(changes, arrivals=(*changes.arrivals, *told))
        return await self.settle(claim, entry, together(entry.missed, dead), changes)

    def changes(
        self, lane: Lane, entry: Entry, route: Route, plan: Plan, outcome: Outcome, verdict: Verdict, number: int
    ) -> Changes:
        """What an outcome brought, and what agents are told of it."""
        text = ""
        if isinstance(verdict, Dead):
            text = notes.undelivered(verdict.reason, number + 1, len(plan.calls))
        elif isinstance(outcome, Delivered) and outcome.remark:
            text = notes.remarked(outcome.remark)
        told = self.tell(lane, entry, route, plan.request_id, text, occasion=str(number + 1)) if text else ()
        through: tuple[Arrival, ...] = ()
        whole = isinstance(verdict, Done) and not entry.missed and number == plan.left(entry)[-1]
        # It may have become late while it was in hand: the journal knows.
        if (
            route.tells_late
            and whole
            and plan.message is not None
            and (entry.late or self.clock.tick() - entry.since > SOON)
        ):
            text = notes.through(notes.first_words(plan.message))
            through = self.noted(lane, entry, route, plan.request_id, text, "through")
        return Changes(learned(outcome), receipts(outcome, number), told, if_late=through)

    def passes_over(self, entry: Entry, outcome: Outcome) -> bool:
        """Whether the calls behind a dead one are still made: not if they would fare the same, or come too late."""
        speaks_of_it = isinstance(outcome, Refused | NotSent) and outcome.blame is Blame.MESSAGE
        return speaks_of_it and expired(entry, self.policy, self.clock.tick()) is None

    async def pace(self, route: Route, call: Call, entry: Entry) -> Again | None:
        """Wait for the call's pause and then for its tokens; a long wait for these comes back as a verdict instead.

        Whoever has waited for long is not kept waiting by a rank any more. While the far side asks everybody to wait, nothing
        goes, not even the next part of what has begun.
        """
        gate, loop = self.gates[route.destination], asyncio.get_running_loop()
        if call.pause > 0:
            await self.clock.sleep(call.pause)
        patience = PATIENCE
        while True:
            told = gate.told(loop.time())
            if told > 0:
                return Again(told, gate.reason)
            rank = call.rank if self.clock.tick() - entry.since < AGED else 0
            turn = gate.reserve(call.pace, loop.time(), patience, rank)
            if turn.wait > patience:
                self.metrics.paced(route.destination, turn.wait)
                return Again(turn.wait, "pacing")
            if turn.wait > 0:
                self.metrics.paced(route.destination, turn.wait)
                await self.clock.sleep(turn.wait)
            if turn.taken and not gate.told(loop.time()):
                return None
            patience -= turn.wait

    def judge(self, entry: Entry, route: Route, call: Call, made: Attempt) -> Verdict:
        """Let the gate learn from the outcome, and decide. A bug speaks of the message: it would be the same for ever."""
        gate = self.gates[route.destination]
        now = asyncio.get_running_loop().time()
        draw = self.dice.random()
        log = structlog.get_logger().bind(destination=route.destination)
        up = made.bug or (not gate.shut and gate.up(now - self.policy.lately))
        outcome, began = made.outcome, made.began
        match outcome:
            case Delivered() | Refused():
                if gate.succeeded(now):
                    log.info("the destination answers again")
            case Busy(retry_after, reason, Blame.DESTINATION):
                if gate.failed(reason, now, draw, began=began, retry_after=retry_after):
                    log.warning("the destination asks us to wait", reason=reason, seconds=retry_after)
            case NotSent(reason, Blame.DESTINATION) | Unknown(reason):
                if not (up and isinstance(outcome, Unknown)) and gate.failed(reason, now, draw, began=began):
                    log.warning("the destination does not answer", reason=reason)
            case Busy(retry_after):
                gate.succeeded(now)
                for name in call.pace[1:]:
                    gate.pause(name, now + retry_after)
            case NotSent():
                gate.succeeded(now)
            case _:
                assert_never(outcome)
        return decide(entry, outcome, self.policy_of(route), self.clock.tick(), up=up, draw=draw)

    async def go_on(self, claim: Claim, entry: Entry, number: int, changes: Changes) -> bool:
        """Move the step on to a later call, however long the journal takes: that says that the one before was delivered."""
        return await self.insist(entry, lambda: self.journal.begin(claim, entry.id, number, changes))

    async def settle(
        self, claim: Claim, entry: Entry, verdict: Verdict, changes: Changes = NO_CHANGES
    ) -> Verdict | None:
        """Write a verdict down, however long the journal takes; with the claim's last one its lane is let go."""
        release = is_last(claim, entry, verdict)
        point("settling")
        if not await self.insist(
            entry, lambda: self.journal.settle(claim, entry.id, verdict, changes, release=release)
        ):
            structlog.get_logger().warning("the lease of a lane was lost", entry=entry.id)
            return None
        point("settled")
        self.metrics.settled(claim.lane.direction, verdict)
        if isinstance(verdict, Dead):
            structlog.get_logger().error(
                "dead letter", entry=entry.id, source=entry.source, reason=verdict.reason, retries=entry.attempts
            )
        return verdict

    async def insist(self, entry: Entry, write: Callable[[], Awaitable[bool]]) -> bool:
        """Repeat a write until the journal serves: what a call came to must not be forgotten."""
        while True:
            try:
                return await write()
            except JournalUnavailable as error:
                structlog.get_logger().error("the journal can't be written", entry=entry.id, reason=str(error))
                await self.clock.sleep(JOURNAL_RETRY)


def is_last(claim: Claim, entry: Entry, verdict: Verdict) -> bool:
    """Whether nothing more is done under this claim: no entry is left, or a failing one holds the lane."""
    return isinstance(verdict, Again) or entry.id == claim.entries[-1].id
