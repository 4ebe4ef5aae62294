"""What a message is made of: every kind of content → parts (pure)."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bridge.message import Notice, Part, Spot, Text
from bridge.telegram.entities import to_markdown
from bridge.telegram.fields import Json, count, inner, line, measure, one_line, rows, words
from bridge.telegram.media import Depot, media
from bridge.telegram.people import called
from bridge.telegram.rich import plain

MOST_LINES = 40
"""of a poll or a checklist"""

COMMON_FIELDS = """
    message_id date chat message_thread_id direct_messages_topic from sender_chat sender_boost_count sender_business_bot
    sender_tag guest_query_id business_connection_id forward_origin forward_date forward_from forward_from_chat
    forward_from_message_id forward_sender_name forward_signature is_topic_message is_automatic_forward reply_to_message
    external_reply quote reply_to_story reply_to_checklist_task_id reply_to_poll_option_id via_bot guest_bot_caller_user
    guest_bot_caller_chat edit_date has_protected_content is_from_offline is_paid_post media_group_id author_signature
    paid_star_count text entities link_preview_options suggested_post_info effect_id caption caption_entities
    show_caption_above_media has_media_spoiler reply_markup receiver_user ephemeral_message_id
"""
COMMON = frozenset(COMMON_FIELDS.split())
"""what messages of any kind may have, so that none of it names a kind"""


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of a message, never empty; `ids` are for `attributes.telegram`, `phone` is the author's own."""

    parts: tuple[Part, ...]
    ids: Mapping[str, object] = field(default_factory=dict)
    phone: str = ""


def content(message: Json, depot: Depot) -> Content:
    """What a message of any kind says."""
    if text := words(message, "text"):
        return Content((Text(to_markdown(text, rows(message, "entities"))),))
    caption = words(message, "caption")
    said = to_markdown(caption, rows(message, "caption_entities")) if caption else ""
    if found := media(message, depot):
        ids = {"file_unique_id": found.unique_id} if found.unique_id else {}
        return Content((replace(found.media, caption=said),), ids)
    read = next((KINDS[name] for name in KINDS if name in message), unknown)
    whole = read(message)
    return replace(whole, parts=(*whole.parts, Text(said))) if said else whole


# ---------------------------------------------------------------- places and people


def venue(message: Json) -> Content:
    """A place with a name."""
    fields = inner(message, "venue")
    place = inner(fields, "location") or inner(message, "location")
    title, address = line(fields, "title"), line(fields, "address")
    point = spot(place)
    if point is None:
        return lines([f"📍 {', '.join(filter(None, (title, address))) or 'Venue'}"])
    return Content((replace(point, title=title or "Venue", address=address, live=False),), coordinates(place))


def location(message: Json) -> Content:
    """A point on the map, which may move."""
    place = inner(message, "location")
    point = spot(place)
    return Content((point,), coordinates(place)) if point else lines(["[location]"])


def spot(place: Json) -> Spot | None:
    """The point that a Location names; None if there is no such point."""
    latitude, longitude = measure(place, "latitude", 90.0), measure(place, "longitude", 180.0)
    if latitude is None or longitude is None:
        return None
    return Spot(latitude, longitude, live=count(place, "live_period") > 0)


def coordinates(place: Json) -> Mapping[str, object]:
    """A Location for programs."""
    given = {
        "latitude": measure(place, "latitude", 90.0),
        "longitude": measure(place, "longitude", 180.0),
        "horizontal_accuracy": measure(place, "horizontal_accuracy", 1500.0),  # metres, by the Bot API 1500 at most
    }
    return {"location": {name: value for name, value in given.items() if value is not None}}


def contact(message: Json) -> Content:
    """A person's name and number; one's own number is known to be one's own by its user id."""
    fields = inner(message, "contact")
    digits = re.sub(r"[^0-9]", "", line(fields, "phone_number"))[:20]
    number = f"+{digits}" if digits else line(fields, "phone_number")
    own = bool(digits) and count(fields, "user_id") > 0 and fields["user_id"] == inner(message, "from").get("id")
    said = ", ".join(filter(None, (called(fields), number)))
    return replace(lines([f"👤 {said or 'Contact'}"]), phone=number if own else "")


# ---------------------------------------------------------------- what has lines


def poll(message: Json) -> Content:
    """A question with its options."""
    fields = inner(message, "poll")
    options = [f"○ {option}" for row in rows(fields, "options") if (option := line(row, "text"))]
    return lines([f"📊 {line(fields, 'question') or 'Poll'}", *options])


def checklist(message: Json) -> Content:
    """What there is to do, and what of it is done."""
    fields = inner(message, "checklist")
    tasks = [f"{'☑' if is_done(row) else '☐'} {line(row, 'text')}" for row in rows(fields, "tasks")]
    return lines([f"📋 {line(fields, 'title') or 'Checklist'}", *tasks])


def is_done(row: Json) -> bool:
    """Whether somebody has ticked this off."""
    return count(row, "completion_date") > 0 or any(inner(row, f"completed_by_{who}") for who in ("user", "chat"))


def rich_message(message: Json) -> Content:
    """Blocks of text and media; the words of it."""
    said = plain(inner(message, "rich_message"))
    return Content((Notice("[rich message]"), Text(said))) if said else lines(["[rich message]"])


# ---------------------------------------------------------------- what is only named


def dice(message: Json) -> Content:
    """A throw, with the emoji that was thrown."""
    fields = inner(message, "dice")
    return lines([f"{line(fields, 'emoji', 16) or '🎲'} {count(fields, 'value') or 'thrown'}"])


def story(message: Json) -> Content:
    """A story, which bots don't get to see."""
    whose = called(inner(inner(message, "story"), "chat"))
    return lines([f"[story] from {whose}" if whose else "[story]"])


def gift(message: Json) -> Content:
    """A gift, with the words that go with it."""
    fields = inner(message, "gift") or inner(message, "unique_gift")
    name = line(inner(fields, "gift"), "base_name")
    whole = lines([f"[gift] {name}".rstrip()])
    text = words(fields, "text")
    return replace(whole, parts=(*whole.parts, Text(to_markdown(text, rows(fields, "entities"))))) if text else whole


def users_shared(message: Json) -> Content:
    """People whom the user picked."""
    names = [name for row in rows(inner(message, "users_shared"), "users") if (name := called(row))]
    return lines([one_line(f"[shared users] {', '.join(names)}")])


def paid_media(message: Json) -> Content:
    """Media that cost something to see."""
    stars = count(inner(message, "paid_media"), "star_count")
    return lines([f"[paid media] for {stars} Telegram Stars" if stars else "[paid media]"])


def named(name: str, kind: str, *details: str) -> Callable[[Json], Content]:
    """Make the reader of a kind that is only named, with those of its fields that say something."""

    def read(message: Json) -> Content:
        fields = inner(message, name)
        return lines([f"[{kind}] {', '.join(filter(None, (line(fields, one) for one in details)))}".rstrip()])

    return read


def unknown(message: Json) -> Content:
    """Name a kind that a later Bot API has brought, by the field that is not familiar."""
    if isinstance(message.get("text"), str):
        return lines(["[empty message]"])
    unfamiliar = [name for name in message if name not in COMMON and name.strip()]
    weighty = [name for name in unfamiliar if isinstance(message[name], Mapping | list)]
    name = next(iter(weighty or unfamiliar), "message of an unknown kind")
    return lines([f"[{one_line(name.replace('_', ' '), 60) or 'message of an unknown kind'}]"])


KINDS: Mapping[str, Callable[[Json], Content]] = {
    "venue": venue,  # before location: a venue carries a location as well
    "location": location,
    "contact": contact,
    "poll": poll,
    "dice": dice,
    "game": named("game", "game", "title"),
    "story": story,
    "paid_media": paid_media,
    "checklist": checklist,
    "gift": gift,
    "unique_gift": gift,
    "giveaway": named("giveaway", "giveaway", "prize_description"),
    "invoice": named("invoice", "invoice", "title"),
    "successful_payment": named("successful_payment", "payment"),
    "refunded_payment": named("refunded_payment", "refunded payment"),
    "passport_data": named("passport_data", "passport data"),
    "users_shared": users_shared,
    "user_shared": users_shared,
    "chat_shared": named("chat_shared", "shared chat", "title"),
    "web_app_data": named("web_app_data", "web app data", "button_text", "data"),
    "rich_message": rich_message,
}
"""how what people send beside text and files is read; the first match counts"""


def lines(said: Iterable[str]) -> Content:
    """Lines of ours, not too many."""
    all_lines = [Notice(one) for one in said]
    if len(all_lines) > MOST_LINES:
        left = len(all_lines) - MOST_LINES + 1
        all_lines[MOST_LINES - 1 :] = [Notice(f"… and {left} more")]
    return Content(tuple(all_lines))
