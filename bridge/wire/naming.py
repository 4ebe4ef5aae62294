"""What a server says of a file: its type and its name, made harmless."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

LONGEST_NAME = 120
"""characters of a file's name"""

TOKEN = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}"
TYPE = re.compile(f"{TOKEN}/{TOKEN}")
EXTENDED = re.compile(r"filename\*\s*=\s*\"?(utf-8|iso-8859-1)'[^']*'([^\s;\"]+)", re.IGNORECASE)
QUOTED = re.compile(r"filename\s*=\s*\"((?:[^\"\\]|\\.)*)\"", re.IGNORECASE)
BARE = re.compile(r"filename\s*=\s*([^\s;\"]+)", re.IGNORECASE)


def mime_type(told: str) -> str:
    """A told type of content (RFC 6838), without its parameters; "" if it is none."""
    kind = told.partition(";")[0].strip().lower()
    return kind if TYPE.fullmatch(kind) else ""


def file_name(disposition: str, path: str) -> str:
    """The name that a `Content-Disposition` header gives, else the last segment of the URL's `path` (quoted); may be ""."""
    return safe_name(told_name(disposition)) or safe_name(unquote(path.rpartition("/")[2]))


def told_name(disposition: str) -> str:
    """The name in a `Content-Disposition` header as it stands there; "" if there is none."""
    if extended := EXTENDED.search(disposition):
        return unquote(extended[2], extended[1])
    if quoted := QUOTED.search(disposition):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    bare = BARE.search(disposition)
    return bare[1] if bare else ""


def safe_name(name: str) -> str:
    """The last part of a path, without anything that can't be seen; its ending stays when it is cut to length."""
    base = re.split(r"[/\\]", name)[-1]
    seen = "".join(character for character in base if character.isprintable()).strip(" .")
    if len(seen) <= LONGEST_NAME:
        return seen
    ending = PurePosixPath(seen).suffix[:16]
    return seen[: LONGEST_NAME - len(ending)] + ending
