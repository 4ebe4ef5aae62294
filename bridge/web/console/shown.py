"""How values are shown on the console's pages (pure)."""

import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bridge.ports import EntryView

LARGEST_PRETTY = 2**20
"""bytes of stored content that are indented: a hostile one of many megabytes would take all memory"""

_STEERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""turns the reading direction: what stands in a line would seem to stand elsewhere in it"""


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a conversation: its entry, what it says, and who said it; not `whole` if there is more of it."""

    entry: EntryView
    kind: str
    author: str
    text: str
    links: tuple[str, ...] = ()
    whole: bool = True


def iso(at: float) -> str:
    """The same for machines."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def is_link(address: str) -> bool:
    """Whether an address may stand in a link: what far sides sent may hold scripts."""
    return address.startswith(("https://", "http://"))


def cut(text: str, longest: int) -> str:
    """The beginning of a text; scrub it first, or half a secret would be left."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def pretty(raw: bytes) -> str:
    """Stored content, indented if it is JSON and not enormous; what turns the reading direction is written out as JSON does."""
    text = raw.decode("utf-8", "replace")
    if len(raw) <= LARGEST_PRETTY:
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), ensure_ascii=False, indent=2).encode("utf-8", "replace").decode()
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def masked(value: Any) -> Any:
    """Settings without their secrets, as tables within tables."""
    if isinstance(value, Mapping):
        return {str(key): masked(one) for key, one in value.items()}
    if hasattr(value, "get_secret_value"):
        return "(set)" if value.get_secret_value() else "(not set)"
    return list(value) if isinstance(value, tuple) else value


def flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Tables within tables as lines of `a.b.c` and a value."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        path = f"{above}.{name}" if above else name
        found += flat(value, path) if isinstance(value, Mapping) else [(path, toml(value))]
    return found


def toml(value: object) -> str:
    """A value as it would stand in the configuration."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value != "" else '""'


def sections(values: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """The lines of each section of the configuration: `server`, `desks.main` and so on."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, value in masked(values).items():
        if name in {"desks", "channels"}:
            for one, table in value.items():
                found[f"{name}.{one}"] = flat(table)
        else:
            found[name] = flat(value)
    return found
