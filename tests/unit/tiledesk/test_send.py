import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bridge.errors import JournalUnavailable
from bridge.message import Call, Closed, Confirmed, Person
from bridge.outcome import Blame, Busy, Delivered, NotSent, Outcome, Refused, Unknown
from bridge.ports import Guest
from bridge.tiledesk.send import TiledeskSender, outcome
from bridge.tiledesk.transport import DeskApi
from bridge.wire import Reply
from tests.blobs import ReadyBlobs
from tests.scripted import Answer, answer, scripted
from tests.unit.tiledesk.desks import ANN, Desk, at, desk

GUESTS = ("POST", "/auth/signinAnonymously")


@pytest.fixture
async def scene() -> AsyncIterator[Desk]:
    async with desk() as opened:
        yield opened


# ---------------------------------------------------------------- the table of answers

FIRST = Call("first message", "support-group-1-a", {})
LATER = replace(FIRST, method="message")
STORED = {"_id": "m1", "request": {"status": 200}}
CLOSED = {"_id": "m1", "request": {"status": 1000}}
NOT_TILEDESK = Unknown("the answer is not Tiledesk's: is api_url right?")


def mine(reason: str) -> NotSent:
    return NotSent(f"Tiledesk: {reason}", Blame.MESSAGE)


def theirs(reason: str) -> NotSent:
    return NotSent(f"Tiledesk: {reason}", Blame.DESTINATION)


TABLE: list[tuple[int, object, Outcome]] = [
    (200, STORED, Delivered("m1", (Confirmed("support-group-1-a"),))),
    (201, STORED, Delivered("m1", (Confirmed("support-group-1-a"),))),
    (200, {"_id": "m1"}, Delivered("m1", (Confirmed("support-group-1-a"),))),
    (200, {"_id": "m1", "request": {"status": 50}}, Delivered("m1", (Confirmed("support-group-1-a"),))),
    (200, {"_id": "m1", "request": {"status": 100}}, Delivered("m1", (Confirmed("support-group-1-a"),))),
    (200, CLOSED, NotSent("the request was closed meanwhile", Blame.MESSAGE, (Closed("support-group-1-a"),))),
    (200, b"<html>a portal</html>", NOT_TILEDESK),
    (200, b"", NOT_TILEDESK),
    (200, [], NOT_TILEDESK),
    (200, {"success": True}, NOT_TILEDESK),
    (301, b"", theirs("301: is api_url right?")),
    (308, b"", theirs("308: is api_url right?")),
    (400, {"error": "Project not found with id: 5b"}, theirs("400 Project not found with id: 5b")),
    (400, {"error": "Invalid project id: nope"}, theirs("400 Invalid project id: nope")),
    (400, {"error": "odd"}, Refused("Tiledesk: 400 odd")),
    (401, b"Unauthorized", mine("401")),
    (401, {"err": "error projectBanUserFilter by id"}, Refused("Tiledesk: the user is banned in this project")),
    (403, {"success": False, "msg": "you dont belong to the project."}, mine("403 you dont belong to the project.")),
    (403, {"success": False, "message": "Requests quota exceeded"}, theirs("403 Requests quota exceeded")),
    (404, b"<html>nothing here</html>", theirs("404: is api_url right?")),
    (405, b"", theirs("405: is api_url right?")),
    (413, {"err": "Request entity too large", "limit": 512000}, Refused("Tiledesk: 413 Request entity too large")),
    (422, {"errors": ["text field is required"]}, Refused("Tiledesk: 422 ['text field is required']")),
    (500, {"success": False, "msg": "Error creating request", "err": {}}, mine("500 Error creating request")),
    (500, {"err": "error"}, Unknown("Tiledesk: 500 error")),
    (500, {"success": False, "msg": "Error creating message"}, Unknown("Tiledesk: 500 Error creating message")),
    (502, b"<html>Bad Gateway</html>", Unknown("Tiledesk: 502")),
    (503, b"", Unknown("Tiledesk: 503")),
    (504, b"", Unknown("Tiledesk: 504")),
]


def reply(status: int, body: object) -> Reply:
    told = answer(body, status)
    assert isinstance(told.body, bytes)
    return Reply(status, told.body)


@pytest.mark.parametrize(("status", "body", "expected"), TABLE)
def test_every_answer_has_its_outcome(status: int, body: object, expected: Outcome) -> None:
    assert outcome(FIRST, reply(status, body)) == expected


@pytest.mark.parametrize(("status", "body", "expected"), TABLE)
async def test_and_the_sender_says_the_same(scene: Desk, status: int, body: object, expected: Outcome) -> None:
    assert await at(scene, answer(body, status), call=replace(FIRST, author=ANN)) == expected


def test_only_the_first_message_confirms_the_request() -> None:
    assert outcome(LATER, reply(200, STORED)) == Delivered("m1")


def test_a_wait_is_kept_and_speaks_of_the_desk() -> None:
    assert outcome(FIRST, Reply(429, b"", 17.0)) == Busy(17.0, "Tiledesk: 429", Blame.DESTINATION)
    assert outcome(FIRST, Reply(429, b"")) == Busy(1.0, "Tiledesk: 429", Blame.DESTINATION)


def test_a_request_that_is_closed_is_seen_also_beside_half_an_emoji() -> None:
    body = b'{"_id":"m1","text":"\\ud83d","request":{"status":1000}}'
    assert isinstance(outcome(LATER, Reply(200, body)), NotSent)


# ---------------------------------------------------------------- on the way


async def test_what_did_not_leave_is_not_sent_and_what_was_not_answered_is_unknown(scene: Desk) -> None:
    await scene.anonymous().authorization(ANN)
    scene.simulator.faults.lose_answer = 1.0
    assert isinstance(await scene.sender().send(scene.plan("hello"), suspect=False), Unknown)
    assert scene.texts() == ["hello"]
    await scene.simulator.refuse()
    refused = await scene.sender().send(scene.plan("hello"), suspect=False)
    assert isinstance(refused, NotSent)
    assert refused.blame is Blame.DESTINATION


async def test_a_message_that_the_server_never_answers_is_unknown_after_the_timeout() -> None:
    """A file without `metadata.type` kills the handler inside the server, which leaves the connection open."""
    async with desk(timeout=0.1) as scene:
        call = scene.plan("photo.jpg")
        call = replace(call, body=call.body | {"type": "file", "metadata": {"src": "https://x.example/a"}})
        lost = await scene.sender().send(call, suspect=False)
        assert isinstance(lost, Unknown)
        assert "timed out" in lost.reason


async def test_trouble_with_the_sign_in_or_the_look_is_surely_not_sent(scene: Desk) -> None:
    scene.simulator.faults.down = True
    for suspect in (False, True):
        found = await scene.sender().send(scene.plan("hello"), suspect=suspect)
        assert isinstance(found, NotSent)
        assert found.blame is Blame.DESTINATION
    scene.simulator.faults.clear()
    await scene.anonymous().authorization(ANN)
    scene.simulator.faults.lose_answer = 1.0
    assert isinstance(await scene.sender().send(scene.plan("hello"), suspect=True), NotSent)


@pytest.mark.parametrize(
    ("told", "blame"),
    [
        (answer({"success": False, "msg": "Error saving object."}, 500), Blame.DESTINATION),
        (answer(b"<html>Bad Gateway</html>", 502), Blame.DESTINATION),
        (answer({"token": "JWT x"}), Blame.DESTINATION),
        (answer({"errors": [{"param": "id_project"}]}, 422), Blame.MESSAGE),
    ],
)
async def test_a_failed_sign_in_is_not_sent(scene: Desk, told: Answer, blame: Blame) -> None:
    async with scripted(told) as server:
        scene.api = DeskApi(scene.api.session, server.url, scene.project.id)
        found = await scene.sender().send(scene.plan("hello"), suspect=False)
    assert isinstance(found, NotSent)
    assert found.blame is blame


async def test_without_the_key_of_a_signed_identity_nothing_is_sent_and_the_desk_is_to_blame(scene: Desk) -> None:
    found = await TiledeskSender(scene.api, scene.signed(), scene.keys, ReadyBlobs()).send(
        scene.plan("hello"), suspect=False
    )
    assert isinstance(found, NotSent)
    assert found.blame is Blame.DESTINATION
    assert "subscription" in found.reason


async def test_a_book_that_can_not_be_read_is_surely_not_sent(scene: Desk) -> None:
    class Broken:
        async def authorization(self, person: Person) -> str:
            raise JournalUnavailable("disk full")

        async def reject(self, person: Person) -> None:
            raise JournalUnavailable("disk full")

        def forget(self, person: str) -> None:
            """Nothing is held."""

    found = await TiledeskSender(scene.api, Broken(), scene.keys, ReadyBlobs()).send(scene.plan("hello"), suspect=False)
    assert found == NotSent("disk full", Blame.DESTINATION)


# ---------------------------------------------------------------- with the simulated Tiledesk


async def test_a_first_and_a_later_message_are_stored_and_the_first_confirms(scene: Desk) -> None:
    sender = scene.sender()
    first = await sender.send(scene.plan("hello"), suspect=False)
    later = await sender.send(scene.plan("more", "101", confirmed=True), suspect=False)
    stored = [message["_id"] for message in scene.simulator.messages(scene.request_id)]
    assert first == Delivered(stored[0], (Confirmed(scene.request_id),))
    assert later == Delivered(stored[1])
    assert scene.texts() == ["hello", "more"]


async def test_a_closed_request_is_known_as_closed_and_the_message_goes_into_a_new_one(scene: Desk) -> None:
    sender = scene.sender()
    await sender.send(scene.plan("hello"), suspect=False)
    scene.simulator.close_request(scene.request_id)
    found = await sender.send(scene.plan("more", "101", confirmed=True), suspect=False)
    assert isinstance(found, NotSent)
    assert found.learned == (Closed(scene.request_id),)


async def test_of_two_first_messages_at_once_the_loser_is_tried_again_and_arrives(scene: Desk) -> None:
    sender = scene.sender()
    scene.simulator.first_message_seconds = 0.5  # so that they meet however slow the machine is
    calls = [scene.plan("one", "101"), scene.plan("two", "102")]
    found = await asyncio.gather(*(sender.send(call, suspect=False) for call in calls))
    [lost] = [number for number, one in enumerate(found) if isinstance(one, NotSent)]
    assert isinstance(found[1 - lost], Delivered)
    assert isinstance(await sender.send(calls[lost], suspect=False), Delivered)
    assert sorted(scene.texts()) == ["one", "two"]


async def test_a_guest_that_the_desk_no_longer_knows_signs_in_anew(scene: Desk) -> None:
    await scene.book.keep_guest(Guest("main", ANN.id, "gone", "JWT a.b.c"))
    sender = scene.sender()
    assert isinstance(await sender.send(scene.plan("hello"), suspect=False), NotSent)
    assert isinstance(await sender.send(scene.plan("hello"), suspect=False), Delivered)
    assert scene.calls(*GUESTS) == 1


async def test_a_banned_user_stays_banned(scene: Desk) -> None:
    """A new sign-in would be a new guest, who is not banned."""
    sender = scene.sender()
    await sender.send(scene.plan("hello"), suspect=False)
    scene.simulator.ban(scene.project.id, scene.simulator.messages(scene.request_id)[0]["sender"])
    for key in ("101", "102"):
        for suspect in (False, True):
            found = await sender.send(scene.plan("more", key, confirmed=True), suspect=suspect)
            assert isinstance(found, Refused)
            assert "banned" in found.reason
    assert scene.calls(*GUESTS) == 1
    assert scene.texts() == ["hello"]


async def test_a_quota_makes_no_new_guests(scene: Desk) -> None:
    await scene.anonymous().authorization(ANN)
    before = await scene.book.guest("main", ANN.id)
    quota = answer({"success": False, "message": "Requests quota exceeded"}, 403)
    found = await at(scene, quota)
    assert isinstance(found, NotSent)
    assert found.blame is Blame.DESTINATION
    assert await scene.book.guest("main", ANN.id) == before
