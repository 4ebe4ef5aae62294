"""The page's server: its files, what happens as server-sent events, and what both sides may do, as JSON."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.errors import BridgeError
from bridge.sandbox.board import Board
from bridge.sandbox.cast import Cast
from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_people import User
from bridge.sandbox.trouble import Trouble, Troubles

STATIC = Path(__file__).parent / "static"

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

OUR_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

LONGEST = 20_000
"""characters in one message"""


class Reins(Protocol):
    """Who may kill, stop and start the daemon."""

    async def drive(self, act: str) -> None:
        """Do one of `kill` (and start again), `stop`, `start`; raises `BridgeError` if it does not start."""
        ...


class Page:
    """Everything behind one page's address."""

    def __init__(self, stage: Stage, cast: Cast, troubles: Troubles, reins: Reins, board: Board) -> None:
        self.stage = stage
        self.cast = cast
        self.troubles = troubles
        self.reins = reins
        self.board = board

    def app(self) -> web.Application:
        """The application."""
        app = web.Application(middlewares=[ours_alone], client_max_size=1 << 20)
        app.on_response_prepare.append(with_headers)
        app.router.add_get("/", shown(STATIC / "index.html"))
        for file in (one for one in STATIC.iterdir() if one.suffix in TYPES):
            app.router.add_get(f"/static/{file.name}", shown(file))
        app.router.add_get("/api/stream", self.stream)
        app.router.add_get("/api/state", self.state)
        app.router.add_post("/api/users", self.add_user)
        app.router.add_post("/api/burst", self.burst)
        app.router.add_post("/api/users/{user}/{act}", self.user_acts)
        app.router.add_post("/api/requests/{request}/{act}", self.agent_acts)
        app.router.add_post("/api/trouble/{name}", self.trouble)
        app.router.add_post("/api/daemon/{act}", self.drive)
        return app

    # ------------------------------------------------------------ seeing

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Everything that happens, as server-sent events of `{"section": …, "content": …}`."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        await response.prepare(request)
        try:
            async for text in self.board.follow():
                await response.write(text)
        except ConnectionResetError:
            return response
        return response

    async def state(self, _: web.Request) -> web.Response:
        """Every section as it is now, for scripts."""
        return web.Response(body=self.board.everything(), content_type="application/json")

    # ------------------------------------------------------------ the users' side

    async def add_user(self, _: web.Request) -> web.Response:
        """One more user."""
        return answered({"user": self.cast.add_user().id})

    async def burst(self, _: web.Request) -> web.Response:
        """A new user who writes twenty messages at once."""
        return answered({"user": self.cast.burst().id})

    async def user_acts(self, request: web.Request) -> web.Response:
        """A user writes, sends a sample, blocks or unblocks the bot."""
        user, given = self.user(request), await body(request)
        match request.match_info["act"]:
            case "say":
                self.cast.says(user, text(given))
            case "sample":
                sampled(lambda: self.cast.sends_sample(user, str(given.get("name"))))
            case "block":
                self.cast.blocks(user, blocked=given.get("blocked") is True)
            case _:
                raise web.HTTPNotFound
        return answered({})

    def user(self, request: web.Request) -> User:
        """The user of the address."""
        number = request.match_info["user"]
        user = self.cast.users.get(int(number)) if number.isdecimal() else None
        if user is None:
            raise web.HTTPNotFound
        return user

    # ------------------------------------------------------------ the agent's side

    async def agent_acts(self, request: web.Request) -> web.Response:
        """The agent replies, writes a private note, sends a sample, closes."""
        tiledesk, request_id, given = self.stage.tiledesk, request.match_info["request"], await body(request)
        if not any(one["request_id"] == request_id for one in tiledesk.requests(self.stage.project.id)):
            raise web.HTTPNotFound
        if Trouble.DESK_DOWN in self.troubles.on:
            raise refusal(409, "Tiledesk is down: nobody can write there")
        match request.match_info["act"]:
            case "reply":
                tiledesk.agent_replies(request_id, text(given))
            case "note":
                tiledesk.agent_notes(request_id, text(given))
            case "sample":
                sampled(lambda: self.cast.replies_sample(request_id, str(given.get("name"))))
            case "close":
                tiledesk.close_request(request_id)
            case _:
                raise web.HTTPNotFound
        return answered({})

    # ------------------------------------------------------------ trouble

    async def trouble(self, request: web.Request) -> web.Response:
        """Switch trouble on or off."""
        try:
            trouble = Trouble(request.match_info["name"])
        except ValueError:
            raise web.HTTPNotFound from None
        await self.troubles.switch(trouble, on=(await body(request)).get("on") is True)
        self.board.put("troubles", self.troubles.shown())
        return answered({})

    async def drive(self, request: web.Request) -> web.Response:
        """Kill, stop or start the daemon; answers when that is done."""
        act = request.match_info["act"]
        if act not in ("kill", "stop", "start"):
            raise web.HTTPNotFound
        try:
            # Shielded: a page that is closed meanwhile must not leave a daemon half started.
            await asyncio.shield(asyncio.ensure_future(self.reins.drive(act)))
        except BridgeError as error:
            raise refusal(500, str(error)) from error
        return answered({})


# ---------------------------------------------------------------- what they share


@web.middleware
async def ours_alone(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer pages of our own only: no other site's script may play here, nor reach us by a name of its own."""
    names = {request.url.host, urlsplit(request.headers.get("Origin", "")).hostname} - {None}
    if not names <= OUR_NAMES:
        raise web.HTTPForbidden(text="this page answers on this machine only")
    # Other sites can't send JSON without asking first, and nobody answers that question.
    if request.method == "POST" and request.content_type != "application/json":
        raise refusal(415, "send JSON")
    return await handler(request)


async def with_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Set what every answer carries."""
    response.headers.update(HEADERS)


def shown(file: Path) -> Handler:
    """Serve one file; an edit shows at once."""

    async def show(_: web.Request) -> web.FileResponse:
        return web.FileResponse(file, headers={"Content-Type": f"{TYPES[file.suffix]}; charset=utf-8"})

    return show


async def body(request: web.Request) -> Json:
    """The JSON object that was sent; an empty body is an empty one."""
    try:
        given: Any = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise refusal(400, "a JSON object was expected")
    return given


def text(given: Json) -> str:
    """The text to send."""
    said = given.get("text")
    if not isinstance(said, str) or not said.strip() or len(said) > LONGEST:
        raise refusal(400, f"a text of 1 to {LONGEST} characters was expected")
    return said


def sampled(send: Callable[[], None]) -> None:
    """Send a sample, if there is one of that name."""
    try:
        send()
    except KeyError:
        raise web.HTTPNotFound from None


def answered(content: Json) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=orjson.dumps(content), content_type="application/json")


def refusal(status: int, reason: str) -> web.HTTPException:
    """An answer that says no, and why."""
    kinds: dict[int, type[web.HTTPException]] = {
        400: web.HTTPBadRequest,
        409: web.HTTPConflict,
        415: web.HTTPUnsupportedMediaType,
    }
    kind = kinds.get(status, web.HTTPInternalServerError)
    return kind(text=orjson.dumps({"error": reason}).decode(), content_type="application/json")
