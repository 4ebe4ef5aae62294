"""`render` and `replay`: what would be sent, without sending it."""

import json as jsons
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.cli.common import FAILED, ConfigPath, complete, configured, failures
from bridge.cli.dead import BY, Ids
from bridge.cli.output import harmless
from bridge.cli.show import AsJson, as_json

if TYPE_CHECKING:
    from bridge.message import Call
    from bridge.settings import Settings

LARGEST = 16 * 1024 * 1024
"""bytes of a file that is rendered: no webhook brings more"""


def render(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="An update of Telegram's, or a webhook or message of Tiledesk's, as JSON; - is stdin."
        ),
    ],
    config: ConfigPath = None,
    *,
    channel: Annotated[str, typer.Option(metavar="NAME", help="As this channel; without it the first one.")] = "",
    json: AsJson = False,
) -> None:
    """Show what a message would be sent as.

    A dry run: nothing is sent, stored or asked for. Which direction it is, is seen from the content.
    """
    settings = configured(config)
    from bridge.app.translate import Translator, recognise

    with failures():
        lane, source, raw = recognise(content_of(file), settings, channel)
        calls = Translator(settings).calls(lane, source, raw, f"{source}/dry-run")
        show([("", calls)], settings, json=json)


def content_of(file: str) -> bytes:
    """The file's content. Raises `BridgeError`."""
    from bridge.errors import BridgeError

    try:
        content = sys.stdin.buffer.read(LARGEST + 1) if file == "-" else Path(file).read_bytes()[: LARGEST + 1]
    except OSError as error:
        raise BridgeError(f"{file} can't be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise BridgeError(f"{file} is larger than any message: {LARGEST // 2**20} MB at most")
    return content


def replay(
    ids: Ids = None,
    config: ConfigPath = None,
    *,
    send: Annotated[bool, typer.Option("--send", help="Try those again that are dead letters.")] = False,
    json: AsJson = False,
) -> None:
    """Show what stored messages would be sent as.

    A dry run, with today's version. After an upgrade: whether a dead letter that could not be translated can be now. With
    --send it is tried again.
    """
    if not ids:
        raise typer.BadParameter("name the entries by their ids, as in the logs or in `dead list`")
    settings = configured(config)
    found, missing, sent = complete(replayed(settings, ids, send=send))
    show(found, settings, json=json)
    for number in missing:
        typer.echo(f"There is no entry {number}.", err=True)
    if send and not json:
        typer.echo(
            f"Tried again: {', '.join(map(str, sent))}" if sent else "None of them is a dead letter: nothing is sent."
        )
    if missing or (send and not sent):
        raise typer.Exit(FAILED)


async def replayed(
    settings: "Settings", ids: list[int], *, send: bool
) -> "tuple[list[tuple[str, Sequence[Call] | str]], list[int], list[int]]":
    """The calls of each entry, the ids that nothing is stored under, and those that were tried again."""
    from bridge.app.translate import Translator
    from bridge.cli.office import office

    translator = Translator(settings)
    found: list[tuple[str, Sequence[Call] | str]] = []
    missing = []
    async with office(settings) as one:
        for number in dict.fromkeys(ids):
            stored = await one.entry(number)
            if stored is None:
                missing.append(number)
                continue
            entry, raw = stored
            view = await one.conversation_view(entry.lane.channel, entry.lane.chat, entry.lane.topic)
            known = view.conversation if view is not None else None
            calls = translator.calls(entry.lane, entry.source, raw, f"{entry.source}/{entry.key}", known)
            found.append((f"Entry {number}, {entry.state}", calls))
        sent = await one.retry(ids, BY) if send else []
    return found, missing, sent


def show(found: "Sequence[tuple[str, Sequence[Call] | str]]", settings: "Settings", *, json: bool) -> None:
    """Print calls; secrets are masked."""
    from bridge.app.translate import told
    from bridge.observe import Scrubber

    scrub = Scrubber(settings.secrets()).scrub
    shown: list[dict[str, Any]] = []
    for head, calls in found:
        refused = calls if isinstance(calls, str) else ""
        made = [] if isinstance(calls, str) else [told(call) for call in calls]
        shown.append({"what": head, "calls": made, "why_none": refused})
    if json:
        as_json(jsons.loads(scrub(jsons.dumps(shown, default=str))))
        return
    for one in shown:
        if one["what"]:
            typer.echo(f"{one['what']}:")
        if one["why_none"]:
            typer.echo(f"Nothing is sent: {harmless(scrub(one['why_none']))}")
        for number, call in enumerate(one["calls"], 1):
            typer.echo(f"{number}. {call['method']} to {call['to']}")
            rest = {name: value for name, value in call.items() if name not in {"method", "to"}}
            typer.echo(harmless(scrub(jsons.dumps(rest, ensure_ascii=False, indent=2, default=str))))
