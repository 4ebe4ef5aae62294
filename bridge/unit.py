"""What one of several bridges on a machine is called: its unit of systemd's, its folders, its commands (pure, but for a look)."""

import shlex
from collections.abc import Iterable
from pathlib import Path

UNIT = "tiledesk-bridge"

SYSTEM_CONFIG, SYSTEM_DATA = Path("/etc/tiledesk-bridge/bridge.toml"), Path("/var/lib/tiledesk-bridge")

PRIVATE_DATA = SYSTEM_DATA.parent / "private"
"""where systemd really keeps the folders of users who exist only while they run"""


DOCUMENTS = (Path("/usr/share/doc/tiledesk-bridge"), Path("/usr/local/share/doc/tiledesk-bridge"))
"""where the package, and `make install`, put what is to be read"""


def example(places: Iterable[Path] = DOCUMENTS) -> str:
    """The file that explains every key: the one that is installed, or its name in the sources."""
    named = (place / "bridge.example.toml" for place in places)
    return next((str(path) for path in named if path.is_file()), "config/bridge.example.toml")


def instance_of(config: Path) -> str:
    """The name of one of several bridges on a machine: NAME of `/etc/tiledesk-bridge/NAME/bridge.toml`; '' for the only one."""
    several = config.name == SYSTEM_CONFIG.name and config.parent.parent == SYSTEM_CONFIG.parent
    return config.parent.name if several else ""


def unit_of(config: Path) -> str:
    """The unit of systemd for this configuration, without its kind: `tiledesk-bridge`, or `tiledesk-bridge@NAME`."""
    return named(instance_of(config))


def unit_keeping(journal: Path) -> str:
    """The unit whose journal this is, as its folder tells."""
    several = is_kept_by_systemd(journal) and journal.parent.name != SYSTEM_DATA.name
    return named(journal.parent.name.removeprefix(f"{SYSTEM_DATA.name}-") if several else "")


def is_kept_by_systemd(journal: Path) -> bool:
    """Whether it lies where a unit of ours may write."""
    folder = journal.parent
    ours = folder.name == SYSTEM_DATA.name or folder.name.startswith(f"{SYSTEM_DATA.name}-")
    return ours and folder.parent in {SYSTEM_DATA.parent, PRIVATE_DATA}


def start_of(journal: Path, config: Path | None) -> str:
    """What starts the daemon of this journal; `config` as in `command`."""
    return f"systemctl start {unit_keeping(journal)}" if is_kept_by_systemd(journal) else command("run", config)


def named(instance: str) -> str:
    """The unit of an instance."""
    return f"{UNIT}@{instance}" if instance else UNIT


def both(unit: str) -> str:
    """The service with its socket, as `systemctl` takes them: stopped alone, the open port would start the service again."""
    return f"{unit}.socket {unit}.service"


def anew(unit: str, start: str = "start") -> str:
    """Has systemd take what was written for it, a port too: neither unit may run meanwhile, or the other one keeps the old."""
    return f"systemctl daemon-reload && systemctl stop {both(unit)} && systemctl {start} {both(unit)}"


def system_data(config: Path) -> Path:
    """The one folder that systemd lets the daemon write in."""
    name = instance_of(config)
    return SYSTEM_DATA.with_name(f"{SYSTEM_DATA.name}-{name}") if name else SYSTEM_DATA


def command(words: str, config: Path | None) -> str:
    """Our command to type, for the configuration that was named; None: the one that is found without being named."""
    return f"tiledesk-bridge {words}" + (f" --config {shlex.quote(str(config))}" if config else "")
