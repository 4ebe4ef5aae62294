"""What nobody sees of a text."""

import re

UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e0fff"
)
"""white space, controls, marks of no width, fillers, variation selectors, tags: the inside of a regular expression's []"""

_BLANK = re.compile(f"[{UNSEEN}]*")


def is_blank(text: str) -> bool:
    """True if nobody would see anything of it."""
    return _BLANK.fullmatch(text) is not None
