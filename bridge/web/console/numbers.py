"""The overview's numbers: from the daemon's report to what stands in which place of the page (pure)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.message import Direction
from bridge.observe import Latency
from bridge.times import lasting

WAYS = {Direction.INBOUND: "desk/", Direction.OUTBOUND: "channel/"}
"""how the names of a direction's destinations begin"""

Census = Sequence[Mapping[str, Any]]

NOTHING = "-"


@dataclass(slots=True)
class Rates:
    """How many entries were settled a second, between two looks."""

    at: float = 0.0
    settled: dict[str, int] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)

    def look(self, census: Census, now: float) -> dict[str, float]:
        """The rates since the last look that is a second old at least; what was forgotten meanwhile is no progress."""
        counts = {one["destination"]: one["done"] + one["dead"] for one in census}
        passed = now - self.at
        if not self.settled or passed >= 1.0:
            before = self.settled or counts
            self.last = {name: max(0, count - before.get(name, 0)) / passed for name, count in counts.items()}
            self.at, self.settled = now, counts
        return self.last


def overview(
    told: Mapping[str, Any],
    rates: Mapping[str, float],
    latency: Callable[[Sequence[str]], Latency | None],
    now: float,
) -> dict[str, str]:
    """What changes, by the name of its place: `ready`, `up`, `way-in-rate`, `to-desk/main-waiting`, `part-journal` and so on.

    `told` is the daemon's report, `rates` are entries a second by destination, `latency` tells how long those to some
    of them waited lately, `now` is the time of day.
    """
    census: Census = told["census"]
    bad = [name for name, part in told["parts"].items() if not part["ok"]]
    shown = {
        "up": lasting(now - told["started_at"]),
        "ready": "Everything works" if told["ready"] else f"Not working: {', '.join(bad) or 'nothing is started yet'}",
    }
    for direction, prefix in WAYS.items():
        own = [one for one in census if one["destination"].startswith(prefix)]
        shown |= way(f"way-{direction}", own, rates, latency, now)
    for one in census:
        shown |= way(f"to-{one['destination']}", [one], rates, latency, now)
    shown |= {f"part-{name}": part["reason"] or "works" for name, part in told["parts"].items()}
    return shown


def way(
    at: str,
    census: Census,
    rates: Mapping[str, float],
    latency: Callable[[Sequence[str]], Latency | None],
    now: float,
) -> dict[str, str]:
    """The numbers of some destinations together."""
    names = [one["destination"] for one in census]
    had = latency(names)
    oldest = [one["oldest"] for one in census if one["oldest"] is not None]
    counts = {name: sum(one[name] for one in census) for name in ("waiting", "sending", "done", "dead")}
    return {
        **{f"{at}-{name}": f"{count:,}" for name, count in counts.items()},
        f"{at}-oldest": lasting(now - min(oldest)) if oldest else NOTHING,
        f"{at}-rate": f"{sum(rates.get(name, 0.0) for name in names):.1f}",
        f"{at}-latency": lasting(had.median) if had else NOTHING,
        f"{at}-slow": lasting(had.slow) if had else NOTHING,
    }


def states(told: Mapping[str, Any]) -> dict[str, bool]:
    """Which places are good news: `ready`, the parts, and no dead letters."""
    dead = {
        f"way-{direction}-dead": not any(one["dead"] for one in told["census"] if one["destination"].startswith(prefix))
        for direction, prefix in WAYS.items()
    }
    return {"ready": told["ready"], **dead, **{f"part-{name}": part["ok"] for name, part in told["parts"].items()}}
