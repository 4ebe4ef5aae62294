"""HTML as a row of texts and well-formed tags, in linear time; Python's own parser takes a minute for some broken ones."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# fmt: off
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})
"""Elements that begin a line of their own."""

# With what is in them.
_DROPPED = frozenset({
    "head", "iframe", "math", "noembed", "noframes", "object", "script", "select", "style", "svg", "template",
    "textarea", "title",
})
# fmt: on

# Of these parsers think differently: the tag alone goes.
_RAW = frozenset({"listing", "noscript", "plaintext", "xmp"})
_LONGEST_TAG = 4_000  # characters; a picture can be an attribute

# Each alternative stops at the next "<", so all the failed attempts together read the text a few times at most.
_TOKEN = re.compile(
    r"<(?P<comment>!--)|<[!?][^<>]*>"
    r"|<(?P<closing>/?)(?P<name>[a-zA-Z][^\s/<>\"'=]*)"
    r"(?:(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+|[^<>]*+)>"
)
_UNREAL = re.compile("[\x00\ufdd0-\ufdef]")  # noncharacters, which the Markdown's reader needs for itself
_SPACE = re.compile(r"[^\S\n\xa0]+")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as it was typed."""

    name: str
    closing: bool
    typed: str


def tokens(source: str) -> Iterator[str | Tag]:
    """Yield texts, still with character references, and tags, without all that is never shown."""
    source = _UNREAL.sub("", source)
    endless: set[str] = set()
    at = 0
    while found := _TOKEN.search(source, at):
        if found.start() > at:
            yield source[at : found.start()]
        at = found.end()
        name = (found["name"] or "").lower()
        if found["comment"]:
            end = source.find("-->", at)
            at = end + 3 if end >= 0 else len(source)
        elif name in _DROPPED and not found["closing"]:
            at = _after(source, name, at, endless)
        elif name and name not in _DROPPED | _RAW and len(found[0]) <= _LONGEST_TAG:
            yield Tag(name, bool(found["closing"]), found[0])
    if at < len(source):
        yield source[at:]


def _after(source: str, name: str, at: int, endless: set[str]) -> int:
    """Find where a dropped element ends; only a head may lack its end."""
    if name in endless:
        return at
    pattern = r"</head\b[^<>]*>|(?=<body\b)" if name == "head" else rf"</{name}\b[^<>]*>"
    if end := re.compile(pattern, re.IGNORECASE).search(source, at):
        return end.end()
    endless.add(name)
    return at if name == "head" else len(source)


def cleaned(found: Iterable[str | Tag]) -> str:
    """Write the tokens as HTML in which every "<" begins a tag."""
    return "".join(token.replace("<", "&lt;") if isinstance(token, str) else token.typed for token in found)


def stripped(found: Iterable[str | Tag]) -> str:
    """Write the tokens' text alone, lines where blocks and breaks make them."""
    parts = []
    for token in found:
        if isinstance(token, str):
            parts.append(re.sub(r"\s+", " ", token))
        elif token.name == "br" or token.name in BLOCKS:
            parts.append("\n")
    text = _SPACE.sub(" ", html.unescape("".join(parts)))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip()
