from pathlib import Path

from bridge.observe import Commands

SECRETS = Path("/etc/tiledesk-bridge/one/secrets")


def test_the_commands_of_a_service_are_those_of_its_unit() -> None:
    one = Commands("tiledesk-bridge@one", Path("/etc/tiledesk-bridge/one/bridge.toml"), SECRETS)
    assert one.start == "systemctl start tiledesk-bridge@one"
    assert one.restart == "systemctl restart tiledesk-bridge@one"
    assert one.reload == "systemctl reload tiledesk-bridge@one"
    assert one.log == "journalctl -u tiledesk-bridge@one -n 20"
    assert one.ours("check") == "tiledesk-bridge check --config /etc/tiledesk-bridge/one/bridge.toml"


def test_a_daemon_that_is_no_service_is_not_sought_at_systemd() -> None:
    by_hand = Commands("", Path("/srv/my bridge.toml"))
    assert by_hand.start == "tiledesk-bridge run --config '/srv/my bridge.toml'"
    for words in (by_hand.start, by_hand.restart, by_hand.reload, by_hand.log):
        assert "systemctl" not in words
        assert "journalctl" not in words
    assert Commands().ours("check") == "tiledesk-bridge check"


def test_a_new_secret_goes_where_the_old_one_stands() -> None:
    told = (("console.token", "from BRIDGE_CONSOLE__TOKEN"),)
    commands = Commands("tiledesk-bridge", None, SECRETS, told)
    assert commands.renewed("desks.main.password") == f"{SECRETS}/desks.main.password, then: {commands.restart}"
    assert commands.place_of("console.token") == "console.token (from BRIDGE_CONSOLE__TOKEN)"
    assert Commands().place_of("console.token") == "console.token"
