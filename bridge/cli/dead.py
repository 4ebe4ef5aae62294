"""`dead`: what could not be delivered, to be tried again or dropped."""

from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.common import FAILED, ConfigPath, at_hand, complete, stored_id, stored_ids
from bridge.cli.output import harmless
from bridge.cli.show import ENTRY_COLUMNS, AsJson, as_json, entry_row, table
from bridge.times import when
from bridge.unit import command

if TYPE_CHECKING:
    from bridge.ports import EntryView
    from bridge.settings import Settings

BY = "command"
"""who did it, in the list of deeds"""

MOST = 100_000
"""dead letters that `--all` means at once"""

dead = typer.Typer(help="List, show, retry or drop dead letters.", no_args_is_help=True, rich_markup_mode=None)

Ids = Annotated[
    list[int] | None,
    typer.Argument(
        metavar="ID", callback=stored_ids, help="Entries' ids, as `dead list` shows them.", show_default=False
    ),
]
All = Annotated[bool, typer.Option("--all", help="All of them; with --reason those whose reason has these words.")]
Reason = Annotated[
    str, typer.Option("--reason", metavar="WORDS", help="With --all: only those with these words in their reason.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


@dead.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many at most.")] = 100,
    config: ConfigPath = None,
    *,
    json: AsJson = False,
) -> None:
    """List dead letters, the last ones first."""
    found = complete(letters(at_hand(config), limit))
    if json:
        as_json(found)
    elif found:
        table(ENTRY_COLUMNS, [entry_row(one) for one in found])
        again, what = command("dead retry", config), command("explain", config)
        typer.echo(f"Try again: {again} ID... | --all     What happened: {what} ID")
    else:
        typer.echo("There are no dead letters.")


@dead.command()
def show(
    id: Annotated[int, typer.Argument(metavar="ID", callback=stored_id, help="An entry's id.")],  # noqa: A002 - the command's word
    config: ConfigPath = None,
    *,
    json: AsJson = False,
) -> None:
    """Show one letter's reason and content; secrets are masked."""
    settings = at_hand(config)
    found = complete(letter(settings, id))
    if found is None:
        typer.echo(f"There is no entry {id}.", err=True)
        raise typer.Exit(FAILED)
    entry, content = found
    if json:
        as_json({"entry": entry, "content": content})
        return
    typer.echo(f"Entry {entry.id}: {entry.state} since {when(entry.settled_at)}")
    typer.echo(f"Reason: {harmless(entry.reason) or '-'}")
    typer.echo(f"Channel {entry.lane.channel}, chat {entry.lane.chat}, bound for {entry.destination}")
    typer.echo(f"Its call had failed {entry.attempts} times before")
    typer.echo(harmless(content))


@dead.command()
def retry(
    ids: Ids = None, config: ConfigPath = None, *, every: All = False, reason: Reason = "", json: AsJson = False
) -> None:
    """Try dead letters again.

    With a new deadline; parts that arrived are not sent again.
    """
    settings = at_hand(config)
    chosen = choose(settings, ids, reason, every=every)
    act(settings, chosen, "retry", "tried again", json=json)


@dead.command()
def drop(
    ids: Ids = None,
    config: ConfigPath = None,
    *,
    every: All = False,
    reason: Reason = "",
    yes: Yes = False,
    json: AsJson = False,
) -> None:
    """Give dead letters up for good."""
    settings = at_hand(config)
    chosen = choose(settings, ids, reason, every=every)
    if chosen and not yes:
        typer.confirm(f"Drop {counted(len(chosen))} for good? Nobody will deliver them any more.", abort=True, err=True)
    act(settings, chosen, "drop", "dropped", json=json)


def choose(settings: "Settings", ids: list[int] | None, reason: str, *, every: bool) -> list[int]:
    """The letters that are meant; ends with 2 if nobody knows."""
    if bool(ids) == every:
        raise typer.BadParameter("name the letters by their ids, or use --all")
    if reason and not every:
        raise typer.BadParameter("--reason goes with --all")
    if ids:
        return ids
    return [one.id for one in complete(letters(settings, MOST)) if reason.casefold() in one.reason.casefold()]


def act(settings: "Settings", chosen: list[int], what: str, done_word: str, *, json: bool) -> None:
    """Do it and tell what was done; fails if some of the chosen were no dead letters (any more)."""
    done = complete(changed(settings, chosen, what)) if chosen else []
    rest = [one for one in chosen if one not in set(done)]
    if json:
        as_json({"done": done, "not_dead": rest})
    else:
        typer.echo(f"{counted(len(done))} {done_word}." if done else "Nothing was done.")
        if rest:
            typer.echo(f"No dead letters (any more): {', '.join(map(str, rest[:20]))}", err=True)
    if rest:
        raise typer.Exit(FAILED)


def counted(number: int) -> str:
    """How many letters."""
    return "1 dead letter" if number == 1 else f"{number} dead letters"


async def letters(settings: "Settings", limit: int) -> "list[EntryView]":
    """The dead letters."""
    from bridge.cli.office import office

    async with office(settings) as one:
        return await one.dead(limit)


async def letter(settings: "Settings", number: int) -> "tuple[EntryView, str] | None":
    """One entry and its content."""
    from bridge.cli.office import office, scrubbed

    async with office(settings) as one:
        found = await one.entry(number)
    return None if found is None else (found[0], scrubbed(settings, found[1]))


async def changed(settings: "Settings", ids: list[int], what: str) -> list[int]:
    """Retry or drop."""
    from bridge.cli.office import office

    async with office(settings) as one:
        return await (one.retry(ids, BY) if what == "retry" else one.drop(ids, BY))
