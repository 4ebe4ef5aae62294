"""The page's server: its files, what happens as server-sent events, and what both sides may do, as JSON."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.errors import BridgeError
from bridge.sandbox.board import Board
from bridge.sandbox.cast import Cast, NotTaken
from bridge.sandbox.page_console import ConsoleDoor
from bridge.sandbox.page_files import FileViews, picked
from bridge.sandbox.page_guard import answered, body, headers, number, ours_alone, refusal, text
from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_people import User
from bridge.sandbox.trouble import Trouble, Troubles

STATIC = Path(__file__).parent / "static"

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


TOUCHES = frozenset({"edit", "react", "press", "forward", "move", "stop"})
"""what a user does to one message"""


class Reins(Protocol):
    """Who may kill, stop and start the daemon."""

    async def drive(self, act: str) -> None:
        """Do one of `kill` (and start again), `stop`, `start`; raises `BridgeError` if it does not start."""
        ...


class Page:
    """Everything behind one page's address."""

    def __init__(
        self, stage: Stage, cast: Cast, troubles: Troubles, reins: Reins, board: Board, console: ConsoleDoor
    ) -> None:
        self.stage = stage
        self.cast = cast
        self.troubles = troubles
        self.reins = reins
        self.board = board
        self.console = console

    def app(self) -> web.Application:
        """The application."""
        app = web.Application(middlewares=[ours_alone], client_max_size=1 << 20)
        app.on_response_prepare.append(self.with_headers)
        files = FileViews(self.stage)
        app.router.add_get("/files/phone/{file_id}", files.phone)
        app.router.add_get("/files/desk", files.desk)
        app.router.add_get("/samples/{name}", files.sample)
        app.router.add_post("/api/users/{user}/file", self.user_attaches)
        app.router.add_post("/api/requests/{request}/file", self.agent_attaches)
        app.router.add_get("/console", self.console.enter)
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

    async def with_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        """Set what every answer carries; the bridge may show pictures here, nobody else."""
        for name, value in headers(self.stage.url).items():
            response.headers.setdefault(name, value)

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
        """Whatever a user does, but for sending a file of their own."""
        user, given, cast = self.user(request), await body(request), self.cast
        match request.match_info["act"]:
            case "say":
                cast.says(user, text(given), number(given, "reply_to") if "reply_to" in given else None)
            case "sample":
                replied = number(given, "reply_to") if "reply_to" in given else None
                found(lambda: cast.sends_sample(user, str(given.get("name")), replied))
            case "voice":
                cast.records(user, min(number(given, "milliseconds"), 600_000) / 1000)
            case "block":
                cast.blocks(user, blocked=given.get("blocked") is True)
            case act if act in TOUCHES:
                found(lambda: self.touches(user, act, given))
            case _:
                raise web.HTTPNotFound
        return answered({})

    def touches(self, user: User, act: str, given: Json) -> None:
        """What a user does to a message that is there; LookupError if it is not."""
        message = number(given, "message")
        match act:
            case "edit":
                self.cast.edits(user, message, text(given))
            case "react":
                self.cast.reacts(user, message, str(given["emoji"]) if given.get("emoji") else None)
            case "press":
                self.cast.presses(user, message, number(given, "row"), number(given, "column"))
            case "forward":
                self.cast.forwards(user, message)
            case "move":
                self.cast.moves(user, message)
            case _:
                self.cast.stops(user, message)

    async def user_attaches(self, request: web.Request) -> web.Response:
        """A user sends a file: the raw body, with `name` and `caption` in the query."""
        user, file = self.user(request), await picked(request)
        self.cast.attaches(user, file, request.query.get("caption", "")[:1024])
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
        request_id, given = self.request(request), await body(request)
        tiledesk = self.stage.tiledesk
        match request.match_info["act"]:
            case "reply":
                tiledesk.agent_replies(request_id, text(given))
            case "note":
                tiledesk.agent_notes(request_id, text(given))
            case "sample":
                found(lambda: self.cast.replies_sample(request_id, str(given.get("name"))))
            case "close":
                tiledesk.close_request(request_id)
            case _:
                raise web.HTTPNotFound
        return answered({})

    async def agent_attaches(self, request: web.Request) -> web.Response:
        """The agent sends a file: the raw body, with `name` and `words` in the query."""
        request_id, file = self.request(request), await picked(request)
        found(lambda: self.cast.replies_file(request_id, file, request.query.get("words", "")))
        return answered({})

    def request(self, request: web.Request) -> str:
        """The request of the address, which must be there, as must be the desk."""
        request_id = request.match_info["request"]
        if not any(one["request_id"] == request_id for one in self.stage.tiledesk.requests(self.stage.project.id)):
            raise web.HTTPNotFound
        if Trouble.DESK_DOWN in self.troubles.on:
            raise refusal(409, "Tiledesk is down: nobody can write there")
        return request_id

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


def shown(file: Path) -> Handler:
    """Serve one file; an edit shows at once."""

    async def show(_: web.Request) -> web.FileResponse:
        return web.FileResponse(file, headers={"Content-Type": f"{TYPES[file.suffix]}; charset=utf-8"})

    return show


def found(act: Callable[[], None]) -> None:
    """Do something with what is named in a request; 404 if it is not there."""
    try:
        act()
    except (LookupError, TypeError):
        raise web.HTTPNotFound from None
    except NotTaken as error:
        raise refusal(409, f"Tiledesk says: {error}") from error
