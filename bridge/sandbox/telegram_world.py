"""What the simulated Telegram knows: bots with their chats, messages, updates, and who watches it all."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from bridge.sandbox.faults import Faults
from bridge.sandbox.telegram_answers import ApiError, Json, bad_request
from bridge.sandbox.telegram_files import Files
from bridge.sandbox.telegram_limits import Limits
from bridge.sandbox.telegram_people import Chat, Group, User
from bridge.sandbox.telegram_shelf import Shelf
from bridge.sandbox.telegram_updates import DAY, Backlog, Polling, lane_of
from bridge.sandbox.telegram_webhook import Webhook

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Press:
    """A button press that waits for answerCallbackQuery."""

    at: float
    chat_id: int


@dataclass(slots=True, eq=False)
class BotAccount:
    """A bot: how it is addressed (``token``), who it is (``user``), and everything that is its own."""

    token: str = field(repr=False)
    user: User
    backlog: Backlog = field(repr=False)
    polling: Polling = field(repr=False)
    files: Files = field(repr=False)
    limits: Limits = field(repr=False)
    sent: deque[Json] = field(repr=False)
    webhook: Webhook | None = None
    webhook_set_at: float = -1.0
    chats: dict[int, Chat] = field(default_factory=dict, repr=False)
    presses: OrderedDict[str, Press] = field(default_factory=OrderedDict, repr=False)
    commands: dict[str, list[Json]] = field(default_factory=dict, repr=False)
    next_message_id: int = 1
    order: deque[tuple[int, int]] = field(default_factory=deque, repr=False)

    @property
    def id(self) -> int:
        """The bot's user id."""
        return self.user.id


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call that was answered: ``status`` is the HTTP status meant for it, ``at`` the simulator's time."""

    method: str
    bot: BotAccount
    params: Json
    at: float
    status: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened: ``kind`` is update, sent, edited, deleted, action, reaction, answered or delivery."""

    kind: str
    bot: BotAccount
    body: Json


class World:
    """The state behind a simulated server; everything happens in one event loop.

    ``keep`` bounds what each log remembers: calls, a bot's sent messages, a bot's messages in all chats.
    """

    def __init__(self, clock: Callable[[], float], faults: Faults, keep: int) -> None:
        self.clock = clock
        self.faults = faults
        self.keep = keep
        self.shelf = Shelf()
        self.bots: dict[str, BotAccount] = {}
        self.users: dict[int, User] = {}
        self.groups: dict[int, Group] = {}
        self.calls: deque[CallRecord] = deque(maxlen=keep)
        self.subscribers: list[Callable[[Change], None]] = []
        self._waiters: list[asyncio.Future[None]] = []

    # ------------------------------------------------------------ watching

    def announce(self, kind: str, bot: BotAccount, body: Json) -> None:
        """Tell everyone who listens or waits."""
        if self.subscribers:
            change = Change(kind, bot, body)
            for tell in tuple(self.subscribers):
                tell(change)
        self.touch()

    def touch(self) -> None:
        """Let those who wait look again."""
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def wait_for(self, predicate: Callable[[], T], limit: float) -> T:
        """Give the predicate's first truthy value; TimeoutError after ``limit`` seconds."""
        async with asyncio.timeout(limit):
            while not (value := predicate()):
                waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter
        return value

    # ------------------------------------------------------------ chats

    def bot_of(self, message: Json) -> BotAccount:
        """The bot that wrote a message."""
        return next(bot for bot in self.bots.values() if bot.id == message["from"]["id"])

    def chat(self, bot: BotAccount, owner: User | Group) -> Chat:
        """Give the bot's view of a chat, which begins with the first use."""
        known = bot.chats.get(owner.id)
        if known is None:
            known = bot.chats[owner.id] = Chat(owner, owner.as_chat())
        return known

    def reach(self, bot: BotAccount, chat_id: int | str) -> Chat:
        """Find the chat that a call addresses; 400 or 403 when the bot cannot write there."""
        chat = bot.chats.get(chat_id) if isinstance(chat_id, int) else self._by_username(bot.chats.values(), chat_id)
        if chat is None:
            raise bad_request("Chat not found" if chat_id != "" else "Chat_id is empty")
        if chat.moved_to is not None:
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, said, migrate_to_chat_id=chat.moved_to)
        if chat.barred is not None:
            raise ApiError(403, chat.barred)
        return chat

    @staticmethod
    def _by_username(chats: Iterable[Chat], name: str) -> Chat | None:
        wanted = name.removeprefix("@").lower()
        return next((chat for chat in chats if wanted and chat.body.get("username", "").lower() == wanted), None)

    # ------------------------------------------------------------ messages and updates

    def write(self, bot: BotAccount, chat: Chat, sender: User, fields: Json) -> Json:
        """Store a new message of ``sender`` in the bot's view of the chat and give it as the Bot API shows it."""
        if chat.counts_itself:
            number, chat.next_id = chat.next_id, chat.next_id + 1
        else:
            number, bot.next_message_id = bot.next_message_id, bot.next_message_id + 1
        head = {"message_id": number, "from": sender.as_json(), "chat": chat.body, "date": int(self.clock())}
        message = head | fields
        chat.messages[number] = message
        bot.order.append((chat.id, number))
        if len(bot.order) > self.keep:
            old_chat, old_number = bot.order.popleft()
            bot.chats[old_chat].messages.pop(old_number, None)
        return message

    def emit(self, bot: BotAccount, body: Json, lifetime: float = DAY) -> int:
        """Create an update of ``body`` (one field) for the bot; 0 when it does not want this kind."""
        if not all(bot.backlog.wants(kind) for kind in body):
            return 0
        return self.push(bot, body, lifetime)

    def push(self, bot: BotAccount, body: Json, lifetime: float = DAY) -> int:
        """Create an update whatever it holds and give its number."""
        held = bot.backlog.add(body, lane_of(body, bot.backlog.next_id), lifetime=lifetime)
        if bot.webhook is not None and not bot.webhook.removed:
            bot.webhook.offer(held)
        bot.polling.wake()
        self.announce("update", bot, held.update)
        return held.update_id
