"""The endpoints of a simulated Tiledesk for leads: its records of the end users."""

from aiohttp import web

from bridge.sandbox.tiledesk_http import NOT_FOUND, Doorway, Visit, answer, refuse
from bridge.sandbox.tiledesk_request_routes import PAGE
from bridge.sandbox.tiledesk_rules import refused
from bridge.sandbox.tiledesk_world import Document, Project, is_object_id

CHANGEABLE = ("fullname", "email", "phone", "company", "note", "streetAddress", "city", "region", "zipcode", "country")
"""fields that are cast to text"""

KEPT_AS_THEY_ARE = ("attributes", "tags", "status")

DELETED = 1000
"""the status of a lead that lists no longer hold"""


class LeadRoutes:
    """Everything under `/{project}/leads`, for agents and for webhook tokens."""

    def __init__(self, doorway: Doorway) -> None:
        self._world = doorway.world
        self._members = doorway.members

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        one = "/{project}/leads/{id}"
        return [
            web.get("/{project}/leads", self._members(self.listing, "agent", subscriptions=True)),
            web.get(one, self._members(self.lead, "agent", subscriptions=True)),
            web.put(one, self._members(self.change, "agent", subscriptions=True)),
            web.delete(one, self._members(self.remove, "agent", subscriptions=True)),
        ]

    async def listing(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """The project's leads, newest first."""
        leads = reversed(visit.project.leads.values())
        found = [lead for lead in leads if int(lead.get("status", 100)) < DELETED]
        return answer({"perPage": PAGE, "count": len(found), "leads": found[:PAGE]})

    async def lead(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """One of them, by `_id`: the end user's own id means nothing here."""
        identity = request.match_info["id"]
        if not is_object_id(identity):
            return refuse(refused(500, "Error getting object."))
        found = by_id(visit.project, identity)
        return refuse(NOT_FOUND) if found is None else answer(found)

    async def remove(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Mark it as deleted, by `_id`; it stays for those who ask for it by its id."""
        found = by_id(visit.project, request.match_info["id"])
        if found is None:
            return refuse(NOT_FOUND)
        found["status"] = DELETED
        return answer(found)

    async def change(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Overwrite some fields, by `_id`; no webhook tells of it. An unknown id makes a new lead that belongs to nobody."""
        identity, body = request.match_info["id"], visit.body
        wrong = any(isinstance(body.get(name), dict | list) for name in CHANGEABLE)
        if wrong or not is_object_id(identity):
            return refuse(refused(500, "Error updating object."))
        lead = by_id(visit.project, identity)
        if lead is None:
            lead = {"tags": [], "status": 100, "_id": identity, **self._world.born()}
            visit.project.leads[identity] = lead
        lead |= {name: str(body[name]) for name in CHANGEABLE if body.get(name) is not None}
        lead |= {name: body[name] for name in KEPT_AS_THEY_ARE if body.get(name) is not None}
        lead["updatedAt"] = self._world.stamp()
        return answer(lead)


def by_id(project: Project, identity: str) -> Document | None:
    """The lead with this `_id`."""
    return next((lead for lead in project.leads.values() if lead["_id"] == identity), None)
