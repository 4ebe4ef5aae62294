"""The forms of a copy (pure): JSON Lines, CSV, and an HTML transcript that needs nothing else to be read."""

import csv
import html
import io
import json
from datetime import UTC, datetime
from typing import Any, Protocol

FIELDS = (
    "id",
    "at",
    "direction",
    "channel",
    "chat",
    "topic",
    "kind",
    "author",
    "text",
    "links",
    "state",
    "reason",
    "settled_at",
    "source",
    "key",
)

STYLE = """
:root{color-scheme:light dark;
--ink:#1c1f23;--dim:#5b636d;--in:#eef1f4;--out:#dcebff;--page:#fff;--bad:#a11}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--dim:#9aa3ad;--in:#2a2f35;--out:#1d3a5c;--page:#17191c;--bad:#f88}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:46rem;margin:2rem auto;padding:0 1rem}
article{background:var(--in);border-radius:.6rem;padding:.5rem .8rem;margin:.4rem 4rem .4rem 0;overflow-wrap:anywhere}
article.out{background:var(--out);margin:.4rem 0 .4rem 4rem}article.note{border:1px dashed var(--dim);background:none}
header{color:var(--dim);font-size:.8rem}p{margin:.2rem 0;white-space:pre-wrap}.dead{color:var(--bad)}
h2{margin-top:2rem;font-size:1.05rem}
"""


HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Transcript</title>"
)


class Form(Protocol):
    """Turns rows into text, piece by piece."""

    def begin(self) -> str:
        """What comes first."""
        ...

    def row(self, row: dict[str, Any]) -> str:
        """One message."""
        ...

    def end(self) -> str:
        """What comes last."""
        ...


class JsonLines:
    """One JSON object a line."""

    def begin(self) -> str:
        """Nothing."""
        return ""

    def row(self, row: dict[str, Any]) -> str:
        """A line."""
        return json.dumps(row, ensure_ascii=False) + "\n"

    def end(self) -> str:
        """Nothing."""
        return ""


class Csv:
    """Comma-separated values with a head; no cell is taken for a formula by a spreadsheet."""

    def begin(self) -> str:
        """The names of the columns."""
        return line(FIELDS)

    def row(self, row: dict[str, Any]) -> str:
        """A line."""
        return line([cell(row[name]) for name in FIELDS])

    def end(self) -> str:
        """Nothing."""
        return ""


def line(cells: Any) -> str:
    """A line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def cell(value: Any) -> str:
    """A value that a spreadsheet shows and does not run."""
    text = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not number(text) else text


def number(text: str) -> bool:
    """Whether it is one, such as a group's chat."""
    try:
        float(text)
    except ValueError:
        return False
    return True


class Html:
    """A page with every message in the order of its acceptance, a heading wherever the chat changes."""

    def __init__(self) -> None:
        self.chat = ""

    def begin(self) -> str:
        """The head."""
        return f"{HEAD}<style>{STYLE}</style><h1>Transcript</h1>\n"

    def row(self, row: dict[str, Any]) -> str:
        """A message; everything that people wrote is escaped, and only web addresses are links."""
        chat = f"{row['channel']} / {row['chat']}" + (
            f" / {row['topic']}" if row["topic"] and row["kind"] != "note" else ""
        )
        head = f"<h2>{html.escape(chat)}</h2>\n" if chat != self.chat else ""
        self.chat = chat
        links = "".join(
            f'<p><a rel="noreferrer" href="{html.escape(one)}">{html.escape(one)}</a></p>'
            for one in row["links"]
            if one.startswith(("https://", "http://"))
        )
        kind = " note" if row["kind"] == "note" else ""
        dead = f'<p class="dead">{html.escape(str(row["reason"]))}</p>' if row["state"] == "dead" else ""
        author = html.escape(str(row["author"]))
        return (
            f'{head}<article class="{row["direction"]}{kind}"><header>{author} · {html.escape(row["at"])} · {row["id"]}</header>'
            f"<p>{html.escape(str(row['text']))}</p>{links}{dead}</article>\n"
        )

    def end(self) -> str:
        """The foot."""
        return "</html>\n"


FORMS: dict[str, type[Form]] = {"jsonl": JsonLines, "csv": Csv, "html": Html}


def stamp(at: float | None) -> str | None:
    """A time in ISO 8601, UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def moment(text: str) -> float:
    """Seconds since the epoch of a day or a time such as 2026-01-31T12:00; without a zone it is this machine's.

    Raises `ValueError`.
    """
    return datetime.fromisoformat(text).timestamp()
