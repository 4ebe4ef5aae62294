"""Fields of Telegram's JSON, read with care (pure): what others wrote is text, and one line where a line is meant."""

import math
import re
from collections.abc import Mapping
from typing import Any, cast

from bridge.telegram.spans import is_blank

Json = Mapping[str, Any]

LONGEST = 200
"""characters of a line that others wrote"""

_STEERING = re.compile(
    "[\u202a-\u202e\u2066-\u2069]"
)  # turns the reading direction: "txt.exe" could look like "exe.txt"
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def mapping(value: object) -> Json:
    """Insist on an object."""
    if not isinstance(value, Mapping):
        raise TypeError(f"an object was expected, not {type(value).__name__}")
    return cast(Json, value)


def integer(value: object) -> int:
    """Insist on an integer, of no more than the 52 bits that the Bot API uses."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"an integer was expected, not {type(value).__name__}")
    if abs(value) >= 2**52:
        raise ValueError(f"{value} is no number of the Bot API's")
    return value


def inner(holder: Json, name: str) -> Json:
    """The object in a field, an empty one if there is none."""
    value = holder.get(name)
    return cast(Json, value) if isinstance(value, Mapping) else {}


def rows(holder: Json, name: str) -> list[Json]:
    """The objects of a list in a field."""
    value = holder.get(name)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def count(holder: Json, name: str) -> int:
    """The number in a field, 0 if there is none or it makes no sense as a size, a length or a time."""
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**52 else 0


def measure(holder: Json, name: str, most: float) -> float | None:
    """The number in a field, such as an angle, of at most `most` to either side of 0; None if it is no such thing."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= most else None


def words(holder: Json, name: str) -> str:
    """The text in a field, as it is; "" if there is none or nothing of it can be seen."""
    value = holder.get(name)
    return value if isinstance(value, str) and not is_blank(value) else ""


def line(holder: Json, name: str, longest: int = LONGEST) -> str:
    """The text in a field, as one line."""
    return one_line(words(holder, name), longest)


def one_line(text: str, longest: int = LONGEST) -> str:
    """A text as one line without controls, of at most `longest` characters, cut at a word if there is one."""
    flat = _SPACE.sub(" ", _STEERING.sub("", text)).strip()
    if len(flat) <= longest:
        return flat
    head = flat[: longest - 1]
    if flat[longest - 1] != " ":
        at = head.rfind(" ")
        head = head[:at] if at > longest // 2 else head
    return head.rstrip(" \u200d") + "…"
