"""Files: what Tiledesk takes by default, what a project can allow, and how it hands them out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import samples
from tests.contract.tiledesk.desk import Answer, Desk

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


async def upload(
    desk: Desk, auth: str | None, name: str, kind: str, content: bytes, *, field: str = "file", to: str = "chat"
) -> Answer:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field(field, content, filename=name, content_type=kind)
    return await desk.call("POST", f"{desk.here}/files/{to}", auth, data=form)


async def change(desk: Desk, **settings: object) -> Answer:
    return await desk.call("PUT", f"/projects/{desk.project.id}", desk.owner, json=settings)


@asynccontextmanager
async def allowing(desk: Desk, guests: str, agents: str) -> AsyncIterator[None]:
    """Let the project take more, for a while."""
    widget, settings = {"allowedUploadExtentions": guests}, {"allowed_upload_extentions": agents}
    answer = await change(desk, widget=widget, settings=settings)
    assert (answer.status, answer.body["widget"], answer.body["settings"]) == (200, widget, settings)
    try:
        yield
    finally:
        answer = await change(desk, widget={}, settings={})
        assert not {"widget", "settings"} & answer.body.keys()


async def test_uploads_are_handed_out_to_anyone_who_knows_their_path(desk: Desk) -> None:
    guest, token = await desk.guest()
    stored = await upload(desk, token, "a.txt", "text/plain", b"words")
    assert (stored.status, stored.body["message"]) == (201, "File uploaded successfully")
    path = stored.body["filename"]
    assert path.startswith(f"uploads/users/{guest}/files/")
    shown = await desk.call("GET", "/files", params={"path": path}, headers={"Range": "bytes=0-1"})
    assert (shown.status, shown.body, shown.headers["Content-Type"]) == (200, "words", "text/plain; charset=utf-8")
    assert shown.headers["Content-Length"] == "5"
    head = await desk.call("HEAD", "/files", params={"path": path})
    assert (head.status, head.headers["Content-Length"]) == (200, "5")
    saved = await desk.call("GET", "/files/download", params={"path": path})
    assert (saved.body, saved.headers["Content-Disposition"]) == ("words", 'attachment; filename="a.txt"')
    assert "Content-Length" not in saved.headers
    for address in ("/files", "/files/download"):
        missing = await desk.call("GET", address, params={"path": "uploads/nothing"})
        assert (missing.status, missing.body) == (404, {"success": False, "error": "File not found."})


async def test_names_stay_as_they_are_but_for_their_folders(desk: Desk) -> None:
    for name, kept, kind in (
        ("ünï cöde.txt", "ünï cöde.txt", "text/plain"),
        ("../../etc.txt", "etc.txt", "text/plain"),
        ("none", "none", "application/octet-stream"),
    ):
        stored = await upload(desk, desk.owner, name, "text/plain", b"words")
        assert (stored.status, stored.body["filename"].rpartition("/")[2]) == (201, kept)
        where = {"path": stored.body["filename"]}
        assert (await desk.call("GET", "/files", params=where)).body == "words"
        saved = await desk.call("HEAD", "/files/download", params=where)
        assert saved.headers["Content-Type"].partition(";")[0] == kind


TAKEN = [
    ("a.png", "image/png", samples.MAP),
    ("a.jpg", "image/jpeg", samples.PARCEL),
    ("a.jpeg", "image/jpg", samples.PARCEL),
    ("A.PNG", "image/png", samples.MAP),
    ("a.pdf", "application/pdf", samples.INVOICE),
    ("a.gif", "image/gif", b"GIF89a" + bytes(20)),
    ("a.txt", "text/plain", b""),
]

UNLIKE = "File content does not match mimetype. Detected: {}, provided: {}"
REFUSED = [
    ("a.webp", "image/webp", samples.SMILE, "File extension .webp is not allowed"),
    ("a.ogg", "audio/ogg", samples.VOICE, "File extension .ogg is not allowed"),
    ("a.png", "image/png", b"words", UNLIKE.format("unknown", "image/png")),
    ("a.txt", "text/plain", samples.MAP, UNLIKE.format("image/png", "text/plain")),
    ("a.txt", "text/html", b"words", UNLIKE.format("text/html", "text/plain")),
    (
        "a.png",
        "application/octet-stream",
        samples.MAP,
        UNLIKE.format("application/octet-stream", "image/png"),
    ),
]


async def test_a_new_project_takes_few_kinds_from_guests_and_agents_alike(desk: Desk) -> None:
    _, token = await desk.guest()
    for auth in (token, desk.owner):
        for name, kind, content in TAKEN:
            assert (await upload(desk, auth, name, kind, content)).status == 201, (name, kind)
        for name, kind, content, said in REFUSED:
            answer = await upload(desk, auth, name, kind, content)
            assert (answer.status, answer.body) == (403, {"success": False, "error": said})


async def test_a_file_has_a_longest_size_and_a_field(desk: Desk) -> None:
    _, token = await desk.guest()
    assert (await upload(desk, token, "a.txt", "text/plain", b"a" * 1_024_000)).status == 201
    large = await upload(desk, token, "a.txt", "text/plain", b"a" * 1_024_001)
    assert (large.status, large.body["code"]) == (413, "LIMIT_FILE_SIZE")
    other = await upload(desk, token, "a.txt", "text/plain", b"words", field="other")
    assert (other.status, other.body["code"]) == (400, "LIMIT_UNEXPECTED_FILE")
    assert (await upload(desk, None, "a.txt", "text/plain", b"words")).status == 401


async def test_a_project_may_allow_more_but_the_content_is_looked_at_all_the_same(desk: Desk) -> None:
    _, token = await desk.guest()

    async def said(auth: str, name: str, kind: str, content: bytes) -> str:
        answer = await upload(desk, auth, name, kind, content)
        return "" if answer.status == 201 else str(answer.body["error"])

    async with allowing(desk, "*/*", "*/*"):
        for auth in (token, desk.owner):
            assert await said(auth, "a.webp", "image/webp", samples.SMILE) == ""
            assert await said(auth, "a.mp4", "video/mp4", samples.CLIP) == ""
            assert await said(auth, "a.mp3", "audio/mpeg", samples.SONG) == ""
            assert await said(auth, "a.svg", "image/svg+xml", SVG) == ""
            assert await said(auth, "a.webm", "audio/webm", samples.MOVING) == ""
            assert await said(auth, "a.ogg", "audio/opus", samples.VOICE) == ""
            assert await said(auth, "a.ogg", "audio/ogg", samples.VOICE) == UNLIKE.format("audio/opus", "audio/ogg")
            assert await said(auth, "a.m4a", "audio/mp4", samples.CLIP) == UNLIKE.format("video/mp4", "audio/mp4")
            assert await said(auth, "a.zip", "application/zip", b"words") == UNLIKE.format("unknown", "application/zip")
            binary = "application/octet-stream"
            assert await said(auth, "a.bin", binary, b"words") == UNLIKE.format("unknown", binary)
    async with allowing(desk, ".webp,.gif", ".mp3"):
        assert await said(token, "a.webp", "image/webp", samples.SMILE) == ""
        assert await said(token, "a.png", "image/png", samples.MAP) == "File extension .png is not allowed"
        assert await said(desk.owner, "a.mp3", "audio/mpeg", samples.SONG) == ""
        assert await said(desk.owner, "a.webp", "image/webp", samples.SMILE) == "File extension .webp is not allowed"
    assert await said(desk.owner, "a.mp3", "audio/mpeg", samples.SONG) == "File extension .mp3 is not allowed"


async def test_only_admins_change_a_project(desk: Desk) -> None:
    _, guest = await desk.guest()
    for auth in (desk.project.agent.token, guest):
        answer = await desk.call("PUT", f"/projects/{desk.project.id}", auth, json={"widget": {}})
        assert (answer.status, answer.body["msg"]) == (403, "you dont have the required role.")


@pytest.mark.parametrize(
    ("name", "kind", "content", "small"),
    [("a.png", "image/png", samples.MAP, True), ("a.pdf", "application/pdf", samples.INVOICE, False)],
)
async def test_assets_come_with_a_quoted_name(desk: Desk, name: str, kind: str, content: bytes, small: bool) -> None:
    _, guest = await desk.guest()
    assert (await upload(desk, guest, name, kind, content, to="assets")).status == 403
    stored = await upload(desk, desk.owner, name, kind, content, to="assets")
    assert (stored.status, "thumbnail" in stored.body) == (201, small)
    assert stored.body["filename"].startswith(f"uploads%2Fprojects%2F{desk.project.id}%2Ffiles%2F")
    found: dict[str, Any] = {"params": {"path": stored.body["filename"].replace("%2F", "/")}}
    head = await desk.call("HEAD", "/files", **found)
    assert (head.status, head.headers["Content-Type"]) == (200, kind)
