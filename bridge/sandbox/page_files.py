"""Files on the page: those that people pick from their disk, and those that both simulators hold."""

import mimetypes
from urllib.parse import quote

from aiohttp import web

from bridge.sandbox import samples
from bridge.sandbox.page_guard import refusal, too_large
from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_answers import Upload
from bridge.sandbox.telegram_files import pieces
from bridge.sandbox.tiledesk_checks import detected

LARGEST = 20 << 20
"""bytes of a file that is sent from the page"""

SHOWN = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "video/mp4",
        "video/webm",
        "audio/ogg",
        "audio/opus",
        "audio/mpeg",
        "audio/mp4",
        "audio/wav",
    }
)
"""types that a browser shows or plays, and none of which can hold a script"""

# Whatever somebody uploads, in a tab of its own it is nobody's page.
ALONE = {"Content-Security-Policy": "sandbox; default-src 'none'"}


async def picked(request: web.Request) -> Upload:
    """The raw body of a POST as a file, named in the query, typed by its header or name; 413 above 20 MB."""
    name = request.query.get("name", "").strip()[:200] or "file"
    content = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        content += chunk
        if len(content) > LARGEST:
            raise too_large(LARGEST)
    if not content:
        raise refusal(400, "the file is empty")
    kind = request.content_type
    if kind in ("application/octet-stream", "application/json"):
        kind = detected(bytes(content[:64])) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Upload(name, bytes(content), kind)


class FileViews:
    """Hands out the simulators' files to the page, and to nobody else."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def phone(self, request: web.Request) -> web.StreamResponse:
        """A file of the simulated Telegram, by its `file_id`."""
        stored = self.stage.bot.files.find(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        upload = stored.upload
        response = web.StreamResponse(headers=shown_as(upload.name, upload.content_type, upload.content[:64]))
        response.content_length = upload.length
        await response.prepare(request)
        async for piece in pieces(upload, 0, upload.length):
            await response.write(piece)
        await response.write_eof()
        return response

    async def sample(self, request: web.Request) -> web.Response:
        """A picture for the palette of stickers."""
        content = {"smile.webp": samples.SMILE, "box.webp": samples.BOX}.get(request.match_info["name"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="image/webp")

    async def desk(self, request: web.Request) -> web.StreamResponse:
        """A file of the simulated Tiledesk, by its path."""
        path = request.query.get("path", "")
        found = self.stage.tiledesk.uploaded(path)
        if found is None:
            raise web.HTTPNotFound
        kind, content = found
        return web.Response(body=content, headers=shown_as(path.rpartition("/")[2], kind, content[:64]))


def shown_as(name: str, kind: str, head: bytes) -> dict[str, str]:
    """Headers of a file: to be shown if its bytes are of a kind that can be, to be saved otherwise."""
    real = detected(head) or kind
    if real not in SHOWN:
        named = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return ALONE | {"Content-Type": "application/octet-stream", "Content-Disposition": named}
    return ALONE | {"Content-Type": "audio/ogg" if real == "audio/opus" else real}
