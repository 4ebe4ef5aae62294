"""Fields of Tiledesk's JSON, whatever stands in them: an absent one is at times "", null, or of another type."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from bridge.conversation.blank import is_blank

Json = Mapping[str, Any]

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
