"""What of a media can be shown in a browser, and as what; pure."""

from dataclasses import dataclass

from bridge.media.kinds import UNKNOWN, fitting_name, mime_by_name, tidy_mime, tidy_name
from bridge.media.tools import Tools
from bridge.message import File, Media, MediaKind
from bridge.ports import Rendition

USUAL = {
    MediaKind.IMAGE: ("image/jpeg", "photo"),
    MediaKind.ANIMATION: ("video/mp4", "animation"),
    MediaKind.VIDEO: ("video/mp4", "video"),
    MediaKind.ROUND_VIDEO: ("video/mp4", "round video"),
    MediaKind.VOICE: ("audio/ogg", "voice"),
    MediaKind.AUDIO: ("audio/mpeg", "audio"),
    MediaKind.STICKER: ("image/webp", "sticker"),
    MediaKind.FILE: (UNKNOWN, "file"),
}
"""what a file of a kind holds, and is called, if nobody says"""

TGS = frozenset({"application/x-tgsticker", "application/gzip"})
OGG = frozenset({"audio/ogg", "audio/opus", "application/ogg"})


@dataclass(frozen=True, slots=True)
class Shown:
    """The file to serve, as which rendition, and what comes of that. `stored_mime` is the file's own."""

    file: File
    rendition: Rendition
    name: str
    mime: str
    stored_name: str
    stored_mime: str
    size: int = 0
    thumbnail: File | None = None


def shown(media: Media, file: File, tools: Tools) -> Shown:
    """Choose what browsers can show of `media`, whose bytes are in `file`."""
    told = original(media, file)
    if media.kind is MediaKind.STICKER:
        return sticker(told, tools)
    if media.kind in {MediaKind.VOICE, MediaKind.AUDIO} and told.mime in OGG and tools.ffmpeg:
        return as_rendition(told, Rendition.M4A, "audio/mp4")
    return told


def original(media: Media, file: File) -> Shown:
    """The file as it is."""
    usual_mime, usual_name = USUAL[media.kind]
    named = mime_by_name(media.name) if media.name else UNKNOWN
    mime = next((one for one in (tidy_mime(media.mime), named, usual_mime) if one != UNKNOWN), UNKNOWN)
    name = fitting_name(tidy_name(media.name) or usual_name, mime)
    return Shown(file, Rendition.ORIGINAL, name, mime, name, mime, media.size, media.thumbnail)


def sticker(told: Shown, tools: Tools) -> Shown:
    """A still picture of a sticker; of one that can't be drawn here its thumbnail, if it has one."""
    if told.mime in {"image/png", "image/jpeg", "image/gif"}:
        return told
    drawn = tools.rlottie if told.mime in TGS else tools.ffmpeg if told.mime == "video/webm" else tools.pillow
    if drawn:
        return as_rendition(told, Rendition.PNG, "image/png")
    if told.thumbnail is None or told.mime == "image/webp":
        return told
    name = fitting_name(told.name, "image/webp")
    small = Shown(told.thumbnail, Rendition.ORIGINAL, name, "image/webp", name, "image/webp")
    return as_rendition(small, Rendition.PNG, "image/png") if tools.pillow else small


def as_rendition(told: Shown, rendition: Rendition, mime: str) -> Shown:
    """The same, rendered."""
    return Shown(
        told.file, rendition, fitting_name(told.name, mime), mime, told.name, told.mime, told.size, told.thumbnail
    )
