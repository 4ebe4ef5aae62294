"""How commands show what they found: tables for people, one JSON value for programs."""

import dataclasses
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.cli.output import harmless
from bridge.times import when

if TYPE_CHECKING:
    from bridge.ports import EntryView

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

WIDE = 200
"""columns where there is no terminal and nobody says how many: nothing is cut for a pipe"""


def width() -> int | None:
    """Columns to write in: None for those of the terminal, $COLUMNS where there is none."""
    if sys.stdout.isatty():
        return None
    told = os.environ.get("COLUMNS", "")
    return int(told) if told.isdecimal() and int(told) else WIDE


def plain(value: object) -> Any:
    """JSON-able values of dataclasses and what they hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def as_json(value: object) -> None:
    """Print one JSON value."""
    typer.echo(harmless(json.dumps(plain(value), ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(*columns, box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for row in rows:
        made.add_row(*(Text(harmless(cell)) for cell in row))
    Console(width=width(), highlight=False).print(made)


def entry_row(entry: "EntryView") -> list[str]:
    """An entry as a row of `ENTRY_COLUMNS`."""
    lane = entry.lane
    place = f"{lane.channel}/{lane.chat}" + (f"/{lane.topic}" if lane.topic else "")
    return [str(entry.id), when(entry.accepted_at), str(lane.direction), place, str(entry.state), entry.reason]


ENTRY_COLUMNS = ("id", "accepted", "way", "channel/chat", "state", "reason")
