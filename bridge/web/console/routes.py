"""The console's addresses, all below /console."""

from importlib.resources import files

from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.web.console.caller import Proxies
from bridge.web.console.entrance import Entrance
from bridge.web.console.frame import Frame, Seen
from bridge.web.console.guard import HEADERS, STREAM, guarded, see_other
from bridge.web.console.letters import Letters
from bridge.web.console.live import Live
from bridge.web.console.pages import Pages
from bridge.web.console.session import Sessions

STATIC = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}


def add_console(
    app: web.Application, seen: Seen, sessions: Sessions, proxies: Proxies = (), public_url: str = ""
) -> None:
    """Serve the console below /console to whoever has the sessions' token; what `proxies` say of callers is believed.

    Whoever calls by the name in `public_url` comes the way it says.
    """
    frame = Frame(seen, sessions, proxies, public_url)
    entrance, pages, letters, live = Entrance(frame), Pages(frame), Letters(frame), Live(frame)
    for path, handler in {
        "/console/": live.overview,
        "/console/conversations": pages.conversations,
        "/console/conversation": pages.conversation,
        r"/console/entry/{id:\d{1,15}}": pages.entry,
        "/console/find": pages.find,
        "/console/dead": letters.show,
        "/console/lanes": pages.lanes,
        "/console/settings": pages.settings,
        "/console/audit": pages.audit,
    }.items():
        app.router.add_get(path, guarded(frame, handler))
    app.router.add_get(STREAM, guarded(frame, live.stream), allow_head=False)  # a head alone would never end
    app.router.add_get("/console", guarded(frame, to_overview))
    app.router.add_get("/console/login", guarded(frame, entrance.ask, public=True))
    app.router.add_post("/console/login", guarded(frame, entrance.log_in, public=True))
    app.router.add_post("/console/logout", guarded(frame, entrance.log_out))
    app.router.add_post("/console/dead", guarded(frame, letters.act))
    for name, kind in STATIC.items():
        app.router.add_get(f"/console/{name}", static(name, kind))
    app.router.add_route("*", "/console/{rest:.*}", guarded(frame, missing))
    app.on_shutdown.append(live.close)


async def to_overview(_: web.Request) -> web.Response:
    """The address without its last stroke."""
    return see_other("/console/")


async def missing(_: web.Request) -> web.Response:
    """No page of ours."""
    raise web.HTTPNotFound


def static(name: str, kind: str) -> Handler:
    """A file of ours, whose name is not asked for."""
    content = files("bridge.web.console").joinpath("static", name).read_bytes()

    async def handle(_: web.Request) -> web.StreamResponse:
        headers = HEADERS | {"Cache-Control": "max-age=300"}
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=headers)

    return handle
