"""Cuts a formatted text into messages that Telegram takes: within its limits, at the ends of paragraphs or words."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.telegram.spans import VERBATIM, Span, is_blank, trim

MOST_ENTITIES = 100  # Telegram ignores further ones
_JOINER = "\u200d"
_LONGEST_CLUSTER = 64  # code points; a longer pile of combining marks is cut like any text


@dataclass(frozen=True, slots=True)
class Entity:
    """One formatted stretch of a message, offset and length in UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None

    def to_dict(self) -> dict[str, str | int]:
        """Return the Bot API's MessageEntity; absent fields are left out."""
        entity: dict[str, str | int] = {"type": self.type, "offset": self.offset, "length": self.length}
        if self.url is not None:
            entity["url"] = self.url
        if self.language is not None:
            entity["language"] = self.language
        return entity


@dataclass(frozen=True, slots=True)
class Chunk:
    """One message's text and formatting."""

    text: str
    entities: tuple[Entity, ...] = ()


def utf16_length(text: str) -> int:
    """Count UTF-16 code units, Telegram's measure of lengths and offsets."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, spans: Sequence[Span], limit: int, first: int | None = None) -> list[Chunk]:
    """Cut a text of tidy spans into chunks of at most `limit` (the first: `first`) UTF-16 units and 100 entities.

    Only white space at the cuts is lost (and a stretch of nothing but invisible characters, which would be an empty
    message). A span that crosses a cut goes on in the next chunk. Raises ValueError for a limit below 2, which no
    emoji would fit.
    """
    room = limit if first is None else first
    if min(limit, room) < 2:
        raise ValueError(f"a limit of {min(limit, room)} UTF-16 units cannot hold every character")
    chunks: list[Chunk] = []
    start = 0
    while (start := _skip_space(text, spans, start)) < len(text):
        end = _entity_room(spans, start, _reach(text, start, limit if chunks else room))
        if end < len(text):
            end = _cut(text, start, end)
        chunk = _chunk(text, spans, start, end)
        if not is_blank(chunk.text):
            chunks.append(chunk)
        start = end
    return chunks


def _skip_space(text: str, spans: Sequence[Span], start: int) -> int:
    """Find where the next chunk begins: after white space, yet with a code line's own indent."""
    seen = next((at for at in range(start, len(text)) if not text[at].isspace()), len(text))
    for span in spans:
        if span.kind == "pre" and span.start <= seen < span.end:
            return max(start, span.start, text.rfind("\n", 0, seen) + 1)
    return seen


def _reach(text: str, start: int, limit: int) -> int:
    """Return the furthest end for which text[start:end] holds at most `limit` units."""
    end = min(start + limit, len(text))
    while (excess := utf16_length(text[start:end]) - limit) > 0:
        end -= (excess + 1) // 2
    return end


def _entity_room(spans: Sequence[Span], start: int, end: int) -> int:
    """Draw the end nearer when more spans begin before it than one message may have."""
    within = [span.start for span in spans if span.start < end and span.end > start]
    if len(within) <= MOST_ENTITIES or within[MOST_ENTITIES] <= start:
        return end
    return within[MOST_ENTITIES]


def _cut(text: str, start: int, end: int) -> int:
    """Choose the best place to cut at or before `end`: paragraph, line, word, whole character."""
    first = next((at for at in range(start, end) if not text[at].isspace()), start)
    half = first + (end - first) // 2
    for ending in ("\n\n", "\n"):
        at = text.rfind(ending, half, end + len(ending))
        if first < at <= end:
            return at
    for at in range(end, first, -1):
        if text[at].isspace():
            return at
    for at in range(end, max(first, end - _LONGEST_CLUSTER), -1):
        if not _inside_character(text, at):
            return at
    return end


def _inside_character(text: str, at: int) -> bool:
    """Tell whether a cut here would tear what is seen as one character (accents, flags, joined emoji)."""
    before, after = text[at - 1], text[at]
    if _JOINER in {before, after} or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    flags = 0
    while _is_regional(after) and flags < at and _is_regional(text[at - 1 - flags]):
        flags += 1
    return flags % 2 == 1


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _chunk(text: str, spans: Sequence[Span], start: int, end: int) -> Chunk:
    end = start + len(text[start:end].rstrip())
    entities: list[Entity] = []
    for span in spans:
        if span.start >= end or span.end <= start:
            continue
        part = trim(text, replace(span, start=max(span.start, start), end=min(span.end, end)))
        if part is not None:
            offset = utf16_length(text[start : part.start])
            length = utf16_length(text[part.start : part.end])
            language = span.language if span.kind in VERBATIM else None
            entities.append(Entity(span.kind, offset, length, span.url, language))
    return Chunk(text[start:end], tuple(entities[:MOST_ENTITIES]))
