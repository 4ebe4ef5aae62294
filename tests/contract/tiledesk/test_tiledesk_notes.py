"""Private notes that a bridge leaves for the agents: with the end user's token, in the name of the system."""

from typing import Any

from tests.contract.tiledesk.desk import Desk, Target

NOTE = {
    "text": "The user has blocked the bot.",
    "sender": "system",
    "senderFullname": "Bridge",
    "channel": {"name": "telegram"},
    "attributes": {"subtype": "private", "bridge": {"key": "note/1"}},
}


async def test_a_note_is_stored_and_comes_back_as_private(desk: Desk, target: Target) -> None:
    await desk.subscribe("message.create.request.channel.telegram", target.url("mine"))
    request_id, _, token = await desk.opened()
    stored = await desk.post(request_id, token, NOTE)
    assert stored.status == 200
    said = ("text", "sender", "senderFullname", "createdBy", "attributes", "channel", "status")
    expected = [NOTE["text"], "system", "Bridge", "system", NOTE["attributes"], NOTE["channel"], 0]
    assert [stored.body[name] for name in said] == expected
    await target.until(lambda: len(target.received) == 2)
    [note] = [call.payload for call in target.received if call.payload["sender"] == "system"]
    assert [note[name] for name in said] == expected
    listed = await desk.call("GET", f"{desk.here}/requests/{request_id}/messages", token)
    assert listed.body[-1]["attributes"]["subtype"] == "private"


async def test_a_note_opens_no_request_but_a_closed_one_takes_it(desk: Desk) -> None:
    _, token = await desk.guest()
    refused = await desk.post(desk.new_id(), token, NOTE)
    said = "Unauthorized. Project_user not found with user id  : system"
    assert (refused.status, refused.body) == (403, {"success": False, "msg": said})
    request_id, _, token = await desk.opened()
    await desk.put(request_id, "close", desk.owner)
    late = await desk.post(request_id, token, NOTE)
    assert (late.status, late.body["request"]["status"]) == (200, 1000)


async def test_what_agents_write_is_passed_through_whatever_its_type(desk: Desk, target: Target) -> None:
    await desk.subscribe("message.create", target.url("mine"))
    request_id, _, _ = await desk.opened()
    buttons = [{"type": "action", "value": "Talk", "action": "#0f7a", "show_echo": True}]
    bodies: list[dict[str, Any]] = [
        {"text": "", "type": "image", "metadata": {"src": "https://x/a.png", "width": 8, "height": 9, "name": "a.png"}},
        {"text": "", "type": "gallery", "attributes": {"attachment": {"type": "gallery", "gallery": [{"title": "A"}]}}},
        {"text": "", "type": "redirect", "metadata": {"src": "https://x/", "target": "blank", "type": "redirect"}},
        {"text": "<b>x</b>", "type": "html"},
        {"text": "Pick", "attributes": {"attachment": {"type": "template", "buttons": buttons}}},
        {"text": "x", "attributes": {"commands": [{"type": "wait", "time": 500}]}, "metadata": ""},
    ]
    for body in bodies:
        assert (await desk.post(request_id, desk.owner, body)).status == 200
    await target.until(lambda: len(target.received) == len(bodies) + 1)
    arrived = sorted((call.payload for call in target.received), key=lambda message: str(message["createdAt"]))
    for body, message in zip(bodies, arrived[1:], strict=True):
        assert {name: message[name] for name in body} == body
