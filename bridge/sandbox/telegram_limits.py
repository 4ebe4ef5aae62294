"""Telegram's limits of speed, as its bot FAQ tells them."""

from dataclasses import dataclass
from math import ceil

REMEMBERED = 20_000  # buckets; full ones are forgotten beyond


@dataclass(slots=True)
class Bucket:
    """Allows ``burst`` sends at once and ``rate`` per second in the long run."""

    rate: float
    burst: float
    level: float
    at: float

    def refill(self, now: float) -> float:
        """Seconds until one more send is allowed, 0 if it is now."""
        self.level = min(self.burst, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate


class Limits:
    """One bot's speed: 30 messages a second in all, 1 a second to a chat (bursts of 3), 20 a minute to a group."""

    def __init__(self, now: float) -> None:
        self._whole = Bucket(30, 30, 30, now)
        self._chats: dict[int, Bucket] = {}

    def retry_after(self, chat_id: int, now: float) -> int | None:
        """Count one send, or give the whole seconds after which it may be tried again."""
        bucket = self._chats.get(chat_id)
        if bucket is None:
            self._forget(now)
            rate, burst = (20 / 60, 20) if chat_id < 0 else (1, 3)
            bucket = self._chats[chat_id] = Bucket(rate, burst, burst, now)
        wait = max(bucket.refill(now), self._whole.refill(now))
        if wait > 0:
            return max(1, ceil(wait))
        bucket.level -= 1
        self._whole.level -= 1
        return None

    def _forget(self, now: float) -> None:
        if len(self._chats) >= REMEMBERED:
            full = [chat_id for chat_id, b in self._chats.items() if b.refill(now) == 0 and b.level >= b.burst]
            for chat_id in full:
                del self._chats[chat_id]
