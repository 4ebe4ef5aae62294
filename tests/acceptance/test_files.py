"""Large, lying and forbidden files through the daemon: bounded memory, reasons for agents, and a lane that goes on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bridge.sandbox.telegram_answers import Upload
from bridge.sandbox.telegram_people import User
from tests.acceptance.files import Front, in_front_of, streamed
from tests.acceptance.world import World, until, world

MB = 2**20
CHUNK = b"\x00" * (MB // 4)
EXTRA = 64 * MB
"""bytes of memory that moving 50 MB may take"""


@dataclass
class Scene:
    """A world whose agents' files stand behind a front, and one user with an open request."""

    running: World
    front: Front
    user: User
    request_id: str

    async def file(self, src: str, text: str = "", name: str = "big.bin", mime: str = "application/zip") -> None:
        """The agent sends a file that stands there."""
        metadata = {"src": src, "name": name, "type": mime}
        await self.running.agent(self.request_id, text or f"[{name}]({src})", type="file", metadata=metadata)

    async def notes(self, count: int = 1) -> list[str]:
        """Wait for so many private notes."""

        async def found() -> list[str] | None:
            messages = await self.running.messages(self.request_id)
            told = [one["text"] for one in messages if (one.get("attributes") or {}).get("subtype") == "private"]
            return told if len(told) >= count else None

        told = await until(found)
        assert told is not None
        return told

    async def still_goes_on(self, count: int) -> list[dict[str, Any]]:
        """A word behind the trouble arrives as the user's `count`-th message."""
        await self.running.agent(self.request_id, "and a word behind it")
        received = await self.running.gets(self.user, count)
        assert received[-1]["text"] == "and a word behind it"
        return received


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with world(tmp_path, front=in_front_of) as running:
        user = running.user("Fay")
        running.says(user, "hello")
        [request] = await until(lambda: running.requests_of(f"{user.first_name} Guest"))
        assert running.front is not None
        yield Scene(running, running.front, user, request["request_id"])


def peak(pid: int) -> int:
    """The most memory that a process ever had, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.timeout(180)
async def test_fifty_megabytes_go_to_the_user_in_bounded_memory(scene: Scene) -> None:
    pid = scene.running.daemon.pid
    assert pid is not None
    before = peak(pid)
    scene.front.files["big.bin"] = streamed(CHUNK, 200)
    await scene.file(scene.front.address("big.bin"), "[big.bin](x)\nthe backup")
    [sent] = await scene.running.gets(scene.user, 1)
    extra = peak(pid) - before
    print(f"\n50 MB to the user: {extra / MB:.1f} MB more memory at the peak ({before / MB:.1f} MB before)")
    assert sent["document"]["file_size"] == 50 * MB
    assert sent["document"]["file_name"] == "big.bin"
    assert extra <= EXTRA


@pytest.mark.timeout(180)
async def test_what_has_no_end_is_refused_in_bounded_memory_and_agents_know_why(scene: Scene) -> None:
    pid = scene.running.daemon.pid
    assert pid is not None
    before = peak(pid)
    scene.front.files["endless"] = streamed(CHUNK, None)
    await scene.file(scene.front.address("endless"))
    [note] = await scene.notes()
    assert note == "⚠️ Not delivered: the file can't be sent: larger than 50 MB"
    await scene.still_goes_on(1)
    assert peak(pid) - before <= EXTRA


async def test_a_size_that_is_a_lie_is_believed_or_seen_through(scene: Scene) -> None:
    scene.front.files["huge"] = streamed(b"x", 1, **{"Content-Length": str(5 * 10**9)})
    await scene.file(scene.front.address("huge"))
    [note] = await scene.notes()
    assert note == "⚠️ Not delivered: the file can't be sent: larger than 50 MB"
    await scene.still_goes_on(1)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.255.255.1/a.pdf",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:6379/a",
        "http://localhost/a",
    ],
)
async def test_what_stands_at_a_private_address_is_refused_and_agents_know_why(scene: Scene, url: str) -> None:
    await scene.file(url)
    [note] = await scene.notes()
    assert note.startswith("⚠️ Not delivered: the file can't be fetched: ")
    assert "10.255" not in note, "nothing of an inner network is told"
    assert "169.254" not in note
    await scene.still_goes_on(1)


async def test_a_redirect_into_a_private_address_is_refused(scene: Scene) -> None:
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://127.0.0.1:80/admin")

    scene.front.files["moved"] = elsewhere
    await scene.file(scene.front.address("moved"))
    [note] = await scene.notes()
    assert note == "⚠️ Not delivered: the file can't be fetched: the address is not public"
    await scene.still_goes_on(1)


async def test_a_picture_that_claims_fifty_thousand_pixels_is_a_plain_file(scene: Scene) -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (50_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    scene.front.files["bomb.png"] = streamed(header + b"\x00" * 1000, 1)
    metadata = {"src": scene.front.address("bomb.png"), "name": "bomb.png", "type": "image/png"}
    await scene.running.agent(scene.request_id, "", type="image", metadata=metadata)
    [sent] = await scene.running.gets(scene.user, 1)
    assert sent["document"]["file_name"] == "bomb.png"
    [note] = await scene.notes()
    assert "50000 × 50000 pixels are no photo" in note  # noqa: RUF001 - the sign is meant


async def test_a_file_whose_server_is_away_for_a_moment_arrives_later(scene: Scene) -> None:
    answers = [503, 503]
    whole = streamed(b"%PDF-1.4 hello", 1)

    async def at_last(request: web.Request) -> web.StreamResponse:
        return web.Response(status=answers.pop()) if answers else await whole(request)

    scene.front.files["late.pdf"] = at_last
    await scene.file(scene.front.address("late.pdf"), name="late.pdf")
    received = await scene.still_goes_on(2)
    assert received[0]["document"]["file_name"] == "late.pdf", "the word behind it did not overtake"


@pytest.mark.timeout(180)
async def test_after_a_kill_no_part_that_arrived_is_sent_again(scene: Scene) -> None:
    scene.front.files["a.pdf"] = streamed(b"%PDF-1.4 hello", 1)
    file = {"type": "file", "text": "", "metadata": {"src": scene.front.address("a.pdf"), "type": "application/pdf"}}
    commands = [
        {"type": "message", "message": {"type": "text", "text": "one"}},
        {"type": "message", "message": file},
        {"type": "wait", "time": 4000},
        {"type": "message", "message": {"type": "text", "text": "three"}},
    ]
    await scene.running.agent(scene.request_id, "one\r\nthree", attributes={"commands": commands})
    await scene.running.gets(scene.user, 2)
    await until(lambda: typing(scene.running))
    await scene.running.daemon.kill()
    await scene.running.daemon.start()
    received = await scene.running.gets(scene.user, 3)
    assert [message.get("text") or sorted({"document"} & message.keys()) for message in received] == [
        "one",
        ["document"],
        "three",
    ]


async def typing(running: World) -> bool:
    """Whether the user sees that the next part is being written."""
    return bool(running.stage.telegram.called("sendChatAction"))


@pytest.mark.timeout(180)
async def test_twenty_megabytes_come_to_the_agent_in_bounded_memory(scene: Scene) -> None:
    pid = scene.running.daemon.pid
    assert pid is not None
    stage = scene.running.stage
    stage.telegram.user_sends(stage.bot, scene.user, document=Upload("big.bin", b"\x07" * (20 * MB), "application/x"))

    async def linked() -> str | None:
        found = [one for one in await scene.running.messages(scene.request_id) if one["type"] == "file"]
        return str(found[0]["metadata"]["src"]) if found else None

    link = await until(linked)
    before = peak(pid)
    async with scene.running.desk.session.get(str(link)) as answer:
        size = sum([len(chunk) async for chunk in answer.content.iter_any()])
        assert (answer.status, size) == (200, 20 * MB)
    extra = peak(pid) - before
    print(f"\n20 MB to the agent: {extra / MB:.1f} MB more memory at the peak")
    assert extra <= EXTRA
