"""What else end users do: press buttons by their label, send albums, move about with a live location."""

from collections.abc import Sequence
from typing import Any

from bridge.sandbox.telegram_answers import Json, Upload
from bridge.sandbox.telegram_contents import spot
from bridge.sandbox.telegram_keyboard import buttons
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_users import Users
from bridge.sandbox.telegram_world import BotAccount


class Acts(Users):
    """More of the users' side: built of what :class:`Users` can do."""

    def user_presses_label(self, message: Json, label: str, user: User | None = None) -> int:
        """Press the button of that label, as the message is now; KeyError if it has none that tells the bot."""
        chat = self.world.bot_of(message).chats[message["chat"]["id"]]
        now = chat.messages.get(message["message_id"], message)
        for button in buttons(now):
            if button["text"] == label and "callback_data" in button:
                return self.user_presses(now, button["callback_data"], user)
        raise KeyError(label)

    def user_sends_album(self, bot: BotAccount, user: User, media: Sequence[Json], **shared: Any) -> list[int]:
        """Send several media as one album: an update for each, held together by ``media_group_id`` alone.

        Each is what ``user_sends`` takes, e.g. ``{"photo": b"…", "caption": "first"}``; ``shared`` goes into all of them.
        """
        group: Json = {"media_group_id": str((int(self.world.clock()) << 20) + bot.backlog.next_id)}
        return [self.user_sends(bot, user, **(shared | group | one)) for one in media]

    def user_shares_location(self, bot: BotAccount, user: User, latitude: float, longitude: float, period: int) -> Json:
        """Begin a live location of ``period`` seconds; gives the message, which moves by ``user_moves``."""
        self.user_sends(bot, user, **spot(latitude, longitude, live_period=period))
        return next(reversed(self.world.chat(bot, user).messages.values()))

    def user_moves(self, bot: BotAccount, message: Json, latitude: float, longitude: float, **more: float) -> int:
        """Move a live location: an edited message."""
        current = self._current(bot, message)
        return self._edit(
            bot, current | {"location": current["location"] | spot(latitude, longitude, **more)["location"]}
        )

    def user_stops_sharing(self, bot: BotAccount, message: Json) -> int:
        """End a live location: it stays where it is, without a period."""
        current = self._current(bot, message)
        kept = {"latitude", "longitude", "horizontal_accuracy"}
        return self._edit(bot, current | {"location": {k: v for k, v in current["location"].items() if k in kept}})

    def user_replaces_media(self, bot: BotAccount, message: Json, **fields: Any) -> int:
        """Edit a message by putting another file (and caption) in the place of its own."""
        current = self._current(bot, message)
        gone = {"photo", "video", "document", "audio", "animation", "caption", "caption_entities"}
        return self._edit(bot, {k: v for k, v in current.items() if k not in gone} | self._media(bot, fields))

    @staticmethod
    def _current(bot: BotAccount, message: Json) -> Json:
        return bot.chats[message["chat"]["id"]].messages[message["message_id"]]

    def _edit(self, bot: BotAccount, edited: Json) -> int:
        edited = edited | {"edit_date": int(self.world.clock())}
        bot.chats[edited["chat"]["id"]].messages[edited["message_id"]] = edited
        return self.world.emit(bot, {"edited_message": edited})

    # ------------------------------------------------------------ files

    def shelved(self, name: str, content: bytes, content_type: str) -> Upload:
        """Make a file that people send; a large one lies on disk."""
        return self.world.shelf.shelved(name, content, content_type)

    def lose_file(self, bot: BotAccount, file_id: str) -> None:
        """Let Telegram no longer have a file: getFile answers 400."""
        stored = bot.files.find(file_id)
        bot.files.gone.add(stored.file_id if stored is not None else file_id)

    def cut_downloads(self, bot: BotAccount, file_id: str) -> None:
        """Let downloads of a file break off in their middle, until ``bot.files.cut`` is emptied."""
        stored = bot.files.find(file_id)
        bot.files.cut.add(stored.file_id if stored is not None else file_id)

    def expire_downloads(self, bot: BotAccount) -> None:
        """End all download paths that were given so far: 404 until getFile is asked again."""
        bot.files.expire()
