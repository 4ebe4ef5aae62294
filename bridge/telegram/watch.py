"""The webhook intake of one channel: set, watched at Telegram, set anew when somebody changed it, polled while it fails."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from bridge.observe import Health, Metrics
from bridge.ports import Clock
from bridge.telegram.transport import AnswerLost, ApiError, BotApi, Unsent

EVERY = 30.0
"""seconds between looks at what Telegram says of the webhook"""

PATIENCE = 180.0
"""seconds for which Telegram must have failed to deliver before the channel polls"""

BACK = 900.0
"""seconds of polling before the webhook is tried again"""

RECENT = 240.0
"""seconds for which Telegram's last error counts: it repeats a failed call within that time"""

AGAIN = 60.0
"""seconds by which Telegram's last error must be younger than the first one: one alone is no reason to poll"""


@dataclass(frozen=True, slots=True)
class Told:
    """What Telegram says of a webhook."""

    url: str
    pending: int = 0
    error: str = ""
    error_at: float = 0.0

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> "Told":
        """Read a `WebhookInfo`."""
        pending, at = info.get("pending_update_count"), info.get("last_error_date")
        return cls(
            str(info.get("url") or ""),
            pending if isinstance(pending, int) else 0,
            str(info.get("last_error_message") or ""),
            float(at) if isinstance(at, int) else 0.0,
        )

    def failing(self, now: float) -> bool:
        """Whether updates wait because Telegram could not deliver them just now."""
        return self.pending > 0 and bool(self.error) and now - self.error_at < RECENT


@dataclass(frozen=True, slots=True)
class WebhookIntake:
    """Keeps one channel's updates coming. `register` sets the webhook, however long that takes; `poll` polls until cancelled."""

    channel: str
    api: BotApi
    url: str
    register: Callable[[], Awaitable[None]]
    poll: Callable[[], Awaitable[None]]
    health: Health
    metrics: Metrics
    clock: Clock
    falls_back: bool = True

    @property
    def part(self) -> str:
        """Its name in the daemon's health."""
        return f"intake {self.channel}"

    async def run(self) -> None:
        """Set the webhook and watch it; poll for a while when it fails; until cancelled."""
        while True:
            await self.register()
            if await self.fails():
                await self.poll_for_a_while()

    async def fails(self) -> bool:
        """Watch until the webhook has failed for minutes (true), or is not ours any more (false: it must be set anew)."""
        since, first = None, 0.0
        while True:
            await self.clock.sleep(EVERY)
            told = await self.look()
            if told is None:
                continue
            if told.url != self.url:
                self.health.set(self.part, ok=False, reason="the webhook was changed by somebody else; setting it anew")
                structlog.get_logger().warning("the webhook is not ours any more", channel=self.channel)
                return False
            now = self.clock.now()
            if not told.failing(now):
                since = None
                self.health.set(self.part, ok=True)
                continue
            if since is None:
                since, first = now, told.error_at
            reason = f"Telegram can't deliver {told.pending} updates: {told.error}"
            self.health.set(self.part, ok=False, reason=reason)
            structlog.get_logger().warning("the webhook fails", channel=self.channel, reason=reason)
            if self.falls_back and now - since >= PATIENCE and told.error_at - first >= AGAIN:
                return True

    async def look(self) -> Told | None:
        """Ask Telegram; None if it does not answer, which says nothing of the webhook."""
        try:
            info = await self.api.call("getWebhookInfo", {})
        except (ApiError, Unsent, AnswerLost) as error:
            self.health.set(self.part, ok=False, reason=str(error))
            return None
        told = Told.of(info if isinstance(info, Mapping) else {})
        self.metrics.pending(self.channel, told.pending)
        return told

    async def poll_for_a_while(self) -> None:
        """Fetch what the webhook does not bring; the poller removes it, and what waits at Telegram stays."""
        structlog.get_logger().warning("polling, for the webhook fails", channel=self.channel, seconds=BACK)
        polling = asyncio.ensure_future(self.poll())
        try:
            await self.clock.sleep(BACK)
        finally:
            polling.cancel()
            with suppress(asyncio.CancelledError):
                await polling
