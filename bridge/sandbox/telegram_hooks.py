"""The methods of the Bot API that set, remove and describe a webhook."""

import re

from aiohttp import ClientSession

from bridge.sandbox.telegram_answers import ApiError, Asked, Json, bad_request, too_many
from bridge.sandbox.telegram_webhook import Target, Webhook
from bridge.sandbox.telegram_world import BotAccount, World

SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


class Hooks:
    """Webhooks of all bots: ``strict`` allows setWebhook once a second, ``time_scale`` shrinks waits between tries."""

    def __init__(
        self, world: World, session: ClientSession, *, strict: bool, time_scale: float, timeout: float
    ) -> None:
        self._world = world
        self._session = session
        self._strict = strict
        self._time_scale = time_scale
        self._timeout = timeout

    async def set(self, bot: BotAccount, asked: Asked) -> tuple[bool, str]:
        """Deliver the bot's updates to ``url``, beginning with those that wait; an empty one removes the webhook."""
        target = Target(asked.text("url"), asked.text("secret_token"), asked.integer("max_connections", 40))
        if not target.url:
            return await self.delete(bot, asked)
        if not target.url.startswith(("https://", "http://")):
            raise bad_request("Bad webhook: An HTTPS URL must be provided for webhook")
        if not SECRET.fullmatch(target.secret):
            raise bad_request("Secret token contains unallowed characters")
        now = self._world.clock()
        if self._strict and 0 <= now - bot.webhook_set_at < 1:
            raise too_many(1)
        bot.webhook_set_at = now
        bot.backlog.remember_allowed(asked)
        bot.polling.end(ApiError(409, "terminated by setWebhook request"))
        unchanged = bot.webhook is not None and bot.webhook.target == target and not bot.webhook.removed
        if unchanged and not asked.flag("drop_pending_updates"):
            return True, "Webhook is already set"
        await self._drop(bot, asked)
        bounded = Target(target.url, target.secret, min(max(target.max_connections, 1), 100))
        bot.webhook = Webhook(
            bounded,
            bot.backlog,
            self._session,
            time_scale=self._time_scale,
            timeout=self._timeout,
            changed=lambda: self._world.announce("delivery", bot, {}),
        )
        return True, "Webhook was set"

    async def delete(self, bot: BotAccount, asked: Asked) -> tuple[bool, str]:
        """Let the bot's updates wait for getUpdates again."""
        known = bot.webhook is not None
        await self._drop(bot, asked)
        return True, "Webhook was deleted" if known else "Webhook is already deleted"

    @staticmethod
    async def _drop(bot: BotAccount, asked: Asked) -> None:
        webhook, bot.webhook = bot.webhook, None
        if webhook is not None:
            await webhook.close()
        if asked.flag("drop_pending_updates"):
            bot.backlog.held.clear()

    @staticmethod
    def info(bot: BotAccount) -> Json:
        """Describe the webhook and the backlog."""
        webhook = bot.webhook if bot.webhook is not None and not bot.webhook.removed else None
        known: Json = {"url": webhook.target.url if webhook is not None else "", "has_custom_certificate": False}
        known["pending_update_count"] = len(bot.backlog)
        known |= webhook.info() if webhook is not None else {}
        return known | ({"allowed_updates": bot.backlog.allowed} if bot.backlog.allowed is not None else {})
