"""Setting up as an operator does: init, several bridges, upgrades and removals."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.sandbox.stage import TOKEN, Stage, free_port
from tests.acceptance.world import until
from tests.crash.figures import publish
from tests.systemd.machine import Machine
from tests.systemd.service import CONFIG, Load, Service, clean

pytestmark = pytest.mark.timeout(600)

KNOCK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as door:
    door.connect(sys.argv[1])
    door.sendall(b"GET /livez HTTP/1.0\\r\\n\\r\\n")
    print(door.recv(65536).split()[1].decode())
"""


@pytest.fixture
async def bare(machine: Machine, tmp_path: Path) -> AsyncIterator[Service]:
    """The package and nothing else."""
    clean(machine)
    async with await Stage.open(tmp_path) as stage:
        stage.tiledesk.weather.time_scale = 0.1
        yield Service(machine, stage)
        clean(machine)


async def init(service: Service, *more: str) -> str:
    """The wizard without questions, as root."""
    service.machine.put("/root/token", f"{TOKEN}\n", 0o600)
    service.machine.put("/root/password", f"{service.stage.project.owner.password}\n", 0o600)
    return await service.machine.does(
        "tiledesk-bridge", "init", "--yes", "--port", str(service.stage.port), "--username", service.stage.project.owner.email,
        "--telegram-url", service.stage.telegram.base_url, "--tiledesk-url", service.stage.tiledesk.base_url,
        "--bot-token-file", "/root/token", "--password-file", "/root/password", "--wait", "0", *more,
    )  # fmt: skip


async def test_init_as_root_ends_with_a_service_that_takes_its_journal_over(bare: Service) -> None:
    began = time.monotonic()
    written = await init(bare)
    command = next(line for line in written.splitlines() if "systemctl daemon-reload" in line)
    assert "enable --now tiledesk-bridge.socket tiledesk-bridge.service" in command
    assert await bare.machine.does("find", "/var/lib/tiledesk-bridge", "-name", "bridge.db"), "the trial made a journal"
    await bare.ctl("daemon-reload")
    await bare.ctl("enable", "--now", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    pid = await bare.shows("MainPID")
    owners = await bare.machine.does("stat", "-L", "-c", "%u", f"/proc/{pid}", "/var/lib/tiledesk-bridge/bridge.db")
    assert len(set(owners.split())) == 1, "the journal is the daemon's now"
    assert int(owners.split()[0]) > 0
    assert f"127.0.0.1:{bare.stage.port}" in await bare.shows("Listen", "socket")
    user = bare.user("Ada")
    await bare.relays_in(user, "is it set up?")
    await bare.relays_out(user, "it is")
    status = await bare.machine.does("tiledesk-bridge", "status")
    assert "runs as process" in status
    publish("A real systemd: init as root, then the service", began, journal_owner=owners.split()[0])


async def test_init_after_a_start_without_a_configuration_leaves_nothing_that_keeps_the_daemon_out(
    bare: Service,
) -> None:
    began, folder = time.monotonic(), "/var/lib/private/tiledesk-bridge"
    await bare.machine.tries("systemctl", "start", "tiledesk-bridge.service")
    await bare.becomes("ActiveState", lambda state: state == "failed")
    assert await bare.shows("ExecMainStatus") == "78"
    owner = await bare.machine.does("stat", "-c", "%u", folder)
    assert int(owner) > 0, "systemd has made the folder for its user, and will not do so once more"
    written = await init(bare)
    assert "✗" not in written
    files = (await bare.machine.does("find", folder, "-printf", "%U %P\\n")).splitlines()
    assert {"bridge.db", "bridge.db.lock", "media"} <= {line.partition(" ")[2] for line in files}
    assert {line.partition(" ")[0] for line in files} == {owner}
    for look in ("status", "dead list", "check --offline"):
        await bare.machine.tries("tiledesk-bridge", *look.split())
    assert set((await bare.machine.does("find", folder, "-printf", "%U\\n")).split()) == {owner}
    await bare.ctl("daemon-reload")
    await bare.ctl("enable", "--now", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    user = bare.user("Ada")
    await bare.relays_in(user, "is it set up?")
    await bare.relays_out(user, "it is")
    assert await bare.shows("NRestarts") == "0"
    publish("A real systemd: init after a start without a configuration", began, files=len(files), owners=1)


async def test_a_set_up_that_replaces_another_one_takes_its_port_with_the_line_that_it_prints(bare: Service) -> None:
    began, config = time.monotonic(), f"{CONFIG}/shop/bridge.toml"
    shop = Service(bare.machine, bare.stage, "tiledesk-bridge@shop", f"{CONFIG}/shop")

    async def does_what_is_printed(written: str) -> None:
        assert f"tiledesk-bridge check --config {config}" in written
        [line] = [one.strip() for one in written.splitlines() if one.strip().startswith("systemctl daemon-reload")]
        await bare.machine.does("sh", "-exc", line)

    await does_what_is_printed(await init(shop, "--config", config))
    _, told = await bare.machine.tries("tiledesk-bridge", "status", "--config", config)
    assert "runs as process" in told
    code, told = await bare.machine.tries(
        "tiledesk-bridge", "init", "--yes", "--offline", "--port", str(bare.stage.port), "--project", bare.stage.project.id,
        "--bot-token-file", "/root/token", "--username", "a@b.example", "--password-file", "/root/password",
        "--public-url", "https://bridge.example.org",
    )  # fmt: skip
    assert (code, "Another bridge listens on" in told) == (2, True), told
    port = free_port()
    written = await init(shop, "--config", config, "--port", str(port), "--force")
    assert "a daemon runs already" in written
    await does_what_is_printed(written)
    assert f"127.0.0.1:{port}" in await shop.shows("Listen", "socket")
    assert (await shop.shows("ActiveState"), await shop.shows("ActiveState", "socket")) == ("active", "active")
    publish("A real systemd: init once more, with another port", began, port_is_taken_over=True)


async def test_several_bridges_run_beside_each_other_each_with_its_own_places(machine: Machine, tmp_path: Path) -> None:
    clean(machine)
    names = ("shop", "help")
    stages = {name: await Stage.open(tmp_path / name) for name in names}
    try:
        bridges = {
            name: Service(machine, stages[name], f"tiledesk-bridge@{name}", f"{CONFIG}/{name}") for name in names
        }
        bridges["shop"].configure()
        await init(bridges["help"], "--config", f"{CONFIG}/help/bridge.toml", "--no-test")
        for bridge in bridges.values():
            await bridge.start()
        for name, bridge in bridges.items():
            await bridge.relays_in(bridge.user(f"Ada{name}"), f"for {name}")
            assert bridge.arrived().count(f"for {name}") == 1
            _, told = await machine.tries("ls", f"/var/lib/private/tiledesk-bridge-{name}")
            assert "bridge.db" in told
        assert await machine.does("/usr/bin/python3", "-c", KNOCK, "/run/tiledesk-bridge-shop.sock") == "200"
        user = bridges["help"].stage.telegram.world.users
        assert f"127.0.0.1:{stages['help'].port}" in await bridges["help"].shows("Listen", "socket"), user
        uids = {
            await machine.does("stat", "-c", "%u", f"/proc/{await one.shows('MainPID')}") for one in bridges.values()
        }
        assert len(uids) == 2, "neither can read the other's journal"
    finally:
        clean(machine)
        for stage in stages.values():
            await stage.close()


async def test_the_package_enables_nothing_and_an_upgrade_refuses_nobody(service: Service) -> None:
    began = time.monotonic()
    for unit in ("tiledesk-bridge.service", "tiledesk-bridge.socket"):
        _, enabled = await service.machine.tries("systemctl", "is-enabled", unit)
        assert enabled == "disabled"
    assert await service.shows("ActiveState") == "inactive"
    await service.machine.does("dpkg", "-i", "/root/bridge.deb")
    assert await service.shows("ActiveState") == "inactive", "what does not run is not started by an upgrade"
    await service.start()
    pid, user = await service.shows("MainPID"), service.user("Ada")
    await service.relays_in(user, "before")
    async with Load(f"{service.stage.url}/hooks/tiledesk/main/nobody-knows", 50).lasting() as load:
        await service.machine.does("dpkg", "-i", "/root/bridge.deb")
    assert await service.shows("MainPID") != pid, "the new version runs"
    await service.relays_in(user, "after")
    publish("A real systemd: an upgrade at 50 requests a second", began, answers=dict(load.figures()))
    assert load.seen["refused"] == 0


async def test_a_removal_leaves_the_configuration_and_a_purge_the_journal(service: Service) -> None:
    await service.start()
    await service.ctl("enable", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    await service.relays_in(service.user("Ada"), "before the end")
    machine, journal = service.machine, "/var/lib/private/tiledesk-bridge/bridge.db"
    try:
        told = await machine.does("dpkg", "-r", "tiledesk-bridge")
        assert "the journal is left in /var/lib/private/tiledesk-bridge" in told
        await machine.does("ls", f"{CONFIG}/bridge.toml", f"{CONFIG}/secrets/channels.support.token", journal)
        for gone in (
            "/opt/tiledesk-bridge",
            "/usr/bin/tiledesk-bridge",
            "/usr/lib/systemd/system/tiledesk-bridge.service",
        ):
            assert (await machine.tries("ls", gone))[0] != 0, gone
        left = await machine.does("sh", "-c", "find /etc/systemd/system -path '*.wants/tiledesk-bridge*'")
        assert left == ""
        await machine.does("dpkg", "-P", "tiledesk-bridge")
        assert (await machine.tries("ls", CONFIG))[0] != 0
        await machine.does("ls", journal)
    finally:
        await machine.does("dpkg", "-i", "/root/bridge.deb")


async def test_the_socket_starts_the_daemon_for_the_first_caller(service: Service) -> None:
    await service.ctl("daemon-reload")
    await service.ctl("start", "tiledesk-bridge.socket")
    assert await service.shows("ActiveState") == "inactive"
    async with Load(f"{service.stage.url}/livez", 5).lasting() as load:
        await service.becomes("ActiveState", lambda state: state == "active")
    assert set(load.seen) == {"405"}, "a POST at /livez is answered, by the daemon"
    status = json.loads(await service.machine.does("tiledesk-bridge", "status", "--json"))
    assert await until(lambda: service.shows("MainPID")) == str(status["pid"])
