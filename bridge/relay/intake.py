"""The door's way into the journal: many arrivals, one commit, repeats absorbed, lanes woken."""

from collections.abc import Sequence

from bridge.fault import point
from bridge.message import Arrival
from bridge.observe import Metrics
from bridge.ports import Journal


class Intake:
    """Accepts arrivals for every door."""

    def __init__(self, journal: Journal, metrics: Metrics) -> None:
        self.journal = journal
        self.metrics = metrics

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        """Write arrivals down and return how many were new; when this returns, they are ours to deliver.

        Raises `JournalUnavailable`: then nothing was written and the far side must keep them.
        """
        new = await self.write(arrivals)
        self.metrics.repeated(len(arrivals) - new)
        return new

    async def read_back(self, arrivals: Sequence[Arrival]) -> int:
        """Write down what a history has: the same, but nobody sent again what is known already.

        Raises `JournalUnavailable`, as `accept` does.
        """
        return await self.write(arrivals)

    async def write(self, arrivals: Sequence[Arrival]) -> int:
        """Write arrivals down and count those that were new."""
        if not arrivals:
            return 0
        new = await self.journal.accept(arrivals)
        if new:
            point("accepted")
        # A door's arrivals are of one source, but for the presses among them, which arrive twice.
        self.metrics.accepted(arrivals[0].source, arrivals[0].lane.direction, new)
        return new
