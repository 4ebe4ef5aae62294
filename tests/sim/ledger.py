"""What became of a history: counted from the journal and from what became visible, and compared with what was said."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.message import Direction
from tests.sim.cellar import Row
from tests.sim.sides import FarSide
from tests.sim.stage import Stage
from tests.sim.values import NEVER, Said

Rows = Mapping[tuple[str, str], Row]


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one history. What must be 0 stands in `WRONG`."""

    seed: int
    messages: int = 0
    """that were said"""
    lost: int = 0
    """parts of messages that were said, are not delivered, and which the far side has not refused"""
    reordered: int = 0
    """first deliveries that came too late, though they had been accepted in time"""
    inversions: int = 0
    """those that were accepted when a later one was on its way already"""
    doubled: int = 0
    doubled_at_desk: int = 0
    excess: int = 0
    """doubles of an entry beyond the number of times that it was marked as suspect"""
    suspect: int = 0
    undone: int = 0
    together: int = 0
    """calls of one lane that were under way at once"""
    unbegun: int = 0
    """effects of what was not written down as accepted and begun"""
    torn: int = 0
    """calls that speak of another request than their chat has"""
    given_up: int = 0
    """dead letters that no far side has refused"""
    dead: int = 0
    kills: int = 0
    calls: int = 0
    seconds: float = 0.0
    trace: str = ""
    crashed: int = 0
    failed: str = ""
    """the error that ended it"""

    @property
    def wrong(self) -> dict[str, int]:
        """Which promises were broken, and how often."""
        return {name: count for name in WRONG if (count := getattr(self, name))}

    @property
    def green(self) -> bool:
        """Whether every promise was kept."""
        return not self.wrong


WRONG = (
    "lost",
    "reordered",
    "doubled_at_desk",
    "excess",
    "undone",
    "together",
    "unbegun",
    "torn",
    "given_up",
    "crashed",
)


def tally(stage: Stage) -> Tally:
    """Count."""
    found = stage.cellar.rows()
    rows = {(row.source, row.key.partition("#")[0]): row for row in found}
    counts: Counter[str] = Counter()
    wrongs: Any = counts
    for side, said in ((stage.desk, stage.updates.said), (stage.channel, stage.history.written)):
        counts.update(one_side(side, said, rows, stage.horizon))
    refused = {(one.source, one.key) for one in (*stage.updates.said, *stage.history.written) if one.refused != NEVER}
    dead = {name for name, row in rows.items() if row.state == "dead"}
    trace = hashlib.sha256("\n".join(map(repr, stage.told)).encode()).hexdigest()[:16]
    return Tally(
        seed=stage.seed,
        messages=len(stage.updates.said) + len(stage.history.written),
        suspect=sum(row.suspect for row in found),
        undone=sum(row.live for row in found)
        + stage.unaccepted()
        + max(0, len(stage.updates.said) - stage.updates.confirmed),
        together=stage.desk.together + stage.channel.together,
        unbegun=stage.unbegun,
        torn=stage.desk.torn,
        given_up=len(dead - refused),
        dead=len(dead),
        kills=stage.kills,
        calls=len(stage.desk.calls) + len(stage.channel.calls),
        seconds=round(stage.loop.now, 3),
        trace=trace,
        **wrongs,
    )


def one_side(side: FarSide, said: Iterable[Said], rows: Rows, horizon: Mapping[int, int]) -> dict[str, int]:
    """What is wrong with the deliveries of one direction."""
    there = Counter((one.chat, one.number, one.part) for one in side.effects)
    lost = doubled = excess = 0
    entries: dict[tuple[str, int], Row] = {}
    for one in said:
        row = rows.get((one.source, one.key))
        entries[one.chat, one.number] = row or Row(0, "", "", "", 0, -1)
        counts = [there[one.chat, one.number, part] for part in range(one.parts) if part != one.refused]
        lost += counts.count(0)
        twice = sum(count - 1 for count in counts if count)
        doubled += twice
        excess += max(0, twice - (row.suspect if row else 0))
    late, excused = disorder(side, entries, horizon)
    at_desk = doubled if side.direction is Direction.INBOUND else 0
    return {
        "lost": lost, "doubled": doubled, "doubled_at_desk": at_desk, "excess": excess, "reordered": late, "inversions": excused
    }  # fmt: skip


def disorder(side: FarSide, entries: Mapping[tuple[str, int], Row], horizon: Mapping[int, int]) -> tuple[int, int]:
    """First effects that came after one of a later message or part of their chat: those without, and with an excuse."""
    seen: set[tuple[str, int, int]] = set()
    before: dict[str, list[tuple[int, int]]] = defaultdict(list)
    late = excused = 0
    for one in side.effects:
        if (one.chat, one.number, one.part) in seen:
            continue
        seen.add((one.chat, one.number, one.part))
        place, earlier = (one.number, one.part), before[one.chat]
        overtook = {number for number, part in earlier if (number, part) > place}
        earlier.append(place)
        if not overtook:
            continue
        mine = entries[one.chat, one.number].id if (one.chat, one.number) in entries else 0
        known = [horizon.get(entries[one.chat, number].id, 0) for number in overtook]
        if side.direction is Direction.OUTBOUND and one.number not in overtook and mine > max(known):
            excused += 1
        else:
            late += 1
    return late, excused
