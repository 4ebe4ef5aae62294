"""Delivery of updates to a bot's webhook, by the rules of Telegram's own server (WebhookActor.cpp).

Every lane (chat, or user for button presses) is a queue of which only the head is in flight; lanes run side by
side, up to ``max_connections``. A failed head is tried again at once, then after 2, 4, 8 … seconds, while its
lane waits, until it expires.
"""

import asyncio
import random
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout

from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_updates import Backlog, Held

LONGEST_DELAY = 60  # seconds; the real one draws a longest delay between this and its double
LONGEST_RETRY_AFTER = 3600
GONE_FOR = 23 * 3600  # seconds of 410 answers after which a webhook is removed
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(slots=True)
class Queue:
    """A lane's updates, and how often its head failed."""

    waiting: deque[Held] = field(default_factory=deque)
    failures: int = 0
    delay: int = 1


@dataclass(frozen=True, slots=True)
class Target:
    """Where updates go."""

    url: str
    secret: str
    max_connections: int


@dataclass(slots=True)
class Counts:
    """What deliveries came to: tries, 2xx answers, and those among them with a body (ignored)."""

    attempts: int = 0
    confirmed: int = 0
    bodies: int = 0
    dropped: int = 0


class Webhook:
    """The deliveries to one target; ``time_scale`` shrinks the waits between tries."""

    def __init__(
        self,
        target: Target,
        backlog: Backlog,
        session: ClientSession,
        *,
        time_scale: float,
        timeout: float,
        changed: Callable[[], None],
    ) -> None:
        self.target = target
        self.counts = Counts()
        self.last_error: tuple[int, str] | None = None
        self.removed = False
        self._backlog = backlog
        self._session = session
        self._timeout = ClientTimeout(total=timeout)
        self._time_scale = time_scale
        self._changed = changed
        self._queues: OrderedDict[str, Queue] = OrderedDict()
        self._ready: deque[str] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._gone_since: float | None = None
        self._rng = random.Random(target.url)  # noqa: S311 - spreads retries, guards nothing
        self._headers = {"Content-Type": "application/json"}
        if target.secret:
            self._headers[SECRET_HEADER] = target.secret
        for held in backlog.held.values():
            self.offer(held)

    def offer(self, held: Held) -> None:
        """Queue an update behind those of its lane."""
        queue = self._queues.get(held.lane)
        if queue is None:
            queue = self._queues[held.lane] = Queue()
        queue.waiting.append(held)
        if len(queue.waiting) == 1:
            self._wake(held.lane)

    async def close(self) -> None:
        """Stop delivering; what is in flight is cut."""
        self.removed = True
        for timer in self._timers.values():
            timer.cancel()
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def info(self) -> Json:
        """The part of getWebhookInfo that this webhook knows."""
        known: Json = {"max_connections": self.target.max_connections, "ip_address": "127.0.0.1"}
        if self.last_error is not None:
            known |= {"last_error_date": self.last_error[0], "last_error_message": self.last_error[1]}
        return known

    def _wake(self, lane: str) -> None:
        self._timers.pop(lane, None)
        self._ready.append(lane)
        if len(self._workers) < self.target.max_connections and not self.removed:
            self._workers.add(asyncio.get_running_loop().create_task(self._work()))

    async def _work(self) -> None:
        try:
            await self._deliver_ready()
        finally:
            # Here and not in a done callback: a lane that wakes between the two would find no free worker.
            self._workers.discard(cast(asyncio.Task[None], asyncio.current_task()))

    async def _deliver_ready(self) -> None:
        while self._ready and not self.removed:
            lane = self._ready.popleft()
            queue = self._queues[lane]
            held = queue.waiting[0]
            if held.expires <= self._backlog.clock():
                self._settle(lane, queue, dropped=True)
                continue
            wait = await self._deliver(held)
            if wait is None:
                self._settle(lane, queue, dropped=False)
            else:
                self._retry(lane, queue, wait)
            self._changed()

    def _settle(self, lane: str, queue: Queue, *, dropped: bool) -> None:
        held = queue.waiting.popleft()
        queue.failures, queue.delay = 0, 1
        self._backlog.held.pop(held.update_id, None)
        if dropped:
            self.counts.dropped += 1
        else:
            self.counts.confirmed += 1
        if queue.waiting:
            self._ready.append(lane)
        else:
            del self._queues[lane]

    def _retry(self, lane: str, queue: Queue, retry_after: int) -> None:
        delay = retry_after
        if not retry_after and queue.failures > 0:
            queue.delay = min(self._rng.randint(LONGEST_DELAY, 2 * LONGEST_DELAY), queue.delay * 2)
            delay = queue.delay
        queue.failures += 1
        if self._backlog.clock() + delay > queue.waiting[0].expires:
            self._settle(lane, queue, dropped=True)
        elif delay == 0:
            self._ready.append(lane)
        else:
            loop = asyncio.get_running_loop()
            self._timers[lane] = loop.call_later(delay * self._time_scale, self._wake, lane)

    async def _deliver(self, held: Held) -> int | None:
        """Post one update: None when confirmed, otherwise the answer's Retry-After in seconds or 0."""
        self.counts.attempts += 1
        self._changed()
        body = orjson.dumps(held.update)
        try:
            async with self._session.post(
                self.target.url, data=body, headers=self._headers, allow_redirects=False, timeout=self._timeout
            ) as answer:
                said = await answer.read()
        except TimeoutError:
            return self._failed("Read timeout expired")
        except (ClientError, OSError) as error:
            refused = isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error)
            return self._failed("Connection refused" if refused else "Webhook connection closed")
        if 200 <= answer.status <= 299:
            self._gone_since = None
            self.counts.bodies += bool(said)
            return None
        self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
        self._watch_gone(answer.status)
        after = answer.headers.get("Retry-After", "")
        return min(int(after), LONGEST_RETRY_AFTER) if after.isdecimal() else 0

    def _failed(self, message: str) -> int:
        self.last_error = (int(self._backlog.clock()), message)
        return 0

    def _watch_gone(self, status: int) -> None:
        now = self._backlog.clock()
        if status != 410:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now > self._gone_since + GONE_FOR:
            self.removed = True
