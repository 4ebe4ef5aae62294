"""Messages and requests of a simulated Tiledesk: who may write what, what it changes, and which webhooks it sets off."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bridge.sandbox.tiledesk_rules import (
    NOT_ADDED,
    NOT_CREATED,
    Refused,
    Silence,
    check_message,
    check_opening,
    check_participants,
    is_nothing,
    is_number,
    refused,
)
from bridge.sandbox.tiledesk_shapes import message_payload, opened_document, posted_message, transcript_of
from bridge.sandbox.tiledesk_tokens import Caller
from bridge.sandbox.tiledesk_world import (
    REQUEST_ASSIGNED,
    REQUEST_CLOSED,
    REQUEST_UNASSIGNED,
    Document,
    Member,
    Project,
    StoredRequest,
    World,
)

Publish = Callable[[str, Iterable[str], Callable[[], Document]], None]
"""(project id, topics, builder of the payload)"""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who is behind a message, after `sender` in its body was looked up."""

    id: str
    fullname: str | None
    email: str | None
    member: Member


class Requests:
    """The rules of one simulated server; `publish` sets off webhooks, `note` tells what changed."""

    def __init__(self, world: World, publish: Publish, note: Callable[[str, Document], None]) -> None:
        self.first_message_seconds = 0.05
        self._world = world
        self._publish = publish
        self._note = note

    # ------------------------------------------------------------ messages

    async def post(
        self, project: Project, caller: Caller, request_id: str, body: Document
    ) -> Document | Refused | Silence:
        """Take one message; the answer is the message with its `request`, to be serialised at once."""
        stored = self._world.request(project, request_id)
        if stored is not None:
            return self.add(stored, caller, body)
        return await self._open(project, caller, request_id, body)

    async def _open(
        self, project: Project, caller: Caller, request_id: str, body: Document
    ) -> Document | Refused | Silence:
        wrong = check_opening(body, project.departments)
        # 422 comes before the sender is looked up, the other refusals after it.
        if wrong is not None and wrong.status == 422:
            return wrong
        writer = self._writer(project, caller, body)
        if not isinstance(writer, Writer):
            return writer
        lead = self._lead(project, caller, writer, body)
        # The real server reads, thinks for some 100 ms, then inserts: of several first messages only one gets through.
        await asyncio.sleep(self.first_message_seconds)
        if wrong is not None:
            return wrong
        if request_id in self._world.requests:
            return refused(500, NOT_CREATED, err={})
        silence = check_participants(body)
        if silence is not None:
            return silence
        document = opened_document(self._world, project, request_id, body, writer.member, lead, created_by=caller.id)
        stored = StoredRequest(document, project.id, writer.member.user_id)
        self._world.keep_request(project, stored)
        self._tell_request("request.create", stored)
        problem = check_message(body, NOT_CREATED)
        if problem is not None:
            return problem
        fullname = writer.fullname
        return self._keep_message(stored, posted_message(self._world, stored, body, writer.id, fullname, caller.id))

    def add(self, stored: StoredRequest, caller: Caller, body: Document) -> Document | Refused | Silence:
        """Take one more message of an existing request, whoever wrote it and whatever its status."""
        problem = check_message(body, NOT_ADDED)
        if problem is not None:
            return problem
        sender = body.get("sender")
        who = caller.id if is_nothing(sender) else str(sender)
        fullname = body.get("senderFullname") or caller.fullname
        message = posted_message(self._world, stored, body, who, fullname, who)
        answer = self._keep_message(stored, message)
        request = stored.document
        request["updatedAt"] = message["createdAt"]
        if isinstance(attributes := request.setdefault("attributes", {}), dict):
            attributes["last_message"] = message
        # Measured: only a `sender` in the body makes the server look whether an agent has answered.
        if sender in request["participants"] and "waiting_time" not in request:
            now = self._world.clock()
            request["waiting_time"] = int(now * 1000) - stored_at_ms(request)
            request["first_response_at"] = self._world.stamp(now)
            self._tell_request("request.update", stored)
        elif request["preflight"] and who == request["lead"]["lead_id"]:
            request["preflight"] = False
            request["first_text"] = message.get("text")
            self._tell_request("request.update", stored)
        return answer

    def say(self, stored: StoredRequest, body: Document, fullname: str = "Bot") -> Document:
        """A message of the server itself (`system`), unchecked."""
        # Measured: the request's language lands in the metadata of such messages.
        language = stored.document.get("language")
        mixed_up = {"metadata": language} if language else {}
        message = posted_message(self._world, stored, {**mixed_up, **body}, "system", fullname, "system")
        return self._keep_message(stored, message)

    def _keep_message(self, stored: StoredRequest, message: Document) -> Document:
        stored.messages.append(message)
        self._world.messages[message["_id"]] = message
        request = stored.document
        topics = ["message.create"]
        if request["channel"] is not None:
            topics.append(f"message.create.request.channel.{request['channel']['name']}")
        if message["channel"] is not None:
            topics.append(f"message.create.channel.{message['channel']['name']}")
        self._publish(stored.project_id, topics, lambda: message_payload(message, request))
        self._note("message", message)
        return {**message, "request": request}

    # ------------------------------------------------------------ people

    def _writer(self, project: Project, caller: Caller, body: Document) -> Writer | Refused | Silence:
        fullname = body.get("senderFullname") or caller.fullname
        email = body.get("email") or caller.email
        sender = body.get("sender")
        if is_nothing(sender):
            own = project.members.get(caller.id)
            # Webhook tokens speak for no member, and the real server dies of that.
            return Silence() if own is None else Writer(caller.id, fullname, email, own)
        member = project.members.get(str(sender))
        if member is None:
            return refused(403, f"Unauthorized. Project_user not found with user id  : {sender}")
        if member.account is not None:
            return Writer(member.user_id, member.account.fullname, member.account.document["email"], member)
        lead = project.leads.get(member.user_id)
        if lead is not None:
            fullname, email = lead["fullname"], lead.get("email")
        return Writer(member.user_id, fullname, email, member)

    def _lead(self, project: Project, caller: Caller, writer: Writer, body: Document) -> Document:
        lead = project.leads.get(writer.id)
        if lead is None:
            email = {} if writer.email is None else {"email": writer.email}
            attributes = body.get("attributes") or caller.attributes
            lead = project.leads[writer.id] = {
                "tags": [],
                "status": 100,
                "_id": self._world.object_id(),
                "lead_id": writer.id,
                "fullname": writer.fullname,
                **email,
                "phone": caller.phone,
                **({"attributes": attributes} if attributes else {}),
                "id_project": project.id,
                "createdBy": "system",
                **self._world.born(),
            }
            self._publish(project.id, ("lead.create",), lambda: lead)
            self._note("lead", lead)
        elif lead.get("email") != writer.email:
            # A name alone never changes; a changed e-mail brings the name along.
            lead |= {"fullname": writer.fullname, "email": writer.email, "updatedAt": self._world.stamp()}
        return lead

    # ------------------------------------------------------------ a request's life

    def close(self, stored: StoredRequest, closed_by: str) -> Document:
        """Close; on a closed request the webhooks and the "Chat closed" message come once more."""
        request = stored.document
        if not stored.closed:
            request["status"] = REQUEST_CLOSED
            self._tell_request("request.update", stored)
            now = self._world.clock()
            request["transcript"] = transcript_of(stored.messages)
            request["duration"] = int(now * 1000) - stored_at_ms(request)
            request["closed_by"] = closed_by
            request["closed_at"] = request["updatedAt"] = self._world.stamp(now)
        history = list(stored.messages)
        self._tell_request("request.close", stored, messages=history)
        label = {"updateconversation": False, "messagelabel": {"key": "CHAT_CLOSED"}}
        self.say(stored, {"text": "Chat closed", "attributes": {"subtype": "info/support", **label}})
        return request

    def reopen(self, stored: StoredRequest) -> Document:
        """Reopen a closed request; nothing happens to an open one."""
        request = stored.document
        if stored.closed:
            request["status"] = REQUEST_ASSIGNED if request["participants"] else REQUEST_UNASSIGNED
            request["updatedAt"] = self._world.stamp()
            self._tell_request("request.update", stored)
            label = {"updateconversation": True, "messagelabel": {"key": "CHAT_REOPENED"}}
            self.say(stored, {"text": "Chat reopened", "attributes": {"subtype": "info/support", **label}})
        return request

    def rate(self, stored: StoredRequest | None, caller: Caller, body: Document) -> Document | Refused:
        """Rate, which only the requester may; a rating of 0 is ignored."""
        if stored is None or stored.requester_id != caller.id:
            return refused(404, "Request not found")
        request = stored.document
        if not is_nothing(body.get("rating")):
            if not is_number(body["rating"]):
                return refused(500, "Error updating object.")
            request["rating"] = body["rating"]
        if body.get("rating_message"):
            request["rating_message"] = body["rating_message"]
        request["updatedAt"] = self._world.stamp()
        self._tell_request("request.update", stored)
        return request

    def _tell_request(self, topic: str, stored: StoredRequest, **more: object) -> None:
        self._publish(stored.project_id, (topic,), lambda: {**stored.document, **more})
        self._note("request", stored.document)


def stored_at_ms(document: Document) -> int:
    """When a document was created, in milliseconds."""
    return round(datetime.fromisoformat(document["createdAt"]).timestamp() * 1000)
