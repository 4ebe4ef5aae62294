"""How the simulated Telegram hands out files, and says no."""

import re

import orjson
from aiohttp import web

from bridge.sandbox.faults import cut
from bridge.sandbox.telegram_answers import ApiError
from bridge.sandbox.telegram_files import pieces
from bridge.sandbox.telegram_world import BotAccount

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def answered(error: ApiError) -> web.Response:
    """Make the answer that refuses a call."""
    headers = {"Retry-After": str(error.parameters["retry_after"])} if error.code == 429 else {}
    body = orjson.dumps(error.body)
    return web.Response(body=body, status=error.code, headers=headers, content_type="application/json")


async def download(request: web.Request, bot: BotAccount | None) -> web.StreamResponse:
    """Hand out a file, or the part of it that a ``Range`` asks for; 404 for an unknown or expired path."""
    if bot is None:
        return answered(ApiError(401, "Unauthorized"))
    stored = bot.files.at(request.match_info["path"])
    if stored is None:
        return answered(ApiError(404, "Not Found"))
    size = stored.upload.length
    span = asked_range(request.headers.get("Range", ""), size)
    headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    if span is None:
        return web.Response(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    start, end = span
    if (start, end) != (0, size):
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response = web.StreamResponse(status=206 if "Content-Range" in headers else 200, headers=headers)
    response.content_length = end - start
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    breaks = start + (end - start) // 2 if stored.file_id in bot.files.cut else end
    async for piece in pieces(stored.upload, start, breaks):
        await response.write(piece)
    if breaks < end:
        return cut(request)
    await response.write_eof()
    return response


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte (exclusive) that are wanted: all, unless one range is asked for; None if there are none."""
    found = RANGE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return 0, size
    if not found[1]:
        return max(0, size - int(found[2])), size
    start, end = int(found[1]), int(found[2]) + 1 if found[2] else size
    return (start, min(end, size)) if start < min(end, size) else None
