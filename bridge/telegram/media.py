"""Files that people send: Telegram's media fields → Media (pure)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bridge.message import File, Media, MediaKind
from bridge.telegram.fields import LONGEST, Json, count, inner, line, one_line, rows, words
from bridge.wire.naming import mime_type

MEGABYTE = 2**20
_FILE_ID = re.compile(r"[!-~]{1,512}")

ENDINGS = {
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-tgsticker": "tgs",
    "application/zip": "zip",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/m4a": "m4a",
    "audio/mp3": "mp3",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/wav": "wav",
    "audio/x-m4a": "m4a",
    "audio/x-wav": "wav",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/csv": "csv",
    "text/plain": "txt",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
}
"""the ending of the name that we give to a file which came without one"""


@dataclass(frozen=True, slots=True)
class Depot:
    """Where a message's files stay: a chat of a channel; `limit` bytes is what bots can fetch from there."""

    channel: str
    chat: str
    limit: int | None = None

    def file(self, fields: Json) -> File | None:
        """The file that the fields of a media object name."""
        name = words(fields, "file_id")
        return File(self.channel, self.chat, name) if _FILE_ID.fullmatch(name) else None


@dataclass(frozen=True, slots=True)
class Sort:
    """How one field's files are named and typed where Telegram does not say it, and how they are put into words."""

    kind: MediaKind
    name: str
    mime: str
    label: Callable[[Json, str], str]


def timed(label: str) -> Callable[[Json, str], str]:
    """Put a film or a sound into words: with its length."""
    return lambda fields, _: f"{label} {clock(count(fields, 'duration'))}".rstrip()


def song(fields: Json, name: str) -> str:
    """Put music into words, by its title or else its file's name."""
    performer, title = line(fields, "performer"), line(fields, "title") or name
    full = f"{performer} – {title}" if performer and title else performer or title or "Audio"  # noqa: RUF001 - a dash
    return f"🎵 {full} {clock(count(fields, 'duration'))}".rstrip()


SORTS: Mapping[str, Sort] = {
    "animation": Sort(MediaKind.ANIMATION, "animation", "video/mp4", lambda *_: "🎞 Animation"),
    "live_photo": Sort(MediaKind.IMAGE, "photo", "image/jpeg", lambda *_: "📷 Live photo"),
    "video": Sort(MediaKind.VIDEO, "video", "video/mp4", timed("🎬 Video")),
    "video_note": Sort(MediaKind.ROUND_VIDEO, "video-message", "video/mp4", timed("⏺ Video message")),
    "voice": Sort(MediaKind.VOICE, "voice", "audio/ogg", timed("🎤 Voice")),
    "audio": Sort(MediaKind.AUDIO, "audio", "audio/mpeg", song),
    "document": Sort(
        MediaKind.FILE, "document", "application/octet-stream", lambda _, name: f"📄 {name or 'Document'}"
    ),
    "sticker": Sort(
        MediaKind.STICKER, "sticker", "image/webp", lambda fields, _: f"{line(fields, 'emoji', 16) or '🖼'} Sticker"
    ),
    "photo": Sort(MediaKind.IMAGE, "photo", "image/jpeg", lambda *_: "📷 Photo"),
}
"""by the field of a message; the first that it has counts, since an animation carries a document as well"""


@dataclass(frozen=True, slots=True)
class Found:
    """A message's media, and Telegram's own lasting id of the file."""

    media: Media
    unique_id: str


def media(message: Json, depot: Depot) -> Found | None:
    """The file that a message carries, without its caption; None if it carries none."""
    field = next((name for name in SORTS if name in message), None)
    if field is None:
        return None
    sort = SORTS[field]
    fields = largest(message, depot.limit) if sort.kind is MediaKind.IMAGE else inner(message, field)
    given_name = file_name(words(fields, "file_name"))
    mime = mime_type(words(fields, "mime_type")) or moving(fields) or sort.mime
    side = count(fields, "length") if field == "video_note" else 0
    whole = Media(
        sort.kind,
        source="",
        name=given_name or f"{sort.name}.{ENDINGS.get(mime, 'bin')}",
        mime=mime,
        size=count(fields, "file_size"),
        width=count(fields, "width") or side,
        height=count(fields, "height") or side,
        duration=count(fields, "duration"),
        label=sort.label(fields, given_name),
        thumbnail=depot.file(inner(fields, "thumbnail") or inner(fields, "thumb")),
    )
    return Found(at_hand(whole, depot.file(fields), depot.limit), line(fields, "file_unique_id"))


def at_hand(whole: Media, file: File | None, limit: int | None) -> Media:
    """The media with its source, if it can be had; otherwise its label says why not."""
    if limit is not None and whole.size > limit:
        why = f"{size(whole.size)}: too large for bots to fetch from Telegram ({size(limit)} at most)"
        return replace(whole, label=f"{whole.label}, {why}")
    if file is None:
        return replace(whole, label=f"{whole.label}: Telegram does not say where it is")
    return replace(whole, source=file)


def largest(message: Json, limit: int | None) -> Json:
    """The largest size of a photo that can be fetched; of a live one, its still picture."""
    given = rows(message, "photo") or rows(inner(message, "live_photo"), "photo")
    sizes = sorted(given, key=lambda one: (count(one, "width") * count(one, "height"), count(one, "file_size")))
    small = [one for one in sizes if limit is None or count(one, "file_size") <= limit]
    return (small or sizes or [{}])[-1]


def moving(fields: Json) -> str:
    """The type of a sticker that moves."""
    if fields.get("is_animated") is True:
        return "application/x-tgsticker"
    return "video/webm" if fields.get("is_video") is True else ""


def file_name(given: str) -> str:
    """A file's name that is no path, of at most 200 characters; its ending stays."""
    plain = one_line(re.sub(r"[/\\]", "_", given), 10_000).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) <= LONGEST or not stem or len(ending) > LONGEST // 4:
        return plain[:LONGEST]
    return stem[: LONGEST - len(ending) - 1] + dot + ending


def clock(seconds: int) -> str:
    """A length of time as a player shows it; "" for none."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if seconds else ""


def size(octets: int) -> str:
    """A file's size in the megabytes that Telegram's own limits are told in, never rounded down to one of them."""
    tenths = -(-octets * 10 // MEGABYTE)
    return f"{tenths // 10}.{tenths % 10} MB".replace(".0 MB", " MB")
