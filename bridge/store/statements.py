"""Named SQL: a file of statements, each under a line `-- name: …`."""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

NAME = re.compile(r"^-- name: *(\S+) *$", re.MULTILINE)
COMMENT = re.compile(r"^--.*\n?", re.MULTILINE)


def parse(text: str) -> dict[str, str]:
    """Map each name to its statement, without the comment lines; raises `ValueError` for a name used twice or left empty."""
    _, *parts = NAME.split(text)
    statements: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        statement = COMMENT.sub("", body).strip()
        if name in statements or not statement:
            raise ValueError(f"the statement {name!r} is {'there twice' if statement else 'empty'}")
        statements[name] = statement
    return statements


def resource(name: str) -> str:
    """The text of a file that lies beside this module."""
    return files("bridge.store").joinpath(name).read_text(encoding="utf-8")


QUERIES: Mapping[str, str] = MappingProxyType(parse(resource("queries.sql")) | parse(resource("office.sql")))
