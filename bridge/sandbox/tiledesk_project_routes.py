"""The endpoints of a simulated Tiledesk for signing in, and for projects, departments and subscriptions."""

from aiohttp import web

from bridge.sandbox.tiledesk_http import (
    HTML,
    NOT_FOUND,
    STRANGER,
    Doorway,
    Visit,
    answer,
    not_found,
    read_body,
    refuse,
)
from bridge.sandbox.tiledesk_rules import Refused, is_nothing, refused
from bridge.sandbox.tiledesk_tokens import UNAUTHORIZED
from bridge.sandbox.tiledesk_webhooks import Webhooks
from bridge.sandbox.tiledesk_world import Document, is_object_id

UP = "Hello from Tiledesk server. It's UP. See the documentation here http://developer.tiledesk.com"
NOT_SAVED = refused(500, "Error saving object.")
PEM = "-----BEGIN PUBLIC KEY-----\nsimulated\n-----END PUBLIC KEY-----"


def missing(*names: str) -> Refused:
    """The refusal of a body that lacks `names`."""
    return Refused(422, {"errors": [{"msg": "Invalid value", "param": n, "location": "body"} for n in names]})


class ProjectRoutes:
    """Everything but requests and files."""

    def __init__(self, doorway: Doorway, webhooks: Webhooks) -> None:
        self._doorway = doorway
        self._world = doorway.world
        self._tokens = doorway.tokens
        self._webhooks = webhooks

    def routes(self) -> list[web.RouteDef]:
        """Fixed paths first: `{project}` would match them as well."""
        members = self._doorway.members
        subscriptions = "/{project}/subscriptions"
        return [
            web.get("/", self.up),
            web.post("/auth/signin", self.sign_in),
            web.post("/auth/signinAnonymously", self.sign_in_anonymously),
            web.post("/auth/signinWithCustomToken", self.sign_in_with_custom_token),
            web.get("/projects", self.own_projects),
            web.get("/projects/{project}/isopen", self.is_open),
            web.get("/projects/{project}/users/availables", self.available),
            web.get("/projects/{project}", members(self.project, "agent", subscriptions=True)),
            web.put("/projects/{project}", members(self.change_project, "admin")),
            web.get("/{project}/departments", self.departments),
            web.get("/{project}/departments/allstatus", members(self.all_departments, "agent")),
            web.put("/{project}/project_users/", members(self.change_self, "agent")),
            web.post("/{project}/keys/generate", members(self.new_secret, "agent")),
            web.post(subscriptions, members(self.subscribe, "admin")),
            web.get(subscriptions, members(self.subscriptions, "admin")),
            web.get(f"{subscriptions}/{{id}}", members(self.subscription, "admin")),
            web.put(f"{subscriptions}/{{id}}", members(self.change_subscription, "admin")),
            web.delete(f"{subscriptions}/{{id}}", members(self.unsubscribe, "admin")),
        ]

    async def up(self, _request: web.Request) -> web.StreamResponse:
        """The health check."""
        return web.Response(body=UP.encode(), headers=HTML)

    async def nowhere(self, request: web.Request) -> web.StreamResponse:
        """Any other path: its first part is taken for a project's id."""
        first = request.path.split("/")[1]
        if not first or first in self._world.projects:
            return not_found(request)
        complaint = "Project not found with id" if is_object_id(first) else "Invalid project id"
        return answer({"error": f"{complaint}: {first}"}, 400)

    # ------------------------------------------------------------ signing in

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Sign in with e-mail and password."""
        body = await read_body(request)
        if isinstance(body, Refused):
            return refuse(body)
        absent = [name for name in ("email", "password") if is_nothing(body.get(name))]
        if absent:
            return refuse(missing(*absent))
        account = self._world.emails.get(str(body["email"]))
        if account is None:
            return refuse(refused(401, "Authentication failed. User not found."))
        if account.password != body["password"]:
            return refuse(refused(401, "Authentication failed. Wrong password."))
        user = {name: account.document[name] for name in ("_id", "email", "firstname", "lastname", "emailverified")}
        return answer({"success": True, "token": self._tokens.for_account(account), "user": user})

    async def sign_in_anonymously(self, request: web.Request) -> web.StreamResponse:
        """A new guest, every time."""
        body = await read_body(request)
        if isinstance(body, Refused):
            return refuse(body)
        if is_nothing(body.get("id_project")):
            return refuse(missing("id_project"))
        project_id = str(body["id_project"])
        if not is_object_id(project_id):
            return refuse(NOT_SAVED)
        identity = self._world.uuid()
        firstname = body.get("firstname") or f"guest#{identity[:4]}"
        given: Document = {name: body[name] for name in ("lastname", "email", "attributes") if name in body}
        fullname = f"{firstname} {body.get('lastname') or ''}"
        user: Document = {"_id": identity, "firstname": firstname, **given, "id": identity, "fullName": fullname}
        # An unknown project is found out only when the token is used.
        project = self._world.projects.get(project_id)
        if project is not None:
            self._world.add_member(project, identity, "guest")
        return answer({"success": True, "token": self._tokens.for_person(user, "guest"), "user": user})

    async def sign_in_with_custom_token(self, request: web.Request) -> web.StreamResponse:
        """Take a token the client signed; the first time its owner becomes a member of the project."""
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        claims = self._tokens.claims(token) if scheme.lower() == "jwt" else None
        if claims is None:
            return refuse(UNAUTHORIZED)
        kind, _, identity = str(claims.get("aud", "")).removeprefix("https://tiledesk.com/").partition("/")
        if kind == "subscriptions":
            identity = self._webhooks.subscriptions[identity].document["id_project"]
        project = self._world.projects.get(identity)
        if project is not None and str(claims["_id"]) not in project.members:
            self._world.add_member(project, str(claims["_id"]), "user")
        return answer({"success": True, "token": header, "user": claims})

    # ------------------------------------------------------------ projects

    async def new_secret(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """A new project secret; every token made with the old one is worthless at once."""
        visit.project.jwt_secret = self._world.uuid()
        secret = visit.project.jwt_secret
        return answer({"publicKey": PEM, "privateKey": PEM.replace("PUBLIC", "RSA PRIVATE"), "jwtSecret": secret})

    async def own_projects(self, request: web.Request) -> web.StreamResponse:
        """The places that the caller's account has in projects, each with the project itself."""
        caller = self._tokens.caller(request.headers.get("Authorization"))
        if isinstance(caller, Refused):
            return refuse(caller)
        places = ((project, project.members.get(caller.id)) for project in self._world.projects.values())
        return answer(
            [
                {**member.document, "id_project": project.document, "id_user": caller.id}
                for project, member in places
                if member is not None and member.account is not None
            ]
        )

    async def project(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """The project, without its secret."""
        return answer(visit.project.document)

    async def change_project(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """Overwrite some fields; empty objects are forgotten, as MongoDB's driver does."""
        document = visit.project.document
        for name in ("name", "widget", "settings", "activeOperatingHours", "operatingHours"):
            if visit.body.get(name) == {}:
                document.pop(name, None)
            elif name in visit.body:
                document[name] = visit.body[name]
        document["updatedAt"] = self._world.stamp()
        return answer(document)

    async def is_open(self, request: web.Request) -> web.StreamResponse:
        """Whether it is within operating hours: always, here."""
        identity = request.match_info["project"]
        if identity in self._world.projects:
            return answer({"isopen": True})
        if not is_object_id(identity):
            return answer({"success": False, "msg": {"errorCode": 1000, "msg": "Error getting object."}}, 500)
        trouble = {"errorCode": 1010, "msg": "project not found for id", "projectId": identity}
        return answer({"success": False, "msg": trouble}, 500)

    async def available(self, request: web.Request) -> web.StreamResponse:
        """Who would take a request now."""
        project = self._doorway.project(request)
        if isinstance(project, Refused):
            return refuse(NOT_SAVED)
        return answer(
            [
                {
                    "id": member.user_id,
                    "pu_id": member.document["_id"],
                    "fullname": member.account.fullname,
                    "email": member.account.document["email"],
                    "assigned_request": 0,
                }
                for member in project.available()
                if member.account is not None
            ]
        )

    async def change_self(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """Change one's own availability."""
        if visit.member is None:
            return refuse(STRANGER)
        if isinstance(visit.body.get("user_available"), bool):
            visit.member.document["user_available"] = visit.body["user_available"]
        return answer(visit.member.document)

    async def departments(self, request: web.Request) -> web.StreamResponse:
        """The departments, for anyone who asks."""
        project = self._doorway.project(request)
        return refuse(project) if isinstance(project, Refused) else answer(list(project.departments.values()))

    async def all_departments(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """The departments, for agents."""
        return answer(list(visit.project.departments.values()))

    # ------------------------------------------------------------ subscriptions

    async def subscribe(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """Subscribe; the only answer that tells the secret."""
        event, target = visit.body.get("event"), visit.body.get("target")
        if is_nothing(event) or is_nothing(target):
            return refuse(NOT_SAVED)
        known = len(self._webhooks.subscriptions)
        made = self._webhooks.add(visit.project.id, str(event), str(target), visit.caller.id)
        is_new: Document = {"global": False} if len(self._webhooks.subscriptions) > known else {}
        shown = {"secret": made.secret, **is_new, **made.document}
        return answer(shown, headers={"x-hook-secret": made.secret})

    async def subscriptions(self, _request: web.Request, visit: Visit) -> web.StreamResponse:
        """All of the project's."""
        return answer(self._webhooks.of_project(visit.project.id))

    async def subscription(self, request: web.Request, _visit: Visit) -> web.StreamResponse:
        """One of them."""
        identity = request.match_info["id"]
        if not is_object_id(identity):
            return refuse(refused(500, "Error getting object."))
        found = self._webhooks.subscriptions.get(identity)
        return answer(found.document) if found else refuse(NOT_FOUND)

    async def change_subscription(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Overwrite some fields."""
        identity = request.match_info["id"]
        if not is_object_id(identity):
            return refuse(refused(500, "Error updating object."))
        return answer(self._webhooks.change(identity, visit.body))

    async def unsubscribe(self, request: web.Request, _visit: Visit) -> web.StreamResponse:
        """Delete one; `null` if it is gone already."""
        identity = request.match_info["id"]
        if not is_object_id(identity):
            return refuse(refused(500, "Error deleting object."))
        return answer(self._webhooks.remove(identity))
