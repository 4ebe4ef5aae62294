"""One destination's lanes: claim idle ones, one holder each, take turns, drain on stop."""

import asyncio
from dataclasses import dataclass, field

import structlog

from bridge.errors import JournalUnavailable
from bridge.fault import point
from bridge.observe import correlated
from bridge.outcome import Again
from bridge.ports import Claim, Clock, Journal
from bridge.relay.gate import Gate
from bridge.relay.step import Step, is_last

LEASE = 1800.0
"""seconds; longer than the longest call with its waits, which is a large file that is fetched and sent, so that only a dead or
frozen holder loses its lane"""

IDLE = 1.0
"""seconds between looks at the journal when no wake-up came: hints may be lost, the poll is the truth"""


@dataclass(slots=True)
class Lanes:
    """Holds up to `slots` lanes of one destination at a time, each in a task of its own.

    One loop for each destination, so that one that is down never takes the places of another's lanes.
    """

    destination: str
    journal: Journal
    step: Step
    gate: Gate
    clock: Clock
    slots: int = 64
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    held: set[asyncio.Task[None]] = field(default_factory=set)
    turned_at: float = float("-inf")
    """when the loop last turned, in `loop.time()` seconds: at least every `IDLE` while the journal answers"""
    short: bool = False
    """lanes may wait for want of places: a place that gets free is worth a look"""

    async def run(self) -> None:
        """Claim and hold lanes until `stop`; returns when the held ones have finished the call in hand."""
        wake = self.journal.wake(self.destination)
        while not self.stopping.is_set():
            self.turned_at = asyncio.get_running_loop().time()
            wake.clear()
            await self.claim()
            if not self.stopping.is_set():
                await self.rest(wake)
        if self.held:
            await asyncio.wait(self.held)

    def stop(self) -> None:
        """Take no more lanes, and let the held ones go after the call in hand."""
        self.stopping.set()
        self.journal.wake(self.destination).set()

    async def claim(self) -> None:
        """Fill the free places."""
        places = self.gate.allowance(self.slots, len(self.held), asyncio.get_running_loop().time())
        self.short = True
        if not places:
            return
        try:
            claims = await self.journal.claim(self.destination, places, LEASE)
        except JournalUnavailable as error:
            structlog.get_logger().error("lanes can't be claimed", destination=self.destination, reason=str(error))
            return
        if claims:
            point("claimed")
        self.short = len(claims) == places
        for claim in claims:
            holder = asyncio.create_task(self.hold(claim), name=f"lane {claim.lane.channel}/{claim.lane.chat}")
            self.held.add(holder)
            holder.add_done_callback(self.let_go)

    def let_go(self, holder: asyncio.Task[None]) -> None:
        """A place is free. A holder ends with an exception only by a bug: its lane comes back when the lease runs out."""
        self.held.discard(holder)
        if not holder.cancelled() and holder.exception() is not None:
            structlog.get_logger().error("a lane's holder failed", exc_info=holder.exception())
        if self.short:
            self.journal.wake(self.destination).set()

    async def rest(self, wake: asyncio.Event) -> None:
        """Wait for a hint, the time of a probe, or the next look."""
        until_probe = self.gate.probe_at - asyncio.get_running_loop().time()
        # A probe that is due already was looked for in vain just now: there is no work to probe with.
        awaited = self.gate.shut and not self.held and until_probe > 0
        try:
            async with asyncio.timeout(min(IDLE, until_probe) if awaited else IDLE):
                await wake.wait()
        except TimeoutError:
            return

    async def hold(self, claim: Claim) -> None:
        """Take the claim's entries in order; a failing one holds the lane, so the rest waits behind it."""
        try:
            for entry in claim.entries:
                if self.stopping.is_set():
                    break
                with correlated(entry=entry.id):
                    verdict = await self.step.take(claim, entry)
                if isinstance(verdict, Again):
                    loop = asyncio.get_running_loop()
                    loop.call_later(verdict.delay, self.journal.wake(self.destination).set)
                if verdict is None or is_last(claim, entry, verdict):
                    return  # the lane was lost, or let go with the verdict
                if self.gate.shut:
                    break
            await self.journal.release(claim)
        except JournalUnavailable as error:
            # Nothing was sent. The lane stays held until its lease runs out, unless the journal comes back first.
            structlog.get_logger().error("the journal does not serve", lane=claim.lane.chat, reason=str(error))
            await self.release_later(claim)

    async def release_later(self, claim: Claim) -> None:
        """Give the lane back as soon as the journal serves again."""
        while not self.stopping.is_set():
            await self.clock.sleep(IDLE)
            try:
                await self.journal.release(claim)
            except JournalUnavailable:
                continue
            return
