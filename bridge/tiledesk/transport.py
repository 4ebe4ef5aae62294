"""Calls of Tiledesk's REST API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson

from bridge.wire import Reply, Wire

KEEPALIVE = 4.0
"""seconds that an idle connection is kept: Node closes it after 5, and a POST into a closing one is an answer lost"""


@dataclass(frozen=True, slots=True)
class DeskApi:
    """One Tiledesk server, one project. Raises `wire.Unsent` and `wire.AnswerLost`, nothing for statuses."""

    session: aiohttp.ClientSession
    api_url: str
    project_id: str
    timeout: float = 30.0
    """seconds; some malformed messages make the server never answer, so there always is one"""

    async def post(self, path: str, body: Mapping[str, object], authorization: str = "") -> Reply:
        """POST JSON; `path` is below the API's address."""
        return await self.call("POST", path, orjson.dumps(body), authorization)

    async def get(self, path: str, authorization: str = "") -> Reply:
        """GET."""
        return await self.call("GET", path, None, authorization)

    async def call(self, method: str, path: str, body: bytes | None, authorization: str) -> Reply:
        """Make any call."""
        headers = {"Authorization": authorization} if authorization else {}
        wire = Wire(self.session, "Tiledesk")
        url = f"{self.api_url.rstrip('/')}{path}"
        return await wire.request(method, url, body=body, headers=headers, timeout=self.timeout)

    async def upload(self, form: aiohttp.FormData, authorization: str) -> Reply:
        """Store a file at the desk."""
        wire = Wire(self.session, "Tiledesk")
        url = f"{self.api_url.rstrip('/')}/{self.project_id}/files/chat"
        headers = {"Authorization": authorization}
        return await wire.request("POST", url, body=form, headers=headers, timeout=self.timeout)

    def request(self, request_id: str) -> str:
        """The path of a request."""
        return f"/{self.project_id}/requests/{quote(request_id, safe='')}"

    def messages(self, request_id: str) -> str:
        """The path of a request's messages."""
        return f"{self.request(request_id)}/messages"

    def file(self, stored: str, *, download: bool = False) -> str:
        """The public address of a file that `upload` stored under this name."""
        return f"{self.api_url.rstrip('/')}/files{'/download' if download else ''}?path={quote(stored, safe='')}"


def parsed(body: bytes) -> Any:
    """Read Tiledesk's JSON; raises ValueError if it is none.

    Tiledesk keeps the lone surrogates of a text that was cut within an emoji, and orjson refuses them: they become "?".
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if b"\\u" not in body:
            raise
    try:
        return orjson.loads(json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def content(reply: Reply) -> dict[str, Any]:
    """The JSON object of an answer; empty if it is none (Tiledesk's 401 is plain text)."""
    try:
        found = parsed(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def said(reply: Reply) -> str:
    """What an answer that is no success says, for a person to read."""
    told = content(reply)
    words = told.get("msg") or told.get("error") or told.get("err") or told.get("errors") or told.get("message") or ""
    return f"{reply.status} {words}".strip()[:200]
