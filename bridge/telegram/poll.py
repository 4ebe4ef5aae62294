"""Long polling: an update is confirmed by the next call's offset, which is sent only after the commit."""

import asyncio
from collections.abc import Sequence

import structlog

from bridge.errors import JournalUnavailable
from bridge.fault import point
from bridge.observe import Health
from bridge.ports import Accept, Clock
from bridge.telegram.arrive import Address, number_of
from bridge.telegram.read import UPDATES
from bridge.telegram.transport import AnswerLost, ApiError, BotApi, Unsent

BATCH = 100
SLOWEST = 60.0
"""seconds between attempts while Telegram does not serve us"""


class Poller:
    """Fetches one channel's updates for ever; a poison update is written down like any other."""

    def __init__(
        self,
        address: Address,
        api: BotApi,
        accept: Accept,
        health: Health,
        clock: Clock,
        hold: int,
        kinds: Sequence[str] = UPDATES,
    ) -> None:
        self.address = address
        self.api = api
        self.accept = accept
        self.health = health
        self.clock = clock
        self.hold = hold
        self.kinds = list(kinds)
        self.offset: int | None = None
        self.part = f"intake {address.channel}"

    async def run(self) -> None:
        """Poll until cancelled. What was fetched but not committed comes again from Telegram."""
        failures = 0
        self.offset = None  # one from before a time with a webhook may lie above the numbers of now
        self.health.begins(self.part, "not polled yet")
        while True:
            try:
                await self.round()
            except (ApiError, Unsent, AnswerLost, JournalUnavailable) as error:
                failures += 1
                await self.clock.sleep(await self.trouble(error, failures))
            else:
                failures = 0
                self.health.set(self.part, ok=True)

    async def round(self) -> None:
        """Fetch, commit, and only then move the offset.

        While it is not known that polling works, the poll does not wait: an idle bot would leave us in doubt for its length.

        An offset is needed no more once it was answered: all before it is confirmed. To keep it would lose messages, for after a
        week without any Telegram counts on from a number of its choice (https://core.telegram.org/bots/api#update), which may
        lie below.
        """
        hold = self.hold if self.health.parts[self.part].ok else 0
        asked: dict[str, object] = {"timeout": hold, "limit": BATCH, "allowed_updates": self.kinds}
        if self.offset is not None:
            asked["offset"] = self.offset
        updates = await self.api.call("getUpdates", asked, timeout=hold + 10.0)
        if not isinstance(updates, list):
            raise ApiError(200, "the answer is not the Bot API's")
        if not updates:
            self.offset = None
            return
        await asyncio.shield(self.commit(updates))

    async def commit(self, updates: Sequence[object]) -> None:
        """Write a batch down."""
        await self.accept([arrival for update in updates for arrival in self.address.arrivals(update)])
        point("polled")
        numbers = [number for number in map(number_of, updates) if number is not None]
        if numbers:
            self.offset = max(numbers) + 1

    async def trouble(self, error: Exception, failures: int) -> float:
        """Tell the operator what is wrong, and return how many seconds to wait."""
        wait = min(SLOWEST, 0.5 * 2.0 ** min(failures, 10))  # a float's exponent ends after a day of failures
        advice = str(error)
        if isinstance(error, ApiError):
            wait = max(wait, error.retry_after)
            if error.status in {401, 404}:
                wait, advice = SLOWEST, "Telegram refuses the bot token: ask @BotFather for the current one"
            elif error.status == 409 and "webhook" in error.description:
                await self.drop_webhook()
            elif error.status == 409:
                wait, advice = max(wait, 5.0), "another program polls this bot: stop it, or use another bot"
        self.health.set(self.part, ok=False, reason=advice)
        structlog.get_logger().warning(
            "polling failed", channel=self.address.channel, reason=advice, seconds=round(wait, 1)
        )
        return wait

    async def drop_webhook(self) -> None:
        """Polling was chosen in the configuration, so a webhook that is left from before goes; its updates stay."""
        try:
            await self.api.call("deleteWebhook", {"drop_pending_updates": False})
        except (ApiError, Unsent, AnswerLost) as error:
            structlog.get_logger().warning("the old webhook can't be removed", reason=str(error))
