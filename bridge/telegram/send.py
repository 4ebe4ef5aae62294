"""Makes one call of the Bot API and says what came of it."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from telegram import Bot, MessageEntity
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bridge.message import Blocked, Call, Moved
from bridge.outcome import Blame, Busy, Delivered, NotSent, Outcome, Refused, Unknown
from bridge.telegram.transport import Unsent

ABOUT_FORMATTING = ("entit", "can't parse")
"""words in a 400 that speak of the formatting only"""


class TelegramSender:
    """Sends for one channel; never raises for what Telegram or the network does."""

    def __init__(self, channel: str, bot: Bot) -> None:
        self.channel = channel
        self.bot = bot

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        """Make the call. The Bot API keeps no key and no history, so a `suspect` can't be looked up and goes out again."""
        del suspect
        try:
            return await self.make(call, call.body)
        except TelegramError as error:
            spare = dispensable(call, error)
            return await self.again(call, without=spare) if spare else self.outcome(call, error)

    async def again(self, call: Call, without: str) -> Outcome:
        """Make a refused call once more without what it was refused for: words matter more than their form or place."""
        body = {name: value for name, value in call.body.items() if name != without}
        return await self.send(replace(call, body=body), suspect=False)

    async def make(self, call: Call, body: Mapping[str, object]) -> Outcome:
        """Make the call; raises PTB's errors."""
        chat = int(call.to)
        thread = cast(int | None, body.get("message_thread_id"))
        if call.method == "sendMessage":
            entities = typed(body.get("entities"))
            try:
                sent = await self.bot.send_message(chat, str(body["text"]), entities=entities, message_thread_id=thread)
                return Delivered(str(sent.message_id))
            except (KeyError, TypeError, ValueError, AttributeError):
                return Delivered()  # only a 2xx gets as far as PTB's parsing: it is there, its id is not known
        if call.method == "sendChatAction":
            # A decoration: if it fails, the words behind it will meet the same trouble, and they matter.
            with contextlib.suppress(TelegramError):
                await self.bot.send_chat_action(chat, str(body["action"]), message_thread_id=thread)
            return Delivered()
        return Refused(f"there is no way to make a call of {call.method}")

    def outcome(self, call: Call, error: TelegramError) -> Outcome:
        """Read PTB's errors; the order matters, for some are subclasses of others."""
        reason = error.message[:300]
        match error:
            case RetryAfter():
                return Busy(seconds(error.retry_after), "Telegram asks us to slow down")
            case ChatMigrated():
                moved = Moved(self.channel, call.to, str(error.new_chat_id))
                return NotSent("the group has a new id", Blame.MESSAGE, (moved,))
            case Forbidden():
                return Refused(f"Telegram: {reason}", (Blocked(self.channel, call.to),))
            case InvalidToken():
                return NotSent("Telegram refuses the bot token", Blame.DESTINATION)
            case BadRequest():
                return Refused(f"Telegram: {reason}")
            case Conflict() | Unsent():
                return NotSent(reason, Blame.DESTINATION)
            case NetworkError() if "(413)" in reason or "too large" in reason.lower():
                return Refused(f"Telegram: {reason}")
            case NetworkError() if reason.lower().startswith("too many requests"):  # a gateway's 429 names no time
                return Busy(1.0, "Telegram asks us to slow down")
            case NetworkError():
                return Unknown(reason)
            case _ if "invalid server response" in reason.lower():
                return Delivered()  # 2xx with a body that can't be parsed: it is there, its id is not known
            case _:
                return Unknown(reason)


def dispensable(call: Call, error: TelegramError) -> str:
    """What Telegram refused a call for and the words can do without, or nothing."""
    if not isinstance(error, BadRequest):
        return ""
    problem = error.message.lower()
    if "entities" in call.body and any(word in problem for word in ABOUT_FORMATTING):
        return "entities"
    return "message_thread_id" if "message_thread_id" in call.body and "thread not found" in problem else ""


def typed(entities: object) -> Sequence[MessageEntity] | None:
    """PTB's form of entities."""
    if not isinstance(entities, Sequence):
        return None
    return [MessageEntity(**cast(Any, entity)) for entity in entities]


def seconds(duration: int | timedelta) -> float:
    """PTB gives an int today and a timedelta in a future major version."""
    return duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
