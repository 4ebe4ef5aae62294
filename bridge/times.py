"""Moments and durations as operators read them, in the console and in a terminal (pure but for the time zone)."""

import time


def when(at: float | None) -> str:
    """A time of this machine's, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) if at else "-"


def lasting(seconds: float) -> str:
    """A duration in one or two units; below ten seconds to the millisecond."""
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    total = round(seconds)
    for unit, size, smaller, less in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if total >= size:
            rest = total % size // less
            return f"{total // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{total} s"
