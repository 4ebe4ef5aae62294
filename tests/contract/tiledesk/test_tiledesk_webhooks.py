"""What Tiledesk calls back with: subscriptions and their oddities, the events of a conversation, and retries."""

from typing import Any

import jwt

from tests.contract.tiledesk.desk import NOBODY, Desk, Received, Target

# ---------------------------------------------------------------- subscriptions


async def test_a_new_subscription_tells_its_secret_once_in_body_and_header(desk: Desk) -> None:
    made = await desk.subscribe("test.secret", "not a url")
    assert (made.status, made.body["target"], made.body["event"]) == (200, "not a url", "test.secret")
    assert made.headers["x-hook-secret"] == made.body["secret"]
    one = await desk.call("GET", f"{desk.here}/subscriptions/{made.body['_id']}", desk.owner)
    assert one.body == {name: made.body[name] for name in made.body if name not in ("secret", "global")}
    assert "x-hook-secret" not in one.headers
    listed = await desk.call("GET", f"{desk.here}/subscriptions", desk.owner)
    assert one.body in listed.body


async def test_all_subscriptions_share_a_secret_and_a_repetition_answers_with_the_first(desk: Desk) -> None:
    first = (await desk.subscribe("test.twice", "http://127.0.0.1:9/a")).body
    second = (await desk.subscribe("test.twice", "http://127.0.0.1:9/b")).body
    assert first["_id"] != second["_id"]
    assert first["secret"] == second["secret"]
    repeated = await desk.subscribe("test.twice", "http://127.0.0.1:9/b")
    assert (repeated.body["_id"], repeated.body["target"]) == (first["_id"], "http://127.0.0.1:9/a")
    assert repeated.headers["x-hook-secret"] == first["secret"]


async def test_subscriptions_are_changed_and_deleted_by_id(desk: Desk) -> None:
    made = (await desk.subscribe("test.change", "http://127.0.0.1:9/a")).body
    path = f"{desk.here}/subscriptions/{made['_id']}"
    changed = await desk.call("PUT", path, desk.owner, json={"target": "http://127.0.0.1:9/c"})
    assert (changed.status, changed.body["target"]) == (200, "http://127.0.0.1:9/c")
    assert "secret" not in changed.body
    gone = await desk.call("DELETE", path, desk.owner)
    assert (gone.status, gone.body["_id"]) == (200, made["_id"])
    assert (await desk.call("DELETE", path, desk.owner)).body is None
    absent = await desk.call("GET", path, desk.owner)
    assert (absent.status, absent.body) == (404, {"success": False, "msg": "Object not found."})


async def test_only_admins_subscribe_and_only_with_event_and_target(desk: Desk) -> None:
    agent = await desk.subscribe("test.agent", "http://127.0.0.1:9/a", desk.project.agent.token)
    assert (agent.status, agent.body["msg"]) == (403, "you dont have the required role.")
    for body in ({"target": "x"}, {"event": "x"}):
        answer = await desk.call("POST", f"{desk.here}/subscriptions", desk.owner, json=body)
        assert (answer.status, answer.body) == (500, {"success": False, "msg": "Error saving object."})
    for method, said in (("GET", "getting"), ("PUT", "updating"), ("DELETE", "deleting")):
        bad = await desk.call(method, f"{desk.here}/subscriptions/bad", desk.owner)
        assert (bad.status, bad.body["msg"]) == (500, f"Error {said} object.")
    assert (await desk.call("GET", f"{desk.here}/subscriptions/{NOBODY}", desk.owner)).status == 404


# ---------------------------------------------------------------- calls


async def test_a_call_carries_envelope_secret_and_a_token_that_verifies(desk: Desk, target: Target) -> None:
    made = (await desk.subscribe("message.create.request.channel.telegram", target.url("mine"))).body
    request_id, guest, _ = await desk.opened(attributes={"mark": 1}, metadata={"k": 1}, language="it")
    await target.until(lambda: bool(target.received))
    call = target.received[0]
    assert call.headers["x-hook-secret"] == made["secret"]
    assert call.headers["User-Agent"] == "tiledesk-webhooks"
    assert call.headers["Content-Type"] == call.headers["Accept"] == "application/json"
    assert call.headers["Origin"] == desk.base_url
    assert call.body.keys() == {"timestamp", "payload", "hook", "token"}
    assert call.body["hook"] == {name: made[name] for name in made if name not in ("secret", "global")}
    audience = f"https://tiledesk.com/subscriptions/{made['_id']}"
    claims = jwt.decode(call.body["token"], made["secret"], ["HS256"], audience=audience)
    assert (claims["sub"], claims["iss"]) == ("subscription", "https://tiledesk.com")
    assert claims.items() >= call.body["hook"].items()
    payload = call.payload
    assert payload["sender"] == guest == payload["request"]["lead"]["lead_id"]
    assert payload["request"]["requester"]["uuid_user"] == guest
    assert (payload["text"], payload["recipient"], payload["channel"]) == ("hello", request_id, {"name": "telegram"})
    assert (payload["attributes"], payload["metadata"], payload["language"]) == ({"mark": 1}, {"k": 1}, "it")
    computed = {"id", "requester_id"}
    assert payload["request"].keys() == (await desk.request(request_id)).keys() - computed
    login = await desk.call("GET", f"{desk.here}/requests/{request_id}", f"JWT {call.body['token']}")
    assert login.status == 200


async def test_everyones_messages_of_a_telegram_request_arrive_but_only_its_own_by_own_channel(
    desk: Desk, target: Target
) -> None:
    await desk.subscribe("message.create", target.url("all"))
    await desk.subscribe("message.create.request.channel.telegram", target.url("request"))
    await desk.subscribe("message.create.channel.telegram", target.url("own"))
    request_id, guest, token = await desk.opened()
    other, _, _ = await desk.opened(text="elsewhere", channel={"name": "chat21"})
    await desk.post(request_id, desk.owner, {"text": "How can I help?"})
    await desk.post(request_id, desk.project.agent.token, {"text": "VIP", "attributes": {"subtype": "private"}})
    await desk.post(request_id, token, {"text": "on chat21"})
    await target.until(lambda: len(target.received) >= 10)

    def texts(path: str) -> set[str]:
        return {call.payload["text"] for call in target.of(path)}

    mine = {"hello", "How can I help?", "VIP", "on chat21"}
    assert (texts("all"), texts("request"), texts("own")) == (mine | {"elsewhere"}, mine, {"hello"})
    said = {call.payload["text"]: call.payload for call in target.of("request")}
    reply, note = said["How can I help?"], said["VIP"]
    owner = desk.project.owner
    assert (reply["sender"], reply["createdBy"], reply["senderFullname"]) == (owner.id, owner.id, owner.fullname)
    assert (reply["channel"], reply["status"], reply["type"]) == ({"name": "chat21"}, 0, "text")
    assert not {"attributes", "metadata", "language"} & reply.keys()
    assert reply["request"]["channel"] == {"name": "telegram"}
    assert reply["request"]["lead"]["lead_id"] == guest
    assert (note["sender"], note["attributes"]) == (desk.project.agent.id, {"subtype": "private"})
    assert other not in {call.payload["recipient"] for call in target.of("request")}


async def test_a_new_request_sets_off_lead_request_and_message(desk: Desk, target: Target) -> None:
    for event in ("lead.create", "request.create", "message.create"):
        await desk.subscribe(event, target.url(event))
    request_id, guest, token = await desk.opened()
    await desk.post(desk.new_id(), token, {"text": "a second request, no second lead"})
    await target.until(lambda: len(target.received) >= 5)
    leads, requests = target.of("lead.create"), target.of("request.create")
    assert [lead.payload["lead_id"] for lead in leads] == [guest]
    assert requests[0].payload["request_id"] == request_id
    assert requests[0].payload.keys() == (await desk.request(request_id)).keys()
    assert len(target.of("message.create")) == 2


def by_path(calls: list[Received]) -> dict[str, Any]:
    """Payloads by path; the calls must have been set off in the order named (they may arrive in another)."""
    paths = ["request.update", "request.close", "message.create"]
    ordered = sorted(calls, key=lambda call: paths.index(call.path))
    stamps = [call.body["timestamp"] for call in ordered]
    assert stamps == sorted(stamps)
    return {call.path: call.payload for call in ordered}


async def test_closing_and_reopening_tell_of_the_request_and_say_so(desk: Desk, target: Target) -> None:
    request_id, guest, _ = await desk.opened()
    await desk.post(request_id, desk.owner, {"text": "VIP", "attributes": {"subtype": "private"}})
    for event in ("request.update", "request.close", "message.create"):
        await desk.subscribe(event, target.url(event))
    said = ("sender", "senderFullname", "text", "attributes")

    await desk.put(request_id, "close", desk.owner)
    await target.until(lambda: len(target.received) == 3)
    told = by_path(target.received)
    update, close, message = told["request.update"], told["request.close"], told["message.create"]
    assert update["status"] == close["status"] == 1000
    assert "closed_at" not in update
    assert {"closed_at", "closed_by", "duration", "transcript", "messages"} <= close.keys()
    assert [m["text"] for m in close["messages"]] == ["hello", "VIP"]
    assert close["lead"]["lead_id"] == guest
    label = {"subtype": "info/support", "updateconversation": False, "messagelabel": {"key": "CHAT_CLOSED"}}
    assert [message[name] for name in said] == ["system", "Bot", "Chat closed", label]
    assert "metadata" not in message

    await desk.put(request_id, "close", desk.owner)
    await target.until(lambda: len(target.received) == 5)
    assert by_path(target.received[3:]).keys() == {"request.close", "message.create"}

    await desk.put(request_id, "reopen", desk.owner)
    await target.until(lambda: len(target.received) == 7)
    told = by_path(target.received[5:])
    assert told["request.update"]["status"] == 200
    label = {"subtype": "info/support", "updateconversation": True, "messagelabel": {"key": "CHAT_REOPENED"}}
    assert [told["message.create"][name] for name in said] == ["system", "Bot", "Chat reopened", label]


async def test_a_call_is_tried_three_times_after_5xx_with_a_hook_that_isnt_its_own_and_once_after_4xx(
    desk: Desk, target: Target
) -> None:
    target.answers = {"first": [503, 503, 503, 503], "gone": [404]}
    first = (await desk.subscribe("message.create", target.url("first"))).body
    await desk.subscribe("message.create", target.url("gone"))
    last = (await desk.subscribe("message.create", target.url("last"))).body
    await desk.opened()
    await target.until(lambda: len(target.of("first")) == 3)
    attempts = target.of("first")
    assert [call.body["hook"]["_id"] for call in attempts] == [first["_id"], last["_id"], last["_id"]]
    assert {call.headers["x-hook-secret"] for call in attempts} == {first["secret"]}
    assert {call.body["timestamp"] for call in attempts} == {attempts[0].body["timestamp"]}
    assert all(call.payload == attempts[0].payload for call in attempts)
    assert (len(target.of("gone")), len(target.of("last"))) == (1, 1)
