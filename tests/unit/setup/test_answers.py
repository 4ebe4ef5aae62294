import asyncio
import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.setup import answers as rules
from bridge.setup.answers import BOT_API, CLOUD, Answers, Running
from bridge.web.stand_in import standing_in

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"
OWN = "https://tiledesk.example.org/api"


def test_secrets_are_named_by_their_keys_and_shown_nowhere() -> None:
    given = Answers(
        bot_token=TOKEN, username="a@b.example", password="sesame-4711", project="5e2c35c8f0dbc10017bb3aac",
        public_url="https://bridge.example.org", running=Running.BY_HAND, config=Path("/c"), data=Path("/d"),
        console_token="console-4711",
    )  # fmt: skip
    assert given.secrets == {
        "channels.support.token": TOKEN,
        "desks.main.password": "sesame-4711",
        "console.token": "console-4711",
    }
    assert not any(secret in repr(given) for secret in given.secrets.values())


@pytest.mark.parametrize("check", [rules.wrong_folder, rules.wrong_file])
def test_a_home_that_nobody_has_is_told_while_one_types(check: Callable[[str], str]) -> None:
    assert "has a home here" in check("~nobody-of-that-name/bridge")


@pytest.mark.parametrize(
    ("value", "server", "good"),
    [
        (TOKEN, BOT_API, True),
        (f" {TOKEN} ", BOT_API, True),
        ("1234567:short", BOT_API, False),
        ("1234567:short", "http://127.0.0.1:8081", True),
        (TOKEN.replace(":", " "), BOT_API, False),
        ("", BOT_API, False),
    ],
)
def test_a_token_looks_like_one_at_its_server(value: str, server: str, good: bool) -> None:
    assert (rules.wrong_token(server)(value) == "") is good


@pytest.mark.parametrize(
    ("value", "tiledesk", "intake", "words"),
    [
        ("https://bridge.example.org/telegram", CLOUD, "webhook", ""),
        ("http://bridge.example.org", CLOUD, "", ""),
        ("http://bridge.example.org", CLOUD, "webhook", "https addresses alone"),
        ("http://127.0.0.1:8080", CLOUD, "", "can't call this machine by that name"),
        ("http://localhost:8080", "http://127.0.0.1:3000", "", ""),
        ("bridge.example.org", CLOUD, "", "must start with https://"),
        ("https://user:secret@bridge.example.org", CLOUD, "", "must not hold a user name"),
        ("", CLOUD, "", "must start with https://"),
    ],
)
def test_a_public_address_is_one_that_tiledesk_and_telegram_can_call(
    value: str, tiledesk: str, intake: str, words: str
) -> None:
    told = rules.wrong_public_url(BOT_API, tiledesk, intake)(value)
    assert words in told
    assert bool(words) == bool(told)


@pytest.mark.parametrize(("value", "good"), [("a@b.example", True), ("ann", False), ("a b@c.example", False)])
def test_accounts_are_e_mail_addresses(value: str, good: bool) -> None:
    assert (rules.wrong_email(value) == "") is good


@pytest.mark.parametrize("value", ["", "  ", "two\nlines"])
def test_a_secret_is_something_in_one_line(value: str) -> None:
    assert rules.wrong_secret(value)


async def test_a_port_is_a_number_that_is_free_or_has_our_daemon() -> None:
    check = rules.wrong_port("127.0.0.1")
    assert check("0") == check("http") == check("70000") == "A port is a number from 1 to 65535"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        other.listen()
        other.settimeout(0)
        assert rules.wrong_port("203.0.113.7")(str(port)) == "203.0.113.7 is no address of this machine"
    assert check(str(port)) == ""


def test_the_port_of_a_configuration_is_read_if_there_is_one(tmp_path: Path) -> None:
    config = tmp_path / "bridge.toml"
    for text, port in (("", 8080), ("server.port = 9000", 9000), ("server = 1", None), ("server.port = ", None)):
        config.write_text(text)
        assert rules.port_in(config) == port, text
    assert rules.port_in(tmp_path / "other.toml") is None


def test_a_strangers_port_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.web.stand_in.GLANCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        stranger.listen()
        # It never answers: whoever asks it who it is gives up.
        assert "Another program listens" in rules.wrong_port("127.0.0.1")(str(port))


def test_a_folder_must_be_ours_to_write_in_or_to_make(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert rules.wrong_folder(str(tmp_path / "a" / "b")) == ""
    assert rules.wrong_folder(str(tmp_path / "file" / "b")) == f"{tmp_path}/file is a file"
    assert rules.wrong_folder(" ") == "Please name a folder"
    assert "name a file in it" in rules.wrong_file(str(tmp_path))
    assert rules.wrong_file(str(tmp_path / "new" / "bridge.toml")) == ""
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("wrong", [rules.wrong_file, rules.wrong_folder])
def test_a_place_in_a_folder_that_we_may_not_enter_is_refused_with_what_to_do(
    wrong: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stat(
        path: Path, *, follow_symlinks: bool = True
    ) -> os.stat_result:  # root, who may run the tests, enters every folder
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", stat)
    told = wrong(str(tmp_path / "closed" / "bridge"))
    monkeypatch.undo()
    assert told.startswith(f"You may not look into {tmp_path / 'closed'}; name another ")


def test_places_are_those_of_services_or_of_a_user(tmp_path: Path) -> None:
    assert rules.usual_config(Running.SYSTEMD, tmp_path) == Path("/etc/tiledesk-bridge/bridge.toml")
    assert rules.usual_config(Running.BY_HAND, tmp_path) == tmp_path / "config" / "bridge.toml"
    assert rules.usual_data(Running.SYSTEMD, tmp_path) == Path("/var/lib/tiledesk-bridge")
    assert rules.usual_data(Running.BY_HAND, tmp_path) == tmp_path / ".local" / "share" / "tiledesk-bridge"


def test_one_of_several_bridges_has_a_folder_of_its_own() -> None:
    config = Path("/etc/tiledesk-bridge/shop/bridge.toml")
    assert rules.usual_data(Running.SYSTEMD, Path("/root"), config) == Path("/var/lib/tiledesk-bridge-shop")


def test_beside_a_tiledesk_on_this_machine_nobody_needs_a_public_name() -> None:
    assert rules.usual_public_url("http://127.0.0.1:3000", 8081) == "http://127.0.0.1:8081"
    assert not rules.usual_public_url(OWN, 8080).startswith("http://")


async def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        first = closed.getsockname()[1]
    monkeypatch.setattr(rules, "FIRST_PORT", first)
    assert rules.usual_port("127.0.0.1") == first
    with socket.create_server(("127.0.0.1", first)):
        monkeypatch.setattr("bridge.web.stand_in.GLANCE", 0.05)
        assert rules.usual_port("127.0.0.1") > first
    async with standing_in("127.0.0.1", first) as ours:
        assert ours is not None
        assert rules.usual_port("127.0.0.1") > first, "it is another bridge's"
        assert rules.usual_port("127.0.0.1", first) == first, "it is the one that is set up anew"
        told = await asyncio.to_thread(rules.wrong_port("127.0.0.1"), str(first))
        assert told == f"Another bridge listens on {first}; choose another port"
        assert await asyncio.to_thread(rules.wrong_port("127.0.0.1", first), str(first)) == ""
