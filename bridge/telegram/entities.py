"""Inbound text: what a Telegram user typed and formatted becomes Markdown for the agent's desk."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import accumulate

from bridge.telegram.marks import code_marks, inline_marks, quote_marks, written
from bridge.telegram.spans import Span, joined, trim

_STYLES = ("bold", "italic", "strikethrough", "spoiler")
_KINDS = {
    **{style: style for style in _STYLES},
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
    "text_link": "text_link",
    "text_mention": "text_link",
}
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")
_USERNAME = re.compile(r"\w{3,32}", re.ASCII)


def to_markdown(text: str, entities: Sequence[Mapping[str, object]]) -> str:
    r"""Turn a text and its Bot API entities (offsets and lengths in UTF-16 units) into Markdown.

    Markers are only ever added: every character of the text stays, in its order, and nothing is escaped. So a text
    without formatting comes back byte for byte, and bots and e-mails, which see the raw text, read what the user
    typed; the price is that a renderer may take a user's own `*stars*` for emphasis, as the user perhaps meant. Nor
    would an escape be safe: Tiledesk runs `\close` and the like, so no backslash is ever added here.

    Links show their target: `[label](url)`, or `label (→ url)` when the label itself names another address; people
    mentioned without a username get a `tg://user` link. A spoiler is written `||hidden||`. Underline stays plain, for
    Markdown has none; so does a custom emoji, whose text is the ordinary one, and what Telegram merely recognised
    (addresses, hashtags, commands). Entities that make no sense are ignored, or clamped to the text. Never raises.
    """
    spans = sorted(_read(text, entities), key=_outer_first)
    if not spans:
        return text
    quotes = [whole for span in _apart(spans, "blockquote") if (whole := _whole_lines(text, span))]
    edges = {edge for quote in quotes for edge in (quote.start, quote.end)}
    codes = [
        whole
        for span in _apart(spans, "pre")
        for part in _cut(span, sorted(edges))
        if (whole := _whole_lines(text, part))
    ]
    marks = [mark for quote in quotes for mark in quote_marks(text, quote)]
    marks += [mark for code in codes for mark in code_marks(text, code, quotes)]
    edges |= {edge for code in codes for edge in (code.start, code.end)}
    for turn, span in enumerate(_nested(text, _inline(text, spans, codes, edges))):
        marks += inline_marks(text, span, turn)
    return written(text, marks)


def _outer_first(span: Span) -> tuple[int, int, str]:
    return span.start, -span.end, span.kind


def _read(text: str, entities: Iterable[object]) -> Iterator[Span]:
    """Yield what can be made of the entities, counted in code points; a cut surrogate pair is taken whole."""
    offsets = list(accumulate((2 if character > "\uffff" else 1 for character in text), initial=0))
    for entity in entities:
        if not isinstance(entity, Mapping):
            continue
        kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
        if not (isinstance(kind, str) and kind in _KINDS and isinstance(offset, int) and isinstance(length, int)):
            continue
        start = max(bisect_right(offsets, offset) - 1, 0)
        end = min(bisect_left(offsets, offset + length), len(text))
        url = _target(entity) if _KINDS[kind] == "text_link" else None
        if start >= end or (url is None and _KINDS[kind] == "text_link"):
            continue
        language = entity.get("language")
        known = kind == "pre" and isinstance(language, str) and _LANGUAGE.fullmatch(language)
        name = "pre" if kind == "code" and "\n" in text[start:end] else _KINDS[kind]
        yield Span(name, start, end, url, str(language) if known else None)


def _target(entity: Mapping[str, object]) -> str | None:
    """Return where a link leads, or the profile of a mentioned person."""
    if entity["type"] == "text_link":
        url = entity.get("url")
        return url if isinstance(url, str) and url.strip() else None
    user = entity.get("user")
    if not isinstance(user, Mapping):
        return None
    name, number = user.get("username"), user.get("id")
    if isinstance(name, str) and _USERNAME.fullmatch(name):
        return f"https://t.me/{name}"
    return f"tg://user?id={number}" if isinstance(number, int) else None


def _apart(spans: Iterable[Span], kind: str) -> Iterator[Span]:
    """Yield one kind's spans, of overlapping ones the rest."""
    done = 0
    for span in spans:
        if span.kind == kind and span.end > done:
            yield replace(span, start=max(span.start, done))
            done = span.end


def _whole_lines(text: str, span: Span) -> Span | None:
    """Leave the line breaks at a block's ends outside; None for a blank block."""
    stretch = text[span.start : span.end]
    if not stretch.strip():
        return None
    start = span.end - len(stretch.lstrip("\n"))
    return replace(span, start=start, end=span.start + len(stretch.rstrip("\n")))


def _cut(span: Span, edges: Sequence[int]) -> Iterator[Span]:
    """Yield the parts of a span between the edges, which are sorted."""
    inner = edges[bisect_right(edges, span.start) : bisect_left(edges, span.end)]
    starts, ends = (span.start, *inner), (*inner, span.end)
    return (replace(span, start=start, end=end) for start, end in zip(starts, ends, strict=True))


def _inline(text: str, spans: Sequence[Span], codes: Sequence[Span], edges: set[int]) -> list[Span]:
    """Cut what is formatted within lines at line ends and blocks, for no emphasis spans paragraphs; not in code."""
    lines = {at + side for at, character in enumerate(text) if character == "\n" for side in (0, 1)}
    cuts = sorted(edges | lines)
    whole = [span for span in spans if span.kind in {"text_link", "code"}]
    for style in _STYLES:
        whole += joined(span for span in spans if span.kind == style)
    starts = [code.start for code in codes]
    pieces = []
    for part in (part for span in whole for part in _cut(span, cuts)):
        before = bisect_right(starts, part.start) - 1
        in_code = before >= 0 and part.start < codes[before].end
        if not in_code and (piece := trim(text, part)):
            pieces.append(piece)
    return pieces


def _nested(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans the outer first, cut where they cross; nothing within code, no link or style within itself."""
    waiting = [(_outer_first(span), at, span) for at, span in enumerate(spans)]
    heapify(waiting)
    count = len(waiting)
    opened: list[Span] = []
    while waiting:
        span = heappop(waiting)[2]
        while opened and opened[-1].end <= span.start:
            opened.pop()
        inside = next((outer for outer in opened if outer.kind in {span.kind, "code"}), None)
        edge = inside.end if inside else min((outer.end for outer in opened), default=span.end)
        if edge < span.end and (rest := trim(text, replace(span, start=edge))):
            count += 1
            heappush(waiting, (_outer_first(rest), count, rest))
        piece = None if inside else trim(text, replace(span, end=min(edge, span.end)))
        if piece:
            opened.append(piece)
            yield piece
