"""Tells Telegram where its webhook calls go, until it has understood."""

from collections.abc import Sequence

import structlog

from bridge.observe import Health
from bridge.ports import Clock
from bridge.telegram.read import UPDATES
from bridge.telegram.transport import AnswerLost, ApiError, BotApi, Unsent

AGAIN = 30.0
"""seconds between attempts"""


async def register_webhook(
    channel: str,
    api: BotApi,
    url: str,
    secret: str,
    health: Health,
    clock: Clock,
    kinds: Sequence[str] = UPDATES,
) -> None:
    """Set the webhook for these kinds of update; returns when Telegram has taken it."""
    part = f"intake {channel}"
    health.begins(part, "the webhook is not set yet")
    while True:
        try:
            await api.call("setWebhook", {"url": url, "secret_token": secret, "allowed_updates": list(kinds)})
        except (ApiError, Unsent, AnswerLost) as error:
            reason = "Telegram refuses the bot token" if getattr(error, "status", 0) in {401, 404} else str(error)
            health.set(part, ok=False, reason=reason)
            structlog.get_logger().warning("the webhook can't be set", channel=channel, reason=reason)
            await clock.sleep(max(AGAIN, getattr(error, "retry_after", 0.0)))
        else:
            health.set(part, ok=True)
            structlog.get_logger().info("the webhook is set", channel=channel)
            return
