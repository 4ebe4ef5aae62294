"""What a file holds: told by its sender, seen in its first bytes, and the name that fits; pure."""

import re
import unicodedata
from pathlib import PurePosixPath

from bridge.wire.naming import mime_type

UNKNOWN = "application/octet-stream"

HEAD = 64
"""bytes of a file that tell what it is"""

LONGEST_NAME = 120
"""characters"""

ENDINGS: dict[str, tuple[str, ...]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/avif": (".avif",),
    "image/bmp": (".bmp",),
    "image/heic": (".heic",),
    "image/heif": (".heif",),
    "image/tiff": (".tif", ".tiff"),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/mp4": (".m4a", ".mp4", ".m4b"),
    "audio/mpeg": (".mp3", ".mpga"),
    "audio/flac": (".flac",),
    "audio/wav": (".wav",),
    "audio/webm": (".weba", ".webm"),
    "video/mp4": (".mp4", ".m4v"),
    "video/webm": (".webm",),
    "video/ogg": (".ogv", ".ogg"),
    "video/quicktime": (".mov", ".qt"),
    "video/x-matroska": (".mkv",),
    "application/pdf": (".pdf",),
    "application/x-tgsticker": (".tgs",),
}
"""the endings that a name may have, the usual one first"""

BY_ENDING = {ending: mime for mime, endings in reversed(ENDINGS.items()) for ending in endings} | {
    ".txt": "text/plain",
    ".webm": "video/webm",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
}

FAMILIES: tuple[tuple[re.Pattern[bytes], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), mimes)
    for pattern, mimes in (
        (rb"\x89PNG\r\n\x1a\n", ("image/png",)),
        (rb"\xff\xd8\xff", ("image/jpeg",)),
        (rb"GIF8[79]a", ("image/gif",)),
        (rb"RIFF....WEBP", ("image/webp",)),
        (rb"RIFF....WAVE", ("audio/wav", "audio/x-wav")),
        (rb"OggS", ("audio/ogg", "video/ogg", "application/ogg")),
        (rb"\x1a\x45\xdf\xa3", ("video/webm", "video/x-matroska", "audio/webm", "audio/x-matroska")),
        (rb"....ftypavi[fs]", ("image/avif",)),
        (rb"....ftyp(hei|hev|mif1|msf1)", ("image/heic", "image/heif")),
        (rb"....ftypM4[AB] ", ("audio/mp4", "audio/x-m4a", "audio/m4a")),
        (rb"....ftypqt  ", ("video/quicktime",)),
        (rb"....ftyp", ("video/mp4", "audio/mp4", "video/quicktime", "audio/x-m4a", "audio/m4a", "video/3gpp")),
        (rb"fLaC", ("audio/flac", "audio/x-flac")),
        (rb"ID3|\xff[\xf2\xf3\xfa\xfb]", ("audio/mpeg", "audio/mp3")),
        (rb"%PDF-", ("application/pdf",)),
        (rb"\x1f\x8b", ("application/gzip", "application/x-gzip", "application/x-tgsticker")),
    )
)
"""how files begin, and what such a file may be called"""

JOINERS = "\u200c\u200d"
"""invisible, but part of Persian words and of emoji"""


def tidy_mime(told: str) -> str:
    """A media type without parameters, or `application/octet-stream` if it is none."""
    return mime_type(told) or UNKNOWN


def true_mime(head: bytes, told: str) -> str:
    """What a file with these first bytes holds: what its sender says, unless the bytes say otherwise."""
    bare = tidy_mime(told)
    for pattern, mimes in FAMILIES:
        if pattern.match(head):
            return bare if bare in mimes else mimes[0]
    return bare


def mime_by_name(name: str) -> str:
    """What a file of this name usually holds."""
    return BY_ENDING.get(PurePosixPath(name).suffix.lower(), UNKNOWN)


def tidy_name(name: str) -> str:
    """A file name without controls, invisible signs that turn writing around, path separators and hiding dots; may be empty."""
    shown = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", name))
    shown = "".join(char for char in shown if char in JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})
    shown = " ".join(re.sub(r"[/\\]", "_", shown).split()).strip(". ")
    if len(shown) <= LONGEST_NAME:
        return shown
    ending = PurePosixPath(shown).suffix[:12]
    return shown[: LONGEST_NAME - len(ending)].rstrip(". ") + ending


def fitting_name(name: str, mime: str) -> str:
    """The tidy name, with an ending that fits what the file holds; a wrong ending of another kind of media is replaced."""
    tidy = tidy_name(name) or "file"
    ending = PurePosixPath(tidy).suffix
    endings = ENDINGS.get(mime, ())
    if not endings or ending.lower() in endings:
        return tidy if ending or mime != "text/plain" else f"{tidy}.txt"
    stem = tidy.removesuffix(ending) if ending.lower() in BY_ENDING else tidy
    return stem + endings[0]
