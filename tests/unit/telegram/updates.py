"""Updates as the Bot API sends them, for pure tests."""

from typing import Any

ANN = {
    "id": 4711, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "username": "ann_lee", "language_code": "en",
}  # fmt: skip
PRIVATE = {"id": 4711, "first_name": "Ann", "last_name": "Lee", "username": "ann_lee", "type": "private"}
GROUP = {"id": -1001234567890, "title": "Guests", "type": "supergroup", "is_forum": True}
BOT = {"id": 123456, "is_bot": True, "first_name": "Support", "username": "support_bot"}
FILE = {"file_id": "AgAC", "file_unique_id": "AQAD", "file_size": 1234}


def message(**fields: Any) -> dict[str, Any]:
    """A message of Ann's in her private chat; `None` takes a field away."""
    whole: dict[str, Any] = {"message_id": 7, "from": ANN, "chat": PRIVATE, "date": 1_760_000_000, **fields}
    return {name: value for name, value in whole.items() if value is not None}


def update(kind: str = "message", /, **fields: Any) -> dict[str, Any]:
    """An update with one message in it."""
    return {"update_id": 100, kind: message(**fields)}


def in_topic(**fields: Any) -> dict[str, Any]:
    """A message in a forum topic."""
    return update(chat=GROUP, message_thread_id=55, is_topic_message=True, **fields)


def press(**under: Any) -> dict[str, Any]:
    """A press of a button under a message of the bot's."""
    shown = message(**{"from": BOT, "text": "Choose", **under})
    query = {"id": "4382", "from": ANN, "message": shown, "chat_instance": "-77", "data": "a"}
    return {"update_id": 101, "callback_query": query}


def membership(status: str, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    """The bot's own standing in a chat changed."""
    change = {
        "chat": chat, "from": ANN, "date": 1_760_000_000,
        "old_chat_member": {"user": BOT, "status": "member"}, "new_chat_member": {"user": BOT, "status": status},
    }  # fmt: skip
    return {"update_id": 102, "my_chat_member": change}


REAL_LOOKING = [
    update(text="hello **you**", entities=[{"type": "bold", "offset": 0, "length": 5}]),
    update(text="see", entities=[{"type": "text_link", "offset": 0, "length": 3, "url": "https://example.org"}]),
    update("edited_message", text="hello again", edit_date=1_760_000_060),
    update(photo=[{**FILE, "width": 90, "height": 60}], caption="my cat", caption_entities=[]),
    update(sticker={**FILE, "width": 512, "height": 512, "emoji": "🙂", "is_animated": False}),
    in_topic(text="in a topic", reply_to_message=message(text="before")),
    update(chat=GROUP, sender_chat=GROUP, text="as the group", **{"from": BOT}),
    update(migrate_to_chat_id=-1009876543210),
    press(),
    membership("kicked"),
    membership("member", GROUP),
]
