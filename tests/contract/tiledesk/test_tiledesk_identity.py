"""Who a caller is to Tiledesk: guests, agents, and end users with tokens that the bridge signs."""

import base64
import time

import jwt

from tests.contract.tiledesk.desk import NOBODY, Desk


async def test_a_guest_gets_a_token_of_unlimited_life_and_is_someone_new_on_every_call(desk: Desk) -> None:
    body = {"id_project": desk.project.id, "firstname": "Gina", "attributes": {"telegram_id": 42}}
    one = await desk.call("POST", "/auth/signinAnonymously", json=body)
    other = await desk.call("POST", "/auth/signinAnonymously", json=body)
    assert (one.status, one.body["success"]) == (200, True)
    user = one.body["user"]
    assert user["fullName"] == "Gina "
    assert user["attributes"] == {"telegram_id": 42}
    assert user["_id"] == user["id"] != other.body["user"]["_id"]
    scheme, token = one.body["token"].split(" ")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (scheme, claims["sub"], claims["_id"]) == ("JWT", "guest", user["_id"])
    assert "exp" not in claims


async def test_signing_in_refuses_what_it_must_and_lets_an_unknown_project_pass(desk: Desk) -> None:
    async def anonymously(**body: str) -> tuple[int, object]:
        answer = await desk.call("POST", "/auth/signinAnonymously", json=body)
        return answer.status, answer.body

    missing = {"errors": [{"msg": "Invalid value", "param": "id_project", "location": "body"}]}
    assert await anonymously() == (422, missing)
    assert await anonymously(id_project="nope") == (500, {"success": False, "msg": "Error saving object."})
    unknown = await desk.call("POST", "/auth/signinAnonymously", json={"id_project": NOBODY})
    assert unknown.status == 200
    used = await desk.call("POST", f"/{NOBODY}/requests/a/messages", unknown.body["token"], json={"text": "a"})
    assert (used.status, used.body) == (400, {"error": f"Project not found with id: {NOBODY}"})
    here = await desk.post(desk.new_id(), unknown.body["token"], {"text": "a"})
    assert (here.status, here.body) == (403, {"success": False, "msg": "you dont belong to the project."})


async def test_an_agent_signs_in_with_a_password(desk: Desk) -> None:
    owner = desk.project.owner
    good = await desk.call("POST", "/auth/signin", json={"email": owner.email, "password": owner.password})
    assert (good.status, good.body["user"]["_id"]) == (200, owner.id)
    project = await desk.call("GET", f"/projects/{desk.project.id}", good.body["token"])
    assert (project.status, project.body["_id"]) == (200, desk.project.id)
    wrong = await desk.call("POST", "/auth/signin", json={"email": owner.email, "password": "x"})
    assert (wrong.status, wrong.body["msg"]) == (401, "Authentication failed. Wrong password.")
    nobody = await desk.call("POST", "/auth/signin", json={"email": "no@sandbox.invalid", "password": "x"})
    assert (nobody.status, nobody.body["msg"]) == (401, "Authentication failed. User not found.")


async def test_a_custom_token_works_once_its_owner_has_signed_in_and_names_the_same_person_ever_after(
    desk: Desk,
) -> None:
    secret = await desk.new_secret()
    token = desk.custom_token(secret, f"projects/{desk.project.id}", _id="telegram-999-12345")
    before = await desk.post(desk.new_id(), token, {"text": "a"})
    assert (before.status, before.body["msg"]) == (403, "you dont belong to the project.")
    signed = await desk.call("POST", "/auth/signinWithCustomToken", token)
    assert (signed.status, signed.body["token"]) == (200, token)
    first = (await desk.post(desk.new_id(), token, {"text": "a"})).body
    assert (first["sender"], first["senderFullname"]) == ("telegram-999-12345", "Tom Custom")
    assert first["request"]["requester"]["role"] == "user"
    renamed = desk.custom_token(
        secret,
        f"projects/{desk.project.id}",
        _id="telegram-999-12345",
        firstname="New",
        lastname=None,
        email="new@sandbox.invalid",
    )
    second = (await desk.post(desk.new_id(), renamed, {"text": "b"})).body["request"]["lead"]
    assert second["_id"] == first["request"]["lead"]["_id"]
    assert (second["fullname"], second["email"]) == ("New ", "new@sandbox.invalid")
    mine = await desk.call("GET", f"{desk.here}/requests/me", token)
    assert (mine.status, mine.body["count"]) == (200, 2)


async def test_a_custom_token_may_be_signed_with_a_subscriptions_secret(desk: Desk) -> None:
    made = (await desk.subscribe("test.custom", "http://127.0.0.1:9/a")).body
    token = desk.custom_token(made["secret"], f"subscriptions/{made['_id']}", _id="telegram-999-77777")
    assert (await desk.call("POST", "/auth/signinWithCustomToken", token)).status == 200
    assert (await desk.post(desk.new_id(), token, {"text": "a"})).status == 200


async def test_bad_custom_tokens_and_those_of_a_replaced_secret_are_unauthorized(desk: Desk) -> None:
    secret = await desk.new_secret()
    here, person = f"projects/{desk.project.id}", "telegram-999-00000"
    for token in (
        desk.custom_token("x" * 36, here, _id=person),
        desk.custom_token(secret, here, _id=person, aud=None),
        desk.custom_token(secret, f"projects/{NOBODY}", _id=person),
        desk.custom_token(secret, here),
        desk.custom_token(secret, here, _id=person, exp=int(time.time()) - 10),
        "Bearer whatever",
    ):
        refused = await desk.call("POST", "/auth/signinWithCustomToken", token)
        assert (refused.status, refused.body) == (401, "Unauthorized")
    good = desk.custom_token(secret, here, _id=person)
    assert (await desk.call("POST", "/auth/signinWithCustomToken", good)).status == 200
    await desk.new_secret()
    assert (await desk.post(desk.new_id(), good, {"text": "a"})).status == 401


async def test_an_id_of_twelve_characters_is_lost_when_it_asks_for_its_requests(desk: Desk) -> None:
    token = desk.custom_token(await desk.new_secret(), f"projects/{desk.project.id}", _id="tg-123456789")
    await desk.call("POST", "/auth/signinWithCustomToken", token)
    assert (await desk.post(desk.new_id(), token, {"text": "a"})).status == 200
    assert (await desk.call("GET", f"{desk.here}/requests/me", token)).body["count"] == 0


async def test_only_jwt_and_basic_are_understood(desk: Desk) -> None:
    request_id, _, token = await desk.opened()
    bare = token.removeprefix("JWT ")
    owner = desk.project.owner

    async def status(auth: str | None) -> tuple[int, object]:
        answer = await desk.call("GET", f"{desk.here}/requests/{request_id}/messages", auth)
        return answer.status, answer.body if answer.status != 200 else len(answer.body)

    def basic(password: str) -> str:
        return "Basic " + base64.b64encode(f"{owner.email}:{password}".encode()).decode()

    assert await status(f"jwt {bare}") == (200, 1)
    assert await status(basic(owner.password)) == (200, 1)
    assert await status(bare) == (400, "Bad Request")
    for wrong in (None, f"Bearer {bare}", f"{token[:-4]}AAAA", basic("wrong")):
        assert await status(wrong) == (401, "Unauthorized")
