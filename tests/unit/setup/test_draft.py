import dataclasses
import tomllib
from pathlib import Path

import pytest

from bridge.settings import load
from bridge.setup.answers import Answers, Running
from bridge.setup.draft import config_text, drop_in, socket_drop_in
from bridge.setup.write import write

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"
ANSWERS = Answers(
    bot_token=TOKEN,
    username="owner@example.org",
    password='se"same \\ 4711',
    project="5e2c35c8f0dbc10017bb3aac",
    public_url="https://bridge.example.org",
    running=Running.SYSTEMD,
    config=Path("/etc/tiledesk-bridge/bridge.toml"),
    data=Path("/var/lib/tiledesk-bridge"),
    bot_name="@shop_bot (Shop)",
    project_name="The Shop",
)


def read_back(answers: Answers, folder: Path) -> Path:
    return write(folder / "bridge.toml", config_text(answers), answers.secrets).config


def test_the_configuration_says_what_was_answered_and_no_secret(tmp_path: Path) -> None:
    text = config_text(ANSWERS)
    settings = load(read_back(ANSWERS, tmp_path), {})
    desk, channel = settings.desks["main"], settings.channels["support"]
    assert settings.server.public_url == "https://bridge.example.org"
    assert (desk.username, desk.password.get_secret_value()) == ("owner@example.org", 'se"same \\ 4711')
    assert (channel.token.get_secret_value(), channel.intake, channel.department) == (TOKEN, "polling", "")
    assert str(settings.store.path) == "/var/lib/tiledesk-bridge/bridge.db"
    assert not any(secret in text for secret in ANSWERS.secrets.values())
    assert max(len(line) for line in text.splitlines()) <= 130


def test_what_is_not_the_default_is_set_and_the_rest_a_comment(tmp_path: Path) -> None:
    other = dataclasses.replace(
        ANSWERS, port=9000, host="0.0.0.0", intake="webhook", data=tmp_path / "data", department="6b06ddf77fa5896136c802c6",
        tiledesk_url="https://tiledesk.example.org/api", telegram_url="http://127.0.0.1:8081",
    )  # fmt: skip
    settings = load(read_back(other, tmp_path), {})
    desk, channel = settings.desks["main"], settings.channels["support"]
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 9000)
    assert settings.store.path == tmp_path / "data" / "bridge.db"
    assert (desk.api_url, channel.api_url) == ("https://tiledesk.example.org/api", "http://127.0.0.1:8081")
    assert (channel.intake, channel.department) == ("webhook", "6b06ddf77fa5896136c802c6")
    usual = tomllib.loads(config_text(ANSWERS))
    assert set(usual["server"]) == {"public_url"}
    assert "store" in usual
    assert "url" not in usual["store"]
    assert set(usual["desks"]["main"]) == {"project_id", "username"}
    assert set(usual["channels"]["support"]) == {"kind", "intake"}


@pytest.mark.parametrize("name", ['Shop "\n[server]\nport = 1', "Shop\x00\x1b[31m", "Café ✓ 商店", "\u2028x"])
def test_a_projects_name_stays_within_its_comment(name: str, tmp_path: Path) -> None:
    named = dataclasses.replace(ANSWERS, project_name=name, bot_name=name, department_name=name)
    text = config_text(named)
    assert tomllib.loads(text) == tomllib.loads(config_text(ANSWERS))
    load(read_back(named, tmp_path), {})
    assert "\x1b" not in text


def test_an_odd_user_name_is_quoted(tmp_path: Path) -> None:
    odd = dataclasses.replace(ANSWERS, username='o"\\\x7f@example.org')
    assert load(read_back(odd, tmp_path), {}).desks["main"].username == 'o"\\\x7f@example.org'


def test_systemd_is_handed_the_folder_of_secrets() -> None:
    text = drop_in(ANSWERS, Path("/usr/bin/tiledesk-bridge"))
    assert "[Service]\n" in text
    assert "LoadCredential=secrets:/etc/tiledesk-bridge/secrets\n" in text
    assert "ExecStart" not in text


def test_systemd_is_told_of_a_configuration_at_another_place() -> None:
    text = drop_in(dataclasses.replace(ANSWERS, config=Path("/srv/a b/bridge.toml")), Path("/opt/bin/tiledesk-bridge"))
    assert "LoadCredential=secrets:/srv/a b/secrets" in text
    assert "ExecStart=\nExecStart=/opt/bin/tiledesk-bridge run --config '/srv/a b/bridge.toml'\n" in text


def test_one_of_several_bridges_needs_no_other_command() -> None:
    text = drop_in(dataclasses.replace(ANSWERS, config=Path("/etc/tiledesk-bridge/shop/bridge.toml")), Path("/x"))
    assert "LoadCredential=secrets:/etc/tiledesk-bridge/shop/secrets" in text.splitlines()
    assert "ExecStart" not in text


@pytest.mark.parametrize(
    ("host", "port", "listens"), [("127.0.0.1", 8080, "127.0.0.1:8080"), ("::1", 9000, "[::1]:9000")]
)
def test_the_port_that_stays_open_is_the_one_of_the_answers(host: str, port: int, listens: str) -> None:
    text = socket_drop_in(dataclasses.replace(ANSWERS, host=host, port=port))
    assert text.splitlines()[1:] == ["[Socket]", "ListenStream=", f"ListenStream={listens}"]
