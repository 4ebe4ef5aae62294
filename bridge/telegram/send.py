"""Makes one call of the Bot API and says what came of it."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

from telegram import Bot
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

from bridge.fault import point
from bridge.message import Blocked, Call, Moved
from bridge.outcome import Blame, Busy, Delivered, NotSent, Outcome, Refused, Unknown
from bridge.telegram.attach import METHODS as FILES
from bridge.telegram.transport import SEND_TIMEOUT, Unsent
from bridge.telegram.upload import Brought, Porter, unfit
from bridge.wire import Failed, FetchError, TooLarge

ABOUT_FORMATTING = ("entit", "can't parse")
"""words in a 400 that speak of the formatting only"""

ABOUT_THE_CHAT = (
    "chat not found",
    "not enough rights",
    "have no rights",
    "user not found",
    "need administrator rights",
)
"""words in a 400 that would come for every message to this chat"""

DECORATIONS = frozenset({"sendChatAction", "answerCallbackQuery", "editMessageReplyMarkup"})
"""methods that bring nobody any words: what Telegram refuses of them is let go"""

METHODS = DECORATIONS | {"sendMessage", "sendLocation", "sendVenue"} | {method for method, _ in FILES.values()}
"""what we call at all: Telegram answers an unknown method as it answers a wrong token"""

BARRED = (
    ("blocked by the user", "the user has blocked the bot"),
    ("user is deactivated", "the user has deleted their account"),
    ("was kicked", "the bot was removed from the group"),
    ("not a member", "the bot was removed from the group"),
)
"""(Telegram's words in a 403, ours)"""

SLOWEST_UPLOAD = 100_000
"""bytes a second: what goes slower counts as a lost answer"""


class TelegramSender:
    """Sends for one channel; never raises for what Telegram or the network does."""

    def __init__(self, channel: str, bot: Bot, porter: Porter) -> None:
        self.channel = channel
        self.bot = bot
        self.porter = porter

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        """Make the call. The Bot API keeps no key and no history, so a `suspect` can't be looked up and goes out again."""
        del suspect
        if call.uploads:
            return await self.bring(call)
        outcome = await self.attempt(call)
        if call.instead is not None and refused(outcome):
            return await self.send(call.instead, suspect=False)
        return outcome

    async def bring(self, call: Call) -> Outcome:
        """Fetch the call's file and send it in the first form that is taken: as it is meant, as a document, as a link."""
        [upload] = call.uploads
        async with self.porter.places:
            with self.porter.room() as room:
                try:
                    brought = await self.porter.bring(upload, room)
                except Failed as error:
                    return NotSent(f"the file can't be fetched: {error}", Blame.MESSAGE)
                except TooLarge as error:
                    return await self.as_link(call, str(error))
                except FetchError as error:
                    return Refused(f"the file can't be fetched: {error}")
                point("fetched")
                return await self.hand_over(call, brought)

    async def hand_over(self, call: Call, brought: Brought) -> Outcome:
        """Send a file that lies here."""
        form: Call | None = call
        why = ""
        while form is not None and form.uploads:
            reason = unfit(form.method, brought)
            outcome = Refused(reason) if reason else await self.attempt(form, brought)
            if not refused(outcome):
                return remarked(outcome, f"sent as a plain file: {why}" if why else "")
            why, form = why or reason_of(outcome), form.instead
        return await self.as_link(call, why)

    async def as_link(self, call: Call, why: str) -> Outcome:
        """Send a link to the file in its stead, if there is one that the user can open."""
        form: Call | None = call
        while form is not None and form.uploads:
            form = form.instead
        if form is None:
            return Refused(f"the file can't be sent: {why}")
        return remarked(await self.send(form, suspect=False), f"sent as a link: {why}")

    async def attempt(self, call: Call, brought: Brought | None = None) -> Outcome:
        """Make a call as it stands; once more without what it was refused for and the words can do without."""
        body = dict(call.body)
        try:
            return await self.make(call, body, brought)
        except TelegramError as error:
            spare = dispensable(body, error)
            if not spare:
                return self.outcome(call, error)
        return await self.attempt(replace(call, body={k: v for k, v in body.items() if k != spare}), brought)

    async def make(self, call: Call, body: Mapping[str, object], brought: Brought | None) -> Outcome:
        """Make the call; raises PTB's errors."""
        if call.method not in METHODS:
            return Refused(f"there is no way to make a call of {call.method}")
        parameters = dict(body)
        timeout = SEND_TIMEOUT
        if call.method != "answerCallbackQuery":
            parameters["chat_id"] = int(call.to)
        try:
            with ExitStack() as stack:
                if brought is not None:
                    parameters[call.uploads[0].field] = stack.enter_context(brought.as_input())
                    timeout += brought.size / SLOWEST_UPLOAD
                point("sending")
                result = await self.bot.do_api_request(call.method, api_kwargs=parameters, read_timeout=timeout)
        except (KeyError, TypeError, ValueError, AttributeError):
            return Delivered()  # only a 2xx gets as far as PTB's parsing: it is there, its id is not known
        number = result.get("message_id") if isinstance(result, dict) else None
        return Delivered(str(number) if isinstance(number, int) else "")

    def outcome(self, call: Call, error: TelegramError) -> Outcome:
        """Read PTB's errors; the order matters, for some are subclasses of others."""
        reason = error.message[:300]
        if call.method in DECORATIONS and (
            call.method == "sendChatAction" or isinstance(error, BadRequest | Forbidden)
        ):
            return Delivered()
        match error:
            case RetryAfter():
                return Busy(seconds(error.retry_after), "Telegram asks us to slow down")
            case ChatMigrated():
                moved = Moved(self.channel, call.to, str(error.new_chat_id))
                return NotSent("the group has a new id", Blame.MESSAGE, (moved,))
            case Forbidden():
                ours = next((ours for theirs, ours in BARRED if theirs in reason.lower()), f"Telegram: {reason}")
                return Refused(ours, (Blocked(self.channel, call.to),), Blame.CHAT)
            case InvalidToken():
                return NotSent("Telegram refuses the bot token", Blame.DESTINATION)
            case BadRequest():
                about_chat = any(words in reason.lower() for words in ABOUT_THE_CHAT)
                return Refused(f"Telegram: {reason}", blame=Blame.CHAT if about_chat else Blame.MESSAGE)
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


def refused(outcome: Outcome) -> bool:
    """Whether another form of the same message may be taken."""
    return isinstance(outcome, Refused) and outcome.blame is Blame.MESSAGE


def reason_of(outcome: Outcome) -> str:
    """Why something was refused."""
    return outcome.reason if isinstance(outcome, Refused) else ""


def remarked(outcome: Outcome, remark: str) -> Outcome:
    """The outcome with a remark for agents, if it is a delivery."""
    return replace(outcome, remark=remark) if remark and isinstance(outcome, Delivered) else outcome


def dispensable(body: Mapping[str, object], error: TelegramError) -> str:
    """What Telegram refused a call for and the words can do without, or nothing."""
    if not isinstance(error, BadRequest):
        return ""
    problem = error.message.lower()
    if any(word in problem for word in ABOUT_FORMATTING):
        return next((name for name in ("entities", "caption_entities") if name in body), "")
    return "message_thread_id" if "message_thread_id" in body and "thread not found" in problem else ""


def seconds(duration: int | timedelta) -> float:
    """PTB gives an int today and a timedelta in a future major version."""
    return duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
