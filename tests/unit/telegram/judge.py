"""Telegram's own parser, TDLib's, as the judge of what we send: synchronous, without network."""

import html
from typing import Any

from bridge.telegram.markup import Chunk, Entity, utf16_length
from bridge.telegram.spans import is_blank
from tests.tdlib import tdlib

TAGS = {
    "bold": "b",
    "italic": "i",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "blockquote": "blockquote",
    "code": "code",
    "pre": "pre",
}
TYPES = {
    "textEntityTypeBold": "bold",
    "textEntityTypeItalic": "italic",
    "textEntityTypeStrikethrough": "strikethrough",
    "textEntityTypeSpoiler": "spoiler",
    "textEntityTypeBlockQuote": "blockquote",
    "textEntityTypeCode": "code",
    "textEntityTypePre": "pre",
    "textEntityTypePreCode": "pre",
    "textEntityTypeTextUrl": "text_link",
}


def units(text: str, offset: int, length: int | None = None) -> str:
    raw = text.encode("utf-16-le")
    return raw[2 * offset : None if length is None else 2 * (offset + length)].decode("utf-16-le")


def as_html(chunk: Chunk) -> str:
    marks: list[tuple[int, int, int, str]] = []
    for turn, entity in enumerate(chunk.entities):
        tag = TAGS.get(entity.type, "a")
        opening, closing = f"<{tag}>", f"</{tag}>"
        if entity.type == "text_link":
            opening = f'<a href="{html.escape(entity.url or "")}">'
        elif entity.language:
            opening = f'<pre><code class="language-{html.escape(entity.language)}">'
            closing = "</code></pre>"
        marks.append((entity.offset, 1, turn, opening))
        marks.append((entity.offset + entity.length, 0, -turn, closing))
    parts, done = [], 0
    for offset, _, _, tag in sorted(marks):
        parts += [html.escape(units(chunk.text, done, offset - done)), tag]
        done = offset
    return "".join([*parts, html.escape(units(chunk.text, done))])


def styles(text: str, entities: tuple[Entity, ...]) -> list[tuple[str, frozenset[tuple[str, str, str]]]]:
    """Each visible character with what covers it."""
    covered = []
    offset = 0
    for character in text:
        over = frozenset(
            (e.type, e.url or "", e.language or "") for e in entities if e.offset <= offset < e.offset + e.length
        )
        if not is_blank(character):
            covered.append((character, over))
        offset += utf16_length(character)
    return covered


def judged(chunk: Chunk) -> Chunk:
    """What Telegram makes of the chunk, written as HTML."""
    answer = tdlib(
        {
            "@type": "parseTextEntities",
            "text": as_html(chunk),
            "parse_mode": {"@type": "textParseModeHTML"},
        }
    )
    assert answer["@type"] == "formattedText", answer
    entities = []
    for found in answer["entities"]:
        kind = found["type"]
        entities.append(
            Entity(TYPES[kind["@type"]], found["offset"], found["length"], kind.get("url"), kind.get("language"))
        )
    return Chunk(str(answer["text"]), tuple(entities))


def accepted(chunk: Chunk) -> dict[str, Any]:
    """Hand text and entities to TDLib, which checks every bound and address of explicit entities."""
    names = {name: kind for kind, name in TYPES.items()}
    entities = []
    for entity in chunk.entities:
        kind: dict[str, object] = {"@type": names[entity.type]}
        if entity.type == "pre":
            kind = {"@type": "textEntityTypePreCode", "language": entity.language or ""}
        if entity.url:
            kind["url"] = entity.url
        entities.append({"@type": "textEntity", "offset": entity.offset, "length": entity.length, "type": kind})
    text = {"@type": "formattedText", "text": chunk.text, "entities": entities}
    return tdlib({"@type": "getMarkdownText", "text": text})
