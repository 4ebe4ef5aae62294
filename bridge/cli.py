"""The commands, thin: they read the configuration and hand over. Heavy imports wait until a command needs them."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bridge import __version__
from bridge.errors import BridgeError, ConfigurationError

if TYPE_CHECKING:
    from bridge.observe import Finding
    from bridge.settings import Settings

T = TypeVar("T")

FAILED = 1
BAD_CONFIGURATION = 78

# Pretty tracebacks show the values of local variables, secrets among them.
app = typer.Typer(
    name="tiledesk-bridge",
    help="Carries messages between Telegram and Tiledesk, losing none.",
    epilog="Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 the configuration has mistakes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        show_default=False,
        help="The configuration, as TOML. Without it: $BRIDGE_CONFIG, config/bridge.toml or "
        "/etc/tiledesk-bridge/bridge.toml, the first that exists. Environment variables BRIDGE_... override what it says.",
    ),
]


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


@app.command()
def run(config: ConfigPath = None) -> None:
    """Run the daemon in the foreground, until SIGTERM or Ctrl-C."""
    settings = configured(config)
    from bridge.app import run as serve

    complete(serve(settings))


@app.command()
def check(config: ConfigPath = None) -> None:
    """Try everything that the configuration names.

    Tries each bot token and its webhook, each Tiledesk sign-in with its project, departments and subscriptions, the public
    address, and the folder for files. Says what to do, changes nothing, and fails if anything does not work.
    """
    settings = configured(config)
    from bridge.media.probe import probe as try_media
    from bridge.observe import Scrubber

    findings = [*files(config), *complete(survey(settings)), *try_media(settings.media_folder)]
    scrub = Scrubber(settings.secrets()).scrub
    for finding in findings:
        show(finding, scrub)
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        typer.echo(f"\n{wrong} of {len(findings)} checks failed.")
        raise typer.Exit(FAILED)
    typer.echo(f"\nAll {len(findings)} checks passed.")


@app.command()
def sandbox(
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="The port of the page; 0 is any free one.")
    ] = 8300,
    *,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open the page in a browser.")] = False,
) -> None:
    """Play both sides in the browser.

    Telegram and Tiledesk are simulated, the bridge between them is the real one. Needs no account, no
    configuration and no network.
    """
    from bridge.sandbox.world import main as play

    with failures():
        play(port=port, open_browser=not no_browser)


# ---------------------------------------------------------------- what the commands share


def configured(config: Path | None) -> "Settings":
    """The settings; ends with 78 and every mistake if there are any."""
    from bridge.settings import load

    try:
        return load(config, os.environ)
    except ConfigurationError as error:
        raise mistaken(error) from None


def mistaken(error: ConfigurationError) -> typer.Exit:
    """Tell every mistake in the configuration, and how that ends."""
    count = len(error.mistakes)
    typer.echo(f"The configuration has {count} mistake{'s' if count > 1 else ''}:", err=True)
    for mistake in error.mistakes:
        typer.echo(f"  - {mistake}", err=True)
    typer.echo("Every key is explained in config/bridge.example.toml.", err=True)
    return typer.Exit(BAD_CONFIGURATION)


@contextmanager
def failures() -> Iterator[None]:
    """Turn what the bridge can say in one line into that line and exit code 1; mistakes in the configuration end with 78."""
    try:
        yield
    except ConfigurationError as error:
        raise mistaken(error) from None
    except BridgeError as error:
        typer.echo(f"tiledesk-bridge: {error}", err=True)
        raise typer.Exit(FAILED) from None


def complete(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end, on uvloop if that is installed."""
    factory = import_module("uvloop").new_event_loop if find_spec("uvloop") else None
    with failures(), asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work)


# ---------------------------------------------------------------- check


def files(config: Path | None) -> "list[Finding]":
    """The configuration file was read; secrets in it are nobody else's business."""
    from bridge.observe import Finding
    from bridge.settings import find

    file = find(config, os.environ)
    if file is None:
        return [Finding(ok=True, subject="configuration", detail="all from the environment, without mistakes")]
    open_to_all = file.stat().st_mode & 0o004
    advice = f"everybody on this machine can read its secrets: chmod o-r {file}" if open_to_all else ""
    return [Finding(ok=True, subject="configuration", detail=f"{file} has no mistakes", advice=advice)]


async def survey(settings: "Settings") -> "list[Finding]":
    """Try everything outside that the configuration names, at the same time."""
    import aiohttp

    from bridge.telegram.probe import probe as try_channel
    from bridge.tiledesk.probe import probe as try_desk
    from bridge.web.probe import probe as try_ourselves

    public_url = settings.server.public_url
    async with aiohttp.ClientSession() as session:
        found = await asyncio.gather(
            try_ourselves(session, public_url),
            *(
                try_desk(session, name, desk, public_url, settings.departments_of(name))
                for name, desk in settings.desks.items()
            ),
            *(try_channel(session, name, channel, public_url) for name, channel in settings.channels.items()),
        )
    return [finding for findings in found for finding in findings]


def show(finding: "Finding", scrub: Callable[[str], str]) -> None:
    """One line; colours only on a terminal."""
    mark = typer.style("✓", fg="green") if finding.ok else typer.style("✗", fg="red", bold=True)
    advice = f" → {finding.advice}" if finding.advice else ""
    typer.echo(f"{mark} {scrub(f'{finding.subject}: {finding.detail}{advice}')}")
