"""What an end user sends besides words, ready to be sent: fields for `user_sends`."""

from collections.abc import Callable

from bridge.sandbox import samples
from bridge.sandbox.telegram_answers import Json, Upload
from bridge.sandbox.telegram_contents import (
    checklist,
    contact,
    dice,
    forwarded_from_channel,
    of_the_future,
    own_contact,
    paid_media,
    poll,
    spot,
    story,
    venue,
)
from bridge.sandbox.telegram_people import User

PARCEL = Upload("parcel.jpg", samples.PARCEL, "image/jpeg")
CLIP = Upload("clip.mp4", samples.CLIP, "video/mp4")
SILENT = Upload("silent.mp4", samples.SILENT, "video/mp4")


def sticker(name: str, content: bytes, mime: str, emoji: str) -> Json:
    """A sticker; those that move have a still."""
    still = {} if mime == "image/webp" else {"thumbnail": Upload("still.webp", samples.BOX, "image/webp")}
    return {"sticker": Upload(name, content, mime), "emoji": emoji, "set_name": "Sandbox", **still}


USER_SAMPLES: dict[str, Callable[[User, int], Json]] = {
    "photo": lambda _, __: {"photo": PARCEL, "caption": "The parcel, as it arrived"},
    "document": lambda _, __: {"document": Upload("invoice.pdf", samples.INVOICE, "application/pdf")},
    "video": lambda _, __: {
        "video": CLIP,
        "caption": "It moves",
        "thumbnail": samples.SMALL,
        "duration": 2,
        "width": 160,
        "height": 120,
    },
    "round": lambda _, __: {"video_note": SILENT, "length": 128, "duration": 1},
    "animation": lambda _, __: {"animation": SILENT, "width": 128, "height": 128, "duration": 1},
    "audio": lambda _, __: {
        "audio": Upload("four-notes.mp3", samples.SONG, "audio/mpeg"),
        "title": "Four notes",
        "performer": "The Sandbox",
        "duration": 1,
    },
    "voice": lambda _, __: voice(4),
    "smile": lambda _, __: sticker("smile.webp", samples.SMILE, "image/webp", "🙂"),
    "box": lambda _, __: sticker("box.webp", samples.BOX, "image/webp", "📦"),
    "ball": lambda _, __: sticker("ball.tgs", samples.BALL, "application/x-tgsticker", "⚽"),
    "moving": lambda _, __: sticker("moving.webm", samples.MOVING, "video/webm", "🟥"),
    "location": lambda _, __: spot(),
    "venue": lambda _, __: venue("Parcel shop", "Via Roma 12, Turin"),
    "contact": lambda _, __: contact("+39 011 555 0142", "Bianca", "Bianchi"),
    "own_contact": lambda user, _: own_contact(user, "+39 011 555 0143"),
    "poll": lambda _, __: poll("When do you deliver?", ["Mornings", "Afternoons", "At night"]),
    "dice": lambda _, __: dice("🎲", 5),
    "story": lambda user, _: story(user),
    "paid": lambda _, __: paid_media(25),
    "checklist": lambda _, __: checklist("Before I call again", ["Read the label", "Look next door"]),
    "forward": lambda _, now: {
        "text": "Parcels are late this week.",
        **forwarded_from_channel("Parcel news", now - 3600, "parcel_news"),
    },
    "future": lambda _, __: of_the_future(),
}
"""by name: fields made of the user who sends and the time now"""


def voice(seconds: float) -> Json:
    """A voice message of that length."""
    content = samples.voice(seconds)
    return {"voice": Upload("voice.ogg", content, "audio/ogg"), "duration": max(1, round(seconds))}


def attached(upload: Upload, caption: str) -> Json:
    """A file from the user's own disk as Telegram's apps would send it: pictures, films and music as such."""
    kind = {
        "image/jpeg": "photo",
        "image/png": "photo",
        "image/webp": "photo",
        "video/mp4": "video",
        "audio/mpeg": "audio",
        "audio/mp4": "audio",
        "audio/ogg": "voice",
    }.get(upload.content_type, "document")
    return {kind: upload, **({"caption": caption} if caption else {})}
