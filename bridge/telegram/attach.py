"""A file of the desk's → the call that sends it, and what to send instead if Telegram does not take it so (pure)."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from bridge.message import Call, Media, MediaKind, Upload
from bridge.telegram.split import Chunk

METHODS = {
    MediaKind.IMAGE: ("sendPhoto", "photo"),
    MediaKind.STICKER: ("sendPhoto", "photo"),
    MediaKind.ANIMATION: ("sendAnimation", "animation"),
    MediaKind.VIDEO: ("sendVideo", "video"),
    MediaKind.ROUND_VIDEO: ("sendVideo", "video"),
    MediaKind.VOICE: ("sendVoice", "voice"),
    MediaKind.AUDIO: ("sendAudio", "audio"),
    MediaKind.FILE: ("sendDocument", "document"),
}
DOCUMENT = METHODS[MediaKind.FILE]
SIGNS = {
    MediaKind.IMAGE: "🖼",
    MediaKind.STICKER: "🖼",
    MediaKind.ANIMATION: "🎞",
    MediaKind.VIDEO: "🎬",
    MediaKind.ROUND_VIDEO: "🎬",
    MediaKind.VOICE: "🎤",
    MediaKind.AUDIO: "🎵",
    MediaKind.FILE: "📎",
}
LONGEST_LINK = 2048
"""characters; a longer one would leave no room for the words beside it"""

UNPRINTED = re.compile(r"[\x00-\x1f\x7f/\\]+")


def attachment(media: Media, words: Chunk | None, to: str, common: Mapping[str, object], pace: tuple[str, ...]) -> Call:
    """The call for a file with these words as its caption; `common` goes into the body of each way to send it."""
    source = str(media.source)
    captioned: dict[str, object] = dict(common)
    if words is not None and words.text:
        captioned["caption"] = words.text
        if words.entities:
            captioned["caption_entities"] = [entity.to_dict() for entity in words.entities]
    name = file_name(media)

    def sending(method: str, field: str, instead: Call | None) -> Call:
        extra: dict[str, object] = {"supports_streaming": True} if method == "sendVideo" else {}
        upload = Upload(field, source, name, media.mime, media.size)
        return Call(method, to, captioned | extra, pace, uploads=(upload,), instead=instead)

    link = linked(media, name, words, to, common, pace) if is_public(source) else None
    document = sending(*DOCUMENT, link)
    return document if METHODS[media.kind] == DOCUMENT else sending(*METHODS[media.kind], document)


def linked(
    media: Media, name: str, words: Chunk | None, to: str, common: Mapping[str, object], pace: tuple[str, ...]
) -> Call:
    """The file as a link, for what can't be sent."""
    head = f"{SIGNS[media.kind]} {name + ': ' if name else ''}{media.source}"
    text = f"{head}\n{words.text}" if words is not None and words.text else head
    return Call("sendMessage", to, {"text": text} | dict(common), pace)


def file_name(media: Media) -> str:
    """The name as the user sees it; "" leaves it to what the file's server says."""
    return UNPRINTED.sub("_", media.name).strip(" ._")[:120]


def is_public(url: str) -> bool:
    """Whether a user could open this address, as far as that is seen from its form; others tell of our insides."""
    if len(url) > LONGEST_LINK:
        return False
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))
