"""What the commands share: options, the configuration or its mistakes, and how failures end."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bridge.errors import BAD_CONFIGURATION, BAD_JOURNAL, BridgeError, ConfigurationError, JournalDamaged, NotReadable
from bridge.unit import example

if TYPE_CHECKING:
    from bridge.settings import Settings

T = TypeVar("T")

FAILED = 1

LARGEST_ID = 2**63 - 1
"""of an entry, as the journal counts"""

ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        show_default=False,
        readable=False,  # what can't be read is told as other mistakes are, with their exit code and what mends it
        help="The configuration, as TOML. Without it: $BRIDGE_CONFIG, config/bridge.toml or "
        "/etc/tiledesk-bridge/bridge.toml, the first that exists. Environment variables BRIDGE_... override what it says.",
    ),
]


def configured(config: Path | None) -> "Settings":
    """The settings; ends with 78 and every mistake if there are any."""
    from bridge.settings import load

    try:
        return load(config, os.environ)
    except ConfigurationError as error:
        raise mistaken(error) from None


def text(value: str) -> str:
    """An argument that is looked for in what is stored, which is text. Raises `typer.BadParameter`."""
    if not value.isprintable():
        raise typer.BadParameter("this is no text: it has bytes or signs that nobody can read")
    return value


def stored_id(value: int) -> int:
    """An entry's id, as the journal counts them. Raises `typer.BadParameter`."""
    if not 1 <= value <= LARGEST_ID:
        raise typer.BadParameter(f"no entry has the id {value}")
    return value


def stored_ids(values: list[int] | None) -> list[int]:
    """Several of them, or none. Raises `typer.BadParameter`."""
    return [stored_id(one) for one in values or []]


def at_hand(config: Path | None) -> "Settings":
    """The settings for a question to the daemon: if they have mistakes, what is left of them will do while it runs.

    The mistakes are a warning then; ends with 78 and all of them otherwise.
    """
    from bridge.cli.office import can_reach
    from bridge.settings import load, remnant
    from bridge.web.rpc import socket_of

    try:
        return load(config, os.environ)
    except NotReadable as error:
        raise mistaken(error) from None
    except ConfigurationError as error:
        left = remnant(config, os.environ)
        with suppress(PermissionError):
            if left is not None and can_reach(socket_of(left.store.path)):
                tell(error, ", and the daemon goes on with the old one")
                return left
        raise mistaken(error) from None


def mistaken(error: ConfigurationError) -> typer.Exit:
    """Tell every mistake in the configuration, and how that ends."""
    if isinstance(error, NotReadable):
        typer.echo(f"tiledesk-bridge: {error.mistakes[0]}", err=True)
        return typer.Exit(BAD_CONFIGURATION)
    tell(error)
    typer.echo(
        f"Every key is explained in {example()}; tiledesk-bridge init asks for all that is needed.",
        err=True,
    )
    return typer.Exit(BAD_CONFIGURATION)


def tell(error: ConfigurationError, besides: str = "") -> None:
    """Every mistake on a line of its own."""
    count = len(error.mistakes)
    typer.echo(f"The configuration has {count} mistake{'s' if count > 1 else ''}{besides}:", err=True)
    for mistake in error.mistakes:
        typer.echo(f"  - {mistake}", err=True)


@contextmanager
def failures(*, daemon: bool = False) -> Iterator[None]:
    """Turn what the bridge can say in one line into that line and exit code 1; mistakes in the configuration end with 78.

    A `daemon` whose journal can't be used ends with 65, by which systemd knows that another start is in vain.
    """
    try:
        yield
    except ConfigurationError as error:
        raise mistaken(error) from None
    except BridgeError as error:
        typer.echo(f"tiledesk-bridge: {error}", err=True)
        raise typer.Exit(BAD_JOURNAL if daemon and isinstance(error, JournalDamaged) else FAILED) from None


def complete(work: Coroutine[Any, Any, T], *, daemon: bool = False) -> T:
    """Run `work` to its end, on uvloop if that is installed; `daemon` as in `failures`."""
    factory = import_module("uvloop").new_event_loop if find_spec("uvloop") else None
    with failures(daemon=daemon), asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work)
