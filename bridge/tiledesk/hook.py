"""The desk's webhook door: Tiledesk tries three times within seconds and never again, so it is let in fast or asked to retry."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bridge.errors import JournalUnavailable
from bridge.message import Conversation, Direction, Lane
from bridge.ports import Accept, Answer, Book, Knock
from bridge.tiledesk.arrive import arrival
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.read import CLOSE_EVENT, is_echo, mapping
from bridge.tiledesk.transport import parsed

SECRET_HEADER = "x-hook-secret"

CHECK_STAMP, CHECKED = "bridge_check", "check"
"""the attribute of a message by which `check` and `init` see whether events come back, and the word under which it is counted"""


async def nothing_before(conversation: Conversation, message: str) -> bool:
    """Nothing is missing, and nothing was waited for."""
    del conversation, message
    return False


class TiledeskDoor:
    """Takes one project's events.

    Events of a populated project exceed a megabyte. The body's `token` is an API login: it is checked and then dropped, never
    stored and never logged; `request.close` carries the whole history, private notes included, which is dropped as well.
    """

    limit = 16 * 1024 * 1024

    def __init__(
        self,
        project_id: str,
        secret: str,
        keys: Keys,
        book: Book,
        accept: Accept,
        gap: asyncio.Event | None = None,
        grace: float = 0.0,
        before: Callable[[Conversation, str], Awaitable[bool]] = nothing_before,
    ) -> None:
        self.project_id = project_id
        self.secret = secret.encode()
        self.keys = keys
        self.book = book
        self.accept = accept
        self.gap = gap or asyncio.Event()
        """set when an event may have been turned away for good: history has it"""
        self.grace = grace
        """seconds that a message waits for an older one: Tiledesk calls in any order"""
        self.before = before
        """brings what was written earlier in a conversation, if that may be missing; whether it took time"""

    async def admit(self, knock: Knock) -> Answer | None:
        """Check the path's secret and the subscription's; either alone may be known to others."""
        given = knock.path.get("secret", "").encode(errors="replace")
        if not hmac.compare_digest(given, self.secret):
            return Answer(404, reason="path")
        if self.keys.know(knock.headers.get(SECRET_HEADER, "")):
            return None
        # A 4xx is final for Tiledesk, and a new subscription's first event may come before we have written its secret down.
        self.gap.set()
        return Answer(401, reason="secret") if self.keys.settled else Answer(503, retry_after=2, reason="starting")

    async def enter(self, knock: Knock, body: bytes) -> Answer:
        """Write the event down if it concerns a chat of ours; everything else is answered and forgotten."""
        del knock
        try:
            envelope = parsed(body)
        except ValueError:
            return Answer(400, reason="malformed")
        if not isinstance(envelope, dict) or not isinstance(envelope.get("payload"), dict):
            return Answer(400, reason="malformed")
        hook, payload = mapping(envelope.get("hook")), envelope["payload"]
        if payload.get("id_project") != self.project_id:
            return Answer(404, reason="project")
        closing = hook.get("event") == CLOSE_EVENT
        if not closing and is_echo(payload):
            if CHECK_STAMP in mapping(payload.get("attributes")):
                return Answer(200, reason=CHECKED)
            return Answer(200, reason="echo")  # every other event is one: they are not worth the check of a token
        if not self.keys.vouch(hook.get("_id"), envelope.get("token")):
            return Answer(401, reason="token")
        try:
            return await self.write_down(payload, closing=closing)
        except JournalUnavailable:
            self.gap.set()  # the desk comes back twice within seconds, and never again
            raise

    def turned_away(self) -> None:
        """A 4xx is final for Tiledesk, but history has it."""
        self.gap.set()

    async def write_down(self, payload: Mapping[str, Any], *, closing: bool) -> Answer:
        """Accept the event of a chat of ours, but first what a gap may have swallowed: no closed request is read back."""
        request_id = payload.get("request_id" if closing else "recipient")
        known = await self.book.by_request(request_id) if isinstance(request_id, str) else None
        if known is None:
            return Answer(200, reason="foreign request")
        if await self.before(known, "" if closing else str(payload.get("_id") or "")):
            known = await self.book.by_request(known.request_id)  # the person may have been forgotten meanwhile
            if known is None:
                return Answer(200, reason="foreign request")
        lane = Lane(known.channel, known.chat, known.topic, Direction.OUTBOUND)
        await self.accept([replace(arrival(self.project_id, payload, lane, closing=closing), grace=self.grace)])
        return Answer(200)
