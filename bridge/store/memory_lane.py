"""Lanes and entries as objects, for the journal without a disk."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bridge.message import Lane
from bridge.ports import Census, Entry, EntryId


@dataclass(slots=True)
class Row:
    """A stored entry; `entry` is what its holder sees of it."""

    entry: Entry
    order: int
    due_at: float
    state: str = "waiting"
    begun: bool = False
    settled_at: float | None = None
    reason: str = ""

    def doubt(self) -> None:
        """A call was in flight, and nobody knows whether it arrived."""
        self.state = "waiting"
        self.entry = replace(self.entry, doubt=True, suspect=self.entry.suspect + 1)


@dataclass(slots=True)
class Track:
    """A lane with its entries; `number` is its rank among lanes that became ready at the same moment."""

    lane: Lane
    number: int
    destination: str
    rows: dict[EntryId, Row] = field(default_factory=dict)
    ready_at: float | None = None
    token: int | None = None
    lease: float = 0.0
    lease_until: float = 0.0
    begun_order: int = 0

    def live(self) -> list[Row]:
        """The entries that are not settled, the head first."""
        live = [row for row in self.rows.values() if row.settled_at is None]
        return sorted(live, key=lambda row: (not row.begun, row.order, row.entry.id))

    def rest(self, now: float) -> None:
        """Be ready when the head is due."""
        live = self.live()
        self.ready_at = max(live[0].due_at, now) if live else None


def count(destination: str, rows: Sequence[Row]) -> Census:
    """The census of one destination."""
    states = [row.state for row in rows]
    oldest = min((row.entry.accepted_at for row in rows if row.state == "waiting"), default=None)
    waiting, sending, done, dead = (states.count(state) for state in ("waiting", "sending", "done", "dead"))
    return Census(destination, waiting, sending, done, dead, oldest)
