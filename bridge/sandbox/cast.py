"""Who plays: end users with something to say and to send, and an agent who answers."""

from bridge.sandbox.agent_samples import AGENT_SAMPLES, attached
from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_answers import Json, Upload
from bridge.sandbox.telegram_keyboard import keyboard_of
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_pictures import dimensions
from bridge.sandbox.tiledesk_rules import Refused
from bridge.sandbox.typed import typed
from bridge.sandbox.user_samples import USER_SAMPLES, voice
from bridge.sandbox.user_samples import attached as sent_by_user

NAMES = (
    ("Ann", "Archer", "en"),
    ("Bob", "Baker", "de"),
    ("Cleo", "Carter", "fr"),
    ("Dana", "Drake", "it"),
    ("Eli", "Ellis", "es"),
    ("Fay", "Fisher", "pt"),
    ("Gus", "Garner", "nl"),
    ("Hana", "Hill", "cs"),
)

BURST = 20

STRIDE = 0.0021
"""degrees that somebody with a live location goes at once"""

NOT_FORWARDED = frozenset(
    {"message_id", "from", "chat", "date", "edit_date", "reply_to_message", "quote", "reply_markup", "media_group_id"}
)


class NotTaken(Exception):
    """The simulated Tiledesk does not take what the agent sends."""


class Cast:
    """Everyone on one stage. Whoever names a message, a button or a sample that is not there gets a KeyError."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    # ------------------------------------------------------------ end users

    @property
    def users(self) -> dict[int, User]:
        """The end users by their Telegram id, in the order of their coming."""
        return self.stage.telegram.world.users

    def add_user(self) -> User:
        """One more end user."""
        number = len(self.users)
        first, last, language = NAMES[number] if number < len(NAMES) else ("Guest", str(number + 1), "en")
        user = self.stage.telegram.add_user(first, last, f"{first}_{last}".lower(), language)
        self.stage.telegram.meet(self.stage.bot, user)
        return user

    def message(self, user: User, number: int) -> Json:
        """A message of the user's chat, as it is now."""
        return self.stage.bot.chats[user.id].messages[number]

    def says(self, user: User, source: str, reply_to: int | None = None) -> None:
        """The user writes; the little Markdown in it becomes entities."""
        text, entities = typed(source)
        self.stage.telegram.user_says(self.stage.bot, user, text, entities, reply_to=reply_to)

    def edits(self, user: User, number: int, source: str) -> None:
        """The user changes the words of a message of theirs."""
        text, entities = typed(source)
        self.stage.telegram.user_edits(self.stage.bot, self.message(user, number), text, entities)

    def sends_sample(self, user: User, name: str, reply_to: int | None = None) -> None:
        """The user sends something that is not text."""
        telegram, bot = self.stage.telegram, self.stage.bot
        if name == "album":
            photo, clip = (USER_SAMPLES[kind](user, 0) for kind in ("photo", "video"))
            telegram.user_sends_album(bot, user, [photo, {**clip, "caption": ""}, {"photo": photo["photo"]}])
        elif name == "live":
            telegram.user_shares_location(bot, user, 45.0703, 7.6869, 900)
        else:
            fields = USER_SAMPLES[name](user, int(telegram.world.clock()))
            telegram.user_sends(bot, user, reply_to=reply_to, **fields)

    def records(self, user: User, seconds: float) -> None:
        """The user holds the button of the microphone for so long."""
        self.stage.telegram.user_sends(self.stage.bot, user, **voice(seconds))

    def attaches(self, user: User, upload: Upload, caption: str) -> None:
        """The user sends a file of their own."""
        telegram = self.stage.telegram
        file = telegram.shelved(upload.name, upload.content, upload.content_type)
        telegram.user_sends(self.stage.bot, user, **sent_by_user(file, caption))

    def reacts(self, user: User, number: int, emoji: str | None) -> None:
        """The user sets a reaction, or takes it back."""
        self.stage.telegram.user_reacts(self.stage.bot, user, self.message(user, number), emoji)

    def presses(self, user: User, number: int, row: int, column: int) -> None:
        """The user presses a button under a message of the bot."""
        message = self.message(user, number)
        button = keyboard_of(message)[row][column]
        self.stage.telegram.user_presses(message, button["callback_data"], user)

    def forwards(self, user: User, number: int) -> None:
        """The user forwards a message of the chat into it once more."""
        message = self.message(user, number)
        content = {name: value for name, value in message.items() if name not in NOT_FORWARDED}
        origin = {"type": "user", "date": message["date"], "sender_user": message["from"]}
        self.stage.telegram.user_sends(self.stage.bot, user, **({"forward_origin": origin} | content))

    def moves(self, user: User, number: int) -> None:
        """The user goes on with a live location."""
        message = self.message(user, number)
        spot = message["location"]
        where = spot["latitude"] + STRIDE, spot["longitude"] + STRIDE / 2
        self.stage.telegram.user_moves(self.stage.bot, message, *where)

    def stops(self, user: User, number: int) -> None:
        """The user shares their live location no longer."""
        self.stage.telegram.user_stops_sharing(self.stage.bot, self.message(user, number))

    def burst(self) -> User:
        """Someone new comes and writes twenty messages at once."""
        user = self.add_user()
        for number in range(1, BURST + 1):
            self.says(user, f"Message **{number}** of {BURST}")
        return user

    def blocks(self, user: User, *, blocked: bool) -> None:
        """The user blocks the bot, or no longer."""
        telegram = self.stage.telegram
        (telegram.user_blocks if blocked else telegram.user_unblocks)(self.stage.bot, user)

    # ------------------------------------------------------------ the agent

    def replies_sample(self, request_id: str, name: str) -> None:
        """The agent, or a bot in their place, sends a sample."""

        def host(name: str, mime: str, content: bytes) -> str:
            return self.uploaded(request_id, name, mime, content)

        fields = AGENT_SAMPLES[name](host)
        self.stage.tiledesk.agent_replies(request_id, **fields)

    def replies_file(self, request_id: str, upload: Upload, words: str) -> None:
        """The agent sends a file of their own."""
        content, kind = upload.whole(), upload.content_type
        url = self.uploaded(request_id, upload.name, kind, content)
        size = dimensions(content) if kind.startswith("image/") else None
        fields = attached(upload.name, kind, content, url, size, words)
        self.stage.tiledesk.agent_replies(request_id, **fields)

    def uploaded(self, request_id: str, name: str, mime: str, content: bytes) -> str:
        """Put a file where the desk keeps it; its address."""
        url = self.stage.tiledesk.agent_uploads(request_id, name, mime, content)
        if isinstance(url, Refused):
            raise NotTaken(str(url.body["error"]) if isinstance(url.body, dict) else url.body)
        return url
