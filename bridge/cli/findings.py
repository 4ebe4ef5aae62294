"""How findings are shown: in groups with hanging lines on a terminal, one line each elsewhere, or as JSON."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bridge.cli.output import harmless

if TYPE_CHECKING:
    from rich.console import Console

    from bridge.observe import Finding

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}

WIDEST = 120


def as_values(findings: "Iterable[Finding]", scrub: Callable[[str], str] = str) -> list[dict[str, Any]]:
    """Findings as JSON has them."""
    return [
        {
            "ok": one.ok,
            "level": str(one.level),
            "subject": one.subject,
            "detail": scrub(one.detail),
            "advice": scrub(one.advice),
        }
        for one in findings
    ]


def show(findings: "Sequence[Finding]", scrub: Callable[[str], str] = str) -> None:
    """Print them."""
    if sys.stdout.isatty():
        from rich.console import Console

        console = Console(highlight=False)
        console.width = min(console.width, WIDEST)
        for area, group in grouped(findings):
            console.print(f"\n[bold]{area}[/bold]")
            for one in group:
                print_one(console, one, scrub)
        return
    for one in findings:
        advice = f" → {one.advice}" if one.advice else ""
        marked(one.level, scrub(f"{one.subject}: {one.detail}{advice}"))


def marked(level: str, words: str) -> None:
    """A line with its mark, in colour on a terminal that wants any."""
    from rich.console import Console
    from rich.text import Text

    mark, colour = MARKS[level]
    style = f"bold {colour}" if level != "ok" else colour
    Console(highlight=False).print(Text.assemble((mark, style), " ", harmless(words)), soft_wrap=True)


def print_one(console: "Console", finding: "Finding", scrub: Callable[[str], str]) -> None:
    """One finding with its advice below, each hanging under its first line."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    mark, colour = MARKS[finding.level]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(width=14, style="dim", overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    told = Text(harmless(scrub(finding.detail)))
    if finding.advice:
        told.append("\n→ ", style=colour if finding.level != "ok" else "dim")
        told.append(harmless(scrub(finding.advice)), style="" if finding.level != "ok" else "dim")
    grid.add_row(Text(mark, style=f"bold {colour}" if finding.level != "ok" else colour), topic_of(finding), told)
    console.print(Padding(grid, (0, 0, 0, 2)))


AREAS = ("This machine", "The way in", "Telegram", "Tiledesk")


def area_of(finding: "Finding") -> str:
    """Under which heading a finding stands; channels and desks by their names."""
    first, _, rest = finding.subject.partition(".")
    name = rest.partition(":")[0].partition(".")[0]
    match first:
        case "channels":
            return f"Telegram · {name}"
        case "desks":
            return f"Tiledesk · {name}"
        case "server":
            return "The way in"
        case _:
            return "This machine"


def grouped(findings: "Sequence[Finding]") -> "list[tuple[str, list[Finding]]]":
    """Headings with what stands under each, in the order of `AREAS`; channels and desks in that of the configuration."""
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        groups.setdefault(area_of(one), []).append(one)
    return sorted(groups.items(), key=lambda group: AREAS.index(group[0].partition(" · ")[0]))


def topic_of(finding: "Finding") -> str:
    """The subject beneath its heading: `channels.support: bot token` is `bot token`."""
    section, _, topic = finding.subject.rpartition(": ")
    return topic if section else finding.subject.removeprefix("server.").replace("_", " ")


def summary(findings: "Sequence[Finding]") -> str:
    """One line for all."""
    wrong = sum(not one.ok for one in findings)
    doubtful = sum(one.level == "warning" for one in findings)
    warnings = f", {doubtful} with a warning" if doubtful else ""
    if wrong:
        return f"{wrong} of {len(findings)} checks failed{warnings}."
    return f"All {len(findings)} checks passed{warnings}."
