"""What was sent and what arrived, lane by lane, and what the journal knows of what arrived twice."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MARK = re.compile(r"§(in|out)\.(\d+)\.\d+§")
"""every text carries at least one; a text of several messages carries one for each"""

Lane = tuple[str, int]
"""(direction, chat)"""


@dataclass(frozen=True)
class Tally:
    """Figures of one lane or of many; `doubled` counts by mark what came more than once."""

    sent: int
    lost: int
    reordered: int
    doubled: Counter[str]

    @property
    def doubles(self) -> int:
        return self.doubled.total()


def tally(sent: Sequence[str], arrived: Sequence[str]) -> Tally:
    """Compare what was sent with what arrived; order is that of first deliveries."""
    first = list(dict.fromkeys(arrived))
    there, wanted = set(first), set(sent)
    expected = [mark for mark in sent if mark in there]
    got = [mark for mark in first if mark in wanted]
    doubled = Counter({mark: count - 1 for mark, count in Counter(arrived).items() if count > 1})
    return Tally(
        len(sent),
        lost=len(wanted - there),
        reordered=sum(one != other for one, other in zip(got, expected, strict=True)),
        doubled=doubled,
    )


@dataclass
class Ledger:
    """All lanes; `keys` says under which key the journal has a mark's message."""

    sent: dict[Lane, list[str]] = field(default_factory=lambda: defaultdict(list))
    arrived: dict[Lane, list[str]] = field(default_factory=lambda: defaultdict(list))
    keys: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    came_in_all: int = 0

    def mark(self, direction: str, chat: int) -> str:
        """A new mark, sent now."""
        marks = self.sent[direction, chat]
        mark = f"§{direction}.{chat}.{len(marks)}§"
        marks.append(mark)
        self.missing.add(mark)
        return mark

    def came(self, direction: str, text: str) -> None:
        """Something arrived at the end of this direction."""
        for mark in MARK.finditer(text):
            if mark[1] == direction:
                self.arrived[direction, int(mark[2])].append(mark[0])
                self.missing.discard(mark[0])
                self.came_in_all += 1

    def overtaken(self, accepted: Mapping[str, int]) -> tuple[int, int]:
        """How many agents' messages came before one that the agent had sent earlier, and how many of those were accepted later.

        `accepted` numbers the journal's keys: what a desk brings late, or never but in a history, may come late.
        """
        early = wrong = 0
        for (direction, chat), arrived in self.arrived.items():
            if direction == "in":
                continue
            place = {mark: number for number, mark in enumerate(self.sent[direction, chat])}
            first = list(dict.fromkeys(arrived))
            for number, mark in enumerate(first):
                behind = [other for other in first[number + 1 :] if place[other] < place[mark]]
                early += bool(behind)
                wrong += any(accepted[self.keys[other]] < accepted[self.keys[mark]] for other in behind)
        return early, wrong

    def tally(self, direction: str, chats: Sequence[int] | None = None) -> Tally:
        """The figures of one direction, of these chats or of all."""
        lanes = [lane for lane in self.sent if lane[0] == direction and (chats is None or lane[1] in chats)]
        found = [tally(self.sent[lane], self.arrived[lane]) for lane in lanes]
        doubled: Counter[str] = Counter()
        for one in found:
            doubled.update(one.doubled)
        return Tally(
            sum(one.sent for one in found),
            lost=sum(one.lost for one in found),
            reordered=sum(one.reordered for one in found),
            doubled=doubled,
        )
