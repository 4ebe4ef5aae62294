"""Calls of the Bot API over our own wire, raw or for python-telegram-bot.

PTB's own transport turns a refused connection and a lost answer into the same `NetworkError`; for a relay they are opposites.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson
from telegram import Bot
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData
from telegram.warnings import PTBDeprecationWarning, PTBUserWarning

from bridge import wire

SEND_TIMEOUT = 30.0
"""seconds until an answer counts as lost; PTB's default of 5 makes suspects of slow answers"""


class Unsent(NetworkError):
    """The request surely did not reach Telegram; PTB lets its own family of errors through unchanged."""


class AnswerLost(NetworkError):
    """The request left, its answer did not come."""


class ApiError(Exception):
    """Telegram's `ok: false`, for calls made without PTB."""

    def __init__(self, status: int, description: str, retry_after: float = 0.0) -> None:
        super().__init__(f"Telegram: {description} ({status})")
        self.status = status
        self.description = description
        self.retry_after = retry_after


class BotApi:
    """One bot's methods. The URL holds the token and stays in here."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, token: str) -> None:
        self.wire = wire.Wire(session, "Telegram")
        self.base = f"{api_url.rstrip('/')}/bot{token}"

    async def post(
        self, url: str, body: aiohttp.FormData | bytes | None, timeout: float = SEND_TIMEOUT
    ) -> tuple[int, bytes]:
        """Return status and body; raises `Unsent` or `AnswerLost`."""
        try:
            reply = await self.wire.request("POST", url, body=body, timeout=timeout)
        except wire.Unsent as error:
            raise Unsent(str(error)) from None
        except wire.AnswerLost as error:
            raise AnswerLost(str(error)) from None
        if 300 <= reply.status < 400:
            raise Unsent("Telegram's address answers with a redirect: is api_url right?")
        return reply.status, reply.body

    async def call(self, method: str, parameters: Mapping[str, object], timeout: float = SEND_TIMEOUT) -> Any:
        """Make a call without PTB and return its `result`; raises `ApiError`, `Unsent` or `AnswerLost`."""
        status, content = await self.post(f"{self.base}/{method}", orjson.dumps(parameters), timeout)
        try:
            answer = orjson.loads(content)
            if answer["ok"]:
                return answer["result"]
            told = answer.get("parameters") or {}
            raise ApiError(status, str(answer.get("description", "")), float(told.get("retry_after", 0)))
        except (KeyError, TypeError, AttributeError, ValueError):
            raise ApiError(status, "the answer is not the Bot API's") from None


class BotRequest(BaseRequest):
    """PTB's transport on a `BotApi`; the session is opened and closed by the hall."""

    def __init__(self, api: BotApi) -> None:
        self.api = api

    @property
    def read_timeout(self) -> float:
        """Seconds."""
        return SEND_TIMEOUT

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Insist on an object: PTB stumbles over a gateway's JSON that is none, and logs what it can't parse."""
        try:
            answer = orjson.loads(payload)
        except orjson.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        """Send one request as JSON, or as multipart if it carries files. PTB's marks for "default" are not numbers."""
        del method, write_timeout, connect_timeout, pool_timeout
        timeout = float(read_timeout) if isinstance(read_timeout, int | float) else SEND_TIMEOUT
        body: aiohttp.FormData | bytes | None = None
        if request_data is not None and request_data.contains_files:
            # Without quote_fields=False a file named "ü.py" arrives as "%C3%BC.py".
            body = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
            for name, value in request_data.json_parameters.items():
                body.add_field(name, value)
            for name, (filename, content, mime) in request_data.multipart_data.items():
                body.add_field(name, content, filename=filename, content_type=mime)
        elif request_data is not None:
            body = orjson.dumps(request_data.parameters)
        return await self.api.post(url, body, timeout)


def make_bot(api: BotApi, api_url: str, token: str) -> Bot:
    """Make PTB's `Bot`. It is never initialised: that would call getMe, and the daemon starts while Telegram is away."""
    base = api_url.rstrip("/")
    # PTB warns at every 429 that its `retry_after` will be a timedelta one day; the sender reads both.
    warnings.filterwarnings("ignore", category=PTBDeprecationWarning)
    # It also warns at every raw call of a method that it has a wrapper for; ours are made of plain JSON on purpose.
    warnings.filterwarnings("ignore", message="Please use 'Bot\\.", category=PTBUserWarning)
    request = BotRequest(api)
    return Bot(
        token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request, get_updates_request=request
    )
