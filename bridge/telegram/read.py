"""Raw updates → neutral messages (pure).

Updates are read as plain JSON, not through PTB's `Update`: an update that PTB can't parse must not stall the others, and
fields of a newer Bot API must not be lost. Field names are the Bot API's.
"""

import re
from dataclasses import dataclass

import orjson

from bridge.errors import Unreadable
from bridge.message import Message, Moved, News, Notice, Press, Reading, Skip
from bridge.telegram.around import edited, frame
from bridge.telegram.changes import membership, reaction_words
from bridge.telegram.commands import Command, command
from bridge.telegram.fields import Json, count, inner, integer, line, mapping, words
from bridge.telegram.kinds import content
from bridge.telegram.media import MEGABYTE, Depot
from bridge.telegram.people import person

MESSAGE_FIELDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_message",
    "edited_business_message",
)

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""what we ask Telegram for in any case"""

FETCHED = 20 * MEGABYTE
"""bytes of the largest file that bots can fetch from Telegram's own Bot API server"""

SERVICE_FIELDS = """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed pinned_message connected_website
    write_access_allowed proximity_alert_triggered boost_added chat_background_set forum_topic_created forum_topic_edited
    forum_topic_closed forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
    giveaway_winners giveaway_completed video_chat_scheduled video_chat_started video_chat_ended
    video_chat_participants_invited migrate_from_chat_id chat_owner_left chat_owner_changed gift_upgrade_sent
    checklist_tasks_done checklist_tasks_added direct_message_price_changed paid_message_price_changed managed_bot_created
    poll_option_added poll_option_deleted suggested_post_approved suggested_post_approval_failed suggested_post_declined
    suggested_post_paid suggested_post_refunded community_chat_added community_chat_removed community_chat_joined
"""
SERVICE = frozenset(SERVICE_FIELDS.split())
"""what Telegram itself writes into a chat"""

PRESSED = re.compile(r"([A-Za-z0-9_-]{8,32})\.([0-9]{1,3})")
"""the `callback_data` of our buttons: an offer's id, and which of its buttons"""


def wanted(*, reactions: bool) -> list[str]:
    """The kinds of update to ask Telegram for."""
    return [*UPDATES, "message_reaction"] if reactions else list(UPDATES)


@dataclass(frozen=True, slots=True)
class TelegramReader:
    """Reads one channel's updates; files above `file_limit` bytes can't be fetched (None: a Bot API server of one's own)."""

    channel: str
    bot_id: str
    file_limit: int | None = FETCHED
    reactions: bool = False

    def read(self, raw: bytes) -> Reading:
        """Translate one update; raises `Unreadable` if it lacks what every update of its kind has."""
        try:
            update = mapping(orjson.loads(raw))
        except (orjson.JSONDecodeError, TypeError):
            raise Unreadable("the update is no JSON object") from None
        try:
            return self.translate(update)
        except KeyError as error:
            raise Unreadable(f"the update lacks the field {error}"[:200]) from None
        except (TypeError, ValueError) as error:  # whose words may be what somebody wrote
            raise Unreadable(f"a field of the update is none of its kind: {type(error).__name__}") from None

    def translate(self, update: Json) -> Reading:
        """Tell the kinds of update apart."""
        if "my_chat_member" in update:
            return membership(self.channel, mapping(update["my_chat_member"]))
        if "callback_query" in update:
            return self.press(update, mapping(update["callback_query"]))
        if "message_reaction" in update:
            return self.reaction(update, mapping(update["message_reaction"]))
        for name in MESSAGE_FIELDS:
            if name in update:
                return self.message(update, mapping(update[name]), again=name.startswith("edited"))
        return Skip("unknown update")

    def press(self, update: Json, query: Json) -> Reading:
        """A press of a button; whether it is one of ours that still counts, the rules say.

        Its time is that of the message under which the button is, if Telegram still knows it: it does not tell the press's.
        """
        found = PRESSED.fullmatch(words(query, "data"))
        pressed = Press(found[1], int(found[2])) if found else Press("", 0)
        presser = mapping(query["from"])
        ids: dict[str, object] = {"query_id": line(query, "id"), "callback": True}
        if "message" not in query:  # it is under an inline result, or is too old
            ids |= self.place(update, presser)
        else:
            ids |= self.origin(update, mapping(query["message"]))
        return Message(person(presser), (pressed,), float(count(inner(query, "message"), "date")), origin=ids)

    def reaction(self, update: Json, change: Json) -> Reading:
        """Emojis that somebody put to a message, or took away."""
        if not self.reactions:
            return Skip("reaction")
        writer = mapping(change["actor_chat"] if "actor_chat" in change else change["user"])
        if writer.get("is_bot"):
            return Skip("bot")
        ids = self.origin(update, change)
        ids["reaction_to"] = ids.pop("message_id")
        said = (Notice(reaction_words(change)),)
        return Message(person(writer), said, float(integer(change["date"])), origin=ids, aside=True)

    def message(self, update: Json, message: Json, *, again: bool) -> Reading:
        """A message of any kind, for the first time or `again`, since it was edited."""
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
        ids, sent_at = self.origin(update, message), integer(message["date"])
        found = content(message, Depot(self.channel, str(ids["chat_id"]), self.file_limit))
        around, parts, typed = frame(message), found.parts, command(message)
        if again:
            parts, sent_at = edited(message, parts), integer(message.get("edit_date") or sent_at)
            ids["edit_of"], typed = ids["message_id"], Command({}, {})
        return Message(
            person(writer),
            (*around.lines, *parts),
            float(sent_at),
            origin={**ids, **found.ids, **around.ids, **typed.ids},
            variables=typed.variables,
            phone=found.phone,
        )

    def origin(self, update: Json, message: Json) -> dict[str, object]:
        """Telegram's ids of a message, for `attributes.telegram`."""
        ids = self.place(update, mapping(message["chat"])) | {
            "message_id": integer(message["message_id"]),
            "date": integer(message.get("date") or 0),
        }
        if message.get("message_thread_id"):
            ids["message_thread_id"] = integer(message["message_thread_id"])
        if album := line(message, "media_group_id"):
            ids["media_group_id"] = album
        return ids

    def place(self, update: Json, chat: Json) -> dict[str, object]:
        """The ids that every message has."""
        return {"bot_id": self.bot_id, "update_id": integer(update["update_id"]), "chat_id": integer(chat["id"])}
