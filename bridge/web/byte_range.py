"""The `Range` of a request (RFC 9110, section 14); pure."""

import re

SINGLE = re.compile(r"bytes[ \t]*=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE | re.ASCII)


class Unsatisfiable(Exception):
    """The file has no such bytes."""


def byte_range(header: str, size: int) -> range | None:
    """The positions asked for, of a file of `size` bytes; None: all of it.

    Of several ranges, and of what is no range, the whole file is a valid answer. Raises `Unsatisfiable`.
    """
    asked = SINGLE.fullmatch(header)
    if asked is None or asked[1] == asked[2] == "":
        return None
    if not asked[1]:
        start, stop = max(0, size - int(asked[2])), size
    else:
        start, stop = int(asked[1]), min(int(asked[2]) + 1, size) if asked[2] else size
        if asked[2] and int(asked[2]) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return range(start, stop)
