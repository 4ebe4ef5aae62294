"""The configuration: what an operator can set, read from all its sources, with every mistake named at once."""

from bridge.settings.addresses import is_loopback
from bridge.settings.load import find, load, origins
from bridge.settings.model import Channel, Console, Desk, Log, Relay, Server, Settings, Store, Texts, Traces
from bridge.settings.remains import remnant
from bridge.settings.sources import SECRETS, secrets_within

__all__ = [
    "SECRETS",
    "Channel",
    "Console",
    "Desk",
    "Log",
    "Relay",
    "Server",
    "Settings",
    "Store",
    "Texts",
    "Traces",
    "find",
    "is_loopback",
    "load",
    "origins",
    "remnant",
    "secrets_within",
]
