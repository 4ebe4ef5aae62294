"""Finds `||what is hidden||` in a parsed text, in which pipes typed side by side are told apart by a wedge."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from bridge.telegram.literal import WEDGE
from bridge.telegram.spans import VERBATIM, Span, is_blank

# Exactly two pipes that were typed side by side; an escaped one is no such neighbour.
BARS = re.compile(rf"(?<!\|{WEDGE})\|{WEDGE}\|(?!{WEDGE}\|)")

# Pipes that touch a word from outside are operators, as in `a||b` and `'a'||b`; scripts that put no spaces between
# words are no code.
_WORD_BEFORE = re.compile(r"[A-Za-z0-9_)\]'\"]")
_WORD_AFTER = re.compile(r"[A-Za-z0-9_(\['\"]")


def spoilers(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the spoilers of a text with wedges, with their bars, in order; `spans` are all others, sorted by start.

    Bars hide what is between them if they touch it, and touch no word or quote outside; not in code or a table, not over a
    blank line, and not where other formatting begins inside and ends outside.
    """
    code = [span for span in spans if span.kind in VERBATIM]
    crossing = _Crossing(spans)
    opening: re.Match[str] | None = None
    for bars in BARS.finditer(text):
        before = bisect_right(code, bars.start(), key=lambda span: span.start) - 1
        if before >= 0 and bars.start() < code[before].end:
            continue
        closing = _closes(text, bars)
        if opening and closing and _hides(text[opening.end() : bars.start()]):
            spoiler = Span("spoiler", opening.start(), bars.end())
            if not crossing.any(spoiler):
                yield spoiler
                opening = None
                continue
        opening = bars if _opens(text, bars) else None


def _opens(text: str, bars: re.Match[str]) -> bool:
    inside = text[bars.end() : bars.end() + 1]
    return (
        bool(inside) and not inside.isspace() and not _WORD_BEFORE.match(text[max(bars.start() - 1, 0) : bars.start()])
    )


def _closes(text: str, bars: re.Match[str]) -> bool:
    inside = text[max(bars.start() - 1, 0) : bars.start()]
    return bool(inside) and not inside.isspace() and not _WORD_AFTER.match(text[bars.end() : bars.end() + 1])


def _hides(inside: str) -> bool:
    return not is_blank(inside.replace(WEDGE, "")) and "\n\n" not in inside


class _Crossing:
    """Tells whether a stretch and one of these spans overlap without one holding the other."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.by_start = sorted(spans, key=lambda span: span.start)
        self.by_end = sorted(spans, key=lambda span: span.end)

    def any(self, stretch: Span) -> bool:
        starts = slice(
            bisect_right(self.by_start, stretch.start, key=lambda span: span.start),
            bisect_left(self.by_start, stretch.end, key=lambda span: span.start),
        )
        ends = slice(
            bisect_right(self.by_end, stretch.start, key=lambda span: span.end),
            bisect_left(self.by_end, stretch.end, key=lambda span: span.end),
        )
        outwards = any(span.end > stretch.end for span in self.by_start[starts])
        return outwards or any(span.start < stretch.start for span in self.by_end[ends])
