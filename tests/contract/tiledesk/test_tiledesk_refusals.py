"""What Tiledesk refuses, with which status and words, and what it never answers at all."""

import pytest

from tests.contract.tiledesk.desk import NO_ANSWER, NOBODY, Desk

CREATING = {"success": False, "msg": "Error creating request", "err": {}}
NO_TEXT = {"errors": ["text field is required"]}
FIRST: list[tuple[object, int, object]] = [
    ({}, 422, NO_TEXT),
    ({"text": ""}, 422, NO_TEXT),
    ([{"text": "x"}], 422, NO_TEXT),
    ({"type": "image", "text": ""}, 500, CREATING),
    ({"text": {"a": 1}}, 500, CREATING),
    ({"text": "a", "attributes": {"a": {"b.c": 1}}}, 500, CREATING),
    ({"text": "a", "attributes": {"$a": 1}}, 500, CREATING),
    ({"text": "a", "channel": "telegram"}, 500, CREATING),
    ({"text": "a", "channel": {"x": 1}}, 500, CREATING),
    ({"text": "a", "location": "x"}, 500, CREATING),
    ({"text": "a", "departmentid": "nope"}, 500, CREATING),
    ({"text": "a", "departmentid": NOBODY}, 500, CREATING),
    ({"text": "a" * 512_000}, 413, {"err": "Request entity too large", "limit": 512_000}),
    (
        {"text": "a", "sender": "who"},
        403,
        {"success": False, "msg": "Unauthorized. Project_user not found with user id  : who"},
    ),
]
LATER: list[tuple[object, int, object]] = [
    ({}, 200, None),
    ({"text": ""}, 200, ""),
    ({"type": "image", "text": ""}, 200, ""),
    ({"text": " "}, 200, " "),
    ({"text": "a", "type": "banana"}, 200, "a"),
    ({"text": "a", "type": "file"}, 200, "a"),
    ({"text": "a", "departmentid": "nope", "location": "x"}, 200, "a"),
    ({"text": "a", "attributes": {"a.b": 1}}, 500, "Error creating message"),
    ({"text": "a", "channel": "telegram"}, 500, "Error creating message"),
    ({"text": "a", "type": None}, 500, "Error creating message"),
    ({"text": "a", "status": "x"}, 500, "Error creating message"),
]


async def test_a_bad_first_message_is_refused_and_makes_no_request(desk: Desk) -> None:
    _, token = await desk.guest()
    for body, status, said in FIRST:
        request_id = desk.new_id()
        answer = await desk.post(request_id, token, body)
        assert (answer.status, answer.body) == (status, said), str(body)[:80]
        assert (await desk.call("GET", f"{desk.here}/requests/{request_id}", desk.owner)).status == 404


async def test_later_messages_may_be_empty_but_not_malformed(desk: Desk) -> None:
    request_id, _, token = await desk.opened()
    for body, status, said in LATER:
        answer = await desk.post(request_id, token, body)
        assert (answer.status, answer.body.get("msg" if status == 500 else "text")) == (status, said), body


async def test_bodies_that_are_no_json_objects_fail_before_anything_else(desk: Desk) -> None:
    path = f"{desk.here}/requests/{desk.new_id()}/messages"
    for raw in ("{bad", '"text"'):
        answer = await desk.call("POST", path, data=raw, headers={"Content-Type": "application/json"})
        assert (answer.status, answer.body) == (500, {"err": "error"})


@pytest.mark.parametrize(
    "body",
    [{"text": 5}, {"text": "a", "type": "file", "metadata": {"src": "x"}}],
    ids=["text is a number", "file without a type"],
)
async def test_some_messages_are_never_answered_and_leave_a_request_without_them(
    desk: Desk, body: dict[str, object]
) -> None:
    _, token = await desk.guest()
    request_id = desk.new_id()
    assert (await desk.post(request_id, token, body, within=1.0)).status == NO_ANSWER
    assert (await desk.request(request_id))["request_id"] == request_id
    assert (await desk.post(request_id, token, body, within=0.3)).status == NO_ANSWER
    assert (await desk.post(request_id, token, {"text": "good"})).status == 200
    listed = await desk.call("GET", f"{desk.here}/requests/{request_id}/messages", token)
    assert [m["text"] for m in listed.body] == ["good"]


async def test_unknown_places_have_their_own_complaints(desk: Desk) -> None:
    _, token = await desk.guest()
    messages = f"{desk.here}/requests/nowhere/messages"
    for method, path, auth, status, body in (
        ("GET", "/nope/anything", None, 400, {"error": "Invalid project id: nope"}),
        ("GET", f"/{NOBODY}/requests/me", None, 400, {"error": f"Project not found with id: {NOBODY}"}),
        ("GET", messages, token, 200, []),
        ("GET", f"{messages}/bad", token, 500, {"success": False, "msg": "Error getting object."}),
        ("GET", f"{messages}/{NOBODY}", token, 404, {"success": False, "msg": "Object not found."}),
        ("GET", f"{desk.here}/requests/nowhere", desk.owner, 404, {"success": False, "msg": "Object not found."}),
        ("GET", f"/projects/{desk.project.id}", token, 403, None),
        ("GET", f"/projects/{desk.project.id}/isopen", None, 200, {"isopen": True}),
        ("GET", f"/projects/{NOBODY}/isopen", None, 500, None),
    ):
        answer = await desk.call(method, path, auth)
        assert answer.status == status, path
        assert body is None or answer.body == body
