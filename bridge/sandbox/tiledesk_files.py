"""Files that people upload to a simulated Tiledesk: kept in memory, handed out to anyone who knows the path."""

import mimetypes
from collections import OrderedDict
from pathlib import PurePosixPath
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from bridge.sandbox.tiledesk_checks import SIZE_LIMIT, allowed, check_file, denied
from bridge.sandbox.tiledesk_http import EXPRESS, Doorway, Visit, answer, refuse
from bridge.sandbox.tiledesk_rules import Refused
from bridge.sandbox.tiledesk_world import Project

KEPT = 200
UPLOADED = "File uploaded successfully"


class FileRoutes:
    """Uploads of up to `limit` bytes, and downloads; the latest 200 files are kept."""

    def __init__(self, doorway: Doorway) -> None:
        self.limit = SIZE_LIMIT
        self._doorway = doorway
        self._files: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """Downloads first: `{project}` would match them as well."""
        return [
            web.get("/files", self.download),
            web.get("/files/download", self.download),
            web.post("/{project}/files/chat", self._doorway.members(self.upload)),
            web.post("/{project}/files/assets", self._doorway.members(self.upload_asset, "admin")),
        ]

    async def upload(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Take one file from the multipart field `file`."""
        agent = visit.caller.account is not None
        stored = await self._taken(request, visit.project, f"users/{visit.caller.id}", agent=agent)
        if isinstance(stored, Refused):
            return refuse(stored)
        return answer({"message": UPLOADED, "filename": stored}, 201)

    async def upload_asset(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The same for files of bots and pages: the name comes quoted, pictures get a thumbnail (here: themselves)."""
        stored = await self._taken(request, visit.project, f"projects/{visit.project.id}", agent=True)
        if isinstance(stored, Refused):
            return refuse(stored)
        content_type, content = self._files[stored]
        told = {"message": UPLOADED, "filename": quote(stored, safe="")}
        if content_type.startswith("image/"):
            folder, _, name = stored.rpartition("/")
            small = f"{folder}/thumbnails_200_200-{name}"
            self._keep(small, content_type, content)
            told["thumbnail"] = quote(small, safe="")
        return answer(told, 201)

    async def _taken(self, request: web.Request, project: Project, owner: str, *, agent: bool) -> str | Refused:
        if request.content_type != "multipart/form-data":
            return denied(500, "Error updating file chunks")
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.filename:
                continue
            if part.name != "file":
                return denied(400, "Unexpected field", code="LIMIT_UNEXPECTED_FILE")
            content_type = part.headers.get("Content-Type", "text/plain").partition(";")[0]
            return self.store(project, owner, part.filename, content_type, await read(part, self.limit), agent=agent)
        return denied(500, "Error updating file chunks")

    def store(
        self, project: Project, owner: str, name: str, content_type: str, content: bytes, *, agent: bool
    ) -> str | Refused:
        """Keep a file if the real server would, and give its path; guests and agents have different extensions."""
        name = PurePosixPath(name).name
        widget, settings = project.document.get("widget") or {}, project.document.get("settings") or {}
        setting = settings.get("allowed_upload_extentions") if agent else widget.get("allowedUploadExtentions")
        wrong = check_file(name, content_type, content, allowed(setting), self.limit)
        if wrong is not None:
            return wrong
        path = f"uploads/{owner}/files/{self._doorway.world.uuid()}/{name}"
        self._keep(path, content_type, content)
        return path

    def _keep(self, path: str, content_type: str, content: bytes) -> None:
        self._files[path] = content_type, content
        if len(self._files) > KEPT:
            self._files.popitem(last=False)

    def find(self, path: str) -> tuple[str, bytes] | None:
        """The type and the content of a file."""
        return self._files.get(path)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Hand out a file, without ranges; `/files/download` as an attachment, typed by its extension, of no known length."""
        path = request.query.get("path", "")
        found = self._files.get(path)
        if found is None:
            return refuse(denied(404, "File not found."))
        content_type, content = found
        attached = request.path.endswith("/download")
        name = PurePosixPath(path).name
        if attached:
            content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        charset = "; charset=utf-8" if content_type.startswith("text/") else ""
        headers = {**EXPRESS, "Content-Type": content_type + charset}
        if not attached:
            return web.Response(body=content, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{name if name.isascii() else quote(name)}"'
        response = web.StreamResponse(headers=headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        if request.method != "HEAD":
            await response.write(content)
        await response.write_eof()
        return response


async def read(part: BodyPartReader, limit: int) -> bytes:
    """The part's content, as far as it takes to see that it is too long."""
    content = bytearray()
    while len(content) <= limit and (chunk := await part.read_chunk(1 << 16)):
        content += chunk
    return bytes(content)
