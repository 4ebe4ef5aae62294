"""The endpoints of a simulated Tiledesk that deal with requests and their messages."""

from aiohttp import web

from bridge.sandbox.faults import Faults
from bridge.sandbox.tiledesk_http import NOT_FOUND, Doorway, Visit, answer, refuse, respond
from bridge.sandbox.tiledesk_requests import Requests
from bridge.sandbox.tiledesk_rules import Refused, refused
from bridge.sandbox.tiledesk_world import REQUEST_CLOSED, REQUEST_TEMPORARY, Document, StoredRequest, is_object_id

PAGE = 40
NOT_CLOSED = Refused(500, {"success": False, "error": "Error closing request"})
NOT_REOPENED = Refused(500, {"success": False, "error": "Error reopening request"})
NO_PARTICIPANT = Refused(
    403, {"success": False, "error": "You must be among the participants to close a conversation."}
)


class RequestRoutes:
    """Everything under `/{project}/requests`."""

    def __init__(self, doorway: Doorway, requests: Requests, faults: Faults) -> None:
        self._doorway = doorway
        self._world = doorway.world
        self._requests = requests
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """In the order of the traffic: paths are matched one after the other."""
        members = self._doorway.members
        one = "/{project}/requests/{request_id}"
        return [
            web.post(f"{one}/messages", members(self.post_message, subscriptions=True)),
            web.get(f"{one}/messages", members(self.messages, subscriptions=True)),
            web.get(f"{one}/messages/{{message_id}}", members(self.message, subscriptions=True)),
            web.get("/{project}/requests/me", members(self.mine)),
            web.get("/{project}/requests", members(self.listing, "agent")),
            web.get(one, members(self.request, "agent", subscriptions=True)),
            web.put(f"{one}/close", members(self.close, "agent", subscriptions=True)),
            web.put(f"{one}/closeg", members(self.close_by_guest)),
            web.put(f"{one}/reopen", members(self.reopen, "agent", subscriptions=True)),
            web.patch(f"{one}/rating", members(self.rate)),
            web.delete(one, members(self.delete, "admin")),
            web.get("/public/requests/{request_id}/messages", self.public_messages),
        ]

    def _stored(self, request: web.Request, visit: Visit) -> StoredRequest | None:
        return self._world.request(visit.project, request.match_info["request_id"])

    # ------------------------------------------------------------ messages

    async def post_message(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Post a message; the first one makes the request."""
        request_id = request.match_info["request_id"]
        pause = self._faults.retry_after(request_id, self._world.clock())
        if pause is not None:
            limited = {"success": False, "msg": "Too many requests"}
            return answer(limited, 429, {"Retry-After": str(pause)})
        return await respond(request, await self._requests.post(visit.project, visit.caller, request_id, visit.body))

    async def messages(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """All messages, oldest first, without pages; none for an unknown request."""
        stored = self._stored(request, visit)
        return answer(stored.messages if stored else [])

    async def public_messages(self, request: web.Request) -> web.StreamResponse:
        """The same without asking who calls."""
        stored = self._world.requests.get(request.match_info["request_id"])
        return answer(stored.messages if stored else [])

    async def message(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """One message."""
        identity = request.match_info["message_id"]
        if not is_object_id(identity):
            return refuse(refused(500, "Error getting object."))
        found = self._world.messages.get(identity)
        return answer(found) if found and found["id_project"] == visit.project.id else refuse(NOT_FOUND)

    # ------------------------------------------------------------ requests

    async def request(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """One request."""
        stored = self._stored(request, visit)
        return answer(stored.document) if stored else refuse(NOT_FOUND)

    async def mine(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """The caller's own open requests, newest first."""
        caller = visit.caller
        # An end user's id that looks like a database id is looked up among the accounts, and found nowhere.
        lost = caller.account is None and is_object_id(caller.id)
        stored = [] if lost else visit.project.requests_of.get(caller.id, [])
        found = [s.document for s in reversed(stored) if not s.closed and not s.document["preflight"]]
        return answer({"perPage": PAGE, "count": len(found), "requests": found[:PAGE]})

    async def listing(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The agents' list, newest first: `limit`, `page`, `status`, `channel`, `snap_lead_lead_id`, `direction`."""
        query = request.query
        limit = int(query.get("limit", PAGE))
        limit = PAGE if limit > 100 else limit
        states = [int(state) for state in query.get("status", "").split(",") if state.isdigit()]

        def wanted(document: Document) -> bool:
            status = document["status"]
            if query.get("status") != "all" and (
                status not in states if states else status >= REQUEST_CLOSED or status in (REQUEST_TEMPORARY, 150)
            ):
                return False
            channel, lead = query.get("channel"), query.get("snap_lead_lead_id")
            return (
                not document["preflight"]
                and (channel is None or (document["channel"] or {}).get("name") == channel)
                and (lead is None or document["snapshot"]["lead"]["lead_id"] == lead)
            )

        found = [s.document for s in visit.project.requests if wanted(s.document)]
        if query.get("direction") != "1":
            found.reverse()
        start = int(query.get("page", 0)) * limit
        return answer({"perPage": limit, "count": len(found), "requests": found[start : start + limit]})

    async def close(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Close a request, by a participant or an admin."""
        stored = self._stored(request, visit)
        if stored is None:
            return refuse(NOT_CLOSED)
        outranks = visit.member is None or visit.may("admin")
        if not outranks and visit.caller.id not in stored.document["participants"]:
            return refuse(NO_PARTICIPANT)
        return answer(self._requests.close(stored, visit.caller.id))

    async def close_by_guest(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Close a request; any member may."""
        stored = self._stored(request, visit)
        return refuse(NOT_CLOSED) if stored is None else answer(self._requests.close(stored, visit.caller.id))

    async def reopen(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Reopen a request."""
        stored = self._stored(request, visit)
        return refuse(NOT_REOPENED) if stored is None else answer(self._requests.reopen(stored))

    async def rate(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Rate a request, by its requester."""
        rated = self._requests.rate(self._stored(request, visit), visit.caller, visit.body)
        return await respond(request, rated)

    async def delete(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Delete a request; the next message with its id makes a new one."""
        stored = self._stored(request, visit)
        if stored is None:
            return refuse(NOT_FOUND)
        self._world.forget_request(visit.project, stored)
        return answer(stored.document)
