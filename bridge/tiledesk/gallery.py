"""Tiledesk's galleries and lists of sources → neutral parts (pure)."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bridge.conversation.markdown import literally
from bridge.message import Notice, Part, Text
from bridge.tiledesk.buttons import listed, offered
from bridge.tiledesk.fields import Json, line, mapping, more, sequence, unpacked, words
from bridge.tiledesk.links import can_be_pressed
from bridge.tiledesk.media import media

MOST_CARDS = 10
MOST_SOURCES = 5
MOST_LISTED = 1000
"""more are not even counted"""

LONGEST_TITLE = 300

NAMES = ("source_name", "source_title", "title", "name")
ADDRESSES = ("source_file_name", "source_url", "url", "link", "source")


# ---------------------------------------------------------------- cards


def cards(attachment: Json, api_url: str) -> list[Part]:
    """Each card as its picture, or its words, with its buttons; what is beyond ten as one line."""
    found = (
        sequence(attachment.get("gallery"))
        or sequence(unpacked(attachment.get("json_gallery")))
        or sequence(attachment.get("json_gallery"))
    )
    shown: list[list[Part]] = []
    left = 0
    for raw in found:
        one = card(mapping(raw), len(shown) + 1, api_url) if len(shown) < MOST_CARDS else []
        if one:
            shown.append(one)
        elif len(shown) == MOST_CARDS and raw:
            left += 1
    rest = [Notice(more(left))] if left else []
    return [*(part for one in shown for part in one), *rest]


def card(raw: Json, place: int, api_url: str) -> list[Part]:
    """One card; one that has nothing but buttons gets a number, or they would belong to the card before."""
    title, description = line(raw.get("title"), LONGEST_TITLE), words(raw.get("description")).strip()
    told = "\n".join(filter(None, (f"**{literally(title)}**" if title else "", description)))
    face = media("image", "", mapping(raw.get("preview")), api_url)
    match face:
        case [Notice()] if told:
            face = [Text(told), *face]
        case [] if told:
            face = [Text(told)]
        case []:
            pass
        case _:
            face = media("image", told, mapping(raw.get("preview")), api_url)
    buttons = offered(listed(raw))
    return [*(face or [Notice(f"{place}.")]), *buttons] if face or buttons else []


# ---------------------------------------------------------------- sources


def sources(message: Json, heading: str) -> list[Part]:
    """A bot's sources as a list of links, after its words if it has any; JSON is never shown."""
    text = message.get("text")
    said = "" if is_data(text) else words(text)
    found = cited(text, every=True) or next(filter(None, map(cited, places(message))), ())
    lines = list(dict.fromkeys(filter(None, map(link, found[:MOST_LISTED]))))
    rest = [more(len(lines) - MOST_SOURCES)] if len(lines) > MOST_SOURCES else []
    listing = [Text("\n".join([heading, *lines[:MOST_SOURCES], *rest]))] if lines else []
    return [*([Text(said)] if said else []), *listing]


def is_data(text: object) -> bool:
    """True for JSON, whole or cut off, that nobody should have to read."""
    return isinstance(unpacked(text), dict | list) or (
        isinstance(text, str) and bool(re.match(r"\s*(?:\[\s*)?\{\s*\"", text))
    )


def places(message: Json) -> Iterator[object]:
    """Where the list of sources may be, if not in the text."""
    attributes = mapping(message.get("attributes"))
    for holder in (message.get("metadata"), attributes, attributes.get("attachment")):
        yield holder
        yield from mapping(holder).values()


def cited(value: object, *, every: bool = False) -> Sequence[Any]:
    """The sources in one such place, if it has any; with `every`, they need not call themselves that."""
    found = unpacked(value) if isinstance(value, str) else value
    if isinstance(found, dict):
        inner = next((one for one in found.values() if isinstance(one, list)), [])
        found = [found] if is_source(found, every=every and not inner) else inner
    listing = sequence(found)
    return listing if any(is_source(one, every=every) for one in listing) else ()


def is_source(value: object, *, every: bool) -> bool:
    """True for an object that names a source; with `every`, also one that has a title, as many others do."""
    return any(name.startswith("source_") or (every and name in NAMES + ADDRESSES) for name in mapping(value))


def link(source: object) -> str:
    """One source as a line of Markdown, "" if it says nothing."""
    found = mapping(source)
    title = next(filter(None, (line(found.get(name), LONGEST_TITLE) for name in NAMES)), "")
    given = next(filter(None, (words(found.get(name)).strip() for name in ADDRESSES)), "")
    if not can_be_pressed(given):
        told = ": ".join(filter(None, (title, line(given, LONGEST_TITLE))))
        return f"• {literally(told)}" if told else ""
    if not title or title == given:
        return f"• {given}"
    quoted = "".join(f"%{ord(letter):02X}" if letter in "()<>" else letter for letter in given)
    return f"• [{literally(title)}]({quoted})"
