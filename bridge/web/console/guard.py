"""Who may see the console, which forms are ours, and what its answers say to browsers."""

import asyncio
import secrets
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.errors import JournalError
from bridge.web.console.frame import FORM, SESSION, Frame
from bridge.web.console.session import Session

COOKIE = "tiledesk-bridge"

STREAM = "/console/live"
"""the address of the live numbers, which pages ask for by themselves: that is no sign of an operator"""

LONGEST_PORT = 5
"""digits"""

LARGEST_FORM = 64 * 1024
"""bytes"""

LONGEST_ADDRESS = 1000
"""characters of a page's address that is remembered over a login"""

BODY_TIMEOUT = 10.0
"""seconds in which a form must have come"""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

REASONS = {
    403: "This form is not of this page, or you have logged in anew since it was loaded. Go back, load it again, and send it.",
    404: "There is no such page, or what it showed was forgotten.",
    413: f"This form is larger than {LARGEST_FORM // 1024} KB. Choose fewer letters at once.",
}


def cookie_name(request: web.Request) -> str:
    """How this console's cookie is called: browsers keep cookies by host, and bridges of one machine differ in the port."""
    port = request.host.rpartition(":")[2]
    return f"{COOKIE}-{port}" if port.isascii() and port.isdecimal() and len(port) <= LONGEST_PORT else COOKIE


def cookie_of(request: web.Request) -> str:
    """The value of our cookie; empty if the browser has none."""
    return request.cookies.get(cookie_name(request), "")


def see_other(where: str) -> web.Response:
    """Go on there."""
    return web.Response(status=303, headers={"Location": where})


def onward(request: web.Request) -> str:
    """The login page's address goes on with the page that was asked for."""
    wanted = (
        request.path_qs if request.method == "GET" and request.path not in {"/console", "/console/", STREAM} else ""
    )
    return f"?to={quote(wanted, safe='/')}" if wanted else ""


def wanted_page(given: str) -> str:
    """The page to go to after the login: one of ours, or the overview (pure)."""
    ours = given.startswith("/console/") and len(given) <= LONGEST_ADDRESS
    plain = all(" " < letter < "\x7f" and letter != "\\" for letter in given)
    return given if ours and plain else "/console/"


def guarded(frame: Frame, handler: Handler, *, public: bool = False) -> Handler:
    """A handler for who is logged in, and for forms of ours alone; with headers that let no other page in."""

    async def handle(request: web.Request) -> web.StreamResponse:
        session = frame.sessions.find(cookie_of(request), frame.clock(), used=request.path != STREAM)
        if session is not None:
            request[SESSION] = session
        if session is None and not public:
            return with_headers(see_other(f"/console/login{onward(request)}"))
        try:
            if request.method == "POST":
                await admit(request, session, public=public)
            response = await handler(request)
        except web.HTTPException as error:
            reason = REASONS.get(error.status, "")
            response = frame.page(request, "error", error.status, title=error.reason, reason=reason)
        except JournalError as error:
            title = HTTPStatus(503).phrase
            response = frame.page(request, "error", 503, title=title, reason=f"The journal can't serve now: {error}")
        return with_headers(response)

    return handle


async def admit(request: web.Request, session: Session | None, *, public: bool) -> None:
    """Let in forms that a page of ours sent: browsers say so, and every form holds its session's secret.

    Raises what the answer is to others.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise web.HTTPForbidden
    if (request.content_length or 0) > LARGEST_FORM:
        raise web.HTTPRequestEntityTooLarge(LARGEST_FORM, request.content_length or 0)
    # Another charset is none of our pages', and some of Python's decoders take minutes for a hostile text.
    if request.content_type != "application/x-www-form-urlencoded" or (request.charset or "utf-8").lower() != "utf-8":
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            # The clone's limit holds for bodies that don't tell their length as well.
            form = await request.clone(client_max_size=LARGEST_FORM).post()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except ValueError:  # bytes that are no text
        raise web.HTTPBadRequest from None
    request[FORM] = form
    if public:
        return
    given = str(form.get("csrf", ""))
    if session is None or not secrets.compare_digest(given.encode(errors="replace"), session.csrf.encode()):
        raise web.HTTPForbidden


def with_headers(response: web.StreamResponse) -> web.StreamResponse:
    """Add what every answer carries."""
    if not response.prepared:
        response.headers.update(HEADERS)
    return response
