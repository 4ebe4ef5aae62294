"""Leads, Tiledesk's records of end users: who may read and change them, and by which id."""

from typing import Any

from tests.contract.tiledesk.desk import NOBODY, Answer, Desk, Target

NO_ROLE = {"success": False, "msg": "you dont have the required role."}


async def lead_of(desk: Desk, request_id: str) -> Any:
    return (await desk.request(request_id))["lead"]


async def change(desk: Desk, identity: str, auth: str | None, **fields: object) -> Answer:
    return await desk.call("PUT", f"{desk.here}/leads/{identity}", auth, json=fields)


async def test_agents_and_webhook_tokens_change_a_lead_by_its_id_and_guests_do_not(desk: Desk, target: Target) -> None:
    await desk.subscribe("message.create", target.url("mine"))
    request_id, guest, token = await desk.opened()
    await target.until(lambda: bool(target.received))
    webhook = f"JWT {target.received[0].body['token']}"
    lead = await lead_of(desk, request_id)
    assert (lead["lead_id"], lead["phone"]) == (guest, None)
    for number, auth in enumerate((desk.owner, desk.project.agent.token, webhook)):
        answer = await change(desk, lead["_id"], auth, phone=f"+1 555 010{number}")
        assert (answer.status, answer.body["phone"], answer.body["lead_id"]) == (200, f"+1 555 010{number}", guest)
        assert answer.body.keys() == lead.keys()
        read = await desk.call("GET", f"{desk.here}/leads/{lead['_id']}", auth)
        assert (read.status, read.body) == (200, answer.body)
    for method in ("PUT", "GET"):
        answer = await desk.call(method, f"{desk.here}/leads/{lead['_id']}", token, json={"phone": "1"})
        assert (answer.status, answer.body) == (403, NO_ROLE)
    assert (await change(desk, lead["_id"], None, phone="1")).status == 401
    assert (await lead_of(desk, request_id))["phone"] == "+1 555 0102"


async def test_the_end_users_own_id_names_no_lead(desk: Desk) -> None:
    request_id, guest, _ = await desk.opened()
    changed = await change(desk, guest, desk.owner, phone="1")
    assert (changed.status, changed.body) == (500, {"success": False, "msg": "Error updating object."})
    read = await desk.call("GET", f"{desk.here}/leads/{guest}", desk.owner)
    assert (read.status, read.body) == (500, {"success": False, "msg": "Error getting object."})
    # The list can't be asked for one of them either; the newest comes first.
    listed = await desk.call("GET", f"{desk.here}/leads", desk.owner, params={"lead_id": NOBODY})
    assert listed.body["leads"][0]["_id"] == (await lead_of(desk, request_id))["_id"]
    assert (listed.body["perPage"], listed.body["count"] >= 1) == (40, True)


async def test_only_known_fields_with_a_value_are_written(desk: Desk) -> None:
    request_id, guest, token = await desk.opened()
    identity = (await lead_of(desk, request_id))["_id"]
    await change(desk, identity, desk.owner, phone=7, fullname="Gina New", email="gina@sandbox.invalid", banana=1)
    await change(desk, identity, desk.owner, phone=None, lead_id="other", id_project=NOBODY, tags=["vip"])
    answer = await change(desk, identity, desk.owner, attributes={"a.b": 1})
    known = ("phone", "fullname", "email", "lead_id", "id_project", "tags", "attributes")
    assert [answer.body[name] for name in known] == [
        "7",
        "Gina New",
        "gina@sandbox.invalid",
        guest,
        desk.project.id,
        ["vip"],
        {"a.b": 1},
    ]
    assert "banana" not in answer.body
    assert (await change(desk, identity, desk.owner, phone={"a": 1})).status == 500
    assert (await change(desk, identity, desk.owner, phone="")).body["phone"] == ""
    message = await desk.post(request_id, token, {"text": "more"})
    assert message.body["request"]["lead"]["fullname"] == "Gina New"


async def test_changing_a_lead_sets_off_no_webhook_and_an_unknown_one_is_made_up(desk: Desk, target: Target) -> None:
    for event in ("lead.update", "request.update", "message.create"):
        await desk.subscribe(event, target.url(event))
    request_id, _, _ = await desk.opened()
    await change(desk, (await lead_of(desk, request_id))["_id"], desk.owner, phone="+1 555 0100")
    stray = desk.project.id[:8] + request_id[-16:]
    made = await change(desk, stray, desk.owner, phone="1")
    assert (made.status, made.body["_id"], made.body["phone"], "lead_id" in made.body) == (200, stray, "1", False)
    await desk.post(request_id, desk.owner, {"text": "the last"})
    await target.until(lambda: any(call.payload["text"] == "the last" for call in target.of("message.create")))
    assert {call.path for call in target.received} == {"message.create"}
