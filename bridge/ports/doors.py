"""Webhooks, without HTTP."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.message import (
    Arrival,
)


@dataclass(frozen=True, slots=True)
class Knock:
    """The head of an HTTP request to a door: headers (case-insensitive mapping) and the path's variables."""

    headers: Mapping[str, str]
    path: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door says: a status, after how many seconds to come back, and a word for the metrics if it refused or ignored."""

    status: int
    retry_after: int | None = None
    reason: str = ""


Accept = Callable[[Sequence[Arrival]], Awaitable[int]]
"""the way into the journal that doors are given: durable when it returns, the number of new arrivals"""


class Door(Protocol):
    """A webhook: looks at the head first, and at the body only if the head may enter.

    `limit` is the largest body in bytes. The body never reaches a log.
    """

    limit: int

    async def admit(self, knock: Knock) -> Answer | None:
        """None: come in. An answer: go away, the body is not read."""
        ...

    async def enter(self, knock: Knock, body: bytes) -> Answer:
        """Write the body down and answer; may raise `JournalUnavailable`."""
        ...

    def turned_away(self) -> None:
        """A body of somebody whose head was let in did not come, or was not taken."""
        ...
