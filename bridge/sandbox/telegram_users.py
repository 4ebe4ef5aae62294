"""What end users do: write, edit, press buttons, block the bot."""

from collections.abc import Iterable
from typing import Any

from bridge.sandbox.telegram_answers import Json, Upload
from bridge.sandbox.telegram_media import KINDS, media_fields
from bridge.sandbox.telegram_people import BLOCKED, Chat, Group, User
from bridge.sandbox.telegram_text import fixed
from bridge.sandbox.telegram_updates import PRESS_LIFETIME
from bridge.sandbox.telegram_world import BotAccount, Press, World

DETAILS = frozenset({"width", "height", "duration", "length", "performer", "title", "emoji", "set_name", "thumbnail"})
WIDE_ID = 1 << 33  # every third user has such an id


class Users:
    """The end users' side of the simulated Telegram: every act takes effect at once and gives the update's number.

    The number is 0 when the bot did not ask for that kind of update. Acts must run inside the event loop.
    """

    world: World

    def add_user(
        self,
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
    ) -> User:
        """Create an end user."""
        number = len(self.world.users) + 1
        user = User(number + (WIDE_ID if number % 3 == 0 else 100_000), first_name, last_name, username, language_code)
        self.world.users[user.id] = user
        return user

    def add_group(
        self, title: str, members: Iterable[User] = (), *, forum: bool = False, supergroup: bool = False
    ) -> Group:
        """Create a group; one with topics (``forum``) is always a supergroup."""
        wide = forum or supergroup
        number = len(self.world.groups) + 1
        group = Group(-(1_000_000_000_000 if wide else 4_000_000) - number, title, tuple(members), wide, forum)
        self.world.groups[group.id] = group
        return group

    def meet(self, bot: BotAccount, owner: User | Group) -> Chat:
        """Let the bot know a chat without any message or update."""
        return self.world.chat(bot, owner)

    def user_says(
        self,
        bot: BotAccount,
        user: User,
        text: str,
        entities: list[Json] | None = None,
        *,
        chat: Group | None = None,
        reply_to: Json | int | None = None,
        thread: int | None = None,
    ) -> int:
        """Send a text to the bot, or to a group the bot is in; a ``reply_to`` is a message or its number."""
        clean, marked = fixed(text, entities)
        fields: Json = {"text": clean} | ({"entities": marked} if marked else {})
        return self.user_sends(bot, user, chat=chat, reply_to=reply_to, thread=thread, **fields)

    def user_sends(
        self,
        bot: BotAccount,
        user: User,
        *,
        chat: Group | None = None,
        reply_to: Json | int | None = None,
        thread: int | None = None,
        **fields: Any,
    ) -> int:
        """Send a message of any fields of the Bot API's ``Message``, e.g. ``location={…}``.

        Media (``photo``, ``document``, ``voice``, ``sticker`` …) are given as bytes or an ``Upload`` (with a name),
        beside ``caption`` and details such as ``duration``, ``width``, ``emoji`` or ``thumbnail`` (a file as well).
        """
        place = self.world.chat(bot, chat or user)
        body = self._media(bot, fields)
        if thread is not None:
            place.threads.add(thread)
            body |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to is not None:
            number = reply_to if isinstance(reply_to, int) else int(reply_to["message_id"])
            replied = place.messages.get(number)
            body |= {"reply_to_message": without_reply(replied)} if replied is not None else {}
        if place.barred == BLOCKED:
            self.user_unblocks(bot, user)
        return self.world.emit(bot, {"message": self.world.write(bot, place, user, body)})

    def _media(self, bot: BotAccount, fields: Json) -> Json:
        files = {name: value for name, value in fields.items() if name in KINDS and isinstance(value, bytes | Upload)}
        if not files:
            return fields
        body = {name: value for name, value in fields.items() if name not in files and name not in DETAILS}
        small = fields.get("thumbnail")
        thumbnail = bot.files.keep(as_upload("thumbnail", small), "thumbnails") if small is not None else None
        for name, value in files.items():
            kind = KINDS[name]
            kept = bot.files.keep(as_upload(name, value), kind.folder)
            body |= media_fields(kind, kept, fields.get, thumbnail)
        return body

    def user_edits(
        self, bot: BotAccount, message: Json, text: str, entities: list[Json] | None = None, **fields: Any
    ) -> int:
        """Edit the text (or, where there is none, the caption) of the user's own message."""
        chat = bot.chats[message["chat"]["id"]]
        clean, marked = fixed(text, entities)
        current = chat.messages[message["message_id"]]
        prefix = "" if "text" in current else "caption_"
        edited = {key: value for key, value in current.items() if key != f"{prefix}entities"}
        edited |= {"edit_date": int(self.world.clock()), "text" if not prefix else "caption": clean, **fields}
        edited |= {f"{prefix}entities": marked} if marked else {}
        chat.messages[message["message_id"]] = edited
        return self.world.emit(bot, {"edited_message": edited})

    def user_presses(self, message: Json, data: str, user: User | None = None) -> int:
        """Press a button under a bot's message; in groups, ``user`` says who does.

        ``data`` may be anything: buttons pressed twice, long ago or forged are what bots must expect.
        """
        world = self.world
        bot = world.bot_of(message)
        chat = bot.chats[message["chat"]["id"]]
        who = user or chat.owner
        if not isinstance(who, User):
            raise TypeError("in a group, say who presses")
        now = world.clock()
        while bot.presses and now - next(iter(bot.presses.values())).at > PRESS_LIFETIME:
            bot.presses.popitem(last=False)
        query_id = str((bot.backlog.next_id << 20) + 1)
        bot.presses[query_id] = Press(now, chat.id)
        # Of a message that is gone, or too old, a bot learns its place and nothing else.
        inaccessible = {"chat": chat.body, "message_id": message["message_id"], "date": 0}
        current = chat.messages.get(message["message_id"], inaccessible)
        body = {"id": query_id, "from": who.as_json(), "message": current, "chat_instance": str(hash(chat.id) * 7919)}
        return world.emit(bot, {"callback_query": body | {"data": data}}, PRESS_LIFETIME)

    def user_reacts(
        self, bot: BotAccount, user: User, message: Json, emoji: str | None, *, custom: bool = False
    ) -> int:
        """Set or take back (None) a reaction to a message; bots must ask for ``message_reaction`` updates.

        ``custom``: ``emoji`` is the id of a custom one.
        """
        chat = bot.chats[message["chat"]["id"]]
        number = int(message["message_id"])
        old = chat.reactions.get(number, [])
        kind = {"type": "custom_emoji", "custom_emoji_id": emoji} if custom else {"type": "emoji", "emoji": emoji}
        new = [kind] if emoji else []
        chat.reactions[number] = new
        body = {"chat": chat.body, "message_id": number, "user": user.as_json(), "date": int(self.world.clock())}
        return self.world.emit(bot, {"message_reaction": body | {"old_reaction": old, "new_reaction": new}})

    def user_blocks(self, bot: BotAccount, user: User) -> int:
        """Block the bot: sends to the user are refused with 403."""
        return self._membership(bot, user, user, BLOCKED)

    def user_unblocks(self, bot: BotAccount, user: User) -> int:
        """Allow the bot to write again."""
        return self._membership(bot, user, user, None)

    def user_leaves_telegram(self, bot: BotAccount, user: User) -> None:
        """Delete the account: sends are refused with 403 "user is deactivated", without an update."""
        self.world.chat(bot, user).barred = "user is deactivated"

    def kick_bot(self, bot: BotAccount, group: Group, by: User) -> int:
        """Remove the bot from a group."""
        return self._membership(bot, group, by, f"bot was kicked from the {group.as_chat()['type']} chat")

    def _membership(self, bot: BotAccount, place: User | Group, by: User, barred: str | None) -> int:
        chat = self.world.chat(bot, place)
        was, chat.barred = chat.barred, barred
        body = {"chat": chat.body, "from": by.as_json(), "date": int(self.world.clock())}
        before, after = member(bot, was is not None), member(bot, barred is not None)
        return self.world.emit(bot, {"my_chat_member": body | {"old_chat_member": before, "new_chat_member": after}})

    def migrate_group(self, group: Group) -> Group:
        """Turn a basic group into a supergroup: sends to the old id are refused with ``migrate_to_chat_id``."""
        world = self.world
        new = self.add_group(group.title, group.members, supergroup=True)
        for bot in world.bots.values():
            old_chat = bot.chats.get(group.id)
            if old_chat is None:
                continue
            by = group.members[0] if group.members else bot.user
            moved = world.write(bot, old_chat, by, {"migrate_to_chat_id": new.id})
            came = world.write(bot, world.chat(bot, new), by, {"migrate_from_chat_id": group.id})
            old_chat.moved_to = new.id
            world.emit(bot, {"message": moved})
            world.emit(bot, {"message": came})
        return new


def as_upload(name: str, given: bytes | Upload) -> Upload:
    """Make a file of mere bytes."""
    return given if isinstance(given, Upload) else Upload(f"{name}.bin", given)


def member(bot: BotAccount, barred: bool) -> Json:  # noqa: FBT001 - one of two states
    """Make the bot's ``ChatMember``."""
    state: Json = {"status": "kicked", "until_date": 0} if barred else {"status": "member"}
    return {"user": bot.user.as_json(), **state}


def without_reply(message: Json) -> Json:
    """Give a message as it stands inside another one: what it replied to is left off."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}
