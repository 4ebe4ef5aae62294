"""What people send, as the fields of a Bot API message: one of each kind."""

from typing import Any

from tests.unit.telegram.updates import (
    ANN,
    BOB,
    BOT,
    GROUP,
    NEWS,
    PRIVATE,
    edit,
    in_topic,
    membership,
    message,
    press,
    reaction,
    update,
)


def file(id: str, size: int, **fields: Any) -> dict[str, Any]:  # noqa: A002 - the file's own word
    """Telegram's handle of a file."""
    return {"file_id": id, "file_unique_id": f"u{id}", "file_size": size, **fields}


THUMB = file("AAMCthumb", 900, width=90, height=60)
PHOTO = [
    file("AgACsmall", 1234, width=90, height=60),
    file("AgAClarge", 98765, width=1280, height=853),
    file("AgACmedium", 23456, width=320, height=213),
]
ANIMATION = file(
    "CgACanim", 40000, width=320, height=240, duration=2, file_name="wave.mp4", mime_type="video/mp4", thumbnail=THUMB
)
VIDEO = file("BAACvideo", 4_000_000, width=1280, height=720, duration=63, mime_type="video/mp4", file_name="party.mp4",
             thumbnail=THUMB)  # fmt: skip
ROUND = file("DQACround", 300_000, length=240, duration=10, thumbnail=THUMB)
VOICE = file("AwACvoice", 20_000, duration=12, mime_type="audio/ogg")
AUDIO = file("CQACaudio", 3_000_000, duration=200, performer="The Performers", title="Song", mime_type="audio/mpeg",
             file_name="song.mp3")  # fmt: skip
DOCUMENT = file("BQACdoc", 50_000, file_name="report.pdf", mime_type="application/pdf", thumbnail=THUMB)
STICKER = file("CAACstick", 30_000, width=512, height=512, emoji="😀", set_name="Smileys", type="regular",
               is_animated=False, is_video=False, thumbnail=THUMB)  # fmt: skip
SPOT = {"latitude": 45.4642, "longitude": 9.19, "horizontal_accuracy": 12.5}
LIVE = {**SPOT, "live_period": 900, "heading": 90}
VENUE = {"location": {"latitude": 45.4642, "longitude": 9.19}, "title": "Duomo", "address": "Piazza del Duomo, Milano"}
POLL = {
    "id": "77", "question": "Tea or coffee?", "total_voter_count": 0, "is_closed": False, "is_anonymous": True,
    "type": "regular", "allows_multiple_answers": False, "allows_revoting": True, "members_only": False,
    "options": [{"persistent_id": "1", "text": "Tea", "voter_count": 0},
                {"persistent_id": "2", "text": "Coffee", "voter_count": 0}],
}  # fmt: skip
CHECKLIST = {
    "title": "Moving out",
    "tasks": [
        {"id": 1, "text": "Keys", "completed_by_user": ANN, "completion_date": 1_759_000_000},
        {"id": 2, "text": "Windows"},
    ],
}
GIFT = {
    "gift": {"id": "5", "sticker": STICKER, "star_count": 50},
    "text": "for your help", "entities": [{"type": "bold", "offset": 4, "length": 4}],
}  # fmt: skip
UNIQUE_GIFT = {
    "gift": {
        "gift_id": "6", "base_name": "Plush Bear", "name": "PlushBear-17", "number": 17,
        "model": {"name": "Brown", "sticker": STICKER, "rarity_per_mille": 5},
        "symbol": {"name": "Star", "sticker": STICKER, "rarity_per_mille": 5},
        "backdrop": {"name": "Sky", "rarity_per_mille": 5,
                     "colors": {"center_color": 1, "edge_color": 2, "symbol_color": 3, "text_color": 4}},
    },
    "origin": "transfer",
}  # fmt: skip
RICH = {
    "blocks": [
        {"type": "heading", "size": 1, "text": "Menu"},
        {"type": "paragraph",
         "text": ["See ", {"type": "url", "text": {"type": "bold", "text": "here"}, "url": "https://example.org/"}, "."]},
        {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "paragraph", "text": "Soup"}]},
                                   {"label": "2.", "blocks": [{"type": "paragraph", "text": "Fish"}]}]},
        {"type": "divider"},
        {"type": "table", "caption": "Prices",
         "cells": [[{"text": "Soup", "align": "left", "valign": "top"}, {"text": "5", "align": "left", "valign": "top"}]]},
        {"type": "photo", "photo": PHOTO, "caption": {"text": "Our chef", "credit": "Bob"}},
        {"type": "mathematical_expression", "expression": "x^2"},
    ]
}  # fmt: skip
PASSPORT = {
    "data": [{"type": "phone_number", "hash": "aGFzaA==", "phone_number": "1234567"}],
    "credentials": {"data": "ZGF0YQ==", "hash": "aGFzaA==", "secret": "c2VjcmV0"},
}  # fmt: skip
PAYMENT = {
    "currency": "EUR", "total_amount": 999, "invoice_payload": "17", "telegram_payment_charge_id": "t",
    "provider_payment_charge_id": "p",
}  # fmt: skip

CONTENTS: dict[str, dict[str, Any]] = {
    "text": {"text": "hello"},
    "photo": {"photo": PHOTO},
    "live photo": {"live_photo": file("MyACmov", 900_000, width=1, height=1, duration=3, photo=PHOTO), "photo": PHOTO},
    "animation": {"animation": ANIMATION, "document": ANIMATION},
    "video": {"video": VIDEO},
    "video note": {"video_note": ROUND},
    "voice": {"voice": VOICE},
    "audio": {"audio": AUDIO},
    "document": {"document": DOCUMENT},
    "sticker": {"sticker": STICKER},
    "location": {"location": SPOT},
    "live location": {"location": LIVE},
    "venue": {"venue": VENUE, "location": VENUE["location"]},
    "contact": {"contact": {"phone_number": "393331234567", "first_name": "Bob", "last_name": "Ross", "user_id": 5822}},
    "own contact": {"contact": {"phone_number": "+39 333 000", "first_name": "Ann", "user_id": 4711}},
    "poll": {"poll": POLL},
    "dice": {"dice": {"emoji": "🎯", "value": 5}},
    "game": {"game": {"title": "Chess", "description": "A game", "photo": PHOTO}},
    "story": {"story": {"chat": NEWS, "id": 3}},
    "paid media": {"paid_media": {"star_count": 5, "paid_media": [{"type": "photo", "photo": PHOTO}]}},
    "checklist": {"checklist": CHECKLIST},
    "gift": {"gift": GIFT},
    "unique gift": {"unique_gift": UNIQUE_GIFT},
    "giveaway": {"giveaway": {"chats": [NEWS], "winners_selection_date": 1_770_000_000, "winner_count": 3}},
    "invoice": {"invoice": {"title": "Lamp", "description": "A lamp", "start_parameter": "l", "currency": "EUR",
                            "total_amount": 999}},
    "payment": {"successful_payment": PAYMENT},
    "refund": {"refunded_payment": {"currency": "XTR", "total_amount": 9, "invoice_payload": "17",
                                    "telegram_payment_charge_id": "t"}},
    "passport data": {"passport_data": PASSPORT},
    "shared users": {"users_shared": {"request_id": 1, "users": [{"user_id": 5822, "first_name": "Bob"},
                                                                 {"user_id": 5823}]}},
    "shared chat": {"chat_shared": {"request_id": 1, "chat_id": -1005, "title": "Club"}},
    "web app data": {"web_app_data": {"data": '{"n":1}', "button_text": "Order"}},
    "rich message": {"rich_message": RICH},
}  # fmt: skip
"""one of each kind"""

REPLIED = message(**{"message_id": 3, "from": BOT, "text": "How can we\nhelp you today?"})
ORIGINS: dict[str, dict[str, Any]] = {
    "user": {"type": "user", "date": 1_750_000_000, "sender_user": ANN},
    "hidden user": {"type": "hidden_user", "date": 1_750_000_000, "sender_user_name": "Somebody Shy"},
    "chat": {"type": "chat", "date": 1_750_000_000, "sender_chat": GROUP, "author_signature": "admin"},
    "channel": {
        "type": "channel", "date": 1_750_000_000, "chat": NEWS, "message_id": 9, "author_signature": "Bob",
    },
}  # fmt: skip

FORMATTED = {"text": "hello you", "entities": [{"type": "bold", "offset": 6, "length": 3}]}
EXTERNAL = {"origin": ORIGINS["channel"], "chat": NEWS, "message_id": 9, "photo": PHOTO}
THUMBS_UP, HEART = {"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "❤"}

REAL: list[dict[str, Any]] = [
    *(update(**fields) for fields in CONTENTS.values()),
    *(update(**fields, caption="my *cat*", caption_entities=[{"type": "italic", "offset": 0, "length": 2}])
      for name, fields in CONTENTS.items() if name in {"photo", "video", "document", "voice"}),
    *(edit(**CONTENTS[name]) for name in ("text", "photo", "location", "live location", "checklist")),
    *(update(**FORMATTED, forward_origin=origin) for origin in ORIGINS.values()),
    update(photo=PHOTO, media_group_id="13579"),
    update(**FORMATTED, reply_to_message=REPLIED, quote={"text": "help you", "position": 11, "is_manual": True}),
    update(text="this one", external_reply=EXTERNAL),
    update(text="nice", reply_to_story={"chat": NEWS, "id": 3}),
    update(text="/start cHJvbW8tMTc", entities=[{"type": "bot_command", "offset": 0, "length": 6}]),
    in_topic(text="in a topic", reply_to_message=message(chat=GROUP, forum_topic_created={"name": "x", "icon_color": 1})),
    update(chat=GROUP, sender_chat=GROUP, text="as the group", **{"from": BOT}),
    update("channel_post", chat=NEWS, sender_chat=NEWS, text="hi", **{"from": None}),
    update(chat={"id": -555, "title": "Guests", "type": "group"}, migrate_to_chat_id=-1009876543210),
    update(chat=GROUP, new_chat_members=[BOB]),
    press(),
    press("-"),
    press("Zm9vYmFyMTI.0", chat=GROUP, message_thread_id=5, is_topic_message=True),
    {"update_id": 104, "callback_query": {"id": "1", "from": ANN, "chat_instance": "-7", "inline_message_id": "x", "data": "a"}},
    {"update_id": 105, "callback_query": {"id": "2", "from": ANN, "chat_instance": "-7", "data": "Zm9vYmFyMTI.1",
                                          "message": {"chat": PRIVATE, "message_id": 9, "date": 0}}},
    membership("member", "kicked"),
    membership("kicked", "member"),
    membership("member", "left", GROUP),
    reaction([], [THUMBS_UP]),
    reaction([THUMBS_UP], [HEART, {"type": "custom_emoji", "custom_emoji_id": "53"}, {"type": "paid"}]),
    reaction([THUMBS_UP], [], chat=GROUP, user=None, actor_chat=GROUP),
]  # fmt: skip
"""updates of every kind"""
