"""Tiledesk's images, files, videos and sounds → neutral media (pure)."""

import re
from typing import Literal

from bridge.message import Media, MediaKind, Notice, Part, Text
from bridge.tiledesk.fields import Json, line, number, words
from bridge.tiledesk.links import address, file_name

Shape = Literal["image", "file", "video", "audio"]

SOUNDS = {
    "audio/ogg": MediaKind.VOICE,
    "audio/opus": MediaKind.VOICE,
    "audio/mpeg": MediaKind.AUDIO,
    "audio/mp3": MediaKind.AUDIO,
    "audio/mp4": MediaKind.AUDIO,
    "audio/m4a": MediaKind.AUDIO,
    "audio/x-m4a": MediaKind.AUDIO,
    "audio/aac": MediaKind.AUDIO,
}
"""sounds that can be played; others go as files"""

MIMES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "avi": "video/x-msvideo",
    "mkv": "video/x-matroska", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/opus", "mp3": "audio/mpeg",
    "m4a": "audio/mp4", "aac": "audio/aac", "wav": "audio/wav", "pdf": "application/pdf", "zip": "application/zip",
}  # fmt: skip
"""by a name's ending, where nobody says"""

SAYS_NOTHING = ("", "application/octet-stream", "binary/octet-stream")


def media(shape: Shape, text: object, metadata: Json, api_url: str) -> list[Part]:
    """What a message with a file shows; its words alone if there is no file, a notice in place of one that can't be had."""
    given = [metadata.get("downloadURL"), metadata.get("src")] if shape == "file" else [metadata.get("src")]
    named = [words(one) for one in given if words(one)]
    said = words(without_link(words(text), named, words(metadata.get("name"))))
    source = next(filter(None, (address(one, api_url) for one in named)), "")
    if source:
        return [portrait(shape, source, said, metadata)]
    refused = [Notice(f"[{shape}] can't be sent")] if named else []
    return [*([Text(said)] if said else []), *refused]


def portrait(shape: Shape, source: str, caption: str, metadata: Json) -> Media:
    """A file of that address, with all that is said about it."""
    name = line(words(metadata.get("name")).replace("\\", "/").rsplit("/", 1)[-1], 200) or file_name(source)
    mime = mime_of(metadata.get("type"), name, source)
    return Media(
        kind_of(shape, mime),
        source,
        name=name,
        mime=mime,
        size=number(metadata.get("size")),
        width=number(metadata.get("width")),
        height=number(metadata.get("height")),
        caption=caption,
    )


def mime_of(said: object, *names: str) -> str:
    """The MIME type without parameters, by what is said or by the names' endings; "" if unknown."""
    mime = said.split(";")[0].strip().lower() if isinstance(said, str) else ""
    if re.fullmatch(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,127}", mime) and mime not in SAYS_NOTHING:
        return mime
    endings = (found for name in names for found in re.findall(r"\.([a-zA-Z0-9]{1,8})(?=[?#&]|$)", name))
    return next((MIMES[ending.lower()] for ending in endings if ending.lower() in MIMES), "")


def kind_of(shape: Shape, mime: str) -> MediaKind:
    """How it is best shown: as the agent chose, as far as it is what they said."""
    family = mime.partition("/")[0]
    if shape == "image" and family in ("", "image"):
        special = {"image/gif": MediaKind.ANIMATION, "image/svg+xml": MediaKind.FILE}
        return special.get(mime, MediaKind.IMAGE)
    if mime == "video/mp4" or (shape == "video" and not mime):
        return MediaKind.VIDEO
    if shape == "audio" and not mime:
        return MediaKind.AUDIO
    return SOUNDS.get(mime, MediaKind.FILE)


def without_link(text: str, sources: list[str], name: str) -> str:
    """An agent's words without the Markdown link to their file, which the agents' page writes before them."""
    start = text.lstrip()
    if not start.startswith("["):
        return text
    for source in sources:
        label, link, rest = start.partition(f"]({source.strip()})")
        if link and "\n" not in label:
            return rest.strip()
    label = f"[{name}]("
    end = start.find(")", len(label)) if name and start.startswith(label) else -1
    return start[end + 1 :].strip() if end > 0 and "\n" not in start[:end] else text
