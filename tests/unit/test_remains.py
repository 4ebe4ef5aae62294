"""What is left of a configuration with mistakes."""

import base64
from pathlib import Path

import pytest

from bridge.settings import remnant

HERE = 'store.url = "sqlite:///srv/bridge/bridge.db"\n'


def left(tmp_path: Path, text: str, **environ: str) -> str | None:
    file = tmp_path / "bridge.toml"
    file.write_text(text)
    found = remnant(file, environ, tmp_path)
    return str(found.store.path) if found else None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"{HERE}server.prot = 1", "/srv/bridge/bridge.db"),
        (f"{HERE}channels = 1\ndesks.main = 'a'", "/srv/bridge/bridge.db"),
        ("server.prot = 1", "/var/lib/tiledesk-bridge/bridge.db"),
        ('store.url = "nonsense"', None),
        ("store = 1", "/var/lib/tiledesk-bridge/bridge.db"),
        (f"{HERE}[server", None),
    ],
)
def test_the_journals_place_is_read_whatever_else_is_wrong(text: str, place: str | None, tmp_path: Path) -> None:
    assert left(tmp_path, text) == place


def test_the_environment_wins_and_needs_no_file(tmp_path: Path) -> None:
    place = "sqlite:///srv/other/bridge.db"
    assert left(tmp_path, "[server", BRIDGE_STORE__URL=place) == "/srv/other/bridge.db"


@pytest.mark.parametrize(
    ("config", "place"),
    [("bridge.toml", "/var/lib/tiledesk-bridge"), ("shop/bridge.toml", "/var/lib/tiledesk-bridge-shop")],
)
def test_a_file_of_systemds_daemon_that_is_no_toml_says_by_its_place_where_the_journal_is(
    config: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.settings.remains.SYSTEM_CONFIG", tmp_path / "bridge.toml")
    monkeypatch.setattr("bridge.unit.SYSTEM_CONFIG", tmp_path / "bridge.toml")
    file = tmp_path / config
    file.parent.mkdir(exist_ok=True)
    file.write_text("[server")
    found = remnant(file, {})
    assert found is not None
    assert str(found.store.path) == f"{place}/bridge.db"


def test_every_secret_is_known_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "console.token").write_text("in-a-file\n")
    text = f'{HERE}server.prot = 1\ndesks.main = {{username = "a@b.example", password = "in-the-text"}}\n'
    (tmp_path / "bridge.toml").write_text(text)
    found = remnant(tmp_path / "bridge.toml", {"BRIDGE_CHANNELS__SUPPORT__TOKEN": "in-the-environment"})
    assert found is not None
    basic = base64.b64encode(b"a@b.example:in-the-text").decode()
    assert {"in-a-file", "in-the-text", "in-the-environment", basic} <= set(found.secrets())
    assert "in-the-text" not in repr(found)
    (tmp_path / "bridge.toml").write_text(f"{text}[server")
    found = remnant(tmp_path / "bridge.toml", {"BRIDGE_STORE__URL": "sqlite:///srv/bridge/bridge.db"})
    assert found is not None
    assert "in-the-text" in found.secrets()
