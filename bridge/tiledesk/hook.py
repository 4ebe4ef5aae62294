"""The desk's webhook door: Tiledesk tries three times within seconds and never again, so it is let in fast or asked to retry."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from bridge.message import Arrival, Direction, Lane
from bridge.ports import Accept, Answer, Book, Knock
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.read import CLOSE_EVENT, is_echo, mapping, moment
from bridge.tiledesk.transport import parsed

SECRET_HEADER = "x-hook-secret"

TOO_DEEP = b"an event that is nested too deeply to be kept"
"""stands for it in the journal, and becomes a dead letter"""


class TiledeskDoor:
    """Takes one project's events.

    Events of a populated project exceed a megabyte. The body's `token` is an API login: it is checked and then dropped, never
    stored and never logged; `request.close` carries the whole history, private notes included, which is dropped as well.
    """

    limit = 16 * 1024 * 1024

    def __init__(self, project_id: str, secret: str, keys: Keys, book: Book, accept: Accept) -> None:
        self.project_id = project_id
        self.secret = secret.encode()
        self.keys = keys
        self.book = book
        self.accept = accept

    async def admit(self, knock: Knock) -> Answer | None:
        """Check the path's secret and the subscription's; either alone may be known to others."""
        given = knock.path.get("secret", "").encode(errors="replace")
        if not hmac.compare_digest(given, self.secret):
            return Answer(404, reason="path")
        if self.keys.know(knock.headers.get(SECRET_HEADER, "")):
            return None
        # A 4xx is final for Tiledesk, and a new subscription's first event may come before we have written its secret down.
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
            return Answer(200, reason="echo")  # every other event is one: they are not worth the check of a token
        if not self.keys.vouch(hook.get("_id"), envelope.get("token")):
            return Answer(401, reason="token")
        request_id = payload.get("request_id" if closing else "recipient")
        known = await self.book.by_request(request_id) if isinstance(request_id, str) else None
        if known is None:
            return Answer(200, reason="foreign request")
        lane = Lane(known.channel, known.chat, known.topic, Direction.OUTBOUND)
        await self.accept([self.arrival(payload, lane, closing=closing)])
        return Answer(200)

    def arrival(self, payload: Mapping[str, Any], lane: Lane, *, closing: bool) -> Arrival:
        """Wrap an event. Webhooks come in any order, so a lane's order is the time when it happened.

        A closed request was created long before its last messages.
        """
        happened = moment(payload, "closed_at", "updatedAt") if closing else moment(payload)
        order = int(happened * 1000)
        if closing:
            event, key = CLOSE_EVENT, f"close/{payload.get('request_id')}/{order}"
            payload = {name: payload[name] for name in ("id_project", "request_id", "closed_at") if name in payload}
        else:
            event, key = "message.create", str(payload.get("_id") or "")
        try:
            raw = orjson.dumps({"event": event, "payload": payload})
        except TypeError:  # it reads deeper nesting than it writes
            raw = TOO_DEEP
        # Words without an id are not repeats of each other.
        key = key or hashlib.sha256(raw).hexdigest()
        return Arrival(f"tiledesk/{self.project_id}", key, lane, order, raw, f"channel/{lane.channel}")
