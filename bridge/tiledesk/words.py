"""The parts of an end user's message as the text that agents read (pure)."""

from typing import assert_never

from bridge.message import (
    Choice,
    Chosen,
    Media,
    MediaKind,
    Notice,
    Part,
    Pause,
    Press,
    Spot,
    Text,
)
from bridge.tiledesk.guard import neutralise

BRACKETS = str.maketrans("[]", "()")
"""what would end a link's label"""


def words(part: Part) -> str:
    """A part as text; a blank one is nothing."""
    match part:
        case Text(markdown):
            return neutralise(markdown) if markdown.strip() else ""
        case Notice(text):
            return neutralise(text)
        case Media():
            return "\n".join(filter(None, (neutralise(part.label), neutralise(part.caption))))
        case Spot():
            return spot(part)
        case Chosen(button):
            return neutralise(button.label)
        case Pause() | Choice() | Press():
            return ""
        case _:
            assert_never(part)


def spot(part: Spot) -> str:
    """A point on the map, with a link that shows it."""
    where = f"{part.latitude:.6f}, {part.longitude:.6f}"
    url = f"https://www.openstreetmap.org/?mlat={part.latitude:.6f}&mlon={part.longitude:.6f}#map=17"
    url += f"/{part.latitude:.6f}/{part.longitude:.6f}"
    title = neutralise(", ".join(filter(None, (part.title, part.address))))
    name = "📍 Live location: " if part.live else "📍 "
    return f"{name}{title}\n[{where}]({url})" if title else f"{name}[{where}]({url})"


def link(media: Media, name: str, url: str) -> str:
    """The line that leads to a file, which Tiledesk's own chat puts before all words; pictures and sounds are shown without."""
    if media.kind in {MediaKind.IMAGE, MediaKind.STICKER, MediaKind.VOICE, MediaKind.AUDIO}:
        return ""
    return f"[{neutralise(name).translate(BRACKETS)}]({url})"


def beside(media: Media) -> str:
    """The words beside a file that is shown or linked."""
    label = "" if media.kind is MediaKind.FILE or (media.kind is MediaKind.IMAGE and media.caption) else media.label
    return "\n".join(filter(None, (neutralise(label), neutralise(media.caption))))
