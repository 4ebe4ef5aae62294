"""The files that answers become, as text (pure)."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from bridge.settings import SECRETS
from bridge.setup.answers import BOT_API, CLOUD, Answers
from bridge.unit import SYSTEM_CONFIG, SYSTEM_DATA, instance_of
from bridge.web.stand_in import local_url

HEAD = """\
# tiledesk-bridge, written by `tiledesk-bridge init`. Change what you like, then: tiledesk-bridge check
#
# Secrets are not in here: each has a file of its own in the folder "{secrets}" beside this one, named by its key.
# Environment variables win over both: BRIDGE_SERVER__PORT is server.port. Every key, with its default, is explained in
# {example}; an unknown one is an error.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A key with its value; `about` is the comment, `usual` says that it is the default, which is written as a comment."""

    key: str
    value: object
    about: str = ""
    usual: bool = False


def config_text(answers: Answers, example: str = "config/bridge.example.toml") -> str:
    """The configuration file; `example` is the one that explains every key."""
    journal = answers.data / "bridge.db"
    parts = [
        HEAD.format(secrets=SECRETS, example=example),
        section(
            "server",
            Line("public_url", answers.public_url, "where Tiledesk, Telegram's webhooks and agents' browsers reach us"),
            Line(
                "host",
                answers.host,
                "reached over the network, not by a proxy here alone",
                usual=answers.host == "127.0.0.1",
            ),
            Line("port", answers.port, usual=answers.port == 8080),
        ),
        section(
            "store",
            Line("url", f"sqlite://{journal}", "the journal: back it up", usual=answers.data == SYSTEM_DATA),
            Line("keep_days", 7, "delivered messages are forgotten after so many days", usual=True),
        ),
        section(
            "desks.main",
            Line("project_id", answers.project, answers.project_name),
            Line("username", answers.username, f"its password: {SECRETS}/desks.main.password"),
            Line("api_url", answers.tiledesk_url, "Tiledesk's API", usual=answers.tiledesk_url == CLOUD),
        ),
        section(
            "channels.support",
            Line("kind", "telegram", f"{answers.bot_name}; its token: {SECRETS}/channels.support.token".lstrip("; ")),
            Line(
                "intake",
                answers.intake,
                'or "webhook": Telegram calls public_url' if answers.intake == "polling" else "",
            ),
            Line(
                "department",
                answers.department,
                answers.department_name or "the project's default; or the id of another one",
                usual=not answers.department,
            ),
            Line("api_url", answers.telegram_url, "the Bot API server", usual=answers.telegram_url == BOT_API),
        ),
    ]
    if answers.console_token:
        parts.append(f"[console]  # at {console_url(answers)}; its token: {SECRETS}/console.token\n")
    return "\n".join(parts)


def console_url(answers: Answers) -> str:
    """Where the console is seen on this machine; a proxy lets it pass only if somebody wants that."""
    return f"{local_url(answers.host, answers.port)}/console"


def section(name: str, *lines: Line) -> str:
    """A table with aligned comments."""
    shown = [(f"{'# ' if one.usual else ''}{one.key} = {quoted(one.value)}", one.about) for one in lines]
    width = max(len(text) for text, about in shown if about)
    body = [f"{text:<{width}}  # {comment(about)}" if about else text for text, about in shown]
    return "\n".join([f"[{name}]", *body, ""])


def quoted(value: object) -> str:
    """A TOML value: its basic strings are JSON's, but for DEL."""
    return (
        str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")
    )


def comment(text: str) -> str:
    """Words of others (a project's name) as part of one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def drop_in(answers: Answers, command: Path) -> str:
    """What systemd must know beyond the unit that is installed."""
    folder = answers.config.parent / SECRETS
    lines = [
        "# Written by `tiledesk-bridge init`.",
        "[Service]",
        "# Only root reads these files; the daemon gets copies that no other process sees.",
        f"LoadCredential={SECRETS}:{folder}",
    ]
    if answers.config != SYSTEM_CONFIG and not instance_of(answers.config):
        start = shlex.join([str(command), "run", "--config", str(answers.config)])
        lines += ["# The configuration is not at its usual place.", "ExecStart=", f"ExecStart={start}"]
    return "\n".join([*lines, ""])


def socket_drop_in(answers: Answers) -> str:
    """Where the port is that stays open while the daemon restarts; an address with colons stands in brackets."""
    host = f"[{answers.host}]" if ":" in answers.host else answers.host
    lines = ["# Written by `tiledesk-bridge init`.", "[Socket]", "ListenStream=", f"ListenStream={host}:{answers.port}"]
    return "\n".join([*lines, ""])
