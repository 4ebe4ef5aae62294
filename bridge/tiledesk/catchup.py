"""Reads back what the desk's webhooks did not bring: they are tried three times within seconds, and never again.

What an agent writes while we are down, unreachable or unable to write stands in the request's history. It is accepted under
the same key as the webhook's, so whatever came both ways is absorbed: the journal remembers keys for longer than history is
read back.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

import structlog

from bridge.errors import JournalUnavailable
from bridge.fault import point
from bridge.message import Arrival, Conversation, Direction, Lane
from bridge.observe import Health, Metrics
from bridge.ports import Accept, Book, Clock
from bridge.tiledesk.arrive import arrival
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.read import is_echo, mapping, moment
from bridge.tiledesk.transport import DeskApi, parsed, said
from bridge.wire import AnswerLost, Unsent

TICK = 5.0
"""seconds between looks whether something calls for reading back"""

SOON = 0.5
"""the same while a gap is not read back yet"""

EVERY = 60.0
"""seconds between readings of the conversations that are active"""

ACTIVE = 900.0
"""seconds after its last arrival that a conversation counts as active"""

ASLEEP = 1.0
"""seconds by which a tick may be late before it is a gap: this process, or the whole machine, did not run"""

ATTEMPTS = 2
"""how often a history is asked for on behalf of a webhook, which has no more time than that"""

AT_ONCE = 4
"""histories that are read at the same time; each comes whole, for Tiledesk has no way to ask for less"""


class Unread(Exception):
    """The desk did not hand a history out; the message says why."""


@dataclass(slots=True)
class CatchUp:
    """Reads back one desk's conversations: all open ones at the start and after a gap, the active ones every minute.

    `gap` is set by whoever turned an event away. What is older than `hours` is not read back: nobody wants it any more. `grace`
    is that of a webhook's arrival.
    """

    desk: str
    api: DeskApi
    keys: Keys
    book: Book
    accept: Accept
    health: Health
    metrics: Metrics
    clock: Clock
    hours: float = 24.0
    grace: float = 0.0
    gap: asyncio.Event = field(default_factory=asyncio.Event)
    behind: dict[str, Conversation] = field(default_factory=dict)
    """by request: what was open when the last gap was noticed, and has not been read back since"""
    failures: int = 0
    """looks in a row that could not read everything"""
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    """by request: whose webhooks wait for its history"""

    async def run(self) -> None:
        """Read back until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        self.gap.set()
        while True:
            await self.look(active=loop.time() >= due)
            if loop.time() >= due:
                due = loop.time() + EVERY
            before, tick = loop.time(), self.pause()
            await self.clock.sleep(tick)
            if loop.time() - before > tick + ASLEEP:
                self.gap.set()

    def pause(self) -> float:
        """Seconds until the next look: few while a gap is not read back, more and more while the desk does not hand it out."""
        longest = EVERY if self.behind and not self.gap.is_set() else TICK
        return min(longest, SOON * 2.0**self.failures) if self.behind or self.gap.is_set() else TICK

    async def look(self, *, active: bool) -> None:
        """Read back what is behind, and the `active` conversations if that is due; say how it went. What failed stays behind."""
        part = f"catch-up {self.desk}"
        try:
            if self.gap.is_set():
                # At once, before anything new comes: whoever opens a request later has nothing behind them.
                found = await self.book.open_conversations(self.desk, 0.0)
                self.behind |= {one.request_id: one for one in found}
                self.gap.clear()
            if not self.keys.settled:
                return
            wanted = dict(self.behind)
            if active:
                found = await self.book.open_conversations(self.desk, self.clock.now() - ACTIVE)
                wanted |= {one.request_id: one for one in found}
            await self.read_back(wanted.values())
        except (Unread, JournalUnavailable) as error:
            if part not in self.health.parts or self.health.parts[part].ok:
                structlog.get_logger().warning("history can't be read back", desk=self.desk, reason=str(error))
            self.health.set(part, ok=False, reason=str(error))
            self.failures = min(self.failures + 1, 10)
        else:
            self.failures = 0
            self.health.set(part, ok=True)

    async def before(self, conversation: Conversation, message: str) -> bool:
        """Bring what was written in this conversation before that message, if a gap may have swallowed it; whether that was so.

        For a webhook's door: what comes after a gap must not overtake what was written in it. The desk's trouble is no reason to
        turn the webhook away.
        """
        request_id, read = conversation.request_id, False
        # One after the other: a history comes whole, and the first one's is mostly enough for all that wait here.
        async with self.turns.setdefault(request_id, asyncio.Lock()):
            for attempt in range(1, ATTEMPTS + 1):
                if not (self.gap.is_set() or request_id in self.behind) or not self.keys.authorization():
                    break
                read = True
                try:
                    async with self.places:
                        await self.conversation(conversation, but=message)
                    break
                except Unread as error:
                    log = structlog.get_logger()
                    log.info("history can't be read back now", desk=self.desk, attempt=attempt, reason=str(error))
        if not (self.gap.is_set() or self.behind):
            self.turns.clear()
        return read

    def forget(self, person: str) -> None:
        """Read nothing back of a person whom the book has forgotten."""
        self.behind = {request: one for request, one in self.behind.items() if one.person != person}

    async def read_back(self, conversations: Iterable[Conversation]) -> int:
        """Read these histories and return how many messages were new. Raises `Unread` or `JournalUnavailable`."""

        async def one(conversation: Conversation) -> int:
            async with self.places:
                return await self.conversation(conversation)

        found = await asyncio.gather(*map(one, conversations), return_exceptions=True)
        for error in found:
            if isinstance(error, BaseException):
                raise error
        return sum(count for count in found if isinstance(count, int))

    async def conversation(self, conversation: Conversation, *, but: str = "") -> int:
        """Accept what is new in one conversation's request, in one commit; how many that were.

        `but` comes another way, and after it whatever was written after it: it may not be overtaken by that.
        """
        known = self.behind.get(conversation.request_id)  # what a gap adds while the history comes stays behind
        try:
            reply = await self.api.get(self.api.messages(conversation.request_id), self.keys.authorization())
            history = parsed(reply.body)
        except (Unsent, AnswerLost) as error:
            raise Unread(str(error)) from None
        except ValueError:
            raise Unread("the answer is not Tiledesk's") from None
        if reply.status != 200 or not isinstance(history, list):
            raise Unread(f"Tiledesk: {said(reply)}")
        guest = await self.book.guest(conversation.desk, conversation.person)
        oldest = self.clock.now() - self.hours * 3600
        owner = guest.user_id if guest is not None else conversation.person
        found = list(missed(self.api.project_id, conversation, owner, map(mapping, history), oldest))
        arrivals = [replace(one, grace=self.grace) for one in takewhile(lambda one: one.key != but, found)]
        point("read_back")
        if await self.book.by_request(conversation.request_id) is None:  # the person was forgotten meanwhile
            self.behind.pop(conversation.request_id, None)
            return 0
        new = await self.accept(arrivals) if arrivals else 0
        if len(arrivals) >= len(found) - 1 and self.behind.get(conversation.request_id) is known:
            self.behind.pop(conversation.request_id, None)
        if new:
            self.metrics.caught_up(self.desk, new)
            structlog.get_logger().info("messages were read back", desk=self.desk, chat=conversation.chat, count=new)
        return new


def missed(
    project_id: str, conversation: Conversation, owner: str, history: Iterable[Mapping[str, Any]], oldest: float
) -> Iterator[Arrival]:
    """The arrivals that a request's history makes (pure): its messages since `oldest`, but for those of the user, its `owner`."""
    lane = Lane(conversation.channel, conversation.chat, conversation.topic, Direction.OUTBOUND)
    for message in history:
        # A history has no request around its messages, and it is by the request's owner that echoes are known.
        payload = {**message, "request": {"lead": {"lead_id": owner}}}
        ours = message.get("id_project") == project_id and message.get("recipient") == conversation.request_id
        if ours and message.get("_id") and moment(message) >= oldest and not is_echo(payload):
            yield arrival(project_id, payload, lane)
