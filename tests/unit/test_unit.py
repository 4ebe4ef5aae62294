from pathlib import Path

import pytest

from bridge.unit import both, command, example, instance_of, start_of, system_data, unit_keeping, unit_of


@pytest.mark.parametrize(
    ("config", "unit", "data"),
    [
        ("/etc/tiledesk-bridge/bridge.toml", "tiledesk-bridge", "/var/lib/tiledesk-bridge"),
        ("/etc/tiledesk-bridge/shop/bridge.toml", "tiledesk-bridge@shop", "/var/lib/tiledesk-bridge-shop"),
        ("/etc/tiledesk-bridge/shop/other.toml", "tiledesk-bridge", "/var/lib/tiledesk-bridge"),
        ("/srv/bridge/bridge.toml", "tiledesk-bridge", "/var/lib/tiledesk-bridge"),
    ],
)
def test_a_configuration_has_a_unit_and_a_folder(config: str, unit: str, data: str) -> None:
    assert (unit_of(Path(config)), str(system_data(Path(config)))) == (unit, data)
    assert instance_of(Path(config)) == unit.partition("@")[2]


@pytest.mark.parametrize(
    ("folder", "unit"),
    [
        ("/var/lib/tiledesk-bridge", "tiledesk-bridge"),
        ("/var/lib/private/tiledesk-bridge", "tiledesk-bridge"),
        ("/var/lib/tiledesk-bridge-shop", "tiledesk-bridge@shop"),
        ("/var/lib/private/tiledesk-bridge-a-b", "tiledesk-bridge@a-b"),
        ("/home/ann/tiledesk-bridge-shop", "tiledesk-bridge"),
    ],
)
def test_a_journal_tells_its_unit_by_its_folder(folder: str, unit: str) -> None:
    assert unit_keeping(Path(folder) / "bridge.db") == unit


def test_the_file_that_explains_every_key_is_the_installed_one_if_there_is_one(tmp_path: Path) -> None:
    assert example([tmp_path]) == "config/bridge.example.toml"
    installed = tmp_path / "bridge.example.toml"
    installed.touch()
    assert example([tmp_path / "none", tmp_path]) == str(installed)


@pytest.mark.parametrize(
    ("journal", "start"),
    [
        ("/var/lib/tiledesk-bridge-shop/bridge.db", "systemctl start tiledesk-bridge@shop"),
        ("/var/lib/private/tiledesk-bridge/bridge.db", "systemctl start tiledesk-bridge"),
        ("/home/ann/data/bridge.db", "tiledesk-bridge run --config /c.toml"),
    ],
)
def test_a_daemon_is_started_by_whoever_keeps_its_journal(journal: str, start: str) -> None:
    assert start_of(Path(journal), Path("/c.toml")) == start


def test_the_units_of_an_instance_are_its_socket_and_its_service() -> None:
    assert both("tiledesk-bridge@shop") == "tiledesk-bridge@shop.socket tiledesk-bridge@shop.service"


def test_a_command_names_the_configuration_that_was_named() -> None:
    assert command("check", None) == "tiledesk-bridge check"
    assert command("check", Path("/etc/a b/x.toml")) == "tiledesk-bridge check --config '/etc/a b/x.toml'"
