"""The Markdown written around one stretch of a user's text; pure insertions, never a backslash."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bridge.telegram.spans import Span

# At one position what ends comes before what begins, inner ends before outer ones, outer beginnings before inner ones.
_END, _END_CODE, _END_QUOTE, _QUOTED, _CODE, _BEGIN = range(6)

_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}")
_UNSAFE_IN_URL = re.compile(r"[\x00-\x20\x7f()<>\\`\[\]{}\"|]")
_LINKABLE = re.compile(r"(?:https?|tg|mailto|tel):", re.IGNORECASE)
_BESIDE = re.compile(r"[\s!-/:-@\[-^`{-~]")  # ASCII's punctuation but the underscore, and white space


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Something to write before the character at a position; rank and turn order the marks of one position."""

    at: int
    rank: int
    turn: int
    written: str


def written(text: str, marks: list[Mark]) -> str:
    """Return the text with its marks."""
    parts: list[str] = []
    done = 0
    for mark in sorted(marks):
        parts += text[done : mark.at], mark.written
        done = mark.at
    return "".join([*parts, text[done:]])


def quote_marks(text: str, quote: Span) -> list[Mark]:
    """Quote whole lines, and keep the line after them out of the quote with a blank one."""
    marks = [
        Mark(quote.start + line.start(), _QUOTED, 0, "> ")
        for line in re.finditer(r"^.*$", text[quote.start : quote.end], re.MULTILINE)
    ]
    if quote.start and text[quote.start - 1] != "\n":
        marks.append(Mark(quote.start, _END_QUOTE, 1, "\n"))
    after = text[quote.end : quote.end + 2]
    if after and after != "\n\n":
        marks.append(Mark(quote.end, _END_QUOTE, 0, "\n" if after[0] == "\n" else "\n\n"))
    return marks


def code_marks(text: str, code: Span, quotes: list[Span]) -> list[Mark]:
    """Fence whole lines, with a fence longer than any inside; a quote's marker stands before the fences too."""
    quote = next((quote for quote in quotes if quote.start <= code.start < quote.end), None)
    line_break = "\n> " if quote else "\n"
    inside = text[code.start : code.end]
    fence = "`" * max(3, _longest_run(inside) + 1)
    at_line_start = code.start == (quote.start if quote else 0) or text[code.start - 1] == "\n"
    at_line_end = code.end == (quote.end if quote else len(text)) or text[code.end] == "\n"
    before, after = ("" if at_line_start else line_break), ("" if at_line_end else line_break)
    return [
        Mark(code.start, _CODE, 0, f"{before}{fence}{code.language or ''}{line_break}"),
        Mark(code.end, _END_CODE, 0, f"{line_break}{fence}{after}"),
    ]


def inline_marks(text: str, span: Span, turn: int) -> list[Mark]:
    """Wrap a stretch within a line; turns count from the outer to the inner stretch."""
    label = text[span.start : span.end]
    match span.kind:
        case "bold":
            opening = closing = "**"
        case "spoiler":
            opening = closing = "||"
        case "strikethrough":
            opening = closing = "~~"
        case "italic":
            # An underscore inside a word is no marker, nor beside a direction mark, which parsers take for a letter;
            # beside stars it reads, and parses, better than a third one.
            outside = text[max(span.start - 1, 0) : span.start] + text[span.end : span.end + 1]
            opening = closing = "*" if _BESIDE.sub("", outside) or "_" in label else "_"
        case "code":
            fence = "`" * (_longest_run(label) + 1)
            pad = " " if label.startswith("`") or label.endswith("`") else ""
            opening, closing = fence + pad, pad + fence
        case _:
            opening, closing = _link(label, span.url or "")
    return [Mark(span.start, _BEGIN, turn, opening), Mark(span.end, _END, -turn, closing)]


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _link(label: str, target: str) -> tuple[str, str]:
    """Show where a link leads; a label that looks like another address must not hide it behind itself."""
    url = _UNSAFE_IN_URL.sub(lambda match: f"%{ord(match[0]):02X}", target.strip())
    if _bare(label) == _bare(target):
        return "", ""
    if _misleads(label, target) or not _LINKABLE.match(url) or re.search(r"[\[\]]", label):
        return "", f" (→ {url})"
    return "[", f"]({url})"


def _bare(address: str) -> str:
    return re.sub(r"^(?:https?://|mailto:|tel:)", "", address.strip(), flags=re.IGNORECASE).rstrip("/")


def _misleads(label: str, target: str) -> bool:
    """Tell whether a label names a host that is not the target's, or is an address of its own."""
    try:
        host = urlsplit(target.strip()).hostname or ""
    except ValueError:
        return True
    named = {name.lower().removeprefix("www.") for name in _HOST.findall(label)}
    return bool(named - {host.lower().removeprefix("www.")}) or "://" in label
