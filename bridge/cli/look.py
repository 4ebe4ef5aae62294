"""`status` and `explain`: how the daemon is, and what became of one message."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.cli.common import FAILED, ConfigPath, at_hand, complete, text
from bridge.cli.findings import marked
from bridge.cli.output import harmless
from bridge.cli.show import ENTRY_COLUMNS, AsJson, as_json, entry_row, plain, table
from bridge.times import lasting, when
from bridge.unit import command, start_of

if TYPE_CHECKING:
    from bridge.ports import EntryView, Moment
    from bridge.settings import Settings


def status(config: ConfigPath = None, *, json: AsJson = False) -> None:
    """Show how the daemon is: its parts, what waits, what died.

    Works on the journal if no daemon runs. Fails if a part is not well, or if no daemon runs.
    """
    settings = at_hand(config)
    told = complete(look(settings))
    if json:
        as_json(told)
    else:
        show_status(told, settings, config)
    if not (told["running"] and told["ready"]):
        raise typer.Exit(FAILED)


async def look(settings: "Settings") -> dict[str, Any]:
    """What there is to say, JSON-able."""
    from bridge.cli.office import office, status_of
    from bridge.store.office import SqliteOffice

    async with office(settings) as one:
        told = await status_of(one)
        lanes = await one.waiting_lanes(10)
        if told is None:
            census = await one.store.census() if isinstance(one, SqliteOffice) else []
            told = {"ready": False, "parts": {}, "census": [plain(each) for each in census]}
            return told | {"running": False, "waiting_lanes": [plain(each) for each in lanes]}
        return told | {"running": True, "waiting_lanes": [plain(each) for each in lanes]}


def show_status(told: dict[str, Any], settings: "Settings", config: Path | None) -> None:
    """The same for people; `config` is what was named."""
    now = time.time()
    if told["running"]:
        up = lasting(now - told["started_at"])
        typer.echo(f"tiledesk-bridge {told['version']} runs as process {told['pid']}, for {up}.")
        for name, part in told["parts"].items():
            marked("ok" if part["ok"] else "error", name + (f": {part['reason']}" if part["reason"] else ""))
    else:
        typer.echo(f"No daemon runs on this journal. Start it: {start_of(settings.store.path, config)}")
    rows = [
        [
            one["destination"], str(one["waiting"]), str(one["sending"]), str(one["done"]), str(one["dead"]),
            lasting(now - one["oldest"]) if one["oldest"] else "-",
        ]
        for one in told["census"]
    ]  # fmt: skip
    if rows:
        table(("to", "waiting", "sending", "done", "dead", "oldest waits"), rows)
    if told["waiting_lanes"]:
        lanes = [
            [
                f"{one['lane']['channel']}/{one['lane']['chat']}", str(one["waiting"]), lasting(now - one["since"]),
                "in hand" if one["held"] else when(one["due_at"]), one["reason"], str(one["head"]),
            ]
            for one in told["waiting_lanes"]
        ]  # fmt: skip
        table(("chat", "waiting", "since", "next", "reason", "first entry"), lanes, "Chats that wait longest")
    if any(one["dead"] for one in told["census"]):
        typer.echo(f"Dead letters: {command('dead list', config)}")


def explain(
    word: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            callback=text,
            help="An entry's id (as in the logs), an update's number, a message's id at Telegram or Tiledesk, or a request's.",
        ),
    ],
    config: ConfigPath = None,
    *,
    json: AsJson = False,
) -> None:
    """Tell what became of one message."""
    found = complete(timelines(at_hand(config), word))
    if not found:
        typer.echo(f"Nothing is stored under {word!r}. What was done is forgotten after store.keep_days.", err=True)
        raise typer.Exit(FAILED)
    if json:
        as_json([{"entry": entry, "says": says, "timeline": moments} for entry, says, moments in found])
        return
    if len(found) > 1:
        table(
            ENTRY_COLUMNS, [entry_row(entry) for entry, _, _ in found], f"{len(found)} entries; explain one by its id"
        )
        return
    [(entry, says, moments)] = found
    way = "from the user to the desk" if entry.lane.direction == "in" else "from the desk to the user"
    typer.echo(f"Entry {entry.id}, {way}, channel {entry.lane.channel}, chat {entry.lane.chat}: {entry.state}")
    typer.echo(f"Key {entry.key} of {entry.source}, bound for {entry.destination}")
    if says:
        typer.echo(f"Says: {harmless(says)}")
    table(("when", "what", "detail"), [moment_row(one) for one in moments])


def moment_row(one: "Moment") -> list[str]:
    """A line of a timeline."""
    often = f" ({one.times} times, the last one {when(one.until)})" if one.times > 1 else ""
    return [when(one.at), one.what, one.detail + often]


async def timelines(settings: "Settings", word: str) -> "list[tuple[EntryView, str, list[Moment]]]":
    """Every entry that the word means, with its first words and its moments."""
    from bridge.app.translate import Translator
    from bridge.cli.office import office
    from bridge.observe import Scrubber

    scrub, translator = Scrubber(settings.secrets()).scrub, Translator(settings)
    found = []
    async with office(settings) as one:
        for entry in await one.find(word):
            stored = await one.entry(entry.id)
            spoken = translator.spoken(entry, stored[1]) if stored is not None and settings.channels else None
            words = scrub(" ".join(spoken.text.split())) if spoken is not None else ""
            says = words if len(words) <= 120 else words[:119] + "…"
            found.append((entry, says, await one.timeline(entry.id)))
    return found
