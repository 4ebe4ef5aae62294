"""The page's server without a bridge: what it lets in, what it hands out, and that every sample can be sent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from bridge.sandbox import samples
from bridge.sandbox.agent_samples import AGENT_SAMPLES
from bridge.sandbox.board import Board
from bridge.sandbox.cast import Cast
from bridge.sandbox.desk_scene import Sources, desk_message
from bridge.sandbox.page import Page
from bridge.sandbox.page_console import ConsoleDoor
from bridge.sandbox.page_files import LARGEST
from bridge.sandbox.phone_scene import phone_message
from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_people import User
from bridge.sandbox.trouble import Troubles
from bridge.sandbox.user_samples import USER_SAMPLES
from tests.contract.tiledesk.desk import Desk


class Nobody:
    """Drives no daemon."""

    async def drive(self, act: str) -> None:
        raise AssertionError(act)


@dataclass
class Sandbox:
    """A page with both simulators behind it, one user, and one request."""

    stage: Stage
    cast: Cast
    user: User
    request_id: str
    client: Any

    async def act(self, path: str, **body: object) -> int:
        async with self.client.post(f"/api/{path}", json=body) as answer:
            return int(answer.status)

    async def hand(self, path: str, content: bytes, kind: str, **query: str) -> int:
        headers = {"X-Sandbox": "1", "Content-Type": kind}
        async with self.client.post(f"/api/{path}", params=query, data=content, headers=headers) as answer:
            return int(answer.status)

    async def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        async with self.client.get(path) as answer:
            return answer.status, dict(answer.headers), await answer.read()

    @property
    def chat(self) -> list[Json]:
        return self.stage.telegram.chat_history(self.stage.bot, self.user.id)

    @property
    def messages(self) -> list[Json]:
        return self.stage.tiledesk.messages(self.request_id)

    def on_the_phone(self) -> Json:
        return phone_message(self.chat[-1], self.stage.bot.id, None)

    def at_the_desk(self) -> Json:
        sources = Sources("http://127.0.0.1:9", self.stage.tiledesk.base_url)
        agents = [self.stage.project.owner.id]
        return desk_message(self.messages[-1], agents, None, sources)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with await Stage.open(tmp_path) as stage, aiohttp.ClientSession() as session:
        cast = Cast(stage)
        user = cast.add_user()
        desk = Desk(stage.tiledesk.base_url, stage.project, session, is_real=False)
        request_id, _, _ = await desk.opened()
        stage.tiledesk.allow_uploads(stage.project.id, agents="*/*", limit=LARGEST)
        page = Page(stage, cast, Troubles(stage), Nobody(), Board(), ConsoleDoor("http://127.0.0.1:1", "a-token"))
        async with TestClient(TestServer(page.app())) as client:
            yield Sandbox(stage, cast, user, request_id, client)


async def test_every_sample_of_a_user_is_shown_on_the_phone(sandbox: Sandbox) -> None:
    for name in [*USER_SAMPLES, "live", "album"]:
        assert await sandbox.act(f"users/{sandbox.user.id}/sample", name=name) == 200, name
        shown = sandbox.on_the_phone()
        assert shown["text"] or shown.keys() & {"file", "place", "card"}, name
        for url in (shown.get("file", {}).get("url"), shown.get("file", {}).get("thumb")):
            if url:
                assert (await sandbox.get(url))[0] == 200, name
    assert len(sandbox.chat) == len(USER_SAMPLES) + 1 + 3


async def test_every_sample_of_an_agent_is_shown_at_the_desk(sandbox: Sandbox) -> None:
    for name in AGENT_SAMPLES:
        assert await sandbox.act(f"requests/{sandbox.request_id}/sample", name=name) == 200, name
        shown = sandbox.at_the_desk()
        assert all(one.keys() & {"text", "file", "cards", "buttons", "wait"} for one in shown["bubbles"]), name
        for url in (one.get("file", {}).get("shown") for one in shown["bubbles"]):
            if url:
                assert (await sandbox.get(url))[0] == 200, name


async def test_a_picked_file_is_what_its_bytes_say(sandbox: Sandbox) -> None:
    path = f"users/{sandbox.user.id}/file"
    for content, kind, name, expected in (
        (samples.PARCEL, "image/jpeg", "a.jpg", "photo"),
        (samples.CLIP, "video/mp4", "a.mp4", "video"),
        (samples.SONG, "application/octet-stream", "a.mp3", "audio"),
        (samples.VOICE, "audio/ogg", "a.ogg", "voice"),
        (b"# words", "text/markdown", "a.md", "document"),
        (b"?", "application/octet-stream", "", "document"),
    ):
        assert await sandbox.hand(path, content, kind, name=name, caption="look") == 200
        assert (sandbox.on_the_phone()["kind"], sandbox.on_the_phone()["text"]) == (expected, "look")
        assert (await sandbox.get(sandbox.on_the_phone()["file"]["url"]))[2] == content


async def test_an_agents_file_is_a_picture_with_its_size_or_a_link_with_the_words_behind(sandbox: Sandbox) -> None:
    path = f"requests/{sandbox.request_id}/file"
    assert await sandbox.hand(path, samples.MAP, "image/png", name="a.png", words="here") == 200
    picture = sandbox.messages[-1]
    assert (picture["type"], picture["text"]) == ("image", "here")
    assert {picture["metadata"][name] for name in ("width", "height")} == {360, 240}
    assert await sandbox.hand(path, samples.INVOICE, "application/pdf", name="a b.pdf", words="please pay") == 200
    file = sandbox.messages[-1]
    assert file["text"] == f"[a b.pdf]({file['metadata']['src']})\nplease pay"
    assert sandbox.at_the_desk()["bubbles"][0]["text"] == "please pay"
    assert await sandbox.hand(path, b"words", "application/zip", name="a.zip") == 409


async def test_large_files_pass_up_to_twenty_megabytes(sandbox: Sandbox) -> None:
    path = f"users/{sandbox.user.id}/file"
    headers = {"X-Sandbox": "1", "Content-Type": "application/x-large"}

    async def zeros(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield bytes(1 << 20)

    for megabytes, status in ((20, 200), (21, 413)):
        async with sandbox.client.post(f"/api/{path}", data=zeros(megabytes), headers=headers) as answer:
            assert answer.status == status
    assert sandbox.on_the_phone()["file"]["size"] == LARGEST
    assert await sandbox.hand(path, b"", "image/png") == 400


async def test_nothing_that_could_be_a_page_is_shown_as_one(sandbox: Sandbox) -> None:
    for content, kind in ((b"<script src=x></script>", "text/html"), (b"<svg/>", "image/svg+xml")):
        await sandbox.hand(f"users/{sandbox.user.id}/file", content, kind, name="ü <a>.html")
        _, headers, _ = await sandbox.get(sandbox.on_the_phone()["file"]["url"])
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%BC%20%3Ca%3E.html"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
    for path in ("/files/phone/x", "/files/desk", "/files/desk?path=x", "/samples/x"):
        assert (await sandbox.get(path))[0] == 404


async def test_files_come_from_our_own_pages_only(sandbox: Sandbox) -> None:
    path = f"/api/users/{sandbox.user.id}/file"
    refused = [
        ({"Content-Type": "image/png"}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"X-Sandbox": "1", "Origin": "https://evil.example"}, 403),
        ({"X-Sandbox": "1", "Host": "evil.example"}, 403),
    ]
    for headers, status in refused:
        async with sandbox.client.post(path, data=b"x", headers=headers) as answer:
            assert answer.status == status
    asked = {"Origin": "http://127.0.0.1:1", "Access-Control-Request-Method": "POST"}
    async with sandbox.client.options(path, headers=asked | {"Access-Control-Request-Headers": "x-sandbox"}) as answer:
        assert answer.status == 405
        assert not any(name.lower().startswith("access-control") for name in answer.headers)
    assert sandbox.chat == []


async def test_a_message_is_edited_answered_reacted_to_and_forwarded(sandbox: Sandbox) -> None:
    user = f"users/{sandbox.user.id}"
    await sandbox.act(f"{user}/say", text="first")
    await sandbox.act(f"{user}/say", text="second", reply_to=1)
    assert sandbox.on_the_phone()["reply"] == {"id": 1, "name": "Ann", "text": "first"}
    await sandbox.act(f"{user}/edit", message=2, text="**third**")
    assert (sandbox.on_the_phone()["text"], sandbox.on_the_phone()["edited"]) == ("third", True)
    assert await sandbox.act(f"{user}/react", message=2, emoji="👍") == 200
    assert sandbox.stage.bot.chats[sandbox.user.id].reactions[2] == [{"type": "emoji", "emoji": "👍"}]
    await sandbox.act(f"{user}/forward", message=1)
    assert (sandbox.on_the_phone()["origin"], sandbox.on_the_phone()["text"]) == ("Ann", "first")
    await sandbox.act(f"{user}/voice", milliseconds=2600)
    assert sandbox.on_the_phone()["file"]["duration"] == 3
    await sandbox.act(f"{user}/sample", name="live")
    number = sandbox.chat[-1]["message_id"]
    before = sandbox.on_the_phone()["place"]
    await sandbox.act(f"{user}/move", message=number)
    assert sandbox.on_the_phone()["place"]["latitude"] > before["latitude"]
    await sandbox.act(f"{user}/stop", message=number)
    assert not sandbox.on_the_phone()["place"]["live"]


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("edit", {"message": 99, "text": "x"}, 404),
        ("edit", {"message": 1, "text": ""}, 400),
        ("react", {"message": "1"}, 400),
        ("press", {"message": 1, "row": 0, "column": 0}, 404),
        ("press", {"message": 1, "row": -1, "column": 0}, 400),
        ("move", {"message": 1}, 404),
        ("stop", {"message": 1}, 404),
        ("dance", {"message": 1}, 404),
        ("sample", {"name": "none"}, 404),
        ("voice", {"milliseconds": True}, 400),
    ],
)
async def test_what_is_not_there_is_not_found(sandbox: Sandbox, act: str, body: Json, status: int) -> None:
    await sandbox.act(f"users/{sandbox.user.id}/say", text="first")
    assert await sandbox.act(f"users/{sandbox.user.id}/{act}", **body) == status


async def test_the_way_to_the_console_says_so_while_no_bridge_runs(sandbox: Sandbox) -> None:
    status, _, body = await sandbox.get("/console")
    assert (status, b"start it first" in body) == (409, True)
