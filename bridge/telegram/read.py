"""Raw updates → neutral messages (pure).

Updates are read as plain JSON, not through PTB's `Update`: an update that PTB can't parse must not stall the others, and
fields of a newer Bot API must not be lost. Field names are the Bot API's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from bridge.errors import Unreadable
from bridge.message import Blocked, Message, Moved, News, Notice, Part, Person, Reachable, Reading, Skip, Text
from bridge.telegram.entities import to_markdown

MESSAGE_FIELDS = ("message", "edited_message", "channel_post", "edited_channel_post", "business_message")

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""what we ask Telegram for"""

KINDS = (
    ("photo", "photo"),
    ("animation", "animation"),  # before document: an animation carries a document as well
    ("video", "video"),
    ("video_note", "video message"),
    ("voice", "voice message"),
    ("audio", "audio"),
    ("sticker", "sticker"),
    ("document", "document"),
    ("venue", "venue"),  # before location: a venue carries a location as well
    ("location", "location"),
    ("contact", "contact"),
    ("poll", "poll"),
    ("dice", "dice"),
    ("game", "game"),
    ("story", "story"),
    ("paid_media", "paid media"),
    ("checklist", "checklist"),
    ("gift", "gift"),
    ("unique_gift", "gift"),
    ("giveaway", "giveaway"),
    ("invoice", "invoice"),
    ("successful_payment", "payment"),
    ("passport_data", "passport data"),
    ("users_shared", "shared users"),
    ("chat_shared", "shared chat"),
    ("rich_message", "rich message"),
)
"""(field, name): what a person sends that is not text; the first match names it"""

SERVICE_FIELDS = """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed pinned_message connected_website
    write_access_allowed proximity_alert_triggered boost_added chat_background_set forum_topic_created forum_topic_edited
    forum_topic_closed forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
    giveaway_winners giveaway_completed video_chat_scheduled video_chat_started video_chat_ended
    video_chat_participants_invited migrate_from_chat_id
"""
SERVICE = frozenset(SERVICE_FIELDS.split())
"""what Telegram itself writes into a chat"""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TelegramReader:
    """Reads one channel's updates."""

    channel: str
    bot_id: str

    def read(self, raw: bytes) -> Reading:
        """Translate one update; raises `Unreadable` if it lacks what every update of its kind has."""
        try:
            update = mapping(orjson.loads(raw))
        except (orjson.JSONDecodeError, TypeError):
            raise Unreadable("the update is no JSON object") from None
        try:
            return self.translate(update)
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable(f"the update lacks a field: {type(error).__name__} {error}"[:200]) from None

    def translate(self, update: Json) -> Reading:
        """Tell the kinds of update apart."""
        if "my_chat_member" in update:
            return self.membership(mapping(update["my_chat_member"]))
        if "callback_query" in update:
            return self.press(update, mapping(update["callback_query"]))
        for name in MESSAGE_FIELDS:
            if name in update:
                return self.message(update, mapping(update[name]), edited=name.startswith("edited"))
        return Skip("unknown update")

    def membership(self, change: Json) -> Reading:
        """A person blocked or unblocked the bot, or a group removed or added it."""
        chat = str(integer(change["chat"]["id"]))
        if change["new_chat_member"]["status"] in {"kicked", "left"}:
            return News((Blocked(self.channel, chat),))
        return News((Reachable(self.channel, chat),))

    def press(self, update: Json, query: Json) -> Reading:
        """A press of a button."""
        under = query.get("message")
        if not isinstance(under, Mapping):
            return Skip("press on an inline message")
        sent_at = float(under.get("date") or 0)
        return Message(
            person(mapping(query["from"])), (Notice("[button press]"),), sent_at, origin=self.origin(update, under)
        )

    def message(self, update: Json, message: Json, *, edited: bool) -> Reading:
        """A message of any kind."""
        if "migrate_to_chat_id" in message:
            moved = Moved(
                self.channel, str(integer(message["chat"]["id"])), str(integer(message["migrate_to_chat_id"]))
            )
            return News((moved,))
        if not SERVICE.isdisjoint(message):
            return Skip("service message")
        # Who writes in the name of a channel or a group has a bot of Telegram's in `from`, for old programs.
        writer = mapping(message["sender_chat"] if "sender_chat" in message else message["from"])
        if writer.get("is_bot"):
            return Skip("bot")
        content, sent_at = parts(message), integer(message["date"])
        if edited:
            content, sent_at = (Notice("✏️ edited:"), *content), integer(message.get("edit_date") or sent_at)
        return Message(person(writer), content, float(sent_at), origin=self.origin(update, message))

    def origin(self, update: Json, message: Json) -> dict[str, str | int]:
        """Telegram's ids of a message, for `attributes.telegram`."""
        ids: dict[str, str | int] = {
            "bot_id": self.bot_id,
            "update_id": integer(update["update_id"]),
            "chat_id": integer(message["chat"]["id"]),
            "message_id": integer(message["message_id"]),
            "date": integer(message.get("date") or 0),
        }
        if message.get("message_thread_id"):
            ids["message_thread_id"] = integer(message["message_thread_id"])
        return ids


def parts(message: Json) -> tuple[Part, ...]:
    """What a message is made of; never empty."""
    if isinstance(message.get("text"), str) and message["text"]:
        return (Text(to_markdown(message["text"], entities(message, "entities"))),)
    kind = next((name for field, name in KINDS if field in message), "message of an unknown kind")
    notice = Notice(f"[{kind}]")
    caption = message.get("caption")
    if isinstance(caption, str) and caption:
        return (notice, Text(to_markdown(caption, entities(message, "caption_entities"))))
    return (notice,)


def entities(message: Json, field: str) -> list[Mapping[str, object]]:
    """The entities of a message that are at least objects."""
    found = message.get(field)
    return [entity for entity in found if isinstance(entity, Mapping)] if isinstance(found, list) else []


def person(writer: Json) -> Person:
    """The writer, with whatever names they have."""
    number = integer(writer["id"])
    return Person(
        id=f"telegram-{number:06d}",  # Tiledesk takes an id of exactly 12 characters for an account's: pad the tiny ones
        first_name=text(writer.get("first_name")) or text(writer.get("title")),
        last_name=text(writer.get("last_name")),
        username=text(writer.get("username")),
        language=text(writer.get("language_code")),
    )


def locate(update: Json) -> tuple[str, str]:
    """The (chat, topic) that an update of any kind, even a broken one, belongs to; "-" where there is none."""
    for value in update.values():
        if not isinstance(value, Mapping):
            continue
        under = value.get("message")
        within: Json = under if isinstance(under, Mapping) else value
        for name in ("chat", "from", "user"):
            place = within.get(name)
            if isinstance(place, Mapping) and isinstance(place.get("id"), int):
                topic = within.get("message_thread_id") if within.get("is_topic_message") else None
                return str(place["id"]), str(topic) if isinstance(topic, int) else ""
    return "-", ""


def mapping(value: object) -> Json:
    """Insist on an object."""
    if not isinstance(value, Mapping):
        raise TypeError(f"an object was expected, not {type(value).__name__}")
    return cast(Json, value)


def integer(value: object) -> int:
    """Insist on an integer, of no more than the 52 bits that the Bot API uses."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"an integer was expected, not {type(value).__name__}")
    if abs(value) >= 2**52:
        raise ValueError(f"{value} is no number of the Bot API's")
    return value


def text(value: object) -> str:
    """A string, or nothing."""
    return value.strip() if isinstance(value, str) else ""
