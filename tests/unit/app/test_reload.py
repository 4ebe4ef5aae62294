from pathlib import Path

import pytest

from bridge.app.reload import reloaded
from bridge.settings import Settings, load

SMALLEST = {
    "BRIDGE_SERVER__PUBLIC_URL": "https://bridge.example.org",
    "BRIDGE_DESKS__MAIN__PROJECT_ID": "0123456789abcdef01234567",
    "BRIDGE_DESKS__MAIN__USERNAME": "owner@example.org",
    "BRIDGE_DESKS__MAIN__PASSWORD": "long-enough",
    "BRIDGE_CHANNELS__SUPPORT__TOKEN": "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
}


def settings(**more: str) -> Settings:
    added = {f"BRIDGE_{name}": value for name, value in more.items()}
    return load(None, SMALLEST | added, Path("/nonexistent"))


def test_the_same_configuration_changes_nothing() -> None:
    change = reloaded(settings(), settings())
    assert (change.changed, change.later, change.anew) == ((), (), False)


def test_a_log_level_needs_no_new_furniture() -> None:
    change = reloaded(settings(), settings(LOG__LEVEL="debug"))
    assert (change.changed, change.anew, change.settings.log.level) == (("log",), False, "debug")


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("CHANNELS__SUPPORT__TOKEN", "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-xx", "channels.support"),
        ("CHANNELS__SUPPORT__TEXTS__OPEN", "Ouvrir", "channels.support"),
        ("DESKS__MAIN__EVENT", "message.create", "desks.main"),
        ("RELAY__LANES", "7", "relay"),
        ("STORE__KEEP_DAYS", "9", "store"),
        ("TRACES__ENDPOINT", "http://127.0.0.1:4318", "traces"),
        ("SERVER__PUBLIC_URL", "https://other.example.org", "server"),
    ],
)
def test_what_changed_is_named_and_in_effect(key: str, value: str, named: str) -> None:
    new = settings(**{key: value})
    change = reloaded(settings(), new)
    assert (change.changed, change.later, change.anew) == ((named,), (), True)
    assert change.settings == new


def test_a_channel_that_is_gone_and_one_that_is_new_are_named() -> None:
    two = settings(CHANNELS__SALES__TOKEN="99999999:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-zz")
    assert reloaded(settings(), two).changed == ("channels.sales",)
    assert reloaded(two, settings()).changed == ("channels.sales",)


def test_the_journal_the_port_and_the_form_of_logs_wait_for_a_restart() -> None:
    old = settings()
    new = settings(STORE__URL="sqlite:///tmp/x.db", SERVER__PORT="9", SERVER__HOST="::1", LOG__FORMAT="console")
    change = reloaded(old, new)
    assert change.later == ("server.host", "server.port", "store.url", "log.format")
    assert (change.changed, change.settings.model_dump()) == ((), old.model_dump())
