"""The JSON shapes of a simulated Tiledesk's messages and requests, with the fields in the real one's order."""

from datetime import datetime

from bridge.sandbox.tiledesk_rules import is_nothing
from bridge.sandbox.tiledesk_world import (
    REQUEST_ASSIGNED,
    REQUEST_TEMPORARY,
    REQUEST_UNASSIGNED,
    Document,
    Member,
    Project,
    StoredRequest,
    World,
)

VIRTUAL = ("id", "isAuthenticated", "hasBot")
"""Computed fields: in every answer, but not in a message's webhook."""


def posted_message(
    world: World, stored: StoredRequest, body: Document, sender: str, fullname: str | None, created_by: str
) -> Document:
    """A message as it is stored; absent fields stay absent, empty objects are dropped, numbers become text."""
    status = body.get("status")
    message: Document = {
        "senderFullname": fullname or "Guest",
        "type": str(body.get("type", "text")),
        "channel_type": "group",
        "status": 0 if is_nothing(status) else float(str(status)) if isinstance(status, str) else status,
        "_id": world.object_id(),
        "sender": sender,
        "recipient": stored.document["request_id"],
    }
    if "text" in body:
        text = body["text"]
        message["text"] = text if text is None or isinstance(text, str) else str(text)
    message["id_project"] = stored.project_id
    message["createdBy"] = created_by
    for name in ("metadata", "attributes"):
        if name in body and body[name] != {}:
            message[name] = body[name]
    if body.get("language") is not None:
        message["language"] = str(body["language"])
    channel = body.get("channel", {"name": "chat21"})
    message["channel"] = channel
    message.update(world.born())
    return message


def opened_document(
    world: World,
    project: Project,
    request_id: str,
    body: Document,
    requester: Member,
    lead: Document,
    *,
    created_by: str,
) -> Document:
    """A new request, assigned to someone available unless its body says otherwise."""
    identity = world.object_id()
    born = world.born()
    available = project.available()
    wanted = body.get("participants") or []
    department = None if wanted else department_of(project, body)
    project.tickets += 1
    if wanted:
        participants = list(wanted)
    elif body.get("request_status") == REQUEST_TEMPORARY or not available:
        participants = []
    else:
        participants = [available[project.tickets % len(available)].user_id]
    unassigned = REQUEST_TEMPORARY if body.get("request_status") == REQUEST_TEMPORARY else REQUEST_UNASSIGNED
    agents = [member.account for user_id in participants if (member := project.members.get(user_id))]
    account_id = {} if requester.account is None else {"id_user": requester.user_id}
    where = {} if department is None else {"department": department}
    optional = {name: body[name] for name in ("sourcePage", "language", "userAgent") if body.get(name)}
    attributes = body.get("attributes")
    location = {"geometry": {"coordinates": []}, **body["location"]} if body.get("location") else None
    contact = {name: lead[name] for name in ("phone", "email") if lead.get(name)}
    return {
        "status": REQUEST_ASSIGNED if participants else unassigned,
        "preflight": bool(body.get("preflight", False)),
        "hasBot": False,
        "participants": participants,
        "priority": body.get("priority") or "medium",
        "followers": body.get("followers") or [],
        "participantsAgents": participants,
        "participantsBots": [],
        "_id": identity,
        "request_id": request_id,
        "requester": requester.document,
        "lead": lead,
        "first_text": str(body["text"]),
        **({"subject": body["subject"]} if body.get("subject") else {}),
        **where,
        **optional,
        **({"assigned_at": born["createdAt"]} if participants else {}),
        **({"attributes": dict(attributes)} if isinstance(attributes, dict) and attributes else {}),
        "id_project": project.id,
        "createdBy": created_by,
        "channel": body.get("channel", {"name": "chat21"}),
        **({"location": location} if location else {}),
        "tags": [],
        "notes": [],
        "createdAt": born["createdAt"],
        "snapshot": {
            **where,
            "availableAgentsCount": len(available),
            "requester": requester.document | account_id,
            "lead": dict(lead),
        },
        **({"contact": contact} if contact else {}),
        "channelOutbound": {"name": "chat21"},
        "smartAssignment": True,
        "updatedAt": born["updatedAt"],
        "ticket_id": project.tickets,
        "__v": 0,
        "requester_id": lead["_id"],
        "participatingAgents": [account.document for account in agents if account is not None],
        "participatingBots": [],
        "id": identity,
    }


def department_of(project: Project, body: Document) -> Document:
    """The department a body asks for, or the default one."""
    wanted = project.departments.get(body.get("departmentid") or "")
    return wanted or next(d for d in project.departments.values() if d["default"])


def message_payload(message: Document, request: Document) -> Document:
    """A message as its webhook carries it: with its request, but without the computed fields."""
    bare = {name: value for name, value in request.items() if name not in ("id", "requester_id")}
    snapshot = dict(request["snapshot"])
    for holder in (bare, snapshot):
        for name in ("requester", "department"):
            if name in holder:
                holder[name] = {key: value for key, value in holder[name].items() if key not in VIRTUAL}
    bare["snapshot"] = snapshot
    return {**message, "request": bare}


def transcript_of(messages: list[Document]) -> str:
    """What was said, one line each, private notes and all."""
    return "\r\n".join(
        f"{datetime.fromisoformat(m['createdAt']):%d/%m/%Y, %H:%M:%S} {m['senderFullname']}: {m.get('text', '')}"
        for m in messages
    )
