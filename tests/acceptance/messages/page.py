"""The catalogue as the tables of `docs/messages.md`."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.acceptance.messages.catalogue import INBOUND, OUTBOUND
from tests.acceptance.messages.row import Row

PAGE = Path(__file__).parents[3] / "docs" / "messages.md"
TABLES = {"inbound": INBOUND, "outbound": OUTBOUND}


def table(rows: Iterable[Row]) -> str:
    """Rows as a table of Markdown."""
    head = ["| kind | what is sent | what arrives | what is lost, and why |", "|---|---|---|---|"]
    body = [f"| {' | '.join(map(cell, (one.name, one.sent, one.arrives, one.lost)))} |" for one in rows]
    return "\n".join([*head, *body])


def cell(text: str) -> str:
    """A text for a cell, in which a bar would be the end of it."""
    return text.replace("|", r"\|")


def rewritten(page: str) -> str:
    """The page with its tables as the catalogue has them; each stands between two comments with its name."""
    for name, rows in TABLES.items():
        between = re.compile(rf"(<!-- {name} -->\n).*(\n<!-- end of {name} -->)", re.DOTALL)
        found = between.search(page)
        if found is None:
            raise ValueError(f"the page has no place for the table {name}")
        page = f"{page[: found.start()]}{found[1]}{table(rows)}{found[2]}{page[found.end() :]}"
    return page
