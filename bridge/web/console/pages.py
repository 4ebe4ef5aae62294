"""The console's pages that only show: conversations, messages, what waits, settings, what operators did."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bridge.web.console import shown
from bridge.web.console.frame import Frame
from bridge.web.console.guard import see_other

PAGE = 50
"""lines"""

MOST_LANES = 200

LARGEST_ID = 2**53


@dataclass(frozen=True, slots=True)
class Pages:
    """Shows what the office has."""

    frame: Frame

    async def conversations(self, request: web.Request) -> web.Response:
        """Search."""
        words, skip = request.query.get("q", "")[:200], whole(request.query, "skip") or 0
        found = await self.frame.seen.office.conversations(words, PAGE, skip)
        return self.frame.page(request, "conversations", words=words, found=found, page=PAGE, more=skip + PAGE)

    async def conversation(self, request: web.Request) -> web.Response:
        """One conversation's messages, the newest at the end as people read them."""
        seen = self.frame.seen
        channel, chat, topic = (request.query.get(name, "")[:200] for name in ("channel", "chat", "topic"))
        view = await seen.office.conversation_view(channel, chat, topic)
        if view is None:
            raise web.HTTPNotFound
        entries = await seen.office.entries(channel, chat, topic, PAGE, whole(request.query, "before"))
        lines = [await seen.line(one) for one in reversed(entries)]
        return self.frame.page(request, "conversation", view=view, lines=lines, page=PAGE)

    async def entry(self, request: web.Request) -> web.Response:
        """One message: its timeline and its content."""
        seen, number_ = self.frame.seen, int(request.match_info["id"])
        found = await seen.office.entry(number_)
        if found is None:
            raise web.HTTPNotFound
        moments = await seen.office.timeline(number_)
        return self.frame.page(request, "entry", line=seen.said(*found), moments=moments, raw=shown.pretty(found[1]))

    async def find(self, request: web.Request) -> web.Response:
        """Messages by any id that people meet in logs, in Tiledesk or in Telegram."""
        word = request.query.get("id", "").strip()[:200]
        found = await self.frame.seen.office.find(word) if word else []
        if len(found) == 1:
            return see_other(f"/console/entry/{found[0].id}")
        lines = [await self.frame.seen.line(one) for one in found[:PAGE]]
        return self.frame.page(request, "find", word=word, lines=lines)

    async def lanes(self, request: web.Request) -> web.Response:
        """What waits, and why."""
        found = await self.frame.seen.office.waiting_lanes(MOST_LANES)
        return self.frame.page(request, "lanes", found=found, most=MOST_LANES)

    async def settings(self, request: web.Request) -> web.Response:
        """What is set, without secrets."""
        return self.frame.page(request, "settings", sections=shown.sections(self.frame.seen.settings()))

    async def audit(self, request: web.Request) -> web.Response:
        """What operators did."""
        found = await self.frame.seen.office.deeds(PAGE, whole(request.query, "before"))
        return self.frame.page(request, "audit", found=found, page=PAGE)


def number(query: Mapping[str, object], name: str) -> float | None:
    """A number of an address or a form; None if it is none."""
    try:
        value = float(str(query.get(name, "")))
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def whole(query: Mapping[str, str], name: str) -> int | None:
    """A whole number of an address; None if it is none."""
    value = number(query, name)
    return None if value is None else min(int(value), LARGEST_ID)
