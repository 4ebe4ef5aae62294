"""Tells agents of replies that are late: one note for each, however long it takes."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bridge.conversation import notes
from bridge.errors import JournalUnavailable, Unreadable
from bridge.message import Arrival, Message
from bridge.observe import Metrics
from bridge.ports import Clock, Journal, Overdue
from bridge.relay.gate import Gate
from bridge.relay.prepare import Route

EVERY = 5.0
"""seconds between looks"""

AT_ONCE = 100
"""replies that are told of in one commit"""


@dataclass(frozen=True, slots=True)
class Tardy:
    """Looks for what was accepted more than `late` seconds ago and is on its way to somebody still."""

    routes: Mapping[tuple[str, str], Route]
    gates: Mapping[str, Gate]
    journal: Journal
    clock: Clock
    metrics: Metrics
    late: float

    async def run(self) -> None:
        """Look until cancelled."""
        destinations = {route.destination for route in self.routes.values() if route.tells_late}
        while True:
            await self.clock.sleep(EVERY)
            try:
                for destination in sorted(destinations):
                    while await self.look(destination) == AT_ONCE:
                        continue
            except JournalUnavailable as error:
                structlog.get_logger().warning("late replies can't be told of now", reason=str(error))

    async def look(self, destination: str) -> int:
        """Tell of what is late for one destination, and mark it; how many that were. Raises `JournalUnavailable`."""
        found = await self.journal.overdue(destination, self.clock.now() - self.late, AT_ONCE)
        if found:
            told = [note for one in found if (note := self.note(one)) is not None]
            await self.journal.mark_late([one.id for one in found], told)
        return len(found)

    def note(self, one: Overdue) -> Arrival | None:
        """The note about one reply; None for what no agent said."""
        route = self.routes.get((one.source, one.lane.channel))
        message = reply(one, route) if route is not None and route.tells_late else None
        if route is None or message is None:
            return None
        self.metrics.noted(one.lane.direction)
        reason = one.reason or self.gates[route.destination].reason
        text = notes.late(notes.first_words(message), reason, self.clock.now() - one.accepted_at)
        audience = notes.Audience(route.notes, one.lane, message.request_id)
        return notes.note(audience, text, f"{one.source}/{one.key}/late", self.clock.now())


def reply(one: Overdue, route: Route) -> Message | None:
    """What an agent or bot said, if that is what this entry holds."""
    try:
        reading = route.reader.read(one.raw)
    except Unreadable:
        return None
    return reading if isinstance(reading, Message) and reading.request_id else None
