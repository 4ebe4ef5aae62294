"""Updates that wait for a bot, and the long poll that fetches them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.telegram_answers import ApiError, Asked, Json

DAY = 24 * 3600.0
PRESS_LIFETIME = 150.0  # seconds; also how long a callback query can be answered
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # sent only when asked for
POLL_LONGEST = 50
CONFLICT = "terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass(frozen=True, slots=True)
class Held:
    """An update until it is confirmed; ``lane`` names the queue in which a webhook gets it."""

    update: Json
    lane: str
    expires: float

    @property
    def update_id(self) -> int:
        """Its number."""
        return int(self.update["update_id"])


class Backlog:
    """A bot's unconfirmed updates, oldest first."""

    def __init__(self, clock: Callable[[], float], first_id: int) -> None:
        self.clock = clock
        self.next_id = first_id
        self.held: OrderedDict[int, Held] = OrderedDict()
        self.allowed: list[str] | None = None

    def __len__(self) -> int:
        return len(self.held)

    def wants(self, kind: str) -> bool:
        """Tell whether updates of this kind are created for the bot."""
        return kind not in UNASKED if self.allowed is None else kind in self.allowed

    def remember_allowed(self, asked: Asked) -> None:
        """Take over ``allowed_updates`` when a call gives it; an empty list means the default."""
        given = asked.structure("allowed_updates")
        if isinstance(given, list):
            self.allowed = [str(kind) for kind in given] or None

    def add(self, body: Json, lane: str, *, lifetime: float = DAY) -> Held:
        """Hold an update made of ``body`` (its fields beside ``update_id``)."""
        held = Held({"update_id": self.next_id, **body}, lane, self.clock() + lifetime)
        self.held[self.next_id] = held
        self.next_id += 1
        return held

    def take(self, offset: int, limit: int) -> list[Json]:
        """Confirm everything below ``offset`` (or all but the last ``-offset``) and give what follows."""
        while self.held and (next(iter(self.held)) < offset or len(self.held) > -offset > 0):
            self.held.popitem(last=False)
        now = self.clock()
        taken: list[Json] = []
        expired: list[int] = []
        for held in self.held.values():
            if held.expires <= now:
                expired.append(held.update_id)
            elif len(taken) < limit:
                taken.append(held.update)
            else:
                break
        for update_id in expired:
            del self.held[update_id]
        return taken


class Polling:
    """``getUpdates`` of one bot.

    With ``strict``, the real server's brakes hold: the same offset again within 3 s waits at least 3 s, within
    0.5 s gets one update only, and a second conflict within 3 s is told 3 s later.
    """

    def __init__(self, backlog: Backlog, *, strict: bool, changed: Callable[[], None]) -> None:
        self.backlog = backlog
        self._changed = changed
        self.strict = strict
        self._waiting: asyncio.Future[None] | None = None
        self._last_offset: int | None = None
        self._last_at = 0.0
        self._quiet_until = 0.0

    async def answer(self, asked: Asked) -> list[Json]:
        """Give the updates from ``offset`` on, or wait for one up to ``timeout`` (at most 50) seconds."""
        loop = asyncio.get_running_loop()
        offset = asked.integer("offset")
        limit = min(max(asked.integer("limit", 100), 1), 100)
        timeout = min(max(asked.integer("timeout"), 0), POLL_LONGEST)
        self.backlog.remember_allowed(asked)
        self.end(ApiError(409, CONFLICT))
        if self.strict:
            since = loop.time() - self._last_at if offset == self._last_offset else 60.0
            timeout = max(timeout, 3) if since < 3 else timeout
            limit = 1 if since < 0.5 else limit
            self._last_offset, self._last_at = offset, loop.time()
        updates = self.backlog.take(offset, limit)
        if updates or not timeout:
            return updates
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting = mine
        self._changed()
        try:
            await asyncio.wait_for(mine, timeout)
        except TimeoutError:
            return []
        except ApiError:
            await self._delay_conflict(loop.time())
            raise
        finally:
            if self._waiting is mine:
                self._waiting = None
        return self.backlog.take(offset, limit)

    @property
    def waits(self) -> bool:
        """Whether a long poll hangs."""
        return self._waiting is not None

    def wake(self) -> None:
        """A new update is there."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def end(self, reason: ApiError | None = None) -> None:
        """End a poll that waits: with an error, or with nothing."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            if reason is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(reason)

    async def _delay_conflict(self, now: float) -> None:
        if not self.strict:
            return
        if now < self._quiet_until:
            await asyncio.sleep(3.0)
        else:
            self._quiet_until = now + 3.0


def lane_of(body: dict[str, Any], update_id: int) -> str:
    """Name the webhook queue of an update: its chat's, for queries its user's, otherwise its own."""
    for kind, content in body.items():
        if not isinstance(content, dict):
            continue
        whose = content.get("from") if kind.endswith("_query") else content.get("chat")
        if isinstance(whose, dict) and "id" in whose:
            return f"{'user' if kind.endswith('_query') else 'chat'} {whose['id']}"
    return f"update {update_id}"
