"""The console's pages that only show: conversations, messages, what waits, settings, what operators did."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bridge.message import NOTES, PRESSES
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
        found = await self.frame.seen.office.conversations(words, PAGE + 1, skip)
        if skip and not found:  # they were forgotten meanwhile
            return see_other("/console/conversations")
        more = skip + PAGE if len(found) > PAGE else None
        return self.frame.page(request, "conversations", words=words, found=found[:PAGE], skip=skip, more=more)

    async def conversation(self, request: web.Request) -> web.Response:
        """One conversation's messages, the newest at the end as people read them; or those of a chat that has none yet."""
        seen, before = self.frame.seen, whole(request.query, "before")
        channel, chat, topic = (request.query.get(name, "")[:200] for name in ("channel", "chat", "topic"))
        view = await seen.office.conversation_view(channel, chat, topic)
        if view is None and topic in {NOTES, PRESSES}:
            topic = ""
            view = await seen.office.conversation_view(channel, chat, topic)
        entries = await seen.office.entries(channel, chat, topic, PAGE + 1, before)
        if view is None and not entries:
            raise web.HTTPNotFound
        lines = [await seen.line(one) for one in reversed(entries[:PAGE])]
        place = {"channel": channel, "chat": chat, "topic": topic}
        more = len(entries) > PAGE
        return self.frame.page(request, "conversation", view=view, place=place, lines=lines, before=before, more=more)

    async def entry(self, request: web.Request) -> web.Response:
        """One message: its timeline and its content."""
        seen, number_ = self.frame.seen, int(request.match_info["id"])
        found = await seen.office.entry(number_)
        if found is None:
            raise web.HTTPNotFound
        moments = await seen.office.timeline(number_)
        line, content = await seen.page_of(*found)
        return self.frame.page(request, "entry", line=line, moments=moments, raw=content)

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
        parts = (await self.frame.seen.report())["parts"]
        silent = {name for name, part in parts.items() if not part["ok"]}
        gone = {one.destination for one in found if one.destination not in parts}
        return self.frame.page(request, "lanes", found=found, most=MOST_LANES, silent=silent, gone=gone)

    async def settings(self, request: web.Request) -> web.Response:
        """What is set, without secrets."""
        return self.frame.page(request, "settings", sections=shown.sections(self.frame.seen.settings()))

    async def audit(self, request: web.Request) -> web.Response:
        """What operators did."""
        before = whole(request.query, "before")
        found = await self.frame.seen.office.deeds(PAGE + 1, before)
        return self.frame.page(request, "audit", found=found[:PAGE], before=before, more=len(found) > PAGE)


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
