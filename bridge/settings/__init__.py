"""The configuration: what an operator can set, read from all its sources, with every mistake named at once."""

from bridge.settings.addresses import is_loopback
from bridge.settings.load import find, load
from bridge.settings.model import Channel, Desk, Log, Relay, Server, Settings, Store, Texts

__all__ = ["Channel", "Desk", "Log", "Relay", "Server", "Settings", "Store", "Texts", "find", "is_loopback", "load"]
