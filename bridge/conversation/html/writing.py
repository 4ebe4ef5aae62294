"""A tree of HTML written as Markdown, by markdownify with a chat's ways and without its quadratic ones."""

import re
import unicodedata
from collections.abc import Set as AbstractSet
from urllib.parse import unquote, urlsplit

from bs4 import Tag
from bs4.element import NavigableString, PageElement
from markdownify import MarkdownConverter

from bridge.conversation.html.cleaning import BLOCKS
from bridge.conversation.markdown import JOINER, literally

_STYLES = {
    **dict.fromkeys(("b", "strong"), "**"),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), "*"),
    **dict.fromkeys(("s", "del", "strike"), "~~"),
}
_CODE = frozenset({"code", "kbd", "samp", "tt"})

_ADDRESS_BEGINS = re.compile(r"https?://|www\.")
_LONGEST_WORD = 2_000
_MARKER = re.compile(r"(?:[ \t]|[-*+>] |\d+\. |#{1,6} )*")
_LINKABLE = re.compile(r"(?:https?://|mailto:|tel:|tg://)\S", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f()<>\\`\[\]{}\"|^]")
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang)-([\w+#.-]{1,40})(?=\s|$)")


class Writer(MarkdownConverter):
    """Writes each element; markdownify calls `convert_NAME` with what is inside, already written, and all outer names."""

    def __init__(self) -> None:
        super().__init__(bullets="-", heading_style="atx", wrap=True, wrap_width=None, table_infer_header=True)

    def write(self, root: Tag) -> str:
        """Return a whole tree in Markdown."""
        return "\n".join(line.rstrip() for line in self.convert_soup(root).split("\n")).strip()

    def escape(self, text: str, _parent_tags: AbstractSet[str]) -> str:
        """Write a text as it is."""
        return literally(text)

    def convert_style(self, el: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        """Wrap each line of a bold, italic or struck text."""
        marker = _STYLES[el.name]
        same = {name for name, other in _STYLES.items() if other == marker}
        if _bare(parent_tags) or same & set(parent_tags) or "```" in text:
            return text
        lines = text.split("\n")
        last = len(lines) - 1
        written = [
            _marked(line, marker, before="" if at else _beside(el, -1), after=_beside(el, 1) if at == last else "")
            for at, line in enumerate(lines)
        ]
        joiner = JOINER if _needs_joiner(el) and not text[:1].isspace() else ""
        return joiner + "\n".join(written)

    convert_b = convert_strong = convert_style
    convert_i = convert_em = convert_cite = convert_dfn = convert_var = convert_style
    convert_s = convert_del = convert_strike = convert_style

    def convert_a(self, el: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        """Write a link, or its label alone if it leads nowhere good."""
        url = _address(el.get("href"))
        label = " ".join(line for part in text.split("\n") if (line := part.strip()))
        if url is None or not label or "_noformat" in parent_tags:
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        if el.get_text().strip() in {url, url.removeprefix("mailto:")}:
            return f"{before}{label}{after}"
        written = f"{label} ({url})" if _bare(parent_tags) else f"[{label}]({url})"
        return before.replace("\n", "") + written + after.replace("\n", "")

    def convert_img(self, el: Tag, _text: str, parent_tags: AbstractSet[str]) -> str:
        """Write a picture, a film or a sound as a link with its name; a dot that only counts readers is nothing."""
        if str(el.get("width", "")) in {"0", "1"} or str(el.get("height", "")) in {"0", "1"}:
            return ""
        source = el.find("source") if el.name != "img" else None
        url = _address(el.get("src") or (source.get("src") if source else None))
        named = " ".join(str(el.get("alt") or el.get("title") or "").split())
        label = literally(named or _file_name(url))
        if url is None or "a" in parent_tags or _bare(parent_tags) or "_inline" in parent_tags:
            return label
        return f"[{label}]({url})"

    convert_video = convert_audio = convert_img

    def convert_br(self, _el: Tag, _text: str, parent_tags: AbstractSet[str]) -> str:
        """Break the line, where a line can be broken."""
        return " " if "_inline" in parent_tags else "\n"

    def convert_p(self, _el: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        """Set a paragraph apart."""
        return self.block(text, parent_tags, "\n\n")

    def convert_div(self, _el: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        """Begin a line, and end it."""
        return self.block(text, parent_tags, "\n")

    def block(self, text: str, parent_tags: AbstractSet[str], around: str) -> str:
        """Set a text apart, but within a line."""
        text = text.strip(" \t\r\n")
        around = " " if "_inline" in parent_tags else around
        return around + text + around if text else ""

    def convert_hn(self, el: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        """Write a heading; in a list, where Telegram's reader would not begin a line for it, a bold line."""
        text = " ".join(text.split())
        if not text or _bare(parent_tags) or "a" in parent_tags or "_inline" in parent_tags:
            return f" {text} "
        return f"\n\n{_marked(text, '**')}\n\n" if "li" in parent_tags else f"\n\n{'#' * int(el.name[1])} {text}\n\n"

    convert_h1 = convert_h2 = convert_h3 = convert_h4 = convert_h5 = convert_h6 = convert_hn

    def convert_hr(self, _el: Tag, _text: str, parent_tags: AbstractSet[str]) -> str:
        """Draw a line."""
        return " " if "_inline" in parent_tags else "\n\n---\n\n"

    def convert_li(self, el: Tag, text: str, **_: object) -> str:
        """Write a point of a list, all its lines indented alike."""
        text = text.strip()
        if not text:
            return "\n"
        bullet = f"{number}. " if (number := el.get("data-number")) else "- "
        lines = text.split("\n")
        indented = [f"{' ' * len(bullet)}{line}" if line else "" for line in lines[1:]]
        alone = "" if el.parent and el.parent.name in {"ul", "ol"} else "\n"
        return alone + "\n".join([bullet + lines[0], *indented]) + "\n"

    def convert_td(self, _el: Tag, text: str, **_: object) -> str:
        """Write a cell on one line."""
        return f" {' '.join(text.split())} |"

    convert_th = convert_td

    def convert_code(self, el: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        """Write code within a line; of several lines, as a block."""
        if "_noformat" in parent_tags:
            return text
        if _bare(parent_tags):
            return literally(text)
        if "\n" in text.strip():
            return self.fenced(text, "")
        code = text.strip()
        if _unseen(code):
            return text
        fence = _fence(code, 1)
        pad = " " if "`" in (code[0], code[-1]) else ""
        joiner = JOINER if _needs_joiner(el) and text[0] == code[0] else ""
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{before}{joiner}{fence}{pad}{code}{pad}{fence}{after}"

    convert_kbd = convert_samp = convert_tt = convert_code

    def convert_pre(self, el: Tag, text: str, parent_tags: AbstractSet[str]) -> str:
        """Write a block of code with its language."""
        if "_noformat" in parent_tags:
            return text
        if _bare(parent_tags) or "_inline" in parent_tags:
            return literally(text)
        code = el.find("code")
        classes = f"{el.get('class', '')} {code.get('class', '') if code else ''}"
        language = _LANGUAGE.search(classes)
        return self.fenced(text, language[1] if language else "")

    def fenced(self, text: str, language: str) -> str:
        """Write lines of code between fences."""
        first = len(text) - len(text.lstrip())
        code = text[text.rfind("\n", 0, first) + 1 :].rstrip()  # with the first line's indent
        fence = _fence(code, 3)
        return f"\n\n{fence}{language}\n{code}\n{fence}\n\n" if code.strip() else ""


def _bare(parent_tags: AbstractSet[str]) -> bool:
    """Tell whether no formatting can be shown: in code, and in a table, which is written as code."""
    return not parent_tags.isdisjoint({"_noformat", "td", "th"})


def _marked(line: str, marker: str, before: str = "", after: str = "") -> str:
    """Put markers around what is to be seen of a line, after what makes it a point or a quote.

    Between the letters beside it (`before`, `after`) and its own punctuation, markers would be none without a joiner;
    nor would they behind an address, which goes on to the next space, or as a star between digits.
    """
    start = _MARKER.match(line)
    at = start.end() if start else 0
    text = line[at:].strip()
    at += line[at:].find(text)
    if _unseen(text):
        return line
    opens = _is_letter(before) and (not _is_letter(text[0]) or text[0].isdigit())
    closes = _is_letter(after) and (not _is_letter(text[-1]) or text[-1].isdigit())
    closes = closes or (after != "" and _ends_in_address(text))
    opening, closing = marker + (JOINER if opens else ""), (JOINER if closes else "") + marker
    return f"{line[:at]}{opening}{text}{closing}{line[len(line.rstrip()) :]}"


def _neighbour(el: PageElement, side: int, beyond: AbstractSet[str]) -> PageElement | None:
    """Return what comes directly before (-1) or after (1) an element, beyond outer elements that it begins or ends."""
    node = el
    while (neighbour := node.previous_sibling if side < 0 else node.next_sibling) is None:
        if node.parent is None or node.parent.parent is None or node.parent.name in beyond:
            return None
        node = node.parent
    return neighbour


def _beside(el: Tag, side: int) -> str:
    """Return the character directly before (-1) or after (1) an element, "" for white space; a tag counts as a letter."""
    match _neighbour(el, side, BLOCKS):
        case NavigableString() as text:
            return text[0 if side > 0 else -1].strip() if text else ""
        case Tag(name=name):
            return "" if name in BLOCKS | {"br"} else "a"
        case _:
            return ""


def _needs_joiner(el: Tag) -> bool:
    """Tell whether an element begins directly where a formatted text ends, or an address, however many elements that spans."""
    styled = _CODE.union(_STYLES)
    node: PageElement | None = el
    word = ""
    while node is not None and len(word) < _LONGEST_WORD and not any(map(str.isspace, word)):
        node = _neighbour(node, -1, BLOCKS | styled)
        while isinstance(node, Tag) and node.name not in styled:
            node = node.contents[-1] if node.contents and node.name not in BLOCKS else None
        if isinstance(node, Tag):
            return not word or _ends_in_address(word)
        word = f"{node or ''}{word}"
    return _ends_in_address(word)


def _ends_in_address(text: str) -> bool:
    word = text[-_LONGEST_WORD:].split()[-1:]
    return not text[-1:].isspace() and any(map(_ADDRESS_BEGINS.search, word))


def _unseen(text: str) -> bool:
    return all(unicodedata.category(character)[0] in "CZ" for character in text)


def _is_letter(character: str) -> bool:
    """Tell whether parsers take a character for a letter: neither white space, nor punctuation, nor a symbol."""
    return bool(character) and unicodedata.category(character)[0] not in "PSZ"


def _fence(code: str, least: int) -> str:
    return "`" * max(least, max(map(len, re.findall("`+", code)), default=0) + 1)


def _address(value: object) -> str | None:
    """Return where a link may lead, written so that nothing in it ends it."""
    url = re.sub(r"[\t\r\n]", "", str(value or "").strip("".join(map(chr, range(33)))))
    url = f"https:{url}" if url.startswith("//") else url
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", url) if _LINKABLE.match(url) else None


def _file_name(url: str | None) -> str:
    """Return what a picture without a name can be called by."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return url or ""
    return unquote(parts.path.rsplit("/", 1)[-1]) or parts.netloc
