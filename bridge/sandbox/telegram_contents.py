"""Fields of the Bot API's ``Message`` for everything people send that is neither words nor a plain file (pure).

Hand them to ``user_sends``: ``telegram.user_sends(bot, ann, **venue("Cafe", "Main St 1"))``.
"""

from collections.abc import Sequence

from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_people import User

TURIN = (45.0703, 7.6869)


def spot(latitude: float = TURIN[0], longitude: float = TURIN[1], **more: float) -> Json:
    """A point on the map; ``more`` may hold horizontal_accuracy, or live_period, heading … of a live one."""
    return {"location": {"latitude": latitude, "longitude": longitude, **more}}


def venue(title: str, address: str, latitude: float = TURIN[0], longitude: float = TURIN[1]) -> Json:
    """A place with a name: a point as well, for old clients."""
    place = spot(latitude, longitude)
    return {"venue": {**place, "title": title, "address": address}} | place


def contact(phone: str, first_name: str, last_name: str = "", user_id: int = 0) -> Json:
    """Somebody's number, whether they are on Telegram (``user_id``) or not."""
    named = {"last_name": last_name} if last_name else {}
    known = {"user_id": user_id} if user_id else {}
    return {"contact": {"phone_number": phone, "first_name": first_name, **named, **known}}


def own_contact(user: User, phone: str) -> Json:
    """A user's own number, as the button "share my phone number" sends it."""
    return contact(phone, user.first_name, user.last_name or "", user.id)


def poll(question: str, options: Sequence[str], number: int = 1) -> Json:
    """A poll that is open and anonymous, without votes."""
    listed = [{"persistent_id": str(n), "text": text, "voter_count": 0} for n, text in enumerate(options)]
    state = {"is_closed": False, "is_anonymous": True, "allows_multiple_answers": False, "allows_revoting": True}
    head = {"id": str(5_000_000_000 + number), "question": question, "options": listed, "total_voter_count": 0}
    return {"poll": {**head, "type": "regular", **state, "members_only": False}}


def dice(emoji: str = "🎲", value: int = 4) -> Json:
    """A die, a dart, a ball: an emoji with a value."""
    return {"dice": {"emoji": emoji, "value": value}}


def story(user: User, number: int = 3) -> Json:
    """A story that was shared; the Bot API tells no more of it."""
    return {"story": {"chat": user.as_chat(), "id": number}}


def paid_media(stars: int = 5) -> Json:
    """Media that one must pay for: bots see only how they look from outside."""
    return {"paid_media": {"star_count": stars, "paid_media": [{"type": "preview", "width": 320, "height": 240}]}}


def checklist(title: str, points: Sequence[str]) -> Json:
    """A list of points to tick off."""
    return {"checklist": {"title": title, "tasks": [{"id": n, "text": text} for n, text in enumerate(points, 1)]}}


def gift(sticker: Json, text: str = "For you", stars: int = 15) -> Json:
    """A gift (a service message); ``sticker`` is how it looks, as the ``sticker`` field of a message."""
    return {"gift": {"gift": {"id": "5170145012310081615", "sticker": sticker, "star_count": stars}, "text": text}}


def of_the_future() -> Json:
    """What a later Bot API may bring: a field that nobody knows yet."""
    return {"hologram": {"id": "1", "layers": 3}}


# ---------------------------------------------------------------- where it came from, what it answers


def forwarded_from_user(user: User, date: int) -> Json:
    """The mark of a message forwarded from a user who lets it be seen."""
    return {"forward_origin": {"type": "user", "date": date, "sender_user": user.as_json()}}


def forwarded_from_hidden(name: str, date: int) -> Json:
    """The mark of a message forwarded from a user who hides their account."""
    return {"forward_origin": {"type": "hidden_user", "date": date, "sender_user_name": name}}


def forwarded_from_group(title: str, date: int, signature: str = "") -> Json:
    """The mark of a message that somebody wrote in the name of a group."""
    chat: Json = {"id": -1_001_000_000_001, "title": title, "type": "supergroup"}
    signed = {"author_signature": signature} if signature else {}
    return {"forward_origin": {"type": "chat", "date": date, "sender_chat": chat, **signed}}


def forwarded_from_channel(title: str, date: int, username: str = "", number: int = 77) -> Json:
    """The mark of a channel's post."""
    named = {"username": username} if username else {}
    chat: Json = {"id": -1_001_000_000_002, "title": title, **named, "type": "channel"}
    return {"forward_origin": {"type": "channel", "date": date, "chat": chat, "message_id": number}}


def quote(text: str, position: int = 0) -> Json:
    """The part of the message replied to that was picked by hand; beside ``reply_to``."""
    return {"quote": {"text": text, "position": position, "is_manual": True}}
