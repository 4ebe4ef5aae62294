"""What the page shows, section by section, and everyone who follows it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson

HEARTBEAT = 15.0
"""seconds of silence after which a comment is sent, so that both ends notice a dead connection"""

Section = dict[str, Any] | list[Any]


@dataclass(slots=True, eq=False)
class Follower:
    """One open page: what it has not been told yet."""

    pending: dict[str, bytes]
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Board:
    """The current content of every section, as JSON.

    A slow follower misses versions in between, never the latest.
    """

    def __init__(self) -> None:
        self.sections: dict[str, bytes] = {}
        self.followers: set[Follower] = set()
        self.closing = False

    def put(self, name: str, content: Section) -> None:
        """Show this from now on; followers are told if it differs from before."""
        body = orjson.dumps(content)
        if self.sections.get(name) != body:
            self.sections[name] = body
            self._tell(name, body)

    def flash(self, name: str, content: Section) -> None:
        """Tell followers something that passes; it is not kept."""
        self._tell(name, orjson.dumps(content))

    def _tell(self, name: str, body: bytes) -> None:
        for follower in self.followers:
            follower.pending[name] = body
            follower.news.set()

    def close(self) -> None:
        """Let every follower go."""
        self.closing = True
        for follower in self.followers:
            follower.news.set()

    def everything(self) -> bytes:
        """All sections as one JSON object."""
        return b"{%b}" % b",".join(b"%b:%b" % (orjson.dumps(name), body) for name, body in self.sections.items())

    async def follow(self) -> AsyncIterator[bytes]:
        """Server-sent events: everything there is, then what changes, with a heartbeat while nothing does."""
        follower = Follower(dict(self.sections))
        follower.news.set()
        self.followers.add(follower)
        try:
            yield b"retry: 700\n\n"
            while not self.closing:
                pending, follower.pending = follower.pending, {}
                follower.news.clear()
                yield b"".join(told(name, body) for name, body in pending.items()) or b": still here\n\n"
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await follower.news.wait()
                except TimeoutError:
                    continue
        finally:
            self.followers.discard(follower)


def told(name: str, body: bytes) -> bytes:
    """One section as a server-sent event."""
    return b'data: {"section":%b,"content":%b}\n\n' % (orjson.dumps(name), body)
