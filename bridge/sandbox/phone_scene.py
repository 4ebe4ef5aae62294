"""Messages of the simulated Telegram → what the page's phone draws (pure)."""

from collections.abc import Sequence
from typing import Any

from bridge.sandbox.tally import Letter
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_keyboard import buttons, keyboard_of

FILES = ("photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker")
"""in this order: an animation carries a document as well"""

FILE_ROUTE = "/files/phone/"
"""where the page's server hands out files of the simulated Telegram, by `file_id`"""


def fate(letter: Letter | None) -> Json:
    """How a message fares; nothing is known of one that was there before us."""
    if letter is None:
        return {"fate": "there", "reason": ""}
    return {"fate": letter.fate, "reason": letter.reason}


def phone_message(message: Json, bot_id: int, letter: Letter | None, reactions: Sequence[Json] = ()) -> Json:
    """A message as the user's phone shows it: what it lacks is not there."""
    mine = message["from"]["id"] != bot_id
    shown: Json = {
        "id": message["message_id"],
        "mine": mine,
        "at": message["date"],
        "text": message.get("text", message.get("caption", "")),
        "entities": message.get("entities", message.get("caption_entities", [])),
        "kind": kind_of(message),
    }
    parts: Json = {
        "edited": "edit_date" in message,
        "album": message.get("media_group_id"),
        "file": file_of(message),
        "place": place_of(message),
        "card": card_of(message),
        "reply": reply_of(message),
        "origin": origin_of(message),
        "buttons": keyboard_of(message),
        "reaction": "".join(map(emoji, reactions)),
    }
    return shown | {name: value for name, value in parts.items() if value} | (fate(letter) if mine else {})


def kind_of(message: Json) -> str:
    """What a message is, in one of Telegram's words; "" for words alone."""
    others = ("venue", "location", "contact", "poll", "dice", "story", "paid_media", "checklist", "gift")
    return next((name for name in (*FILES, *others) if name in message), "" if "text" in message else "unknown")


def preview(message: Json) -> str:
    """A message in a few words."""
    kind = kind_of(message)
    said = str(message.get("text") or message.get("caption") or "")
    return f"{f'[{kind}] ' if kind else ''}{said}".strip()


def file_of(message: Json) -> Json | None:
    """A file: where it is, and how large; `thumb` is a still of what can't be shown itself."""
    kind = next((name for name in FILES if name in message), None)
    if kind is None:
        return None
    body: Json = message[kind][-1] if kind == "photo" else message[kind]
    shown: Json = {
        "kind": kind,
        "url": FILE_ROUTE + body["file_id"],
        "name": body.get("file_name") or kind,
        "type": body.get("mime_type", ""),
        "size": body["file_size"],
    }
    if kind == "sticker":
        shown |= {
            "moves": "tgs" if body["is_animated"] else "webm" if body["is_video"] else "",
            "emoji": body.get("emoji"),
        }
    numbers = ("width", "height", "duration", "title", "performer")
    shown |= {name: body[name] for name in numbers if body.get(name)}
    thumb = body.get("thumbnail")
    return shown | ({"thumb": FILE_ROUTE + thumb["file_id"]} if thumb else {})


def place_of(message: Json) -> Json | None:
    """A point on the map; `live` while it moves."""
    spot: Json | None = message.get("location")
    if spot is None:
        return None
    venue = message.get("venue", {})
    shown = {name: spot[name] for name in ("latitude", "longitude")}
    return shown | {"title": venue.get("title", ""), "address": venue.get("address", ""), "live": "live_period" in spot}


def card_of(message: Json) -> Json | None:
    """Anything else that has no words of its own: a title and some lines."""
    match kind_of(message):
        case "contact":
            contact = message["contact"]
            name = f"{contact['first_name']} {contact.get('last_name', '')}".strip()
            return {"sign": "👤", "title": name, "lines": [contact["phone_number"]]}
        case "poll":
            poll = message["poll"]
            return {"sign": "📊", "title": poll["question"], "lines": [one["text"] for one in poll["options"]]}
        case "dice":
            return {"sign": message["dice"]["emoji"], "title": str(message["dice"]["value"]), "lines": []}
        case "checklist":
            listed = message["checklist"]
            return {"sign": "☑️", "title": listed["title"], "lines": [one["text"] for one in listed["tasks"]]}
        case "story":
            return {"sign": "◎", "title": "Story", "lines": []}
        case "paid_media":
            return {"sign": "⭐", "title": f"Media for {message['paid_media']['star_count']} stars", "lines": []}
        case "gift":
            return {"sign": "🎁", "title": "Gift", "lines": [message["gift"].get("text", "")]}
        case "unknown":
            return {"sign": "?", "title": "A kind of message that is not invented yet", "lines": []}
        case _:
            return None


def reply_of(message: Json) -> Json | None:
    """What a message answers."""
    replied = message.get("reply_to_message")
    if replied is None:
        return None
    words = message.get("quote", {}).get("text") or preview(replied)
    return {"id": replied["message_id"], "name": replied["from"]["first_name"], "text": words[:120]}


def origin_of(message: Json) -> str:
    """Who a forwarded message is from."""
    origin: dict[str, Any] = message.get("forward_origin", {})
    who = origin.get("sender_user") or origin.get("sender_chat") or origin.get("chat") or {}
    return str(who.get("first_name") or who.get("title") or origin.get("sender_user_name") or "")


def emoji(reaction: Json) -> str:
    """A reaction as a sign."""
    return str(reaction.get("emoji", "✨"))


def pressed(query: Json) -> str:
    """The label of the button that was pressed, as far as it is still there."""
    labels = (one["text"] for one in buttons(query["message"]) if one.get("callback_data") == query.get("data"))
    return str(next(labels, "a button that is gone"))


def reacted(reaction: Json) -> str:
    """The reaction that was set, or that one was taken back."""
    return "".join(map(emoji, reaction["new_reaction"])) or "taken back"
