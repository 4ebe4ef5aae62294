"""HTTP out: requests to the far sides, and files fetched from wherever a message points."""

from bridge.wire.address import Origin
from bridge.wire.fetch import PATIENCE, Fetched, Fetcher, Patience, open_fetcher
from bridge.wire.guard import NotPublic, guarded_socket, public
from bridge.wire.http import (
    CONNECT_TIMEOUT,
    LONGEST_WAIT,
    NOTHING_LEFT_US,
    AnswerLost,
    Reply,
    Unsent,
    Wire,
    seconds,
    told,
)
from bridge.wire.refusals import Failed, FetchError, Forbidden, Missing, TooLarge
from bridge.wire.sniff import picture_size, sniff

__all__ = [
    "CONNECT_TIMEOUT",
    "LONGEST_WAIT",
    "NOTHING_LEFT_US",
    "PATIENCE",
    "AnswerLost",
    "Failed",
    "FetchError",
    "Fetched",
    "Fetcher",
    "Forbidden",
    "Missing",
    "NotPublic",
    "Origin",
    "Patience",
    "Reply",
    "TooLarge",
    "Unsent",
    "Wire",
    "guarded_socket",
    "open_fetcher",
    "picture_size",
    "public",
    "seconds",
    "sniff",
    "told",
]
