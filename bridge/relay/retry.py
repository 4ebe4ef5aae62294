"""How long to wait before the next attempt (pure)."""

LADDER = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
"""seconds; the last one repeats"""

SHORTEST = 0.05
"""seconds: jitter may not turn a retry into a hot loop"""


def delay(attempt: int, draw: float) -> float:
    """Seconds to wait after the `attempt`-th failure (from 0), with full jitter by `draw` in [0, 1)."""
    return max(SHORTEST, ceiling(attempt) * draw)


def ceiling(attempt: int) -> float:
    """The longest wait after the `attempt`-th failure."""
    return LADDER[min(max(attempt, 0), len(LADDER) - 1)]
