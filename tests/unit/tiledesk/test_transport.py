import aiohttp
import pytest

from bridge.sandbox.stage import free_port
from bridge.tiledesk.transport import DeskApi, content, parsed, said
from bridge.wire import AnswerLost, Reply, Unsent
from tests.scripted import Odd, answer, scripted
from tests.unit.tiledesk.desks import desk


async def test_calls_go_below_the_api_address_with_their_authorization() -> None:
    async with scripted(answer({"ok": 1}, 201)) as server, aiohttp.ClientSession() as session:
        api = DeskApi(session, f"{server.url}/v3/", "p1")
        reply = await api.post("/auth/signin", {"a": "ü"}, "JWT x")
        assert (reply.status, content(reply)) == (201, {"ok": 1})
        await api.get("/p1/subscriptions")
        await api.call("DELETE", "/p1/subscriptions/1", None, "JWT y")
    first, second, third = server.asked
    assert (first.method, first.path, first.json, first.headers["Authorization"]) == (
        "POST", "/v3/auth/signin", {"a": "ü"}, "JWT x",
    )  # fmt: skip
    assert first.headers["Content-Type"] == "application/json"
    assert (second.method, second.path) == ("GET", "/v3/p1/subscriptions")
    assert "Authorization" not in second.headers
    assert third.method == "DELETE"


async def test_a_request_id_is_quoted_in_the_path() -> None:
    async with aiohttp.ClientSession() as session:
        api = DeskApi(session, "http://x.example", "p1")
        assert api.messages("support-group-p1-a") == "/p1/requests/support-group-p1-a/messages"
        assert api.messages("a/b ?#ü") == "/p1/requests/a%2Fb%20%3F%23%C3%BC/messages"


async def test_refused_is_unsent_and_cut_or_silent_is_a_lost_answer() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Unsent):
            await DeskApi(session, f"http://127.0.0.1:{free_port()}", "p1").get("/")
        for odd in Odd:
            async with scripted(odd) as server:
                with pytest.raises(AnswerLost):
                    await DeskApi(session, server.url, "p1", timeout=0.05).get("/")


async def test_nothing_shows_a_token() -> None:
    secret = "JWT eyJ-a-secret"
    async with desk() as scene:
        scene.simulator.faults.down = True
        with pytest.raises(AnswerLost) as caught:
            await scene.api.post("/auth/signin", {"password": secret}, secret)
        assert "eyJ" not in f"{caught.value!r} {scene.api!r}"
        shown = f"{scene.subscriber()!r} {scene.subscriber().login!r} {scene.keys!r}"
        assert scene.project.owner.password not in shown
        assert "unguessable" not in shown


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"Unauthorized", 401, "401"),
        (b'{"success":false,"msg":"you dont belong to the project."}', 403, "403 you dont belong to the project."),
        (b'{"error":"Invalid project id: nope"}', 400, "400 Invalid project id: nope"),
        (b'{"err":"error projectBanUserFilter by id"}', 401, "401 error projectBanUserFilter by id"),
        (b'{"errors":["text field is required"]}', 422, "422 ['text field is required']"),
        (b'{"success":false,"message":"Requests quota exceeded"}', 403, "403 Requests quota exceeded"),
        (b"[1]", 500, "500"), (b"<html>", 502, "502"), (b"", 204, "204"),
    ],
)  # fmt: skip
def test_what_an_answer_says_is_told_in_words(body: bytes, status: int, words: str) -> None:
    assert said(Reply(status, body)) == words


def test_a_long_answer_is_cut() -> None:
    assert len(said(Reply(500, b'{"msg":"' + b"x" * 9000 + b'"}'))) == 200


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a":"caf\\ud83d"}', {"a": "caf?"}),
        (b'["\\ude00 x", "\\ud83d\\ude00\\ud83d"]', ["? x", "😀?"]),
        (b'{"\\ud83d":1}', {"?": 1}),
        (b'"\\\\ud83d"', "\\ud83d"),
    ],
)
def test_half_a_character_spoils_nothing_else(body: bytes, value: object) -> None:
    assert parsed(body) == value


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'"\\ud83d', b'["\\ud83d",NaN]', b'["\\ud83d' + b"[" * 9000, b"[" * 9000]
)
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parsed(body)
