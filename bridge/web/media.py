"""The window through which agents see the files of end users; whoever has an address sees that one file, and nothing else."""

import asyncio
import codecs
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

import structlog
from aiohttp import web

from bridge.errors import FileGone, FileTooLarge, FileUnavailable, JournalUnavailable
from bridge.message import StoredFile
from bridge.ports import Blob, Blobs, Clock, Ticket
from bridge.web import media_page
from bridge.web.byte_range import Unsatisfiable, byte_range
from bridge.web.disposition import disposition

CHUNK = 1 << 17

SAMPLE = 4096
"""bytes of a text that tell its encoding"""

STALL = 60.0
"""seconds in which a browser must have taken one chunk"""

RETRY_AFTER = 30

LONGEST_COPY = 86400
"""seconds for which a browser may keep a copy: an address can be revoked"""

SANDBOX = "default-src 'none'; base-uri 'none'; form-action 'none'; sandbox"

FILE_POLICY = f"{SANDBOX}; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
"""browsers build a page of their own around a picture or film, with styles, and need these to show it"""

PAGE_POLICY = f"{SANDBOX}; style-src {media_page.STYLE_HASH}"

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Resource-Policy": "cross-origin",
    # A sandboxed page has no origin, so the player that browsers build around a film is a stranger to the film.
    "Access-Control-Allow-Origin": "*",
}


class MediaWindow:
    """Serves the file that a signed address stands for.

    `verify` knows our signatures and their expiry, `stored_file` which file it is, and whether its address was revoked.
    """

    def __init__(
        self,
        verify: Callable[[str, float], Ticket | None],
        stored_file: Callable[[str], Awaitable[StoredFile | None]],
        blobs: Blobs,
        clock: Clock,
    ) -> None:
        self.verify = verify
        self.stored_file = stored_file
        self.blobs = blobs
        self.clock = clock

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a GET or HEAD, and refuse everything else."""
        if request.method not in {"GET", "HEAD"}:
            return told(HTTPStatus.METHOD_NOT_ALLOWED, "", {"Allow": "GET, HEAD"})
        ticket = self.verify(request.match_info.get("signed", ""), self.clock.now())
        if ticket is None:
            return nothing()
        try:
            stored = await self.stored_file(ticket.id)
            if stored is None:
                return nothing()
            blob = await self.blobs.get(
                stored.file, ticket.rendition, name=stored.name, mime=stored.mime, thumbnail=stored.thumbnail
            )
        except FileGone:
            return told(HTTPStatus.GONE, media_page.GONE)
        except FileTooLarge as error:
            # 413 would speak of the request; the file is there, and we are not given it.
            return told(HTTPStatus.FORBIDDEN, media_page.too_large(str(error)))
        except (FileUnavailable, JournalUnavailable) as error:
            structlog.get_logger().warning("a file can't be shown now", reason=str(error))
            return told(HTTPStatus.SERVICE_UNAVAILABLE, media_page.UNAVAILABLE, {"Retry-After": str(RETRY_AFTER)})
        with blob:
            return await serve(request, blob, self.lifetime(ticket))

    def lifetime(self, ticket: Ticket) -> int:
        """For how many seconds a browser may keep the file."""
        left = int(ticket.expires - self.clock.now()) if ticket.expires else LONGEST_COPY
        return max(0, min(LONGEST_COPY, left))


async def serve(request: web.Request, blob: Blob, lifetime: int) -> web.StreamResponse:
    """Answer with the file, the part of it that was asked for, or that nothing has changed."""
    headers = {
        **HEADERS,
        "Content-Security-Policy": FILE_POLICY,
        "Cache-Control": f"private, max-age={lifetime}",
        "ETag": f'"{blob.digest}"',
        "Accept-Ranges": "bytes",
    }
    if names(request.headers.get("If-None-Match"), blob, weak=True):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    if "If-Match" in request.headers and not names(request.headers["If-Match"], blob, weak=False):
        return web.Response(status=HTTPStatus.PRECONDITION_FAILED, headers=headers)
    part: range | None = None
    if request.method == "GET" and request.headers.get("If-Range", headers["ETag"]) == headers["ETag"]:
        try:
            part = byte_range(request.headers.get("Range", ""), blob.size)
        except Unsatisfiable:
            headers["Content-Range"] = f"bytes */{blob.size}"
            return web.Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    headers["Content-Type"] = (
        blob.mime if blob.mime != "text/plain" or not is_utf8(blob) else "text/plain; charset=utf-8"
    )
    headers["Content-Disposition"] = disposition(blob.name, blob.mime, download=request.query.get("dl") == "1")
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{blob.size}"
    answer = web.StreamResponse(status=HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT, headers=headers)
    wanted = range(blob.size) if part is None else part
    answer.content_length = len(wanted)
    await answer.prepare(request)
    if request.method == "GET":
        await pour(request, answer, blob, wanted)
    return answer


async def pour(request: web.Request, answer: web.StreamResponse, blob: Blob, wanted: range) -> None:
    """Send the bytes as fast as the browser takes them; one that takes none for long loses its connection."""
    blob.file.seek(wanted.start)
    left = len(wanted)
    try:
        while left and (chunk := await asyncio.to_thread(blob.file.read, min(CHUNK, left))):
            async with asyncio.timeout(STALL):
                await answer.write(chunk)
            left -= len(chunk)
    except ConnectionError:
        return  # the browser has left
    except OSError as error:  # also TimeoutError
        structlog.get_logger().info("a file was not sent to its end", reason=type(error).__name__)
    if left and request.transport is not None:
        request.transport.abort()  # a shorter body must not look like a whole one


def is_utf8(blob: Blob) -> bool:
    """Whether a text begins as UTF-8; browsers guess worse."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(blob.file.read(SAMPLE))
    except UnicodeDecodeError:
        return False
    return True


def names(header: str | None, blob: Blob, *, weak: bool) -> bool:
    """Whether a list of tags names what the file holds."""
    tags = [tag.strip() for tag in (header or "").split(",")]
    if weak:
        tags = [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or f'"{blob.digest}"' in tags


def nothing() -> web.Response:
    """The one answer to every address that is wrong, cut, made up, expired or revoked."""
    return told(HTTPStatus.NOT_FOUND, "")


def told(status: HTTPStatus, html: str, headers: Mapping[str, str] = MappingProxyType({})) -> web.Response:
    """Answer with a page, or with nothing but the status."""
    fixed = {**HEADERS, "Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
    return web.Response(text=html, status=status, content_type="text/html", headers={**fixed, **headers})


async def nameless(_: web.Request, answer: web.StreamResponse) -> None:
    """Don't tell which software of which version answers."""
    answer.headers.popall("Server", None)


def add_media(app: web.Application, window: MediaWindow) -> None:
    """Open the window under `/media/`."""
    for path in ("/media", "/media/{signed:.*}"):  # an address without anything in it is as wrong as any other
        app.router.add_route("*", path, window.handle)
    app.on_response_prepare.append(nameless)
