"""Telegram's MarkdownV2 and legacy Markdown, with the real server's complaints."""

from dataclasses import dataclass, field

from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_html import broken, parse_html
from bridge.sandbox.telegram_links import normal_link
from bridge.sandbox.telegram_text import units

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
STYLES = {
    "*": ("bold", "Bold"),
    "_": ("italic", "Italic"),
    "__": ("underline", "Underline"),
    "~": ("strikethrough", "Strikethrough"),
    "||": ("spoiler", "Spoiler"),
    "`": ("code", "Code"),
    "```": ("pre", "Pre"),
    "[": ("text_link", "TextUrl"),
    "![": ("custom_emoji", "CustomEmoji"),
}


@dataclass(slots=True)
class Span:
    """A marker that waits for its twin."""

    marker: str
    place: int
    offset: int
    entity: Json = field(default_factory=dict)


@dataclass(slots=True)
class Reader:
    """A MarkdownV2 source and how far it was read."""

    source: str
    at: int = 0
    text: list[str] = field(default_factory=list)
    length: int = 0
    spans: list[Span] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)
    quote: int = -1

    def write(self, text: str) -> None:
        """Add text."""
        self.text.append(text)
        self.length += units(text)

    def place(self) -> int:
        """Where the reader stands, in bytes."""
        return len(self.source[: self.at].encode())

    def ahead(self, marker: str) -> bool:
        """Tell whether the marker stands here."""
        return self.source.startswith(marker, self.at)

    def inside(self, *markers: str) -> bool:
        """Tell whether the innermost open span is one of these."""
        return bool(self.spans) and self.spans[-1].marker in markers

    def add(self, entity: Json, offset: int) -> None:
        """Add an entity that ends here."""
        if self.length > offset:
            self.entities.append(entity | {"offset": offset, "length": self.length - offset})


def parse_markdown_v2(source: str) -> tuple[str, list[Json]]:
    """Read MarkdownV2 into a text and its entities; 400 "can't parse entities: …" for what it does not allow."""
    reader = Reader(source.replace("\r", ""))
    while reader.at < len(reader.source):
        sign = reader.source[reader.at]
        following = reader.source[reader.at + 1 : reader.at + 2]
        if sign == "\\" and following and 0 < ord(following) <= 126:
            reader.write(following)
            reader.at += 2
        elif reader.inside("`", "```") and sign != "`":
            reader.write(sign)
            reader.at += 1
        elif sign == "\n":
            line_end(reader)
        elif line_start(reader):
            continue
        elif sign in RESERVED:
            reserved(reader, sign)
        else:
            reader.write(sign)
            reader.at += 1
    if reader.spans:
        last = reader.spans[-1]
        raise broken(f"Can't find end of {STYLES[last.marker][1]} entity at byte offset {last.place}")
    end_quote(reader)
    return "".join(reader.text), reader.entities


def line_start(reader: Reader) -> bool:
    """Open or go on with a quotation where a line begins with its sign."""
    fresh = reader.at == 0 or reader.source[reader.at - 1] == "\n"
    marker = next((m for m in ("**>", ">") if reader.ahead(m)), None) if fresh else None
    if marker is None or reader.inside("`", "```"):
        return False
    if marker == "**>":
        end_quote(reader)
    if reader.quote < 0:
        reader.quote = reader.length
    reader.at += len(marker)
    return True


def line_end(reader: Reader) -> None:
    """Write the new line, and end a quotation unless the next line goes on with it."""
    reader.write("\n")
    reader.at += 1
    if reader.quote >= 0 and not reader.ahead(">"):
        end_quote(reader)


def end_quote(reader: Reader, kind: str = "blockquote") -> None:
    """Close the quotation, if one is open."""
    if reader.quote >= 0:
        reader.add({"type": kind}, reader.quote)
        reader.quote = -1


def reserved(reader: Reader, sign: str) -> None:
    """Open or close what a reserved character stands for; it is an error where it stands for nothing."""
    if sign == "]" and reader.inside("[", "!["):
        return end_link(reader)
    marker = next((m for m in ("```", "![", "__", "||", "*", "_", "~", "`", "[") if reader.ahead(m)), None)
    ends_quote = marker == "||" and reader.quote >= 0 and not reader.inside("||")
    if ends_quote and reader.source[reader.at + 2 : reader.at + 3] in ("", "\n"):
        reader.at += 2
        return end_quote(reader, "expandable_blockquote")
    if marker is None:
        raise broken(f"Character '{sign}' is reserved and must be escaped with the preceding '\\'")
    if reader.inside("`") and marker == "```":
        marker = "`"
    if not reader.inside(marker) and reader.inside("`", "```"):
        reader.write(marker)
        reader.at += len(marker)
        return None
    if reader.inside(marker) and marker not in ("[", "!["):
        span = reader.spans.pop()
        reader.add({"type": STYLES[marker][0]} | span.entity, span.offset)
        reader.at += len(marker)
        return None
    return begin(reader, marker)


def begin(reader: Reader, marker: str) -> None:
    """Open a span; a code block's first line may name its language."""
    span = Span(marker, reader.place(), reader.length)
    reader.spans.append(span)
    reader.at += len(marker)
    if marker == "```":
        head = reader.source[reader.at :].split("`", 1)[0]
        language, line, _ = head.partition("\n")
        if line and not any(sign.isspace() for sign in language):
            span.entity = {"language": language} if language else {}
            reader.at += len(language) + 1


def end_link(reader: Reader) -> None:
    """Close ``[text](target)``; without a target the brackets vanish, as the real server does it."""
    span = reader.spans.pop()
    reader.at += 1
    if not reader.ahead("("):
        return
    reader.at += 1
    start = reader.place()
    target = ""
    while not reader.ahead(")"):
        if reader.at >= len(reader.source):
            raise broken(f"Can't find end of a URL at byte offset {start}")
        reader.at += 1 if reader.ahead("\\") and reader.at + 1 < len(reader.source) else 0
        target += reader.source[reader.at]
        reader.at += 1
    reader.at += 1
    if span.marker == "![":
        reader.add({"type": "custom_emoji", "custom_emoji_id": target.rpartition("id=")[2]}, span.offset)
    elif (link := normal_link(target)) is not None:
        reader.add({"type": "text_link", "url": link}, span.offset)


def parse_markdown(source: str) -> tuple[str, list[Json]]:
    """Read legacy Markdown: no nesting, and escapes only for ``_*`[``."""
    text, length, entities, at = "", 0, [], 0
    while at < len(source):
        marker = next((m for m in ("```", "`", "*", "_", "[") if source.startswith(m, at)), None)
        if source[at] == "\\" and source[at + 1 : at + 2] in tuple("_*`["):
            text, length, at = text + source[at + 1], length + 1, at + 2
            continue
        if marker is None:
            text, length, at = text + source[at], length + units(source[at]), at + 1
            continue
        closing = "]" if marker == "[" else marker
        end = source.find(closing, at + len(marker))
        if end < 0:
            place = len(source[:at].encode())
            raise broken(f"Can't find end of the entity starting at byte offset {place}")
        inner = source[at + len(marker) : end]
        entity: Json = {"type": STYLES[marker][0], "offset": length, "length": units(inner)}
        at = end + len(closing)
        if marker == "[":
            target, found, _ = source[at + 1 :].partition(")") if source.startswith("(", at) else ("", "", "")
            at += len(target) + 2 if found else 0
            entity["url"] = normal_link(target)
        if inner and entity.get("url", "") is not None:
            entities.append(entity)
        text, length = text + inner, length + units(inner)
    return text, entities


PARSERS = {"html": parse_html, "markdownv2": parse_markdown_v2, "markdown": parse_markdown}
