from pathlib import Path

import pytest

from bridge.doctor.units import Unit, read

CONFIG = Path("/etc/tiledesk-bridge/bridge.toml")

SERVICE = """\
Result=success
NRestarts=0
ExecMainStatus=0
ExecStart={ path=/opt/tiledesk-bridge/bin/tiledesk-bridge ; argv[]=/opt/tiledesk-bridge/bin/tiledesk-bridge run --config /etc/tiledesk-bridge/bridge.toml ; ignore_errors=no ; pid=0 ; status=0/0 }
User=
DynamicUser=yes
SupplementaryGroups=
Id=tiledesk-bridge.service
LoadState=loaded
ActiveState=active
SubState=running
"""  # noqa: E501 - as systemctl prints it

SOCKET = """\
Result=success
Listen=127.0.0.1:8080 (Stream)
Listen=/run/bridge.sock (Stream)
Id=tiledesk-bridge.socket
LoadState=loaded
ActiveState=active
SubState=running
"""


def test_a_service_behind_its_socket_is_read_from_what_systemctl_shows() -> None:
    unit = read("tiledesk-bridge", f"{SERVICE}\n{SOCKET}", CONFIG)
    assert unit is not None
    assert (unit.active, unit.detail, unit.dynamic, unit.is_root) == ("active", "running", True, False)
    assert unit.listens == ("127.0.0.1:8080", "/run/bridge.sock")
    assert str(unit.drop_in) == "/etc/systemd/system/tiledesk-bridge.socket.d/init.conf"


def test_a_socket_that_is_not_open_decides_nothing() -> None:
    closed = SOCKET.replace("ActiveState=active", "ActiveState=inactive")
    unit = read("tiledesk-bridge", f"{SERVICE}\n{closed}", CONFIG)
    assert unit is not None
    assert unit.listens == ()


@pytest.mark.parametrize(
    ("shown", "config"),
    [
        ("", CONFIG),
        (SERVICE.replace("LoadState=loaded", "LoadState=not-found"), CONFIG),
        (SERVICE, Path("/srv/bridge.toml")),
    ],
)
def test_a_configuration_that_no_unit_names_has_none(shown: str, config: Path) -> None:
    assert read("tiledesk-bridge", shown, config) is None


@pytest.mark.parametrize(
    ("unit", "loops"),
    [
        (Unit("x", "activating", "auto-restart", restarts=3), True),
        (Unit("x", "activating", "start", restarts=3), True),
        (Unit("x", "activating", "start"), False),
        (Unit("x", "active", "running", restarts=3), False),
    ],
)
def test_who_is_started_again_and_again_is_known(unit: Unit, loops: bool) -> None:
    assert unit.loops is loops
