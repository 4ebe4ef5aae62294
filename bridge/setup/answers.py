"""What `init` asks for: the answers, their defaults, and what is wrong with an answer while it is typed (pure, but for looks)."""

import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bridge.doctor.disk import standing
from bridge.settings import is_loopback
from bridge.settings.addresses import base_url
from bridge.settings.contradictions import LOOSE_TOKEN, STRICT_TOKEN, TELEGRAM
from bridge.settings.sources import toml
from bridge.unit import SYSTEM_CONFIG, system_data
from bridge.web.stand_in import Port, is_ours, port_of

CLOUD = "https://api.tiledesk.com/v3"
BOT_API = "https://api.telegram.org"

FIRST_PORT, PORTS = 8080, 20
"""where a free port is looked for"""

Check = Callable[[str], str]
"""says what is wrong with an answer; '' if nothing is"""


class Running(StrEnum):
    """How the daemon is to run."""

    SYSTEMD = "systemd"
    BY_HAND = "hand"


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that a configuration is made of; the three secrets are never shown."""

    bot_token: str = field(repr=False)
    username: str
    password: str = field(repr=False)
    project: str
    public_url: str
    running: Running
    config: Path
    data: Path
    console_token: str = field(default="", repr=False)
    """'' for no console"""
    telegram_url: str = BOT_API
    tiledesk_url: str = CLOUD
    department: str = ""
    intake: str = "polling"
    host: str = "127.0.0.1"
    port: int = FIRST_PORT
    bot_name: str = ""
    project_name: str = ""
    department_name: str = ""

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets by the names of their files."""
        found = {"channels.support.token": self.bot_token, "desks.main.password": self.password}
        return found | ({"console.token": self.console_token} if self.console_token else {})


# ---------------------------------------------------------------- what is wrong with an answer


def wrong_token(telegram_url: str) -> Check:
    """Whether it looks like a bot's token."""
    shape = STRICT_TOKEN if TELEGRAM in telegram_url else LOOSE_TOKEN
    wrong = "This is not a bot token; @BotFather shows it, like 123456789:AAE…"
    return lambda value: "" if shape.fullmatch(value.strip()) else wrong


def wrong_url(value: str) -> str:
    """Whether it is a base address."""
    try:
        base_url(value.strip())
    except ValueError as error:
        return f"The address {error}"
    return ""


def wrong_public_url(telegram_url: str, tiledesk_url: str, intake: str = "") -> Check:
    """Whether Tiledesk (and Telegram, with a webhook) can call there."""

    def check(value: str) -> str:
        value = value.strip()
        if told := wrong_url(value):
            return told
        if is_loopback(value) and not is_loopback(tiledesk_url):
            return (
                "Tiledesk can't call this machine by that name; write the public one, like https://bridge.example.org"
            )
        if intake == "webhook" and TELEGRAM in telegram_url and not value.startswith("https:"):
            return "Telegram calls https addresses alone; put a proxy with TLS in front, or let the daemon poll"
        return ""

    return check


def wrong_email(value: str) -> str:
    """Whether it may be the name of an account."""
    return "" if re.fullmatch(r"\S+@\S+", value.strip()) else "Tiledesk's accounts are e-mail addresses"


def wrong_secret(value: str) -> str:
    """Whether there is anything, in one line."""
    return "" if value.strip() and value.isprintable() else "Please type it; it is not shown"


def wrong_port(host: str, own: int | None = None) -> Check:
    """Whether we could listen there; `own` is the port of the bridge that is set up anew, whose daemon may have it."""

    def check(value: str) -> str:
        if not value.strip().isdecimal() or not 0 < int(value) < 65536:
            return "A port is a number from 1 to 65535"
        match port_of(host, int(value)):
            case Port.TAKEN if not (ours := is_ours(host, int(value))) or int(value) != own:
                return f"Another {'bridge' if ours else 'program'} listens on {value}; choose another port"
            case Port.FORBIDDEN:
                return "Ports below 1024 are for root; choose a higher one and put a proxy in front"
            case Port.NOT_HERE:
                return f"{host} is no address of this machine"
            case _:
                return ""

    return check


def wrong_folder(value: str) -> str:
    """Whether we may write there, or make it."""
    if not value.strip():
        return "Please name a folder"
    if not known_home(value):
        return "Nobody of that name has a home here; write the whole path"
    path = Path(value.strip()).expanduser()
    try:
        there = standing(path)
        if not there.is_dir():
            return f"{there} is a file"
    except OSError:  # it lies in a folder that we may not enter
        return f"You may not look into {path.parent}; name another folder, or use sudo"
    return (
        "" if os.access(there, os.W_OK | os.X_OK) else f"You may not write in {there}; name another folder, or use sudo"
    )


def known_home(value: str) -> bool:
    """Whether what a `~` stands for is known; somebody may be typing still."""
    try:
        Path(value.strip()).expanduser()
    except RuntimeError:
        return False
    return True


def wrong_file(value: str) -> str:
    """Whether a file could be written there."""
    if not known_home(value):
        return wrong_folder(value)
    path = Path(value.strip()).expanduser()
    try:
        if path.is_dir():
            return f"{path} is a folder; name a file in it"
    except OSError:
        return f"You may not look into {path.parent}; name another place, or use sudo"
    return wrong_folder(str(path.absolute().parent))


# ---------------------------------------------------------------- defaults


def usual_running() -> Running:
    """As a service for root on a machine that has systemd."""
    return Running.SYSTEMD if os.geteuid() == 0 and Path("/run/systemd/system").is_dir() else Running.BY_HAND


def usual_config(running: Running, cwd: Path) -> Path:
    """A place where every command finds it."""
    return SYSTEM_CONFIG if running is Running.SYSTEMD else cwd / "config" / "bridge.toml"


def usual_data(running: Running, home: Path, config: Path = SYSTEM_CONFIG) -> Path:
    """Where data of services, or of a user's programs, are kept."""
    return system_data(config) if running is Running.SYSTEMD else home / ".local" / "share" / "tiledesk-bridge"


def port_in(config: Path) -> int | None:
    """The port of the configuration that stands there; None if none does."""
    layer = toml(config)
    server = layer.values.get("server", {})
    port = server.get("port", FIRST_PORT) if isinstance(server, dict) else None
    return port if isinstance(port, int) and not layer.mistakes else None


def usual_port(host: str, own: int | None = None) -> int:
    """The own one of the bridge that is set up anew, or the first one that is free."""
    ports = range(FIRST_PORT, FIRST_PORT + PORTS)
    return own or next((port for port in ports if port_of(host, port) is Port.FREE), FIRST_PORT)


def usual_public_url(tiledesk_url: str, port: int) -> str:
    """This machine's own name, if it has a public one; '' if nobody can guess."""
    if is_loopback(tiledesk_url):
        return f"http://127.0.0.1:{port}"
    name = socket.getfqdn()
    return f"https://{name}" if "." in name and not name.endswith((".localdomain", ".local", ".arpa")) else ""
