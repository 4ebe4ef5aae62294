"""What was sent against what arrived: the four promises, counted from both ends and from the journal.

Nothing here trusts the bridge's own counters: arrivals are what the simulated desk has stored and what the simulated phone
has shown, and only how a message stands in between is read from the journal.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.message import Direction
from bridge.ports import EntryView, State


class Fate(StrEnum):
    """Where a message is."""

    HELD = "held"
    """the sender's server still has it: Telegram waits to be asked, or Tiledesk still calls"""
    KEPT = "kept"
    """in the journal, waiting"""
    SENDING = "sending"
    THERE = "there"
    DEAD = "dead"
    """a dead letter, with its reason"""
    SKIPPED = "skipped"
    """the bridge decided not to carry it, and says why"""
    UNTOLD = "untold"
    """Tiledesk has given up calling the bridge about it, so nothing was promised (yet)"""
    LOST = "lost"
    """nowhere: what must never happen"""


Piece = frozenset[str]
"""the marks by which one piece of a message counts as seen; any of them will do"""

SETTLED = frozenset({Fate.THERE, Fate.DEAD, Fate.SKIPPED})


@dataclass(slots=True, eq=False)
class Letter:
    """One message on its way: `pieces` are what it must become, `shown` how often each was seen."""

    direction: Direction
    key: str
    chat: int
    number: int
    pieces: tuple[Piece, ...]
    fate: Fate = Fate.HELD
    reason: str = ""
    suspect: int = 0
    entry: int = 0
    """its number in the journal, once that is known"""
    shown: list[int] = field(default_factory=list)
    known: bool = False
    """it was there before the journal was read the last time, so its absence from the journal means something"""
    repeats: int = 0
    """repeats that were seen before the journal was read the last time"""

    @property
    def arrived(self) -> bool:
        """Whether all of it was seen."""
        return all(self.shown)


@dataclass(frozen=True, slots=True)
class Tally:
    """One direction, in numbers. `unexplained` are repeats of messages that were never suspects."""

    sent: int
    arrived: int
    under_way: int
    dead: int
    skipped: int
    untold: int
    lost: int
    disorder: int
    doubles: int
    unexplained: int
    suspects: int


class Ledger:
    """Every message that anyone sent in this sandbox."""

    def __init__(self) -> None:
        self.letters: dict[tuple[Direction, str], Letter] = {}
        self.open: set[Letter] = set()
        self.repeated: set[Letter] = set()
        self.suspects: dict[int, tuple[Direction, int]] = {}
        self.overtaken: list[tuple[Letter, Letter]] = []
        """messages that were seen only after one that was sent later"""
        self.fates: Counter[tuple[Direction, Fate]] = Counter()
        self.sent: dict[tuple[Direction, int], list[Letter]] = defaultdict(list)
        self._furthest: dict[tuple[Direction, int], tuple[int, int, Letter]] = {}
        self._held: frozenset[str] = frozenset()
        self._calling = False

    # ------------------------------------------------------------ both ends

    def send(self, direction: Direction, key: str, chat: int, pieces: Sequence[str | Piece]) -> Letter:
        """Someone sent a message; a piece that must come in these very words may be given as them."""
        siblings = self.sent[direction, chat]
        shown = [0] * len(pieces)
        letter = Letter(direction, key, chat, len(siblings), tuple(map(as_piece, pieces)), shown=shown)
        siblings.append(letter)
        self.letters[direction, key] = letter
        self.open.add(letter)
        self.fates[direction, letter.fate] += 1
        return letter

    def stored(self, key: str) -> None:
        """The desk has stored the user's message with this key."""
        letter = self.letters.get((Direction.INBOUND, key))
        if letter is not None:
            self._show(letter, 0)

    def heard(self, chat: int, text: str) -> None:
        """The phone has shown a message of the bot, with these words or this mark: whose it is, is told by the order.

        It is the first that waits for them; but a repeat of the latest one if others should come before that.
        """
        wanted = squeezed(text)
        letters = self.sent[Direction.OUTBOUND, chat]
        same = [(letter, at) for letter in letters for at, piece in enumerate(letter.pieces) if wanted in piece]
        if not same:
            return
        _, last, latest = self._furthest.get((Direction.OUTBOUND, chat), (0, 0, None))
        first = next(((letter, at) for letter, at in same if not letter.shown[at]), None)
        if first is None:
            self._show(*same[-1])
        elif latest is not None and wanted in latest.pieces[last] and self._skips(latest, first[0]):
            self._show(latest, last)
        else:
            self._show(*first)

    def _skips(self, latest: Letter, letter: Letter) -> bool:
        """Whether something that is still to come stands between these two."""
        between = self.sent[letter.direction, letter.chat][latest.number : letter.number]
        return any(not one.arrived and one.fate not in SETTLED for one in between)

    def _borrow(self, letter: Letter) -> None:
        """Find what was taken for repeats of letters that say the same."""
        for at, piece in enumerate(letter.pieces):
            twins = [
                (twin, place)
                for twin in self.repeated
                if (twin.direction, twin.chat) == (letter.direction, letter.chat)
                for place, other in enumerate(twin.pieces)
                if twin.shown[place] > 1 and not piece.isdisjoint(other)
            ]
            if not letter.shown[at] and twins:
                twin, place = twins[0]
                twin.shown[place] -= 1
                twin.repeats = max(0, twin.repeats - 1)
                letter.shown[at] = 1

    def _show(self, letter: Letter, piece: int) -> None:
        letter.shown[piece] += 1
        if letter.shown[piece] > 1:
            self.repeated.add(letter)
            return
        lane, place = (letter.direction, letter.chat), (letter.number, piece)
        furthest = self._furthest.get(lane)
        if furthest is not None and place < furthest[:2]:
            self.overtaken.append((letter, furthest[2]))
        else:
            self._furthest[lane] = (*place, letter)
        if letter.arrived:
            self._become(letter, Fate.THERE)

    # ------------------------------------------------------------ the journal between

    def before(self, held: Iterable[str], *, calling: bool) -> None:
        """Note, just before the journal is read, what Telegram still holds and whether Tiledesk still calls."""
        self._held, self._calling = frozenset(held), calling
        for letter in self.open:
            letter.known = True
        for letter in self.repeated:
            letter.repeats = sum(count - 1 for count in letter.shown if count > 1)

    def after(self, entries: Iterable[EntryView]) -> set[int]:
        """Take in what the journal says; returns the chats in which something changed."""
        changed: set[int] = set()
        seen: set[Letter] = set()
        for entry in entries:
            if entry.suspect:
                self.suspects[entry.id] = (entry.lane.direction, entry.suspect)
            letter = self.letters.get((entry.lane.direction, entry.key))
            if letter is None:
                continue
            seen.add(letter)
            letter.entry, letter.suspect = entry.id, entry.suspect
            if entry.state is State.DONE and not entry.reason and not letter.arrived:
                self._borrow(letter)
            if self._become(letter, fate_of(letter, entry), entry.reason):
                changed.add(letter.chat)
        for letter in [one for one in self.open if one.known and one not in seen and one.fate is not Fate.THERE]:
            if self._become(letter, self._outside(letter)):
                changed.add(letter.chat)
        return changed

    def _outside(self, letter: Letter) -> Fate:
        if letter.fate not in {Fate.HELD, Fate.UNTOLD, Fate.LOST}:
            return letter.fate
        if letter.direction is Direction.OUTBOUND:
            return Fate.HELD if self._calling else Fate.UNTOLD
        return Fate.HELD if letter.key in self._held else Fate.LOST

    def _become(self, letter: Letter, fate: Fate, reason: str = "") -> bool:
        if (letter.fate, letter.reason) == (fate, reason):
            return False
        self.fates[letter.direction, letter.fate] -= 1
        self.fates[letter.direction, fate] += 1
        letter.fate, letter.reason = fate, reason
        if fate in SETTLED:
            self.open.discard(letter)
        else:
            self.open.add(letter)
        return True

    # ------------------------------------------------------------ the numbers

    def tally(self, direction: Direction) -> Tally:
        """Count one direction."""
        counts = {fate: self.fates[direction, fate] for fate in Fate}
        repeated = [letter for letter in self.repeated if letter.direction is direction]
        return Tally(
            sent=sum(counts.values()),
            arrived=counts[Fate.THERE],
            under_way=counts[Fate.HELD] + counts[Fate.KEPT] + counts[Fate.SENDING],
            dead=counts[Fate.DEAD],
            skipped=counts[Fate.SKIPPED],
            untold=counts[Fate.UNTOLD],
            lost=counts[Fate.LOST],
            disorder=sum(wrong(*pair) for pair in self.overtaken if pair[0].direction is direction),
            doubles=sum(letter.repeats for letter in repeated),
            unexplained=self._unexplained(direction, repeated),
            suspects=sum(times for where, times in self.suspects.values() if where is direction),
        )

    def _unexplained(self, direction: Direction, repeated: Sequence[Letter]) -> int:
        """Repeats beyond what suspects account for, among all the letters that say the same."""
        alike = {said(letter) for letter in repeated}
        balance: Counter[tuple[object, ...]] = Counter()
        for chat in {letter.chat for letter in repeated}:
            for letter in self.sent[direction, chat]:
                if said(letter) in alike:
                    balance[said(letter)] += letter.repeats - letter.suspect
        return sum(max(0, count) for count in balance.values())


def said(letter: Letter) -> tuple[object, ...]:
    """What letters have in common that nobody can tell apart; the desk's carry a key, and can be told apart."""
    return (letter.key,) if letter.direction is Direction.INBOUND else (letter.chat, letter.pieces)


def wrong(late: Letter, early: Letter) -> bool:
    """Whether a message was overtaken against the promise, which is the order of acceptance: Tiledesk calls in any order."""
    return bool(late.entry) and late.entry <= early.entry


def fate_of(letter: Letter, entry: EntryView) -> Fate:
    """What an entry means for its message."""
    if letter.arrived:
        return Fate.THERE
    match entry.state:
        case State.WAITING:
            return Fate.KEPT
        case State.SENDING:
            return Fate.SENDING
        case State.DEAD:
            return Fate.DEAD
        case State.DONE:
            return Fate.SKIPPED if entry.reason else Fate.LOST


def as_piece(given: str | Piece) -> Piece:
    """A piece that has one form only."""
    return frozenset({squeezed(given)}) if isinstance(given, str) else given


def squeezed(text: str) -> str:
    """A text without its white space, which Telegram trims."""
    return "".join(text.split())
