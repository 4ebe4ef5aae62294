"""`tiledesk-bridge sandbox` as a newcomer runs it: a process, driven through its page's JSON, with the real daemon in it."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import samples
from bridge.sandbox.daemon import base_environment
from bridge.sandbox.page import STATIC
from tests.patience import PATIENCE

ANN = 100001


class Sandbox:
    """A client of one running sandbox."""

    def __init__(self, session: aiohttp.ClientSession, process: asyncio.subprocess.Process, printed: list[str]) -> None:
        self.session = session
        self.process = process
        self.printed = printed
        self.sections: dict[str, Any] = {}

    async def act(self, path: str, **body: object) -> Any:
        async with self.session.post(f"/api/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def until(self, true: Callable[[dict[str, Any]], Any], limit: float = PATIENCE) -> Any:
        """Follow the stream until something is true of the sections, and give that."""
        async with asyncio.timeout(limit), self.session.get("/api/stream") as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    said = json.loads(line[6:])
                    self.sections[said["section"]] = said["content"]
                    try:
                        found = true(self.sections)
                    except (KeyError, IndexError):
                        continue
                    if found:
                        return found
        raise AssertionError("the stream ended")

    def request_of(self, name: str) -> str:
        return str(next(one["id"] for one in self.sections["requests"] if one["name"] == name))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", "sandbox", "--port", "0", "--no-browser",
        stdout=asyncio.subprocess.PIPE, env=base_environment() | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    printed: list[str] = []
    address = None
    try:
        async with asyncio.timeout(PATIENCE):
            while address is None:
                line = (await process.stdout.readline()).decode()
                assert line, f"it ended: {printed}"
                printed.append(line)
                address = re.match(r"Open (http://127\.0\.0\.1:\d+)  \(Ctrl-C ends it\)$", line.rstrip())
        async with aiohttp.ClientSession(base_url=address[1], read_bufsize=2**22) as session:
            yield Sandbox(session, process, printed)
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.communicate()


def texts(messages: list[dict[str, Any]], who: str) -> list[str]:
    return [one["text"] for one in messages if one["who"] == who]


async def test_a_message_reaches_the_agent_and_the_reply_reaches_the_user_with_its_entities(sandbox: Sandbox) -> None:
    await sandbox.act(f"users/{ANN}/say", text="Hello **there**, see [docs](https://docs.example/a)")
    await sandbox.until(lambda now: now["requests"][0]["count"] == 1)
    request = sandbox.request_of("Ann Archer")
    conversation = await sandbox.until(lambda now: now[f"request/{request}"])
    assert texts(conversation, "user") == ["Hello **there**, see [docs](https://docs.example/a)"]

    await sandbox.act(f"requests/{request}/note", text="She is **angry**")
    await sandbox.act(f"requests/{request}/reply", text="Hi *Ann*: `4711`")
    # Tiledesk calls in any order: what comes next must wait for this one.
    await sandbox.until(lambda now: not now[f"chat/{ANN}"][-1]["mine"])
    await sandbox.act(f"requests/{request}/sample", name="image")
    chat = await sandbox.until(lambda now: [m for m in now[f"chat/{ANN}"] if not m["mine"]][1:] and now[f"chat/{ANN}"])
    theirs = [one for one in chat if not one["mine"]]
    assert theirs[0]["text"] == "Hi Ann: 4711"
    assert [(e["type"], e["offset"], e["length"]) for e in theirs[0]["entities"]] == [("italic", 3, 3), ("code", 8, 4)]
    assert not any("angry" in one["text"] for one in chat)
    promise = await sandbox.until(lambda now: now["promise"]["out"]["arrived"] == 2 and now["promise"])
    assert (promise["in"]["arrived"], promise["in"]["lost"], promise["out"]["lost"]) == (1, 0, 0)

    sandbox.process.send_signal(signal.SIGINT)
    async with asyncio.timeout(PATIENCE):
        assert await sandbox.process.wait() == 0


async def test_files_places_and_buttons_go_both_ways_and_are_shown(sandbox: Sandbox) -> None:
    """Through the real daemon: what a user sends is seen at the desk by the bridge's own links, and a press is one message."""
    raw = {"X-Sandbox": "1", "Content-Type": "image/jpeg"}
    where = {"name": "mine.jpg", "caption": "look"}
    async with sandbox.session.post(f"/api/users/{ANN}/file", params=where, data=samples.PARCEL, headers=raw) as answer:
        assert answer.status == 200
    for name in ("smile", "document", "venue"):
        await sandbox.act(f"users/{ANN}/sample", name=name)
    await sandbox.act(f"users/{ANN}/voice", milliseconds=2000)
    await sandbox.until(lambda now: now["promise"]["in"]["arrived"] == 5)
    request = sandbox.request_of("Ann Archer")
    conversation = await sandbox.until(lambda now: len(now[f"request/{request}"]) == 5 and now[f"request/{request}"])
    files = [one["bubbles"][0].get("file") for one in conversation]
    assert [file is not None for file in files] == [True, True, True, False, True]
    bridge = sandbox.sections["daemon"]["url"]
    for file in filter(None, files):
        assert file["shown"].startswith(f"{bridge}/media/")
        async with sandbox.session.get(file["shown"]) as answer:
            assert answer.status == 200
    async with sandbox.session.get(files[0]["shown"]) as answer:
        assert await answer.read() == samples.PARCEL

    await sandbox.act(f"requests/{request}/sample", name="image")
    await sandbox.until(lambda now: not now[f"chat/{ANN}"][-1]["mine"])
    await sandbox.act(f"requests/{request}/sample", name="choices")
    chat = await sandbox.until(lambda now: now[f"chat/{ANN}"][-1].get("buttons") and now[f"chat/{ANN}"])
    picture, asked = chat[-2:]
    async with sandbox.session.get(picture["file"]["url"]) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", samples.MAP)
    press = {"message": asked["id"], "row": 0, "column": 1}
    await sandbox.act(f"users/{ANN}/press", **press)
    async with sandbox.session.post(f"/api/users/{ANN}/press", json=press) as answer:
        assert answer.status in {200, 404}, "the first press may have taken the buttons away by now"
    await sandbox.until(lambda now: now["promise"]["in"]["arrived"] == 6)
    label = asked["buttons"][0][1]["text"]
    chat = await sandbox.until(lambda now: now[f"chat/{ANN}"][-1].get("edited") and now[f"chat/{ANN}"])
    assert label in chat[-1]["buttons"][0][0]["text"]
    said = await sandbox.until(lambda now: len(now[f"request/{request}"]) == 8 and now[f"request/{request}"])
    assert texts(said, "user")[-1] == label
    promise = sandbox.sections["promise"]
    assert (promise["out"]["arrived"], promise["out"]["lost"], promise["in"]["lost"]) == (2, 0, 0)


async def test_an_outage_and_a_kill_lose_nothing_and_keep_the_order(sandbox: Sandbox) -> None:
    await sandbox.act("trouble/desk_down", on=True)
    user = (await sandbox.act("burst"))["user"]
    waiting = await sandbox.until(lambda now: now["path"]["in"]["waiting"] == 20 and now["path"]["in"])
    assert waiting["done"] == 0
    chat = await sandbox.until(
        lambda now: [m for m in now[f"chat/{user}"] if m["fate"] == "kept"][19:] and now[f"chat/{user}"]
    )
    assert len(chat) == 20

    pid = sandbox.sections["daemon"]["pid"]
    await sandbox.act("daemon/kill")
    daemon = await sandbox.until(lambda now: now["daemon"]["restarts"] == 1 and now["daemon"])
    assert daemon["pid"] not in (None, pid)
    await sandbox.act("daemon/stop")
    await sandbox.act("daemon/start")

    await sandbox.act("trouble/desk_down", on=False)
    await sandbox.until(lambda now: now["promise"]["in"]["arrived"] == 20)
    request = sandbox.request_of("Bob Baker")
    conversation = await sandbox.until(lambda now: len(now[f"request/{request}"]) >= 20 and now[f"request/{request}"])
    assert texts(conversation, "user") == [f"Message **{number}** of 20" for number in range(1, 21)]
    tally = sandbox.sections["promise"]["in"]
    assert (tally["lost"], tally["disorder"], tally["unexplained"]) == (0, 0, 0)


async def test_the_page_is_closed_to_the_outside(sandbox: Sandbox) -> None:
    async with sandbox.session.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        # Pictures and sounds may come from the bridge as well, and nothing from anywhere else.
        bridge = await sandbox.until(lambda now: now["daemon"]["url"])
        assert set(re.findall(r"https?:\S+", policy.replace(";", " "))) == {bridge}
        assert re.findall(r"([a-z-]+) [^;]*http", policy) == ["img-src", "media-src"]
        page = await answer.text()
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        async with sandbox.session.get(address) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Security-Policy"] == policy
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        async with sandbox.session.post("/api/burst", json={}, headers=headers) as answer:
            assert answer.status == 403
    async with sandbox.session.post("/api/burst", data="{}", headers={"Content-Type": "text/plain"}) as answer:
        assert answer.status == 415
    for path, body, status in (
        ("users/1/say", {"text": "x"}, 404),
        (f"users/{ANN}/say", {"text": " "}, 400),
        (f"users/{ANN}/dance", {}, 404),
        (f"users/{ANN}/sample", {"name": "none"}, 404),
        ("requests/none/reply", {"text": "x"}, 404),
        ("trouble/none", {"on": True}, 404),
        ("daemon/none", {}, 404),
    ):
        async with sandbox.session.post(f"/api/{path}", json=body) as answer:
            assert answer.status == status, path


def test_no_file_of_the_page_loads_anything_from_elsewhere() -> None:
    files = [file for file in STATIC.iterdir() if file.suffix in {".html", ".css", ".js"}]
    assert len(files) > 8
    loads = re.compile(r"""(?:src=|@import|url\(|from\s+|import\(|fetch\(|EventSource\()\s*["'`]?(?:https?:)?//""")
    for file in files:
        source = file.read_text()
        assert not loads.search(source), file.name
        assert "innerHTML" not in source, file.name
        assert not re.search(r"\son\w+=\"", source), file.name


def test_a_port_that_is_taken_is_said_and_evaded(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "sandbox", "--port", str(port), "--no-browser"],
            stdout=subprocess.PIPE, text=True,
            env=base_environment() | {"PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)},
        )  # fmt: skip
        with process:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("Open "):
                    break
            assert f"Port {port} is taken" in said
            assert f":{port} " not in said.splitlines()[-1]
            assert len(list(tmp_path.iterdir())) == 1
            process.terminate()
            process.stdout.read()
            assert process.wait(5) == 0
        assert list(tmp_path.iterdir()) == []


async def test_the_console_opens_with_one_click_under_the_name_that_the_page_has(sandbox: Sandbox) -> None:
    async with sandbox.session.get("/console", allow_redirects=False) as answer:
        assert answer.status == 303
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/console/", answer.headers["Location"])
        [cookie] = answer.headers.getall("Set-Cookie")
    assert {"HttpOnly", "SameSite=Strict", "Path=/console"} <= set(cookie.split("; "))
    own = {"Cookie": cookie.partition(";")[0]}
    async with sandbox.session.get(answer.headers["Location"], headers=own) as console:
        assert console.url.path == "/console/"
        assert "Log out" in await console.text(), "though not every part need be well by now"
