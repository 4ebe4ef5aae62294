"""The steps of `init` around its questions: secrets from files, writing, the trial, and what to do next."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import typer

from bridge.cli.asking import Asking, GivenUp
from bridge.cli.common import failures
from bridge.cli.flags import Flags
from bridge.cli.interview import Interview
from bridge.cli.prompts import Nobody, Somebody, Unanswered
from bridge.cli.stage import Show
from bridge.observe import Commands, configure
from bridge.settings import SECRETS, load
from bridge.setup.answers import (
    BOT_API,
    CLOUD,
    FIRST_PORT,
    Answers,
    Running,
    usual_public_url,
)
from bridge.setup.draft import config_text, console_url, drop_in, socket_drop_in
from bridge.setup.here import commands_of
from bridge.setup.trial import Trial
from bridge.setup.write import NotWritten, Written, replace, standing_already, write
from bridge.unit import UNIT, anew, both, example, instance_of, system_data, unit_of

UNIT_FOLDERS = tuple(Path(folder) / "systemd" / "system" for folder in ("/etc", "/usr/local/lib", "/lib", "/usr/lib"))


def secret(flag: str, value: str | None, file: str | None, variable: str) -> str | None:
    """A secret from its flag, its file, stdin or the environment; None if none of them says."""
    if value is not None and file is not None:
        raise typer.BadParameter(f"give {flag} or {flag}-file, not both")
    if file == "-":
        return sys.stdin.readline().rstrip("\r\n")
    if file is None:
        return value if value is not None else os.environ.get(variable)
    try:
        return Path(file).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise typer.BadParameter(f"{flag}-file {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{flag}-file {file}: is not UTF-8 text") from None


def missing(flags: Flags) -> list[str]:
    """The flags without which nothing can be done where nobody can be asked."""
    needed = [
        ("--bot-token-file", flags.bot_token),
        ("--username", flags.username),
        ("--password-file", flags.password),
    ]
    if flags.offline:
        needed.append(("--project", flags.project))
    if not usual_public_url(flags.tiledesk_url or CLOUD, flags.port or FIRST_PORT):
        needed.append(("--public-url", flags.public_url))
    return [name for name, value in needed if value is None]


def prepared(show: Show, flags: Flags, unit_folder: Path, *, alone: bool, force: bool) -> tuple[Written, Answers]:
    """Ask, and write. Raises `GivenUp`, `Unanswered`, `NotWritten`, `ConfigurationError`."""
    if alone and (absent := missing(flags)):
        raise Unanswered(f"nobody can be asked here, so these are needed: {', '.join(absent)}")
    asker = Nobody() if alone else Somebody()
    asking = Asking(asker, show.heading, show.good, show.bad, show.wait)
    interview = Interview(flags, asking, Path.home(), Path.cwd())
    if not alone:
        show.line("This sets tiledesk-bridge up. Nothing is written before the end; Ctrl-C leaves at any time.")
    running, config = interview.places()
    if (there := standing_already(config)) and not force:
        if alone:
            raise GivenUp(f"{there[0]} exists already; --force replaces it and keeps a copy")
        show.warn(f"{there[0]} exists already.")
        if not asker.confirm("Replace it? A copy is kept", default=False):
            raise GivenUp("the old configuration stays as it is")
    answers = interview.answers(running, config)
    show.scrubber.add(*answers.secrets.values())
    show.bot, show.linked = answers.bot_name.partition(" ")[0], answers.telegram_url == BOT_API
    if not alone:
        show.heading("Ready to write")
        for name, value in summary(answers, unit_folder):
            show.pair(name, value)
        if not asker.confirm("Write this?", default=True):
            raise GivenUp("as you wish")
    return write(config, config_text(answers, example()), answers.secrets), answers


def summary(answers: Answers, unit_folder: Path) -> list[tuple[str, str]]:
    """What was answered, without secrets."""
    found = [
        ("bot", answers.bot_name),
        ("project", answers.project_name or answers.project),
        ("department", answers.department_name or answers.department or "the project's default"),
        ("account", answers.username),
        ("public address", answers.public_url),
        ("Telegram", "is polled" if answers.intake == "polling" else "calls the public address"),
        ("listens on", f"{answers.host}:{answers.port}"),
        ("data", str(answers.data)),
        ("configuration", str(answers.config)),
        (
            "systemd",
            str(addition(unit_folder, f"{unit_of(answers.config)}.service"))
            if answers.running is Running.SYSTEMD
            else "",
        ),
        ("console", console_url(answers) if answers.console_token else ""),
    ]
    return [(name, value) for name, value in found if value]


def addition(unit_folder: Path, unit: str) -> Path:
    """Our addition to a unit of systemd's."""
    return unit_folder / f"{unit}.d" / "init.conf"


def after(show: Show, written: Written, answers: Answers, unit_folder: Path) -> None:
    """Tell what was written, and hand the secrets to systemd."""
    show.heading("Written")
    show.good(f"{written.config}")
    show.good(f"{written.secrets}/: {', '.join(answers.secrets)} (for their owner alone)")
    if written.backup:
        show.good(f"what stood there before is in {written.backup}")
    if answers.running is not Running.SYSTEMD:
        return
    command = Path(shutil.which("tiledesk-bridge") or sys.argv[0]).absolute()
    unit = unit_of(answers.config)
    told = (
        (f"{unit}.service", drop_in(answers, command), "systemd hands the secrets over"),
        (f"{unit}.socket", socket_drop_in(answers), "systemd keeps the port open while the daemon restarts"),
    )
    for name, text, use in told:
        try:
            show.good(f"{replace(addition(unit_folder, name), text)}: {use}")
        except NotWritten as error:
            show.warn(f"{error}. Put these lines there yourself:")
            show.line(text)
    writable = system_data(answers.config)
    if answers.data != writable:
        show.warn(f"systemd's unit lets the daemon write in {writable} alone, not in {answers.data}.")
    installed = f"{UNIT}@.service" if instance_of(answers.config) else f"{UNIT}.service"
    if not any((folder / installed).exists() for folder in (unit_folder, *UNIT_FOLDERS)):
        show.warn(f"{installed} is not installed yet; the README says how.")


def tried(show: Show, written: Written, answers: Answers, window: float) -> bool:
    """Run the daemon for a moment; whether all went well. The configuration stands either way."""
    with failures():
        settings = load(written.config, os.environ)
    commands = next_commands(written, answers)
    scrubber = configure("critical", "json", settings.secrets())
    show.heading("First run")
    try:
        good = asyncio.run(Trial(settings, show, window, commands).run())
    except KeyboardInterrupt:
        show.warn("The test was stopped; the configuration stands.")
        return True
    finally:
        show.scrubber.add(*scrubber.known)
    if not good:
        show.line("")
        show.bad(
            "The configuration stands, but not everything works yet. Mend what is marked, then: "
            + commands.ours("check --event")
        )
    return good


def next_commands(written: Written, answers: Answers) -> Commands:
    """The commands for what was written."""
    return commands_of(written.config, os.environ, service=answers.running is Running.SYSTEMD)


def farewell(show: Show, written: Written, answers: Answers) -> None:
    """The commands that come next."""
    commands = next_commands(written, answers)
    show.heading("Next")
    if unit := commands.unit:
        # What was set up before may run, at another port: started once more it would stay as it is.
        begin = f"systemctl daemon-reload && systemctl enable --now {both(unit)}"
        show.command(anew(unit, "enable --now") if written.backup else begin, "start it, now and at every boot")
        show.command(f"systemctl status {unit}", "how it is")
    else:
        show.command(commands.start, "start it")
        show.command(commands.ours("status"), "how it is")
    show.command(commands.ours("check"), "try everything again, whenever something seems wrong")
    if answers.console_token:
        at = f"{answers.port}:{urlsplit(console_url(answers)).netloc}"
        show.command(
            f"cat {written.config.parent / SECRETS / 'console.token'}",
            f"to sign in at {console_url(answers)}; from your own machine: ssh -L {at} THIS-MACHINE",
        )
