"""Fields of Tiledesk's JSON, whatever stands in them: an absent one is at times "", null, or of another type."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

Json = Mapping[str, Any]

_SEEN = re.compile(
    r"[^\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e0fff]"
)

BIGGEST = 999_999_999_999
"""no file and no picture is larger"""


def mapping(value: object) -> Json:
    """An object, or an empty one: Tiledesk writes "" for absent metadata."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> Sequence[Any]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else ()


def words(value: object) -> str:
    """A string that shows something, or ""."""
    return value if isinstance(value, str) and not is_blank(value) else ""


def is_blank(text: str) -> bool:
    """True if nobody would see anything: white space, controls, fillers, marks of no width."""
    return _SEEN.search(text) is None


def line(value: object, limit: int) -> str:
    """A string as one line of at most `limit` characters, "" if it shows nothing."""
    flat = " ".join(value.strip()[: limit * 8].split()) if isinstance(value, str) else ""
    flat = "".join(letter for letter in flat if unicodedata.category(letter) != "Cc")
    if is_blank(flat):
        return ""
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def number(value: object) -> int:
    """A count of bytes or pixels, also in digits; 0 if it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(BIGGEST)):
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= BIGGEST:
        return int(value)
    return 0


def unpacked(value: object) -> object:
    """What a string holds as JSON; None if it does not."""
    try:
        return orjson.loads(value) if isinstance(value, str) else None
    except orjson.JSONDecodeError:
        return None


def more(count: int) -> str:
    """The line that stands for what is left out."""
    return f"… and {count} more"
