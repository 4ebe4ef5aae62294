"""HTTP out: requests to the far sides, and files fetched from wherever a message points."""

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

__all__ = [
    "CONNECT_TIMEOUT",
    "LONGEST_WAIT",
    "NOTHING_LEFT_US",
    "AnswerLost",
    "Reply",
    "Unsent",
    "Wire",
    "seconds",
    "told",
]
