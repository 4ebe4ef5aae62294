"""What the last minutes were like, in memory alone: how long messages waited here, and what went wrong."""

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

LATELY = 300.0
"""seconds"""

MOST_LATENCIES, MOST_TROUBLES = 2000, 50

INTERNALS = frozenset({"event", "level", "logger", "ts", "exc_info", "stack_info", "timestamp"})
"""what a log record carries beside its own words"""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds that the middle one of the messages waited before it was sent, and the slowest but for 5 in 100."""

    median: float
    slow: float


class Latencies:
    """How long messages waited between their acceptance and their first call, by destination; the newest of them alone."""

    def __init__(self) -> None:
        self.seen: defaultdict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=MOST_LATENCIES))

    def add(self, destination: str, seconds: float, now: float) -> None:
        """A message is about to be sent after so many seconds; `now` is of a clock that nobody sets."""
        self.seen[destination].append((now, max(0.0, seconds)))

    def lately(self, destinations: Iterable[str], now: float) -> Latency | None:
        """What it was like on the way to them in the last minutes; None if nothing went there."""
        every = (one for name in destinations for one in self.seen.get(name, ()))
        found = sorted(seconds for at, seconds in every if now - at <= LATELY)
        if not found:
            return None
        return Latency(found[(len(found) - 1) // 2], found[max(0, -(-len(found) * 95 // 100) - 1)])


@dataclass(frozen=True, slots=True)
class Trouble:
    """A warning or an error of the log: `at` is the time of day, `what` its words, `about` what they are about."""

    at: float
    level: str
    what: str
    about: str


class Troubles(logging.Handler):
    """Remembers the last warnings and errors of the log, scrubbed."""

    def __init__(self, scrub: Callable[[str], str]) -> None:
        super().__init__(logging.WARNING)
        self.scrub = scrub
        self.last: deque[Trouble] = deque(maxlen=MOST_TROUBLES)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember one; a log call that is malformed does its caller no harm, and the log itself says that it was lost."""
        try:
            self.last.appendleft(self.trouble(record))
        except Exception:  # noqa: BLE001 - the standard library's way to tell of it would print secrets
            return

    def forget(self, words: str) -> None:
        """Remember nothing that holds these words."""
        kept = [one for one in self.last if words not in one.what and words not in one.about]
        self.last = deque(kept, maxlen=MOST_TROUBLES)

    def trouble(self, record: logging.LogRecord) -> Trouble:
        """What a record says."""
        if isinstance(record.msg, dict):  # structlog's
            what = str(record.msg.get("event", ""))
            about = ", ".join(f"{name} {value}" for name, value in record.msg.items() if name not in INTERNALS)
        else:
            what, about = record.getMessage(), ""
        return Trouble(record.created, record.levelname.lower(), self.scrub(what), self.scrub(about))
