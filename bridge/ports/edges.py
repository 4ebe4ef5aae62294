"""What an edge is made of: a reader, a planner, a sender."""

from collections.abc import Sequence
from typing import Protocol

from bridge.message import (
    Call,
    Conversation,
    Message,
    Reading,
)
from bridge.outcome import Outcome


class Reader(Protocol):
    """Translates what a door wrote down; pure."""

    def read(self, raw: bytes) -> Reading:
        """Raise `Unreadable` if there is no way to understand it."""
        ...


class Planner(Protocol):
    """Turns a message into the calls that deliver it; pure, and the same for the same input at every attempt."""

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        """`key` is the entry's key, to be stamped where the destination can keep it."""
        ...


class Sender(Protocol):
    """Makes one call; never raises for what the world does."""

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        """`suspect`: an earlier attempt may have arrived, look (where that is possible) before sending again."""
        ...
