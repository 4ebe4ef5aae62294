"""The webhook's door: Telegram keeps an update until our 2xx, so 2xx comes after the commit and never before."""

import hmac

import orjson

from bridge.ports import Accept, Answer, Knock
from bridge.telegram.arrive import Address

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class TelegramDoor:
    """Takes one channel's updates from Telegram's webhook calls."""

    limit = 1024 * 1024

    def __init__(self, address: Address, secret: str, accept: Accept) -> None:
        self.address = address
        self.secret = secret.encode()
        self.accept = accept

    async def admit(self, knock: Knock) -> Answer | None:
        """Compare the secret token that we gave to setWebhook."""
        given = knock.headers.get(SECRET_HEADER, "").encode(errors="replace")
        return None if hmac.compare_digest(given, self.secret) else Answer(401, reason="secret")

    async def enter(self, knock: Knock, body: bytes) -> Answer:
        """Write the update down; the answer stays empty, since a method call in it would have an unknowable result."""
        del knock
        try:
            update = orjson.loads(body)
        except orjson.JSONDecodeError:
            return Answer(400, reason="malformed")
        await self.accept(self.address.arrivals(update))
        return Answer(200)

    def turned_away(self) -> None:
        """No matter: Telegram comes back with it."""
