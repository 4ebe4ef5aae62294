"""The doctor beside a real systemd: what it says of a daemon that is stopped, loops or hangs."""

import time

import pytest

from tests.crash.figures import publish
from tests.systemd.service import CONFIG, Service

pytestmark = pytest.mark.timeout(600)


async def checked(service: Service) -> tuple[int, list[str]]:
    """How `check` ends as root, and the lines that are no ✓."""
    code, out = await service.machine.tries("tiledesk-bridge", "check")
    return code, [line for line in out.splitlines() if not line.startswith("✓ ")]


async def test_check_tells_what_systemd_and_the_daemon_know(service: Service) -> None:
    began = time.monotonic()
    where, config = f"127.0.0.1:{service.stage.port}", f"{CONFIG}/bridge.toml"
    await service.ctl("daemon-reload")
    code, lines = await checked(service)
    assert code == 0, lines
    assert any(line.startswith("! daemon: no daemon runs → systemctl start tiledesk-bridge") for line in lines), lines

    await service.start()
    await service.relays_in(service.user("Ada"), "is anybody there?")
    code, out = await service.machine.tries("tiledesk-bridge", "check")
    assert code == 0, out
    assert "✓ daemon: process " in out
    assert f"✓ server.port: the daemon answers at {where}" in out
    assert " ! " not in out

    await service.machine.does("touch", f"{CONFIG}/secrets/channels.support.token")
    code, lines = await checked(service)
    assert (code, "! daemon: channels.support.token changed after" in "\n".join(lines)) == (0, True), lines
    assert "systemctl restart tiledesk-bridge" in "\n".join(lines)

    await service.machine.does("systemctl", "kill", "--kill-whom=main", "--signal=STOP", "tiledesk-bridge.service")
    code, lines = await checked(service)
    assert (code, any(line.startswith("✗ daemon: the daemon runs, but answers nothing") for line in lines)) == (1, True)
    assert any(line.startswith(f"✗ server.port: systemd holds {where}") for line in lines), lines
    await service.machine.does("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "tiledesk-bridge.service")

    await service.machine.does("chmod", "600", config)
    await service.ctl("stop", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    await service.machine.tries("systemctl", "start", "tiledesk-bridge.service")
    code, lines = await checked(service)
    told = "\n".join(lines)
    assert (code, f"does not run as root and can't read {config}" in told) == (1, True), told
    assert "✗ daemon: no daemon runs, the last one failed (the configuration has mistakes)" in told, told
    assert "SupplementaryGroups" in await service.logs()

    await service.machine.does("chmod", "644", config)
    await service.start()
    await service.ctl("stop", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    journal = "/var/lib/tiledesk-bridge/bridge.db"
    await service.machine.does("sh", "-c", f"rm -f {journal}-wal {journal}-shm; echo no database > {journal}")
    await service.machine.tries("systemctl", "start", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    code, lines = await checked(service)
    told = "\n".join(lines)
    assert (code, f"{journal} is not an SQLite file" in told) == (1, True), told
    assert "✗ daemon: no daemon runs, the last one failed (the journal can't be used)" in told, told

    await service.machine.does(
        "sh", "-c", f"rm -f {journal}; mkdir {journal}.lock.d; rm -f {journal}.lock; mv {journal}.lock.d {journal}.lock"
    )
    await service.ctl("start", "--no-block", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    await service.becomes("NRestarts", lambda count: int(count) > 1)
    code, lines = await checked(service)
    told = "\n".join(lines)
    assert "systemd started it again" in told, told
    assert f"✗ server.port: systemd holds {where}" in told, told
    assert "another program" not in told
    publish("A real systemd: check beside a daemon that stops, hangs and loops", began, lines=len(lines))
