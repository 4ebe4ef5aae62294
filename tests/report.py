"""python -m tests.report LOG FOLDER [STATUS]: a proof's figures as a dated page, FOLDER/YYYY-MM-DD.md."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

VERDICTS = ("lost", "reordered", "doubled", "suspect", "undone")
"""what every campaign must tell of, if it can; in this order"""

APART = ("campaign", "seed", "seconds", "replay")
"""what has a place of its own on the page"""


def machine() -> str:
    """What the figures were measured on, without names."""
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()}"
    )


def commit() -> str:
    """The commit that was proven, with a plus if files were changed since."""
    try:
        told = subprocess.run(["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False)
    except FileNotFoundError:  # a machine without git
        return "unknown"
    return told.stdout.strip() or "unknown"


def in_words(value: object) -> str:
    """A figure as people read it: thousands apart, and tables within tables as a list."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.1f}"
        case dict():
            return ", ".join(f"{name} {in_words(one)}" for name, one in value.items()) or "none"
        case _:
            return str(value).replace("|", "\\|")


def section(line: dict[str, Any]) -> str:
    """One campaign: its verdicts, its other figures, and the command that plays it again."""
    told = [f"**{name} {in_words(line[name])}**" for name in VERDICTS if name in line]
    told += [
        f"{name.replace('_', ' ')} {in_words(value)}"
        for name, value in line.items()
        if name not in APART and name not in VERDICTS
    ]
    head = f"## {line['campaign']}\n\nSeed {line['seed']}, {in_words(line['seconds'])} s"
    return f"{head}: {'; '.join(told) or 'green'}.\n\n    {line['replay']}\n"


def page(lines: list[dict[str, Any]], day: str, proven: str, where: str, *, green: bool = True) -> str:
    """The report."""
    head = (
        f"# Proof of {day}\n\n"
        f"Commit {proven}; {where}. {'All green.' if green else '**Red: a campaign failed**, see what pytest printed.'}\n\n"
        "Every campaign asserts what it promises and fails otherwise; these are the figures it ended with. What each promise is\n"
        "stands in [promise.md](../promise.md). `make proof` runs all of it again and writes such a page.\n"
    )
    return "\n".join([head, *(section(line) for line in lines)])


def main(log: str, folder: str, status: str = "0") -> int:
    """Write the page; 1 if the log holds nothing. `status` is what pytest ended with: a red proof says so."""
    try:
        text = Path(log).read_text(encoding="utf-8")
    except OSError as error:
        print(f"{log} can't be read: {error.strerror}. A proof writes it: make proof", file=sys.stderr)
        return 1
    lines = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not lines:
        print(f"{log} holds no figures", file=sys.stderr)
        return 1
    day = datetime.now(UTC).date().isoformat()
    target = Path(folder) / f"{day}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(lines, day, commit(), machine(), green=status == "0"), encoding="utf-8")
    print(f"{len(lines)} campaigns: {target}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(f"{__doc__}")
    sys.exit(main(*sys.argv[1:]))
