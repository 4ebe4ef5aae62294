"""Where messages come from: a network that keeps updates until they are confirmed, and a desk whose webhooks are lossy."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.telegram.transport import AnswerLost, Unsent
from tests.sim.commit import World
from tests.sim.values import Said

BATCH = 100
"""updates in an answer"""


@dataclass
class Updates:
    """What the channel's network keeps for us; stands in for `BotApi`."""

    world: World
    hasty: bool = False
    """without a safeguard: what was handed out counts as confirmed"""
    said: list[Said] = field(default_factory=list)
    confirmed: int = 0
    """the first update that is kept"""
    waits: list[asyncio.Future[None]] = field(default_factory=list)

    def add(self, said: Said) -> None:
        """Somebody wrote something."""
        self.said.append(said)
        waits, self.waits = self.waits, []
        for wait in waits:
            if not wait.done():
                wait.set_result(None)

    async def call(self, method: str, asked: Mapping[str, Any], timeout: float = 0.0) -> list[dict[str, object]]:
        """Confirm what lies before the offset, and give what is next, or wait for it."""
        assert method == "getUpdates"
        world, loop = self.world, asyncio.get_running_loop()
        await world.loop.pause(world.dice.pause(0.02))
        if world.weather.strikes(world.dice, world.weather.unread):
            raise Unsent("the poll was not made")
        self.confirmed = max(self.confirmed, asked.get("offset", 0))
        if self.confirmed >= len(self.said) and asked["timeout"]:
            wait: asyncio.Future[None] = loop.create_future()
            self.waits.append(wait)
            alarm = loop.call_later(asked["timeout"], wait.cancel)
            try:
                await wait
            except asyncio.CancelledError:
                return []
            alarm.cancel()
        found = [said.update() for said in self.said[self.confirmed : self.confirmed + BATCH]]
        if self.hasty:
            self.confirmed += len(found)
        await world.loop.pause(world.dice.pause(0.02))
        if world.weather.strikes(world.dice, world.weather.unread):
            raise AnswerLost("the answer of the poll was lost")
        return found


@dataclass
class Desk:
    """What agents wrote. Its webhooks are tried three times within seconds and never again; its history stays."""

    written: list[Said] = field(default_factory=list)
    by_chat: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    answered: set[str] = field(default_factory=set)
    """the keys of what a webhook was answered for"""

    def add(self, said: Said) -> None:
        """An agent wrote something."""
        self.written.append(said)
        self.by_chat[said.chat].append(said)

    def of(self, chat: str) -> list[Said]:
        """A chat's history: what no webhook was answered for, and some of the rest, which is known already."""
        known = [said for said in self.by_chat[chat] if said.key in self.answered]
        return [said for said in self.by_chat[chat] if said.key not in self.answered] + known[-3:]
