"""The doorway of a simulated Tiledesk: reading bodies, finding project and caller, answering as the real one does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from bridge.sandbox.tiledesk_rules import Refused, Silence, refused
from bridge.sandbox.tiledesk_tokens import Caller, Tokens
from bridge.sandbox.tiledesk_webhooks import dump
from bridge.sandbox.tiledesk_world import Document, Member, Project, World, is_object_id

BODY_LIMIT = 512_000
EXPRESS = {"X-Powered-By": "Express", "Access-Control-Allow-Origin": "*"}
JSON = {**EXPRESS, "Content-Type": "application/json; charset=utf-8"}
HTML = {**EXPRESS, "Content-Type": "text/html; charset=utf-8"}

NO_ROLE = refused(403, "you dont have the required role.")
STRANGER = refused(403, "you dont belong to the project.")
TOO_LARGE = Refused(413, {"err": "Request entity too large", "limit": BODY_LIMIT})
MALFORMED = Refused(500, {"err": "error"})
NOT_FOUND = refused(404, "Object not found.")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A call that got past the doorway; `member` is None only for webhook tokens."""

    project: Project
    caller: Caller
    member: Member | None
    body: Document

    def may(self, role: str) -> bool:
        """Whether the caller's role is at least `role`."""
        return self.member is not None and self.member.may(role)


Endpoint = Callable[[web.Request, Visit], Awaitable[web.StreamResponse]]


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(body=dump(value), status=status, headers={**JSON, **headers} if headers else JSON)


def refuse(refusal: Refused) -> web.Response:
    """A refusal: JSON, or Passport's plain text (which has no content type)."""
    if isinstance(refusal.body, dict):
        return answer(refusal.body, refusal.status)
    challenge = {"WWW-Authenticate": 'Basic realm="Users"'} if refusal.status == 401 else {}
    return web.Response(body=refusal.body.encode(), status=refusal.status, headers={**EXPRESS, **challenge})


async def hang(request: web.Request) -> web.Response:
    """Never answer: wait until the client goes away (aiohttp doesn't tell a handler, hence the looking)."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - aiohttp has no event for it
        await asyncio.sleep(0.05)
    return web.Response(status=500)


async def respond(request: web.Request, result: Document | Refused | Silence) -> web.StreamResponse:
    """Turn a result of the rules into an answer, or into none."""
    match result:
        case Refused():
            return refuse(result)
        case Silence():
            return await hang(request)
        case _:
            return answer(result)


async def read_body(request: web.Request) -> Document | Refused:
    """The body as Express parses it: JSON objects and forms; anything else is as good as nothing."""
    if not request.can_read_body:
        return {}
    kind = request.content_type
    if kind not in ("application/json", "application/x-www-form-urlencoded"):
        return {}
    raw = await request.read()
    if len(raw) > BODY_LIMIT:
        return TOO_LARGE
    if kind != "application/json":
        return dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    if not raw:
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return MALFORMED
    match value:
        case dict():
            return value
        case list():
            return {}  # accepted, but without any of the fields
        case _:
            return MALFORMED


class Doorway:
    """Wraps endpoints: body, then project, then caller, then role, in the order of the real server's complaints."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self.world = world
        self.tokens = tokens

    def project(self, request: web.Request) -> Project | Refused:
        """The project that the path begins with."""
        identity = request.match_info["project"]
        project = self.world.projects.get(identity)
        if project is not None:
            return project
        known_form = is_object_id(identity)
        return Refused(
            400, {"error": f"{'Project not found with id' if known_form else 'Invalid project id'}: {identity}"}
        )

    def members(self, endpoint: Endpoint, role: str = "guest", *, subscriptions: bool = False) -> Handler:
        """An endpoint for members with `role` or better, and for webhook tokens if `subscriptions`."""

        async def handle(request: web.Request) -> web.StreamResponse:
            body = await read_body(request)
            if isinstance(body, Refused):
                return refuse(body)
            project = self.project(request)
            if isinstance(project, Refused):
                return refuse(project)
            caller = self.tokens.caller(request.headers.get("Authorization"))
            if isinstance(caller, Refused):
                return refuse(caller)
            if caller.id in project.banned:
                return answer({"err": "error projectBanUserFilter by id"}, 401)
            member = project.members.get(caller.id)
            if not (subscriptions and caller.is_subscription):
                if member is None:
                    return refuse(STRANGER)
                if not member.may(role):
                    return refuse(NO_ROLE)
            return await endpoint(request, Visit(project, caller, member, body))

        return handle


def not_found(request: web.Request) -> web.Response:
    """Express's page for a path that nobody serves."""
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
        f"<body>\n<pre>Cannot {request.method} {request.path}</pre>\n</body>\n</html>\n"
    )
    return web.Response(body=page.encode(), status=404, headers=HTML)
