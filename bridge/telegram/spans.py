"""Formatted stretches of a text, counted in code points, brought into the shape Telegram keeps as it is.

Telegram mends entities that overlap in ways it does not allow: it cuts a bold stretch around the code inside it,
drops code inside a link, joins nested quotes. Doing the same here, before a text is cut into messages, makes what
we send and what the user sees one and the same, and keeps the count of entities honest.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bridge.conversation.blank import UNSEEN

# What Telegram removes, or does not count when it looks whether a message is empty: also three accents without a letter.
_UNSEEN = UNSEEN + r"\u030a\u0333\u033f"
_BLANK = re.compile(f"[{_UNSEEN}]*")

_STYLES = ("bold", "italic", "strikethrough")
VERBATIM = frozenset({"code", "pre"})


@dataclass(frozen=True, slots=True)
class Span:
    """One formatted stretch: Bot API entity type and a half-open range of code points."""

    kind: str
    start: int
    end: int
    url: str | None = None
    language: str | None = None


def is_blank(text: str) -> bool:
    """Tell whether Telegram would call a message of this text empty."""
    return _BLANK.fullmatch(text) is not None


def trim(text: str, span: Span) -> Span | None:
    """Take white space off a span's ends (code keeps its own); None when nothing to be seen is left."""
    stretch = text[span.start : span.end]
    if is_blank(stretch):
        return None
    if span.kind in VERBATIM:
        return span
    start = span.end - len(stretch.lstrip())
    return replace(span, start=start, end=span.start + len(stretch.rstrip()))


def tidy(text: str, spans: Iterable[Span]) -> list[Span]:
    """Bring spans into Telegram's own shape, sorted by start, the outer before the inner.

    Of links within links the outer stays, of code and links the link; styles end before code and go on after it;
    touching stretches of one style are one; quotes are never nested. What is hidden stays hidden: of code and a
    spoiler, which Telegram would open there, the spoiler stays. Underline is dropped: in Markdown it comes from
    headings only, which are bold as well.
    """
    given = sorted(spans, key=lambda span: (span.start, -span.end))
    links = _apart(span for span in given if span.kind == "text_link")
    hidden = joined(span for span in given if span.kind == "spoiler")
    code = (span for span in given if span.kind in VERBATIM)
    verbatim = _apart(span for span in code if not _met(span, links) and not _met(span, hidden))
    kept = [*links, *hidden, *verbatim, *joined(span for span in given if span.kind == "blockquote")]
    for style in _STYLES:
        for whole in joined(span for span in given if span.kind == style):
            kept += _around(whole, verbatim)
    trimmed = (trim(text, span) for span in kept)
    return sorted((span for span in trimmed if span is not None), key=lambda span: (span.start, -span.end, span.kind))


def _met(span: Span, others: Sequence[Span]) -> Sequence[Span]:
    """Return those of the others, which are sorted and apart, that share a character with the span."""
    first = bisect_right(others, span.start, key=lambda other: other.end)
    return others[first : bisect_left(others, span.end, key=lambda other: other.start)]


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Keep the spans, sorted by start, that do not begin inside one kept before."""
    kept: list[Span] = []
    for span in spans:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def joined(spans: Iterable[Span]) -> list[Span]:
    """Unite overlapping spans of one kind, sorted by start; touching ones too, but for quotes."""
    kept: list[Span] = []
    for span in spans:
        last = kept[-1] if kept else None
        if last and (span.start < last.end or (span.start == last.end and span.kind != "blockquote")):
            kept[-1] = replace(last, end=max(last.end, span.end))
        else:
            kept.append(span)
    return kept


def _around(whole: Span, holes: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of a span that lie outside the holes, which are sorted and apart."""
    start = whole.start
    for hole in _met(whole, holes):
        if hole.start > start:
            yield replace(whole, start=start, end=hole.start)
        start = max(start, hole.end)
    if start < whole.end:
        yield replace(whole, start=start)
