"""The commands, thin: they read the configuration and hand over. Heavy imports wait until a command needs them."""

from typing import Annotated

import typer

from bridge import __version__
from bridge.cli.check import check
from bridge.cli.daemon import run, sandbox
from bridge.cli.dead import dead
from bridge.cli.dry import render, replay
from bridge.cli.init import init
from bridge.cli.look import explain, status
from bridge.cli.people import export, forget

# Pretty tracebacks show the values of local variables, secrets among them.
app = typer.Typer(
    name="tiledesk-bridge",
    help="Carries messages between Telegram and Tiledesk, losing none.",
    epilog="Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 the configuration has mistakes, 65 the daemon can't use its journal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"tiledesk-bridge {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options before the command."""


app.command()(init)
app.command()(run)
app.command()(check)
app.command()(sandbox)
app.command()(status)
app.command()(explain)
app.add_typer(dead, name="dead")
app.command()(replay)
app.command()(render)
app.command()(export)
app.command()(forget)
