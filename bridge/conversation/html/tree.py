"""HTML as a tree that a writer of Markdown can take: shallow, with lists and tables in order."""

import re

from bs4 import BeautifulSoup, Tag

from bridge.conversation.html.cleaning import BLOCKS

_DEEPEST = 50
_KEPT = frozenset({"href", "src", "alt", "title", "class", "width", "height"})
# Written in their own way; other blocks all alike.
# fmt: off
_OWN = frozenset({
    "blockquote", "br", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "table", "td", "th",
    "tr", "ul",
})

# These are nothing when they hold nothing.
_HOLDING = frozenset({
    "a", "b", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "label", "mark", "s", "small", "span",
    "strike", "strong", "sub", "sup", "tt", "u", "var",
})
# fmt: on
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

# An element that ends another one whose end was not written.
_ENDS = {
    "p": {"p"},
    "li": {"li"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tr": {"tr", "td", "th"},
}


def tree(cleaned: str) -> BeautifulSoup | None:
    """Read HTML of well-formed tags; None if it is too deep."""
    root = BeautifulSoup(cleaned, "html.parser", multi_valued_attributes=None)
    _mend(root)
    if _deep(root):
        return None
    for numbered in root.find_all("ol"):
        _number(numbered)
    for table in root.find_all("table"):
        _tidy_table(table)
    for tag in root.find_all(name=True):
        tag.attrs = {name: value for name, value in tag.attrs.items() if name in _KEPT or name == "data-number"}
        if tag.name in {"menu", "dir"}:
            tag.name = "ul"
        elif tag.name in BLOCKS - _OWN:
            tag.name = "div"
    return root


def _mend(root: Tag) -> None:
    """End what has no end, and take out what is not to be seen."""
    for tag in root.find_all(list(_ENDS)):
        while tag.parent is not None and tag.parent.name in _ENDS[tag.name]:
            tag.parent.insert_after(tag.extract())
    for tag in [*root.find_all(style=_HIDING), *root.find_all(hidden=True)]:
        if not tag.decomposed:
            tag.decompose()
    for tag in reversed(root.find_all(list(_HOLDING))):
        if not tag.contents:
            tag.decompose()


def _deep(root: Tag) -> bool:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for tag in level for child in tag.children if isinstance(child, Tag)]
    return bool(level)


def _number(numbered: Tag) -> None:
    """Write its number on each point of a list."""
    start = str(numbered.get("start", "1"))
    first = int(start) if re.fullmatch(r"\d{1,8}", start, re.ASCII) else 1
    for number, point in enumerate(numbered.find_all("li", recursive=False), first):
        point["data-number"] = str(number)


def _tidy_table(table: Tag) -> None:
    """Leave rows of cells, equally many in the first as in any; a table that only lays things out is none."""
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    cells = [[cell for cell in row.find_all(["td", "th"]) if cell.find_parent("tr") is row] for row in rows]
    columns = max(map(len, cells), default=0)
    for caption in table.find_all("caption", recursive=False):
        table.insert_before(caption.extract())
    if columns < 2 or table.find("table") or table.find_parent(["td", "th"]):
        for tag in [table, *rows, *(cell for row in cells for cell in row)]:
            tag.name = "div"
        return
    for part in table.find_all(["thead", "tbody", "tfoot", "colgroup", "col"]):
        part.unwrap()
    for _ in range(columns - len(cells[0])):
        rows[0].append(BeautifulSoup("<td></td>", "html.parser").td or "")
