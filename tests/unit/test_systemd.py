import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.errors import BAD_CONFIGURATION, BAD_JOURNAL, CannotListen, JournalDamaged
from bridge.systemd import Supervisor, inherited_sockets


def listening(address: str) -> socket.socket:
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.settimeout(5)
    receiver.bind(address)
    return receiver


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        yield door


def test_states_arrive_at_the_socket(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listening(address) as receiver:
        supervisor = Supervisor.of({"NOTIFY_SOCKET": address})
        told = [supervisor.ready(), supervisor.alive(), supervisor.status("3 waiting\n1 dead"), supervisor.stopping()]
        assert all(told)
        states = [receiver.recv(1024).decode() for _ in told]
    assert states == ["READY=1", "WATCHDOG=1", "STATUS=3 waiting 1 dead", "STOPPING=1"]


def test_a_reload_is_told_with_its_moment_and_a_remark_stands_before_the_status(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listening(address) as receiver:
        supervisor = Supervisor.of({"NOTIFY_SOCKET": address})
        before = time.monotonic()
        assert supervisor.reloading()
        word, moment = receiver.recv(1024).decode().splitlines()
        assert word == "RELOADING=1"
        assert before <= int(moment.removeprefix("MONOTONIC_USEC=")) / 1e6 + 1e-6 <= time.monotonic() + 1e-6
        supervisor.remark = "[old configuration]"
        assert supervisor.status("relaying")
        assert receiver.recv(1024).decode() == "STATUS=[old configuration] relaying"


def test_the_reason_of_an_end_is_the_last_status(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listening(address) as receiver:
        supervisor = Supervisor.of({"NOTIFY_SOCKET": address})
        supervisor.remark = "[old configuration]"
        for trouble, told in (
            (JournalDamaged("the journal is damaged\nall of it"), "ended: the journal is damaged (and 1 more)"),
            (CannotListen("port 80 is taken"), "ended: port 80 is taken"),
        ):
            with pytest.raises(type(trouble)), supervisor.told_why():
                raise trouble
            assert receiver.recv(1024).decode() == f"STATUS={told}"


def test_what_takes_long_asks_for_patience(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listening(address) as receiver:
        assert Supervisor.of({"NOTIFY_SOCKET": address}).busy()
        assert receiver.recv(1024).decode().splitlines() == ["WATCHDOG=1", "EXTEND_TIMEOUT_USEC=60000000"]


def test_an_abstract_socket_is_found(tmp_path: Path) -> None:
    name = f"bridge-test-{os.getpid()}-{tmp_path.name}"
    with listening(f"\0{name}") as receiver:
        assert Supervisor.of({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert receiver.recv(1024) == b"READY=1"


def test_without_systemd_nothing_happens(tmp_path: Path) -> None:
    assert not Supervisor.of({}).ready()
    assert not Supervisor.of({"NOTIFY_SOCKET": "vsock:2:1234"}).ready()


def test_a_supervisor_that_is_gone_or_deaf_stops_nobody(tmp_path: Path) -> None:
    assert not Supervisor(str(tmp_path / "gone")).alive()
    address = str(tmp_path / "deaf")
    with listening(address):
        answers = [Supervisor(address).alive() for _ in range(3000)]
    assert answers[0]
    assert not answers[-1], "a full socket must not block us"


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "17"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "18"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_ours_if_the_pid_is(environ: dict[str, str], seconds: float | None) -> None:
    assert Supervisor.of(environ, pid=17).watchdog_seconds == seconds


def test_a_socket_that_was_handed_over_takes_connections(door: socket.socket) -> None:
    handed = os.dup(door.fileno())
    os.set_inheritable(handed, True)
    (ours,) = inherited_sockets({"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}, first=handed)
    with ours, socket.create_connection(door.getsockname()):
        assert ours.getsockname() == door.getsockname()
        assert not ours.getblocking()
        assert not ours.get_inheritable()


@pytest.mark.parametrize("environ", [{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": "1"}])
def test_sockets_for_another_process_are_left_alone(environ: dict[str, str], door: socket.socket) -> None:
    assert inherited_sockets(environ, first=door.fileno()) == []


UNITS = Path(__file__).parents[2] / "systemd"


def settings_of(unit: str) -> list[str]:
    return [line for line in (UNITS / unit).read_text().splitlines() if line and line[0] not in "#["]


def test_the_unit_knows_our_exit_code_and_our_readiness() -> None:
    last = f"RestartPreventExitStatus=2 {BAD_JOURNAL} {BAD_CONFIGURATION}"
    for line in ("Type=notify", last, "StateDirectory=tiledesk-bridge", "WatchdogSec=30"):
        assert line in settings_of("tiledesk-bridge.service")


@pytest.mark.parametrize("kind", ["service", "socket"])
def test_one_of_several_bridges_differs_by_its_own_places_alone(kind: str) -> None:
    one, several = settings_of(f"tiledesk-bridge.{kind}"), settings_of(f"tiledesk-bridge@.{kind}")
    differing = [line.partition("=")[0] for line in set(several) - set(one)]
    places = {
        "service": {"Description", "ExecStart", "ExecStopPost", "LoadCredential", "StateDirectory", "User"},
        "socket": {"Description", "ListenStream", "SocketMode", "WantedBy"},
    }
    assert set(differing) == places[kind]
    own = [line for line in several if line not in one and not line.startswith("SocketMode")]
    assert all("%i" in line for line in own)


@pytest.mark.parametrize(
    ("status", "closes"), [("2", True), ("65", True), ("78", True), ("0", False), ("1", False), ("KILL", False)]
)
def test_what_no_restart_mends_closes_the_port_or_each_caller_would_start_the_daemon_again(
    status: str, closes: bool, tmp_path: Path
) -> None:
    (line,) = [line for line in settings_of("tiledesk-bridge.service") if line.startswith("ExecStopPost=")]
    called, systemctl = tmp_path / "called", tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" > {called}\n')
    systemctl.chmod(0o755)
    subprocess.run(
        shlex.split(line.removeprefix("ExecStopPost=+")),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "EXIT_STATUS": status}, check=True, timeout=10,
    )  # fmt: skip
    assert (called.read_text() if called.exists() else "") == ("stop tiledesk-bridge.socket\n" if closes else "")
