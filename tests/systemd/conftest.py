from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bridge.sandbox.stage import Stage
from tests.systemd.machine import Machine, package, reason_to_skip
from tests.systemd.service import Service, clean


@pytest.fixture(scope="session")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reason = reason_to_skip()
    if reason is not None:
        pytest.skip(reason)
    return package(tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="session")
def machine(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with the package, for the whole run."""
    machine = Machine.boot(tmp_path_factory.mktemp("machine") / "root")
    (machine.folder / "root" / "bridge.deb").write_bytes(deb.read_bytes())
    try:
        machine.ask("dpkg", "-i", "/root/bridge.deb")
        yield machine
    finally:
        machine.end()


@pytest.fixture
async def service(machine: Machine, tmp_path: Path) -> AsyncIterator[Service]:
    """A configured bridge that is not started, as it never had been."""
    clean(machine)
    async with await Stage.open(tmp_path) as stage:
        service = Service(machine, stage)
        service.configure()
        service.listen()
        yield service
        clean(machine)
