"""Who may play on the page, what every answer carries, and how the page's server reads and says things."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.sandbox.telegram_answers import Json

OUR_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

RAW_HEADER = "X-Sandbox"
"""what a body that is no JSON must come with: other sites' pages can't send it without asking first"""

LONGEST = 20_000
"""characters in one message"""


def headers(media_from: str) -> Mapping[str, str]:
    """What every answer carries; pictures and sounds may come from this origin beside our own."""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {media_from}; media-src 'self' {media_from}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


@web.middleware
async def ours_alone(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer pages of our own only: no other site's script may play here, nor reach us by a name of its own."""
    names = {request.url.host, urlsplit(request.headers.get("Origin", "")).hostname} - {None}
    if not names <= OUR_NAMES:
        raise web.HTTPForbidden(text="this page answers on this machine only")
    # Other sites can send neither JSON nor a header of ours without asking first, and nobody answers that question.
    if request.method == "POST" and request.content_type != "application/json" and RAW_HEADER not in request.headers:
        raise refusal(415, f"send JSON, or a file with the header {RAW_HEADER}")
    return await handler(request)


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


def number(given: Json, name: str) -> int:
    """A whole number that is not negative."""
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise refusal(400, f"a number was expected as {name}")
    return value


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


def too_large(limit: int) -> web.HTTPException:
    """An answer to a file that is too large."""
    said = orjson.dumps({"error": f"a file may have {limit >> 20} MB at most"}).decode()
    return web.HTTPRequestEntityTooLarge(limit, 0, text=said, content_type="application/json")
