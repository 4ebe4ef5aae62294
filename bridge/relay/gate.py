"""One destination's gate: a breaker that sends one probe while the far side is down, and token buckets that pace.

Times are `loop.time()` seconds, so that a jump of the wall clock changes nothing and a simulated loop brings its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridge.relay import retry

KEPT = 2
"""tokens of the widest bucket that a call of a lower rank leaves for those who go first"""

MANY_BUCKETS = 10_000
"""full buckets are forgotten when there are more than these"""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a second on average, and so many at once."""

    per_second: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """The seconds to wait, until a call may go if its tokens are `taken`, and before asking again if not."""

    wait: float
    taken: bool


@dataclass(slots=True)
class Gate:
    """Whether, and how fast, calls may go to a destination.

    `rates` has one entry for each class of bucket; a call's bucket `chat/4711` is of class `chat`. A call names its buckets
    from the widest to the narrowest.
    """

    rates: Mapping[str, Rate] = field(default_factory=dict)
    failures: int = 0
    probe_at: float = 0.0
    told_until: float = float("-inf")
    """until when the far side asked everybody to wait"""
    reason: str = ""
    opened_at: float = float("-inf")
    shuts: int = 0
    """how often it was shut"""
    full_at: dict[str, float] = field(default_factory=dict)
    """when each bucket in use will be full again"""

    # ------------------------------------------------------------ the breaker

    @property
    def shut(self) -> bool:
        """True while the destination is thought to be down."""
        return self.failures > 0

    def allowance(self, slots: int, running: int, now: float) -> int:
        """How many more lanes may start now: all free slots, or one probe when its time has come."""
        if not self.shut:
            return max(0, slots - running)
        return 1 if running == 0 and now >= self.probe_at else 0

    def succeeded(self, now: float) -> bool:
        """Note that the far side took a call; True if this opened the gate.

        While it has asked everybody to wait it can only be one that was on its way before.
        """
        self.opened_at = now
        if now < self.told_until:
            return False
        was_shut, self.failures, self.reason = self.shut, 0, ""
        return was_shut

    def failed(self, reason: str, now: float, draw: float, *, began: float, retry_after: float = 0.0) -> bool:
        """Note that a call which `began` then failed and speaks of the destination; True if this shut the gate.

        Failures of calls that were already on their way when the gate shut do not lengthen the wait, unless the far side
        asks for it: a call may hang for long after many a probe was due.
        """
        was_open = not self.shut
        self.shuts += was_open
        if was_open or began >= self.probe_at:
            self.failures += 1
            self.probe_at = now + retry.delay(self.failures, draw)
        if retry_after > 0:
            self.told_until = max(self.told_until, now + retry_after)
            self.probe_at = max(self.probe_at, self.told_until)
        self.reason = reason
        return was_open

    def told(self, now: float) -> float:
        """Seconds that the far side asked everybody to wait from now on."""
        return max(0.0, self.told_until - now)

    def up(self, since: float) -> bool:
        """True if the far side took a call after `since`."""
        return self.opened_at >= since

    # ------------------------------------------------------------ the buckets

    def reserve(self, names: Sequence[str], now: float, patience: float, rank: int = 0) -> Turn:
        """Take a token of each of these buckets for a call, if it may go within `patience` seconds.

        Only the widest bucket's tokens are taken ahead of time. Taken while a narrower one makes the call wait, they would
        keep everybody else waiting as long: one chat's pause would be the whole bot's. A call of a lower `rank` (a larger number)
        leaves tokens in the widest bucket for those who go first.
        """
        waits = [max(0.0, self.empty_until(name) - now) for name in names] or [0.0]
        if rank and names:
            waits[0] = max(0.0, self.empty_until(names[0], keep=rank * KEPT) - now)
            if waits[0]:  # never ahead of time: its turn comes when there are tokens to spare
                return Turn(max(waits), taken=False)
        wait = max(waits)
        taken = waits[0] == wait <= patience
        if taken:
            for name in names:
                rate = self.rate(name)
                self.full_at[name] = max(self.full_at.get(name, 0.0), now + wait) + 1.0 / rate.per_second
            self.forget(now)
        return Turn(wait, taken)

    def pause(self, name: str, until: float) -> None:
        """Let nothing draw from a bucket before that time: the far side said so."""
        rate = self.rate(name)
        self.full_at[name] = max(self.full_at.get(name, 0.0), until + (rate.burst - 1) / rate.per_second)

    def empty_until(self, name: str, keep: int = 0) -> float:
        """When the bucket will hold one token more than those to `keep`."""
        rate = self.rate(name)
        return self.full_at.get(name, float("-inf")) - max(0, rate.burst - 1 - keep) / rate.per_second

    def rate(self, name: str) -> Rate:
        """The rate of a bucket's class."""
        return self.rates[name.partition("/")[0]]

    def forget(self, now: float) -> None:
        """Drop full buckets when there are many: an absent bucket is a full one."""
        if len(self.full_at) > MANY_BUCKETS:
            self.full_at = {name: full for name, full in self.full_at.items() if full > now}
