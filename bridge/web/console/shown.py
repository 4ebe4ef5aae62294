"""How values are shown on the console's pages (pure)."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.ports import EntryView


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a conversation: its entry, what it says, and who said it."""

    entry: EntryView
    kind: str
    author: str
    text: str
    links: tuple[str, ...] = ()


def iso(at: float) -> str:
    """The same for machines."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def is_link(address: str) -> bool:
    """Whether an address may stand in a link: what far sides sent may hold scripts."""
    return address.startswith(("https://", "http://"))


def pretty(raw: bytes) -> str:
    """Stored content, indented if it is JSON."""
    text = raw.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2).encode("utf-8", "replace").decode()
    except (ValueError, RecursionError):
        return text


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
