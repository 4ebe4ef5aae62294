"""Files that people upload to a simulated Tiledesk: kept in memory, handed out to anyone who knows the path."""

from collections import OrderedDict
from pathlib import PurePosixPath
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from bridge.sandbox.tiledesk_http import EXPRESS, Doorway, Visit, answer, refuse
from bridge.sandbox.tiledesk_rules import Refused

SIZE_LIMIT = 1_024_000
KEPT = 200
KINDS = {
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    ".gif": ("image/gif", b"GIF8"),
    ".pdf": ("application/pdf", b"%PDF-"),
    ".txt": ("text/plain", b""),
    "": ("", b""),
}
"""Allowed extensions, with the content type and the first bytes that each must have."""


def denied(status: int, error: str, **more: str) -> Refused:
    """How the upload routes say no."""
    return Refused(status, {"success": False, "error": error, **more})


def check_file(name: str, content_type: str, content: bytes) -> Refused | None:
    """Whether the real server would refuse this file, by its name, size, declared type and first bytes."""
    extension = PurePosixPath(name).suffix.lower()
    if extension not in KINDS:
        return denied(403, f"File extension {extension} is not allowed")
    if len(content) > SIZE_LIMIT:
        return denied(413, "File too large", code="LIMIT_FILE_SIZE")
    kind, magic = KINDS[extension]
    mismatch = "File content does not match mimetype. Detected: {}, provided: {}"
    if kind and content_type != kind:
        return denied(403, mismatch.format(content_type, kind))
    if not content.startswith(magic):
        return denied(403, mismatch.format("unknown", kind))
    return None


class FileRoutes:
    """Uploads and downloads; the latest 200 files are kept."""

    def __init__(self, doorway: Doorway) -> None:
        self._doorway = doorway
        self._files: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """Downloads first: `{project}` would match them as well."""
        return [
            web.get("/files", self.download),
            web.get("/files/download", self.download),
            web.post("/{project}/files/chat", self._doorway.members(self.upload)),
        ]

    async def upload(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Take one file from the multipart field `file`."""
        if request.content_type != "multipart/form-data":
            return refuse(denied(500, "Error updating file chunks"))
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader) or not part.filename:
            return refuse(denied(500, "Error updating file chunks"))
        if part.name != "file":
            return refuse(denied(400, "Unexpected field", code="LIMIT_UNEXPECTED_FILE"))
        name = PurePosixPath(part.filename).name
        content_type = part.headers.get("Content-Type", "text/plain").partition(";")[0]
        content = bytes(await part.read())
        wrong = check_file(name, content_type, content)
        if wrong is not None:
            return refuse(wrong)
        path = f"uploads/users/{visit.caller.id}/files/{self._doorway.world.uuid()}/{name}"
        self._files[path] = content_type, content
        if len(self._files) > KEPT:
            self._files.popitem(last=False)
        return answer({"message": "File uploaded successfully", "filename": path}, 201)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Hand out a file; `/files/download` as an attachment."""
        path = request.query.get("path", "")
        found = self._files.get(path)
        if found is None:
            return refuse(denied(404, "File not found."))
        content_type, content = found
        charset = "; charset=utf-8" if content_type.startswith("text/") else ""
        headers = {**EXPRESS, "Content-Type": content_type + charset}
        if request.path.endswith("/download"):
            name = PurePosixPath(path).name
            headers["Content-Disposition"] = f'attachment; filename="{name if name.isascii() else quote(name)}"'
        return web.Response(body=content, headers=headers)
