"""What people and agents write in groups, in the networks' and the desk's own shapes."""

from typing import Any

import orjson

GROUP = "-100777"
ANN, BOB = 5550001, 4200042
GUEST = "9756e933-41b2-4c2c-9d0a-55d2a1c1f3e7"
"""what the desk calls Ann"""

PROJECT = "5e2c35c8f0dbc10017bb3aac"
AGENT = "5e2c35c8f0dbc10017bb3aad"


def user(number: int) -> dict[str, Any]:
    named = {ANN: ("Ann-Kathrin", "annkathrin"), BOB: ("Bob", "bob")}[number]
    return {"id": number, "first_name": named[0], "username": named[1], "is_bot": False, "language_code": "en"}


def message(number: int, words: str = "", chat: int | str = GROUP, **fields: Any) -> dict[str, Any]:
    """A message of a user; `fields` stand beside its words."""
    place = {"id": int(chat), "type": "supergroup" if int(chat) < 0 else "private"}
    said = {"text": words} if words else {}
    return {"message_id": 7, "date": 1700000000, "chat": place, "from": user(number)} | said | fields


def update(what: dict[str, Any], kind: str = "message") -> bytes:
    return orjson.dumps({"update_id": 1, kind: what})


def event(text: str, request: str, owner: str, name: str, last: dict[str, Any] | None = None) -> bytes:
    """An agent's message as a webhook brings it: with the whole request, and what was written last in it."""
    lead: dict[str, Any] = {"_id": "6b02d6cc", "lead_id": owner, "fullname": name, "email": None, "attributes": {}}
    around = {
        "status": 200, "request_id": request, "lead": lead, "first_text": f"first words of {name}",
        "requester": {"uuid_user": owner, "role": "guest", "isAuthenticated": False},
        "participants": [AGENT], "participatingAgents": [{"_id": AGENT, "firstname": "Olivia"}], "ticket_id": 3,
        "attributes": {"last_message": last or {}}, "channel": {"name": "telegram"},
    }  # fmt: skip
    payload = {
        "_id": f"m-{text}", "sender": AGENT, "senderFullname": "Olivia Owner", "recipient": request, "text": text,
        "type": "text", "channel_type": "group", "status": 0, "id_project": PROJECT, "channel": {"name": "chat21"},
        "createdAt": "2026-01-01T10:00:00.000Z", "request": around,
    }  # fmt: skip
    return orjson.dumps({"event": "message.create", "payload": payload})


def note(text: str, request: str) -> bytes:
    """A note of ours to a request's agents."""
    return orjson.dumps({"request_id": request, "text": text, "at": 1.0})
