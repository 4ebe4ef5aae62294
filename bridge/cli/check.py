"""`check`: the doctor."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.common import FAILED, ConfigPath, complete, configured
from bridge.cli.findings import as_values, show, summary
from bridge.cli.show import as_json

if TYPE_CHECKING:
    from bridge.observe import Finding
    from bridge.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print a list of findings as JSON.")]
Offline = Annotated[bool, typer.Option("--offline", help="Look at this machine alone, call nobody.")]
Event = Annotated[
    bool,
    typer.Option(
        "--event",
        help="Also write a message into a test request of each Tiledesk project and wait until its event comes back. "
        "Agents are not told; request and contact are removed again.",
    ),
]


def check(config: ConfigPath = None, *, offline: Offline = False, event: Event = False, json: AsJson = False) -> None:
    """Try everything that the configuration names, and this machine.

    Asks the daemon how it is, if it runs. Looks at files, disk, port, names, certificates and clocks; tries the public address
    from outside, each bot token and its webhook, each Tiledesk sign-in with its project, rights, departments and subscriptions.
    Every ✗ comes with what mends it; a ! does not fail. Changes nothing in Tiledesk and Telegram (but see --event). While the
    daemon does not run, its port is answered in its stead for some seconds.
    """
    if offline and event:
        raise typer.BadParameter("an event can't be had without calling anybody; leave out --offline or --event")
    settings = configured(config)
    from bridge.observe import Scrubber

    findings = examine(settings, config, offline=offline, event=event)
    scrub = Scrubber(settings.secrets()).scrub
    if json:
        as_json(as_values(findings, scrub))
    else:
        show(findings, scrub)
        typer.echo(f"\n{summary(findings)}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FAILED)


def examine(
    settings: "Settings", config: Path | None, *, offline: bool = False, event: bool = False
) -> "list[Finding]":
    """All findings; on a terminal it is told what is waited for."""
    from bridge.setup.here import around
    from bridge.setup.survey import local, outside

    here = around(settings, config, os.environ)
    findings = local(settings, here)
    if not offline:
        with progress() as busy:
            findings += complete(outside(settings, here, with_event=event, busy=busy))
    return findings


@contextmanager
def progress() -> Iterator[Callable[[list[str]], None]]:
    """Tell on stderr what is under way, if that is a terminal."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("Trying …") as status:

        def busy(waiting: list[str]) -> None:
            shown = ", ".join(waiting[:3]) + (f" and {len(waiting) - 3} more" if len(waiting) > 3 else "")
            status.update(f"Trying {shown} …" if waiting else "Trying …")

        yield busy
