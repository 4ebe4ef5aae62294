"""Ends what waits for a destination that the configuration does not name any more: at its deadline, like everything else."""

from dataclasses import dataclass

import structlog

from bridge.errors import JournalUnavailable
from bridge.message import Lane
from bridge.ports import Claim, Clock, Journal
from bridge.relay.decide import expired, together
from bridge.relay.step import Step

EVERY = 60.0
"""seconds between looks; a lane that could not be let go, for the journal failed, is free again by then"""

AT_ONCE = 64
"""lanes that are held in one go"""


@dataclass(frozen=True, slots=True)
class Unserved:
    """Holds the lanes that nobody else does, as if to serve them; whose head is not too old is let go as it was.

    A channel or desk that was renamed or removed leaves them behind. They go on when its name is back.
    """

    journal: Journal
    step: Step
    clock: Clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except JournalUnavailable as error:
                structlog.get_logger().warning("what nobody delivers can't be looked through now", reason=str(error))
            await self.clock.sleep(EVERY)

    async def look(self) -> None:
        """End what is too old. Raises `JournalUnavailable`."""
        for one in await self.journal.census():
            waits = 0.0 if one.oldest is None else self.clock.now() - one.oldest
            if one.destination not in self.step.gates and waits >= self.step.policy.deadline:
                await self.sweep(one.destination)

    async def sweep(self, destination: str) -> None:
        """Go through the lanes of one destination, until one comes again that has nothing to end."""
        young = set[Lane]()
        why = f"nothing in the configuration is called {destination}"
        while claims := await self.journal.claim(destination, AT_ONCE, EVERY):
            again = young.intersection(claim.lane for claim in claims)
            young.update([claim.lane for claim in claims if await self.end(claim, why)])
            if again:
                return

    async def end(self, claim: Claim, why: str) -> bool:
        """End the lane's entries from the head on, as far as they are too old; whether one is left that is not."""
        for entry in claim.entries:
            dead = expired(entry, self.step.policy, self.clock.tick(), why)
            if dead is None:
                await self.journal.release(claim)
                return True
            if await self.step.settle(claim, entry, together(entry.missed, dead)) is None:
                return True  # it is not ours any more
        return False
