"""`export` and `forget`: a copy of what is stored, and the end of one person's data."""

from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.cli.common import FAILED, ConfigPath, complete, configured, text
from bridge.cli.dead import BY
from bridge.cli.show import AsJson, as_json

if TYPE_CHECKING:
    from bridge.ports import Filter, Forgotten
    from bridge.settings import Settings


NOT_SCOURED = (
    "\nThe journal's files are not clean yet: another program reads the journal (a backup, sqlite3), and what was erased can be "
    "read in its log (bridge.db-wal) until that ends.\nEnd it and run the same command again: only the files are left to clean."
)


class Form(StrEnum):
    """What a copy is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"


Channel = Annotated[str, typer.Option(metavar="NAME", help="The channel; needed only if there are several.")]


def export(
    form: Annotated[Form, typer.Option("--format", help="JSON Lines, CSV, or a page to read.")] = Form.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Without it: standard output.")
    ] = None,
    since: Annotated[str, typer.Option(metavar="TIME", help="From then on, e.g. 2026-01-31 or 2026-01-31T12:00.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Until before then.")] = "",
    conversation: Annotated[
        str, typer.Option(metavar="ID", callback=text, help="One conversation: a chat's id or a request's.")
    ] = "",
    person: Annotated[
        str,
        typer.Option(
            metavar="WHO", callback=text, help="One person: their id or @username. In groups, their own words alone."
        ),
    ] = "",
    channel: Channel = "",
    config: ConfigPath = None,
) -> None:
    """Copy the messages that are stored.

    Done messages are kept for store.keep_days; dead letters until they are dropped. The copy is private: it is written for
    its owner alone, and gets its name when it is whole.
    """
    settings = configured(config)
    count = complete(copied(settings, form, output, wanted=(since, until, conversation, person, channel)))
    typer.echo(f"{count} messages" + (f" in {output}" if output else ""), err=True)


async def copied(
    settings: "Settings", form: Form, output: Path | None, *, wanted: tuple[str, str, str, str, str]
) -> int:
    """Write the copy, and return how many messages it has."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from bridge.cli.copy_file import copy_to
    from bridge.cli.office import office
    from bridge.cli.transcript import FORMS

    made, count = FORMS[form](), 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    async with office(settings) as one:
        filtered = await filter_of(one, settings, *wanted)
        with (
            copy_to(output) as opened,
            Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress,
        ):
            bar = progress.add_task("copying", total=None)
            opened.write(made.begin())
            async for row in rows(one, settings, filtered):
                opened.write(made.row(row))
                count += 1
                progress.update(bar, completed=count)
            opened.write(made.end())
        await one.note_deed(BY, "exported", f"{count} messages as {form}")
    return count


async def rows(one: Any, settings: "Settings", wanted: "Filter") -> AsyncIterator[dict[str, Any]]:
    """The messages as rows; secrets are masked."""
    from bridge.app.translate import Translator
    from bridge.cli.transcript import stamp
    from bridge.observe import Scrubber

    scrub, translator = Scrubber(settings.secrets()).scrub, Translator(settings)
    async for entry, raw in one.stored(wanted):
        said = translator.spoken(entry, raw)
        yield {
            "id": entry.id,
            "at": stamp(entry.accepted_at),
            "direction": str(entry.lane.direction),
            "channel": entry.lane.channel,
            "chat": entry.lane.chat,
            "topic": entry.lane.topic,
            "kind": said.kind,
            "author": scrub(said.author),
            "text": scrub(said.text),
            "links": [scrub(link) for link in said.links],
            "state": str(entry.state),
            "reason": scrub(entry.reason),
            "settled_at": stamp(entry.settled_at),
            "source": entry.source,
            "key": entry.key,
        }


async def filter_of(
    one: Any, settings: "Settings", since: str, until: str, conversation: str, person: str, channel: str
) -> "Filter":
    """The filter that the options mean. Raises `typer.BadParameter`."""
    from bridge.cli.transcript import moment
    from bridge.ports import FOREVER, Filter

    name = channel_of(settings, channel) if (channel or person or conversation) else ""
    try:
        begin, end = moment(since) if since else 0.0, moment(until) if until else FOREVER
    except ValueError:
        raise typer.BadParameter("a time looks like 2026-01-31 or 2026-01-31T12:00") from None
    if person:
        return Filter(begin, end, channel=name, person=await person_of(one, settings, name, person))
    if conversation.lstrip("-").isdecimal():
        return Filter(begin, end, channel=name, chat=conversation)
    return Filter(begin, end, channel=name, request_id=conversation)


def channel_of(settings: "Settings", channel: str) -> str:
    """The channel that is meant. Raises `typer.BadParameter`."""
    if not channel and len(settings.channels) == 1:
        return next(iter(settings.channels))
    if channel in settings.channels:
        return channel
    raise typer.BadParameter(f"--channel must be one of {', '.join(settings.channels)}")


async def person_of(one: Any, settings: "Settings", channel: str, who: str) -> str:
    """The person's id, as the store knows them. Raises `typer.BadParameter`."""
    kind = settings.channels[channel].kind
    if who.startswith("@"):
        found: list[str] = await one.person_called(channel, who)
        if len(found) != 1:
            many = f"{len(found)} people are" if found else "nobody is"
            raise typer.BadParameter(f"{many} known as {who} on {channel}: use the person's number")
        return found[0]
    number = who.removeprefix(f"{kind}-")
    if not number.isdecimal():
        raise typer.BadParameter("a person is named by their number (4711) or @username")
    return f"{kind}-{number}"


def forget(
    who: Annotated[
        str, typer.Argument(metavar="WHO", callback=text, help="The person's number on the network, or @username.")
    ],
    channel: Channel = "",
    config: ConfigPath = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: AsJson = False,
) -> None:
    """Erase one person's data everywhere in the store.

    Messages, names, files, sign-ins; in groups what they wrote, and what agents answered them. What waits to be delivered is
    erased as well. Says what Tiledesk still holds.
    """
    settings = configured(config)
    if not yes:
        typer.confirm(f"Erase everything of {who}? It can't be brought back.", abort=True, err=True)
    forgotten = complete(erased(settings, who, channel))
    if json:
        as_json(
            {
                "erased": forgotten.erased,
                "tiledesk_still_holds": forgotten.requests,
                "cleaned": forgotten.scoured,
            }
        )
    else:
        show_forgotten(settings, forgotten)
    if not forgotten.scoured:
        typer.echo(NOT_SCOURED, err=True)
    if not (forgotten.erased and forgotten.scoured):
        raise typer.Exit(FAILED)


async def erased(settings: "Settings", who: str, channel: str) -> "Forgotten":
    """Find out who is meant, and erase."""
    from bridge.cli.office import office

    name = channel_of(settings, channel)
    async with office(settings) as one:
        return await one.forget(name, await person_of(one, settings, name, who), BY)


def show_forgotten(settings: "Settings", forgotten: "Forgotten") -> None:
    """Tell what was erased and what is left elsewhere."""
    if not forgotten.erased:
        typer.echo("Nothing of this person is stored (any more).", err=True)
        return
    typer.echo("Erased: " + ", ".join(f"{count} {what}" for what, count in forgotten.erased.items()) + ".")
    if forgotten.requests:
        typer.echo(
            "\nTiledesk still holds these conversations; delete them there (Contacts, or Conversations → History → Delete):"
        )
        for desk, request in forgotten.requests:
            project = settings.desks[desk].project_id if desk in settings.desks else ""
            typer.echo(f"  {request}" + (f"  (desk {desk}, project {project})" if project else ""))
    typer.echo("\nLogs and backups made before may name the person still.")
