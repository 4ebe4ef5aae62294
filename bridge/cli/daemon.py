"""`run` and `sandbox`: the daemon, with the world or with a simulated one."""

import os
from functools import partial
from typing import Annotated

import typer

from bridge.cli.common import ConfigPath, complete, failures


def run(config: ConfigPath = None) -> None:
    """Run the daemon in the foreground, until SIGTERM or Ctrl-C.

    SIGHUP has it read the configuration anew; one with a mistake changes nothing.
    """
    from bridge.settings import load
    from bridge.systemd import Supervisor

    with failures(), Supervisor.of(os.environ).told_why():
        settings = load(config, os.environ)
    from bridge.app import run as serve

    complete(serve(settings, partial(load, config, os.environ)), daemon=True)


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
