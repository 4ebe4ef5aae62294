"""The line that `systemctl status` shows (pure)."""

from collections.abc import Collection, Mapping, Sequence

from bridge.message import Direction
from bridge.ports import Census

LONGEST_REASON = 60
"""characters of why a gate is shut; the whole reason stands at /readyz"""


class Flow:
    """Messages a second between two looks at a count of them."""

    def __init__(self, count: Mapping[Direction, int]) -> None:
        self.count = count
        self.seen: dict[Direction, int] = dict(count)
        self.at: float | None = None

    def rates(self, now: float) -> dict[Direction, float]:
        """The rates since the last look; zero at the first."""
        seconds = 0.0 if self.at is None else now - self.at
        fresh = {way: self.count.get(way, 0) - self.seen.get(way, 0) for way in Direction}
        self.seen, self.at = dict(self.count), now
        return {way: count / seconds if seconds > 0 else 0.0 for way, count in fresh.items()}


def status_line(
    rates: Mapping[Direction, float],
    census: Sequence[Census],
    shut: Mapping[str, str],
    now: float,
    trouble: str = "",
    unwell: Mapping[str, str] | None = None,
    beginning: Collection[str] = (),
) -> str:
    """How the relay does, in one line; what is wrong comes first, since terminals cut the line's end.

    `rates` are messages delivered a second lately, `shut` the destinations that do not answer with the reason of each, `trouble`
    is why the journal can't be written, `unwell` every other part that is not well, `beginning` those that
    nothing is known of yet.
    """
    waiting = sum(one.waiting + one.sending for one in census)
    oldest = min((one.oldest for one in census if one.oldest is not None), default=None)
    age = "" if oldest is None or not waiting else f" (oldest {duration(now - oldest)})"
    dead = sum(one.dead for one in census)
    flow = ", ".join(f"{way} {rates.get(way, 0.0):.1f}/s" for way in Direction)
    told = [f"the journal can't be written: {cut(trouble)}"] if trouble else []
    told += [f"{name} shut: {cut(reason) or 'no answer'}" for name, reason in sorted(shut.items())]
    told += [f"{name} not well: {cut(reason) or 'see status'}" for name, reason in sorted((unwell or {}).items())]
    told += [f"beginning: {', '.join(sorted(beginning))}"] if beginning else []
    told += [f"relaying: {flow}", f"{waiting} waiting{age}, {dead} dead letter{'' if dead == 1 else 's'}"]
    return "; ".join(told)


def duration(seconds: float) -> str:
    """An age as people say it: `2 s`, `5 min`, `3 h`, `2 d`."""
    seconds = max(0.0, seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def cut(reason: str) -> str:
    """The beginning of a reason, in one line."""
    line = " ".join(reason.split())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"
