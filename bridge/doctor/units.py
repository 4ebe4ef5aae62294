"""What systemd knows of the units that run this configuration's daemon."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYSTEMD = Path("/run/systemd/system")
"""is there where systemd runs"""

PROPERTIES = (
    "Id", "LoadState", "ActiveState", "SubState", "Result", "NRestarts", "ExecMainStatus", "ExecStart", "User", "DynamicUser",
    "SupplementaryGroups", "Listen",
)  # fmt: skip

PATIENCE = 5.0
"""seconds for systemd to answer"""


@dataclass(frozen=True, slots=True)
class Unit:
    """A service and its socket. `name` is without a kind; `listens` is empty unless systemd keeps the port open."""

    name: str
    active: str
    """active, activating, inactive, failed …"""
    detail: str = ""
    """running, auto-restart …"""
    result: str = ""
    """how it ended last, such as exit-code"""
    status: int = 0
    """with what code"""
    restarts: int = 0
    user: str = ""
    """'' for root, and for a user who exists only while the daemon runs"""
    dynamic: bool = False
    groups: str = ""
    listens: tuple[str, ...] = ()
    """`127.0.0.1:8080`, `[::1]:8080` or a path"""

    @property
    def loops(self) -> bool:
        """Whether the daemon ends again and again as soon as it is started."""
        return self.detail == "auto-restart" or (self.active == "activating" and self.restarts > 0)

    @property
    def drop_in(self) -> Path:
        """The file that says where the socket listens."""
        return Path(f"/etc/systemd/system/{self.name}.socket.d/init.conf")

    @property
    def is_root(self) -> bool:
        """Whether the daemon may read everything."""
        return not self.dynamic and self.user in {"", "root"}


def look(name: str, config: Path) -> Unit | None:
    """The unit, if systemd runs here and it is this configuration's; None otherwise."""
    systemctl = shutil.which("systemctl")
    if not SYSTEMD.is_dir() or systemctl is None:
        return None
    command = [
        systemctl,
        "show",
        "--no-pager",
        f"--property={','.join(PROPERTIES)}",
        f"{name}.service",
        f"{name}.socket",
    ]
    try:
        ended = subprocess.run(  # noqa: S603 - systemctl with a name of ours
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read(name, ended.stdout, config)


def read(name: str, shown: str, config: Path) -> Unit | None:
    """What `systemctl show` printed of a service and its socket."""
    units = {one["Id"][0]: one for block in shown.split("\n\n") if "Id" in (one := dict(properties(block)))}
    service, socket = units.get(f"{name}.service", {}), units.get(f"{name}.socket", {})

    def value(key: str) -> str:
        return service.get(key, [""])[0]

    if value("LoadState") != "loaded" or str(config) not in " ".join(service.get("ExecStart", [])).split():
        return None
    listens = socket.get("Listen", []) if socket.get("ActiveState") == ["active"] else []
    return Unit(
        name,
        value("ActiveState"),
        value("SubState"),
        value("Result"),
        int(value("ExecMainStatus") or 0),
        int(value("NRestarts") or 0),
        value("User"),
        value("DynamicUser") == "yes",
        value("SupplementaryGroups"),
        tuple(one.rpartition(" (")[0] for one in listens),
    )


def properties(block: str) -> Iterator[tuple[str, list[str]]]:
    """Every property with its values: some have a line for each."""
    lines = [line.partition("=") for line in block.splitlines() if "=" in line]
    for key in dict.fromkeys(key for key, _, _ in lines):
        yield key, [value for other, _, value in lines if other == key]
