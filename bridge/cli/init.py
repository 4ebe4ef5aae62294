"""`init`: from nothing to a bridge that has carried a message each way."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.common import FAILED, failures

TOKEN_VARIABLE, PASSWORD_VARIABLE = "BRIDGE_CHANNELS__SUPPORT__TOKEN", "BRIDGE_DESKS__MAIN__PASSWORD"

PATIENCE = 120.0
"""seconds for which an operator at a terminal is waited for"""

WRONG_USAGE = 2


class Run(StrEnum):
    """How the daemon is to run."""

    systemd = "systemd"
    hand = "hand"


class Intake(StrEnum):
    """How Telegram's messages come."""

    polling = "polling"
    webhook = "webhook"


def option(name: str, about: str, metavar: str | None = None) -> typer.models.OptionInfo:
    """An option without a default that could be shown."""
    made: typer.models.OptionInfo = typer.Option(name, help=about, metavar=metavar, show_default=False)
    return made


IN_LISTS = "Everybody on this machine sees it in lists of processes while this runs."


def init(  # noqa: PLR0913, PLR0917 - a flag for each question
    config: Annotated[Path | None, option("--config", "Where to write the configuration.", "FILE")] = None,
    run: Annotated[Run | None, option("--run", "How the daemon is to run: systemd or hand.")] = None,
    data: Annotated[Path | None, option("--data", "Where to keep the journal and copies of files.", "FOLDER")] = None,
    host: Annotated[str | None, option("--host", "Address to listen on; 127.0.0.1 behind a proxy.", "ADDRESS")] = None,
    port: Annotated[int | None, option("--port", "Port to listen on.", "PORT")] = None,
    bot_token_file: Annotated[
        str | None,
        option("--bot-token-file", f"A file with the bot's token; - is stdin. Or ${TOKEN_VARIABLE}.", "FILE"),
    ] = None,
    bot_token: Annotated[str | None, option("--bot-token", f"The bot's token. {IN_LISTS}", "TOKEN")] = None,
    telegram_url: Annotated[
        str | None, option("--telegram-url", "A Bot API server of your own, instead of Telegram's.", "URL")
    ] = None,
    tiledesk_url: Annotated[
        str | None, option("--tiledesk-url", "The API of your own Tiledesk, instead of the cloud's.", "URL")
    ] = None,
    username: Annotated[
        str | None, option("--username", "E-mail of an account that is administrator of the project.", "E-MAIL")
    ] = None,
    password_file: Annotated[
        str | None, option("--password-file", f"A file with its password; - is stdin. Or ${PASSWORD_VARIABLE}.", "FILE")
    ] = None,
    password: Annotated[str | None, option("--password", f"Its password. {IN_LISTS}", "PASSWORD")] = None,
    project: Annotated[str | None, option("--project", "The project, if the account has several.", "ID|NAME")] = None,
    department: Annotated[
        str | None, option("--department", "Department for new requests; '' is the project's default.", "ID|NAME")
    ] = None,
    public_url: Annotated[
        str | None, option("--public-url", "Where Tiledesk and agents' browsers reach this machine.", "URL")
    ] = None,
    intake: Annotated[
        Intake | None, option("--intake", "How Telegram's messages come: polling (the default) or webhook.")
    ] = None,
    console: Annotated[
        bool | None, typer.Option("--console/--no-console", show_default=False, help="Switch the web console on.")
    ] = None,
    unit_folder: Annotated[
        Path, typer.Option("--unit-folder", metavar="FOLDER", help="Where systemd's files of this machine are.")
    ] = Path("/etc/systemd/system"),
    wait: Annotated[
        float | None,
        option(
            "--wait",
            "How long to wait for your message to the bot, 0 for not at all. At a terminal 120, elsewhere 0.",
            "SECONDS",
        ),
    ] = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take the defaults for what no flag says.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing configuration; a copy of it is kept.")
    ] = False,
    no_test: Annotated[bool, typer.Option("--no-test", help="Write the files, and leave it at that.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Call nobody: needs --project as an id, and tests nothing.")
    ] = False,
) -> None:
    """Set a bridge up: ask, write the configuration, and send a message each way.

    Every question has a flag, so it also runs without a terminal. The answers are tried at once: the bot is named, the
    account's projects and departments are listed. The configuration is written with its secrets in files of their own, which
    nobody else can read. Then the daemon runs for a moment: it makes its subscriptions in Tiledesk, a message there must come
    back, and you are asked to write to the bot.
    """
    from bridge.cli.asking import GivenUp
    from bridge.cli.flags import Flags
    from bridge.cli.prompts import Unanswered
    from bridge.cli.setting_up import after, farewell, prepared, secret, tried
    from bridge.cli.stage import Show
    from bridge.observe import Scrubber
    from bridge.setup.answers import Running

    flags = Flags(
        bot_token=secret("--bot-token", bot_token, bot_token_file, TOKEN_VARIABLE),
        password=secret("--password", password, password_file, PASSWORD_VARIABLE),
        username=username,
        telegram_url=telegram_url,
        tiledesk_url=tiledesk_url,
        project=project,
        department=department,
        public_url=public_url,
        intake=intake.value if intake else None,
        host=host,
        port=port,
        data=data,
        config=config,
        console=console,
        running=Running(run.value) if run else None,
        offline=offline,
    )
    alone = yes or not (sys.stdin.isatty() and sys.stdout.isatty())
    show = Show(Scrubber(one for one in (flags.bot_token, flags.password) if one), asks=not alone)
    for name, value in (("--bot-token", bot_token), ("--password", password)):
        if value is not None:
            show.warn(f"{name} stands in lists of processes and in your shell's history; {name}-file does not.")
    try:
        with failures():
            written, answers = prepared(show, flags, unit_folder, alone=alone, force=force)
    except (GivenUp, Unanswered) as error:
        show.bad(str(error))
        show.line("Nothing was written.")
        raise typer.Exit(WRONG_USAGE if isinstance(error, Unanswered) else FAILED) from None
    except KeyboardInterrupt:
        show.line("\nStopped; nothing was written.")
        raise typer.Exit(FAILED) from None
    after(show, written, answers, unit_folder)
    window = wait if wait is not None else 0.0 if alone else PATIENCE
    works = no_test or offline or tried(show, written, answers, window)
    farewell(show, written, answers)
    if not works:
        raise typer.Exit(FAILED)
