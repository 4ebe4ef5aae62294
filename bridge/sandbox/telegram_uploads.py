"""Reads calls of the Bot API off the wire; large files go to disk, piece by piece."""

import hashlib
from pathlib import Path

from aiohttp import BodyPartReader, web

from bridge.sandbox.telegram_answers import MAX_BODY, Asked, Json, Upload, decoded, strings, too_large
from bridge.sandbox.telegram_shelf import HELD, Shelf, append

AROUND = 1 << 20
"""bytes that a body may have beside its files"""


async def read_call(method: str, request: web.Request, shelf: Shelf) -> Asked:
    """Take the parameters from the query and from a JSON, form or multipart body; nulls count as absent."""
    params: Json = dict(request.query) if request.query_string else {}
    uploads: dict[str, Upload] = {}
    if request.method == "POST" and request.body_exists:
        if request.content_length is not None and request.content_length > MAX_BODY + AROUND:
            raise too_large()
        match request.content_type:
            case "application/json":
                params |= decoded(await request.read())
            case "multipart/form-data":
                await read_multipart(request, params, uploads, shelf)
            case _:
                params |= dict(strings(await request.post()))
    return Asked(method, params, uploads)


async def read_multipart(request: web.Request, params: Json, uploads: dict[str, Upload], shelf: Shelf) -> None:
    """Sort the parts of a multipart body into parameters and files; 413 above the upload limit."""
    left = MAX_BODY + AROUND
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        upload = await received(part, shelf, left)
        left -= upload.length
        if part.filename is None:
            params[part.name] = upload.content.decode(errors="replace")
        else:
            uploads[part.name] = upload


async def received(part: BodyPartReader, shelf: Shelf, limit: int) -> Upload:
    """Read one part; 413 if it is longer than ``limit``."""
    held, digest, size = bytearray(), hashlib.sha256(), 0
    path: Path | None = None
    while chunk := await part.read_chunk(1 << 16):
        size += len(chunk)
        if size > limit:
            raise too_large()
        digest.update(chunk)
        if path is None and size > HELD:
            path = shelf.place()
            append(path, held)
        if path is None:
            held += chunk
        else:
            append(path, chunk)
    kind = part.headers.get("Content-Type", "application/octet-stream")
    return Upload(part.filename or "", bytes(held), kind, size, path, digest.hexdigest())
