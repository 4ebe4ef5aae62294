"""Updates as the Bot API sends them, for pure tests."""

from typing import Any

import orjson

from bridge.message import Message, Reading
from bridge.telegram.read import TelegramReader

ANN = {
    "id": 4711, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "username": "ann_lee", "language_code": "en",
}  # fmt: skip
BOB = {"id": 5822, "is_bot": False, "first_name": "Bob"}
PRIVATE = {"id": 4711, "first_name": "Ann", "last_name": "Lee", "username": "ann_lee", "type": "private"}
GROUP = {"id": -1001234567890, "title": "Guests", "type": "supergroup", "is_forum": True}
NEWS = {"id": -1005550001112, "title": "News", "username": "news", "type": "channel"}
BOT = {"id": 123456, "is_bot": True, "first_name": "Support", "username": "support_bot"}

READER = TelegramReader("support", "123456", reactions=True)


def read(what: object, reader: TelegramReader = READER) -> Reading:
    """Read an update, or bytes in its place."""
    return reader.read(what if isinstance(what, bytes) else orjson.dumps(what))


def understood(what: object, reader: TelegramReader = READER) -> Message:
    """Read an update that must be a message."""
    reading = read(what, reader)
    assert isinstance(reading, Message), reading
    return reading


def message(**fields: Any) -> dict[str, Any]:
    """A message of Ann's in her private chat; `None` takes a field away."""
    whole: dict[str, Any] = {"message_id": 7, "from": ANN, "chat": PRIVATE, "date": 1_760_000_000, **fields}
    return {name: value for name, value in whole.items() if value is not None}


def update(kind: str = "message", /, **fields: Any) -> dict[str, Any]:
    """An update with one message in it."""
    return {"update_id": 100, kind: message(**fields)}


def edit(**fields: Any) -> dict[str, Any]:
    """A message that was edited half an hour later."""
    return update("edited_message", edit_date=1_760_001_800, **fields)


def in_topic(**fields: Any) -> dict[str, Any]:
    """A message in a forum topic."""
    return update(chat=GROUP, message_thread_id=55, is_topic_message=True, **fields)


def press(data: str = "Zm9vYmFyMTI.3", /, **under: Any) -> dict[str, Any]:
    """A press of a button under a message of the bot's."""
    shown = message(**{"from": BOT, "text": "Choose", **under})
    query = {"id": "4382", "from": ANN, "message": shown, "chat_instance": "-77", "data": data}
    return {"update_id": 101, "callback_query": query}


def membership(before: str, after: str, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    """The bot's own standing in a chat changed."""
    change = {
        "chat": chat, "from": ANN, "date": 1_760_000_000,
        "old_chat_member": standing(before), "new_chat_member": standing(after),
    }  # fmt: skip
    return {"update_id": 102, "my_chat_member": change}


def standing(status: str) -> dict[str, Any]:
    """The bot as a member of a chat."""
    extra = {"until_date": 0} if status == "kicked" else {}
    return {"user": BOT, "status": status, **extra}


def reaction(before: list[Any], after: list[Any], **fields: Any) -> dict[str, Any]:
    """Ann's reactions to a message changed."""
    change: dict[str, Any] = {"chat": PRIVATE, "message_id": 7, "user": ANN, "date": 1_760_000_000, **fields}
    change = {name: value for name, value in change.items() if value is not None}
    return {"update_id": 103, "message_reaction": change | {"old_reaction": before, "new_reaction": after}}
