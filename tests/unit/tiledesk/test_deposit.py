from collections.abc import AsyncIterator

import pytest

from bridge.errors import FileGone, FileUnavailable
from bridge.message import File, Media, MediaKind, Message
from bridge.outcome import Delivered
from bridge.tiledesk.plan import TiledeskPlanner
from bridge.tiledesk.send import TiledeskSender
from tests.blobs import PlainLinks, ReadyBlobs
from tests.unit.tiledesk.desks import ANN, Desk, desk

PDF = b"%PDF-1.4 hello"
URL = "https://bridge.example.org/media/d"


@pytest.fixture
async def scene() -> AsyncIterator[Desk]:
    async with desk() as opened:
        yield opened


async def stored(scene: Desk, blobs: ReadyBlobs, name: str = "bill ü.pdf", size: int = 14) -> dict[str, object]:
    """The message that the desk has, once a file was sent with uploads on."""
    media = Media(MediaKind.FILE, File("support", "4711", "d"), name, "application/pdf", size)
    planner = TiledeskPlanner("telegram", "", PlainLinks(), uploads=True)
    [call] = planner.plan(Message(ANN, (media,), 1.0), scene.conversation(), "key")
    sender = TiledeskSender(scene.api, scene.anonymous(), scene.keys, blobs)
    assert isinstance(await sender.send(call, suspect=False), Delivered)
    return scene.simulator.messages(scene.request_id)[0]


async def test_a_file_is_stored_at_the_desk_and_linked_there(scene: Desk) -> None:
    message = await stored(scene, ReadyBlobs({"d": PDF}))
    metadata = message["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["src"].startswith(f"{scene.api.api_url}/files?path=uploads%2Fusers%2F")
    assert metadata["downloadURL"].startswith(f"{scene.api.api_url}/files/download?path=")
    assert message["text"] == f"[bill ü.pdf]({metadata['src']})"
    async with scene.api.session.get(metadata["src"]) as answer:
        assert (answer.status, await answer.read()) == (200, PDF)


@pytest.mark.parametrize(
    "blobs",
    [
        ReadyBlobs(),
        ReadyBlobs(error=FileGone()),
        ReadyBlobs(error=FileUnavailable()),
        ReadyBlobs({"d": b"no pdf at all"}),
        ReadyBlobs({"d": b"%PDF" + b"x" * 1_024_000}),
    ],
    ids=["gone", "error", "unavailable", "refused by its content", "larger than it said"],
)
async def test_our_link_stays_where_the_file_is_not_stored(scene: Desk, blobs: ReadyBlobs) -> None:
    message = await stored(scene, blobs)
    metadata = message["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["src"] == URL
    assert message["text"] == f"[bill ü.pdf]({URL})"


async def test_a_desk_that_does_not_answer_gets_neither_file_nor_message(scene: Desk) -> None:
    await scene.simulator.refuse()
    media = Media(MediaKind.FILE, File("support", "4711", "d"), "a.pdf", "application/pdf", 14)
    planner = TiledeskPlanner("telegram", "", PlainLinks(), uploads=True)
    [call] = planner.plan(Message(ANN, (media,), 1.0), scene.conversation(), "key")
    sender = TiledeskSender(scene.api, scene.anonymous(), scene.keys, ReadyBlobs({"d": PDF}))
    assert not isinstance(await sender.send(call, suspect=False), Delivered)
    assert scene.simulator.messages(scene.request_id) == []
