"""Buttons → inline keyboards (pure): any number of them, in any script, within Telegram's limits.

What a press means never travels: `callback_data` is the offer's id and the button's number, and the offer stays in our book.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from bridge.message import Button, ButtonKind
from bridge.telegram.split import utf16_length

Row = list[dict[str, str]]
Markup = dict[str, list[Row]]
"""an `InlineKeyboardMarkup`"""

MOST_BUTTONS = 100
LARGEST_MARKUP = 9_000
"""bytes of JSON in one keyboard; Telegram takes some 10,000"""

LONGEST_LABEL = 64
"""UTF-16 units that a phone shows of a button"""

WIDTH = 34
"""characters beside each other on a narrow phone"""

MOST_BESIDE = 3
SPENT = "-"
"""the `callback_data` of a button that shows the choice that was made"""


@dataclass(frozen=True, slots=True)
class Keyboards:
    """The keyboards of one offer, one a message, and the labels that are too long for a button, as lines to read."""

    markups: tuple[Markup, ...]
    legend: tuple[str, ...]


def offer_id(secret: bytes, key: str, place: int) -> str:
    """A short id, unguessable for whoever does not know the secret, and the same whenever this message is planned."""
    digest = hashlib.blake2b(f"{place}/{key}".encode(), key=secret, digest_size=12).digest()
    return digest.hex()


def keyboards(offer: str, buttons: Sequence[Button]) -> Keyboards:
    """Lay buttons out in their order."""
    legend: list[str] = []
    faces: list[tuple[str, dict[str, str]]] = []
    for number, button in enumerate(buttons):
        label = button.label
        if utf16_length(label) > LONGEST_LABEL:
            legend.append(f"{len(legend) + 1}. {label}")
            label = f"{len(legend)}. {shortened(label, LONGEST_LABEL - 5)}"
        target = {"url": button.target} if button.kind is ButtonKind.URL else {"callback_data": f"{offer}.{number}"}
        faces.append((label, {"text": label} | target))
    return Keyboards(tuple({"inline_keyboard": rows} for rows in pages(rows_of(faces))), tuple(legend))


def shortened(label: str, limit: int) -> str:
    """Cut a label at the end of a word, or within one if need be."""
    kept = label
    while utf16_length(kept) > limit - 1:
        kept = kept[: len(kept) - max(1, (utf16_length(kept) - limit + 1) // 2)]
    head = kept.rpartition(" ")[0]
    return (head if len(head) > len(kept) // 2 else kept).rstrip() + "…"


def rows_of(faces: Sequence[tuple[str, dict[str, str]]]) -> Iterator[Row]:
    """Put short labels beside each other."""
    row: Row = []
    widest = 0
    for label, face in faces:
        width = max(widest, len(label))
        if row and (len(row) == MOST_BESIDE or width * (len(row) + 1) > WIDTH):
            yield row
            row, width = [], len(label)
        row, widest = [*row, face], width
    if row:
        yield row


def pages(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Spread rows over as many keyboards as Telegram's limits make of them."""
    page: list[Row] = []
    count = size = 0
    for row in rows:
        weight = len(orjson.dumps(row)) + 1
        if page and (count + len(row) > MOST_BUTTONS or size + weight > LARGEST_MARKUP):
            yield page
            page, count, size = [], 0, 0
        page.append(row)
        count, size = count + len(row), size + weight
    if page:
        yield page


def chosen_markup(button: Button, others: Sequence[Button]) -> Markup:
    """What is left of a keyboard after a press: the choice that was made, and the addresses, which always work."""
    label = (
        shortened(button.label, LONGEST_LABEL - 3) if utf16_length(button.label) > LONGEST_LABEL - 3 else button.label
    )
    links = [(one.label, {"text": one.label, "url": one.target}) for one in others if one.kind is ButtonKind.URL]
    return {"inline_keyboard": [[{"text": f"✓ {label}", "callback_data": SPENT}], *rows_of(links)]}


def without_links(markup: Markup) -> tuple[Markup | None, list[str]]:
    """A keyboard without its addresses, which stand in lines to read instead: Telegram may not take one of them."""
    rows = markup["inline_keyboard"]
    kept = [[face for face in row if "url" not in face] for row in rows]
    lines = [f"{face['text']}: {face['url']}" for row in rows for face in row if "url" in face]
    filled = [row for row in kept if row]
    return ({"inline_keyboard": filled} if filled else None), lines
