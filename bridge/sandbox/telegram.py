"""A simulated Telegram Bot API server with its end users, for tests and for playing by hand.

``async with TelegramSimulator() as telegram:`` listens on a free loopback port. Bots speak to
``telegram.base_url`` as they would to ``https://api.telegram.org``; people act through the methods of
:class:`~bridge.sandbox.telegram_users.Users` and :class:`~bridge.sandbox.telegram_acts.Acts`; what they send that is no words
is made by :mod:`~bridge.sandbox.telegram_contents`.
"""

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson
from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

from bridge.sandbox.faults import Door, Faults, under
from bridge.sandbox.telegram_acts import Acts
from bridge.sandbox.telegram_answers import MAX_BODY, ApiError, Asked, Json
from bridge.sandbox.telegram_calls import SENDS
from bridge.sandbox.telegram_downloads import answered, download
from bridge.sandbox.telegram_edits import EDITS
from bridge.sandbox.telegram_files import Files
from bridge.sandbox.telegram_hooks import Hooks
from bridge.sandbox.telegram_limits import Limits
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_updates import HOOKED, Backlog, Polling
from bridge.sandbox.telegram_uploads import AROUND, read_call
from bridge.sandbox.telegram_world import BotAccount, CallRecord, Change, World

METHODS = SENDS | EDITS
T = TypeVar("T")


class TelegramSimulator(Acts):
    """Telegram as bots see it, on one port of this machine.

    * ``clock``: seconds since the epoch, for dates and expiry.
    * ``time_scale``: factor on the waits between webhook tries; ``webhook_timeout``: seconds for one try.
    * ``strict``: also hold the brakes that slow tests down (repeated getUpdates, setWebhook once a second).
    * ``keep``: how many calls and messages are remembered.
    * ``faults``: what goes wrong; may be changed at any moment.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Callable[[], float] = time.time,
        faults: Faults | None = None,
        time_scale: float = 1.0,
        webhook_timeout: float = 60.0,
        strict: bool = False,
        keep: int = 100_000,
    ) -> None:
        self.faults = faults if faults is not None else Faults()
        self.world = World(clock, self.faults, keep)
        self._strict = strict
        self._time_scale = time_scale
        self._webhook_timeout = webhook_timeout
        app = web.Application(middlewares=[under(self.faults)], client_max_size=MAX_BODY + AROUND)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_route("*", "/{rest:.*}", self._elsewhere)
        self._door = Door(app, host, port)
        self._session: ClientSession | None = None
        self._hooks: Hooks | None = None

    # ------------------------------------------------------------ life

    @property
    def base_url(self) -> str:
        """The API's address; known once started."""
        return self._door.base_url

    async def start(self) -> Self:
        """Listen; OSError when the port is taken."""
        await self._door.open()
        connector = TCPConnector(limit=0, keepalive_timeout=60)
        self._session = ClientSession(connector=connector, cookie_jar=DummyCookieJar())
        self._hooks = Hooks(
            self.world,
            self._session,
            strict=self._strict,
            time_scale=self._time_scale,
            timeout=self._webhook_timeout,
        )
        return self

    async def close(self) -> None:
        """Stop listening and delivering."""
        for bot in self.world.bots.values():
            bot.polling.end()
            if bot.webhook is not None:
                await bot.webhook.close()
        await self._door.close()
        if self._session is not None:
            await self._session.close()
        self.world.shelf.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def refuse(self) -> None:
        """Close the port: clients get "connection refused"."""
        await self._door.refuse()

    async def accept(self) -> None:
        """Listen again on the same port."""
        await self._door.accept()

    # ------------------------------------------------------------ bots, and what they did

    def add_bot(self, token: str, username: str = "sample_bot", name: str = "Sample") -> BotAccount:
        """Create a bot with the id in front of the token's colon."""
        head = token.partition(":")[0]
        number = int(head) if head.isdecimal() else 900_000 + len(self.world.bots)
        backlog = Backlog(self.world.clock, first_id=100_000_000 + 1_000_000 * len(self.world.bots) + 1)
        bot = BotAccount(
            token,
            User(number, name, username=username, is_bot=True),
            backlog,
            Polling(backlog, strict=self._strict, changed=self.world.touch),
            Files(number),
            Limits(self.world.clock()),
            deque(maxlen=self.world.keep),
        )
        self.world.bots[token] = bot
        return bot

    def revoke(self, bot: BotAccount) -> None:
        """Make the token invalid: every call is answered with 401."""
        self.world.bots.pop(bot.token, None)
        bot.polling.end(ApiError(401, "Unauthorized"))

    @property
    def calls(self) -> deque[CallRecord]:
        """The calls that were answered (or whose answers got lost), oldest first; bounded."""
        return self.world.calls

    def called(self, method: str) -> list[CallRecord]:
        """The calls of one method."""
        wanted = method.lower()
        return [call for call in self.calls if call.method == wanted]

    def sent(self, bot: BotAccount) -> list[Json]:
        """The messages that the bot sent with success, as first sent, oldest first."""
        return list(bot.sent)

    def chat_history(self, bot: BotAccount, chat_id: int) -> list[Json]:
        """The messages of a chat in both directions, oldest first, as they are now."""
        chat = bot.chats.get(chat_id)
        return list(chat.messages.values()) if chat is not None else []

    def push_raw_update(self, bot: BotAccount, update: Json) -> int:
        """Send the bot an update of any content (poison, kinds of a later API version); its number is set here."""
        return self.world.push(bot, {key: value for key, value in update.items() if key != "update_id"})

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Be told of every change at once; call the answer to end it."""
        self.world.subscribers.append(callback)
        return lambda: self.world.subscribers.remove(callback)

    async def wait_for(self, predicate: Callable[[], T], limit: float = 30.0) -> T:
        """Wait until the predicate is truthy and give its value; TimeoutError after ``limit`` seconds."""
        return await self.world.wait_for(predicate, limit)

    # ------------------------------------------------------------ HTTP

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()
        bot = self.world.bots.get(request.match_info["token"])
        if bot is None:
            return answered(ApiError(401, "Unauthorized"))
        asked = Asked(method, {})
        try:
            asked = await read_call(method, request, self.world.shelf)
            result, said = await self._answer(bot, asked)
        except ApiError as error:
            self._record(bot, asked, error.code, error.description)
            return answered(error)
        self._record(bot, asked, 200, "")
        body = {"ok": True, "result": result}
        return web.Response(
            body=orjson.dumps(body | {"description": said} if said else body), content_type="application/json"
        )

    async def _answer(self, bot: BotAccount, asked: Asked) -> tuple[Any, str]:
        known = METHODS.get(asked.method)
        if known is not None:
            return known(self.world, bot, asked), ""
        if self._hooks is not None:
            match asked.method:
                case "getupdates":
                    if bot.webhook is not None and not bot.webhook.removed:
                        raise ApiError(409, HOOKED)
                    return await bot.polling.answer(asked), ""
                case "setwebhook":
                    return await self._hooks.set(bot, asked)
                case "deletewebhook":
                    return await self._hooks.delete(bot, asked)
                case "getwebhookinfo":
                    return self._hooks.info(bot), ""
        raise ApiError(404, "Not Found: method not found")

    def _record(self, bot: BotAccount, asked: Asked, status: int, description: str) -> None:
        record = CallRecord(asked.method, bot, asked.logged(), self.world.clock(), status, description)
        self.world.calls.append(record)
        self.world.touch()

    async def _download(self, request: web.Request) -> web.StreamResponse:
        return await download(request, self.world.bots.get(request.match_info["token"]))

    async def _elsewhere(self, request: web.Request) -> web.Response:  # noqa: ARG002 - the form of a handler
        return answered(ApiError(404, "Not Found"))
