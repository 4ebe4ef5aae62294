"""A simulated Tiledesk server: its REST face and webhooks on a loopback port, and a Python face to play the agents.

async with TiledeskSimulator() as tiledesk:
    project = tiledesk.add_project()
    ...                                             # point a client at tiledesk.base_url
    tiledesk.agent_replies(request_id, "Hello, how can I help?")
    await tiledesk.wait_for(lambda: tiledesk.messages(request_id)[-1]["text"] == "Thanks!")
"""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Self, TypeVar
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bridge.sandbox.faults import Door, Faults, under
from bridge.sandbox.tiledesk_files import FileRoutes
from bridge.sandbox.tiledesk_http import Doorway
from bridge.sandbox.tiledesk_lead_routes import LeadRoutes
from bridge.sandbox.tiledesk_project_routes import ProjectRoutes
from bridge.sandbox.tiledesk_request_routes import RequestRoutes
from bridge.sandbox.tiledesk_requests import Requests
from bridge.sandbox.tiledesk_rules import Refused, Silence
from bridge.sandbox.tiledesk_tokens import Caller, Tokens
from bridge.sandbox.tiledesk_told import Call, Happening, Person, SimulatedProject
from bridge.sandbox.tiledesk_webhooks import Weather, WebhookCall, Webhooks
from bridge.sandbox.tiledesk_world import Account, Document, Project, StoredRequest, World

T = TypeVar("T")
LOG_LENGTH = 10_000


__all__ = ["Call", "Happening", "Person", "SimulatedProject", "TiledeskSimulator", "Weather", "WebhookCall"]


class TiledeskSimulator:
    """One simulated server; with a `seed` and a `clock` everything it makes up is repeatable.

    `faults` spoil its answers, `weather` its webhook calls; both may be changed at any moment. `calls` and `webhook_log`
    hold the latest 10,000, `call_counts` counts all answered calls by (method, path template).
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int | None = None,
        clock: Callable[[], float] = time.time,
        faults: Faults | None = None,
    ) -> None:
        self.faults = faults or Faults()
        self.calls: deque[Call] = deque(maxlen=LOG_LENGTH)
        self.call_counts: Counter[tuple[str, str]] = Counter()
        self._listeners: list[Callable[[Happening], None]] = []
        self._waiters: set[asyncio.Future[None]] = set()
        self._world = World(random.Random(seed), clock)  # noqa: S311 - repeatable on purpose, guards nothing
        self._webhooks = Webhooks(
            self._world, lambda: self.base_url, lambda call: self._tell("webhook", call), self._wake
        )
        self._tokens = Tokens(self._world, self._webhooks.secrets)
        self._requests = Requests(self._world, self._webhooks.publish, self._tell_stored)
        doorway = Doorway(self._world, self._tokens)
        projects = ProjectRoutes(doorway, self._webhooks)
        self._files = FileRoutes(doorway)
        app = web.Application(middlewares=[self._record], client_max_size=64 * 1024 * 1024)
        app.add_routes(RequestRoutes(doorway, self._requests, self.faults).routes())
        app.add_routes(projects.routes())
        app.add_routes(LeadRoutes(doorway).routes())
        app.add_routes(self._files.routes())
        app.add_routes([web.route("*", "/{tail:.*}", projects.nowhere)])
        self._door = Door(app, host, port)

    # ------------------------------------------------------------ life

    async def start(self) -> Self:
        """Listen; OSError if the port is taken."""
        await self._door.open()
        return self

    async def close(self) -> None:
        """Stop for good; webhook calls under way are dropped."""
        await self._door.close()
        await self._webhooks.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def refuse(self) -> None:
        """Go away: connections are cut, new ones refused, webhook calls under way forgotten."""
        await self._door.refuse()
        await self._webhooks.forget()

    async def accept(self) -> None:
        """Come back on the same port; what was stored is still there, new subscriptions get another secret."""
        await self._door.accept()

    @property
    def base_url(self) -> str:
        """The address, e.g. `http://127.0.0.1:40123`."""
        return self._door.base_url

    @property
    def weather(self) -> Weather:
        """How webhook calls fare."""
        return self._webhooks.weather

    @property
    def webhook_log(self) -> deque[WebhookCall]:
        """Every attempt at a webhook's target."""
        return self._webhooks.log

    @property
    def webhooks_under_way(self) -> int:
        """Webhook calls not finished yet, pauses between attempts included."""
        return self._webhooks.under_way

    @property
    def first_message_seconds(self) -> float:
        """How long a request is in the making (the window in which further first messages are lost)."""
        return self._requests.first_message_seconds

    @first_message_seconds.setter
    def first_message_seconds(self, seconds: float) -> None:
        self._requests.first_message_seconds = seconds

    # ------------------------------------------------------------ projects and people

    def add_project(self, name: str = "Sandbox project") -> SimulatedProject:
        """A new project with a default department, an owner (available) and an agent (not available)."""
        number = "" if not self._world.projects else str(len(self._world.projects) + 1)
        sign_up = self._world.add_account
        owner = sign_up(f"owner{number}@sandbox.invalid", "owner-Passw0rd!", "Olivia", "Owner")
        agent = sign_up(f"agent{number}@sandbox.invalid", "agent-Passw0rd!", "Aaron", "Agent")
        project = self._world.add_project(name, owner)
        self._world.add_member(project, agent.id, "agent", account=agent).document["user_available"] = False
        department = next(iter(project.departments))
        return SimulatedProject(project.id, department, project.jwt_secret, self._person(owner), self._person(agent))

    def _person(self, account: Account) -> Person:
        token = self._tokens.for_account(account)
        return Person(account.id, account.document["email"], account.password, account.fullname, token)

    def add_department(self, project_id: str, name: str) -> str:
        """One more department; returns its id."""
        return self._world.add_department(self._project(project_id), name)

    def add_member(self, project_id: str, account_id: str, role: str) -> None:
        """Invite somebody who has an account into one more project."""
        account = self._world.accounts[account_id]
        self._world.add_member(self._project(project_id), account_id, role, account=account)

    def set_available(self, project_id: str, user_id: str, *, available: bool) -> None:
        """Whether an agent takes new requests; with nobody available they stay unassigned (status 100)."""
        self._project(project_id).members[user_id].document["user_available"] = available

    def ban(self, project_id: str, user_id: str) -> None:
        """Lock someone out: every call of theirs answers 401."""
        self._project(project_id).banned.add(user_id)

    def _project(self, project_id: str) -> Project:
        return self._world.projects[project_id]

    # ------------------------------------------------------------ what agents do

    def agent_replies(self, request_id: str, text: str, *, agent_id: str = "", **fields: Any) -> Document:
        """An agent writes (the request's first participant, else the owner); `fields` go into the message's body."""
        stored = self._stored(request_id)
        answer = self._requests.add(stored, self._agent(stored, agent_id), {"text": text, **fields})
        match answer:
            case Refused() | Silence():
                raise ValueError(f"Tiledesk doesn't take such a message: {answer}")
            case _:
                return stored.messages[-1]

    def agent_notes(self, request_id: str, text: str, *, agent_id: str = "") -> Document:
        """An agent writes a private note, which no end user may ever see."""
        return self.agent_replies(request_id, text, agent_id=agent_id, attributes={"subtype": "private"})

    def system_says(self, request_id: str, text: str, *, key: str = "", subtype: str = "info/support") -> Document:
        """The server itself says something; `key` is the label of known messages, e.g. `MEMBER_JOINED_GROUP`."""
        label = {"messagelabel": {"key": key}} if key else {}
        body = {"text": text, "attributes": {"subtype": subtype, **label}}
        self._requests.say(self._stored(request_id), body)
        return self._stored(request_id).messages[-1]

    def agent_uploads(
        self, request_id: str, name: str, content_type: str, content: bytes, *, agent_id: str = ""
    ) -> str | Refused:
        """An agent uploads a file into a conversation; gives its address, or how the server says no."""
        stored = self._stored(request_id)
        owner = f"users/{self._agent(stored, agent_id).id}"
        path = self._files.store(self._project(stored.project_id), owner, name, content_type, content, agent=True)
        return path if isinstance(path, Refused) else f"{self.base_url}/files?path={quote(path, safe='')}"

    def allow_uploads(self, project_id: str, *, guests: str = "", agents: str = "", limit: int = 0) -> None:
        """Set which extensions people may upload (`.jpg,.webp` or `*/*`; "" keeps what is), and how many bytes."""
        document = self._project(project_id).document
        if guests:
            document["widget"] = {**document.get("widget", {}), "allowedUploadExtentions": guests}
        if agents:
            document["settings"] = {**document.get("settings", {}), "allowed_upload_extentions": agents}
        self._files.limit = limit or self._files.limit

    def uploaded(self, path: str) -> tuple[str, bytes] | None:
        """The type and content of an uploaded file, by the path that its upload was answered with."""
        return self._files.find(path)

    def close_request(self, request_id: str, *, agent_id: str = "") -> None:
        """An agent closes a request; its "Chat closed" message comes along."""
        stored = self._stored(request_id)
        self._requests.close(stored, self._agent(stored, agent_id).id)

    def reopen(self, request_id: str) -> None:
        """An agent reopens a closed request."""
        self._requests.reopen(self._stored(request_id))

    def _stored(self, request_id: str) -> StoredRequest:
        return self._world.requests[request_id]

    def _agent(self, stored: StoredRequest, agent_id: str) -> Caller:
        participants = stored.document["participants"]
        owner = self._project(stored.project_id).document["createdBy"]
        account = self._world.accounts[agent_id or (participants[0] if participants else owner)]
        return Caller(account.id, account.fullname, {}, email=account.document["email"], account=account)

    # ------------------------------------------------------------ what is stored

    def requests(self, project_id: str | None = None) -> list[Document]:
        """All requests as Tiledesk shows them, oldest first; of one project, if given."""
        stored = self._world.requests.values()
        return [s.document for s in stored if project_id in (None, s.project_id)]

    def messages(self, request_id: str) -> list[Document]:
        """A request's messages as Tiledesk shows them, oldest first; none if it is unknown."""
        stored = self._world.requests.get(request_id)
        return list(stored.messages) if stored else []

    # ------------------------------------------------------------ following along

    def subscribe(self, listener: Callable[[Happening], None]) -> Callable[[], None]:
        """Have `listener` called, at once, with everything that happens; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def wait_for(self, predicate: Callable[[], T], within: float = 30.0) -> T:
        """Wait until `predicate` gives something true, and return that; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not (result := predicate()):
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.add(waiter)
                try:
                    await waiter
                finally:
                    self._waiters.discard(waiter)
        return result

    def _tell_stored(self, kind: str, document: Document) -> None:
        self._tell(kind, document)

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _tell(self, kind: Any, what: Any) -> None:
        self._wake()
        if self._listeners:
            happening = Happening(kind, what)
            for listener in tuple(self._listeners):
                listener(happening)

    @property
    def _record(self) -> Middleware:
        suffer = under(self.faults)

        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await suffer(request, handler)
            resource = request.match_info.route.resource
            path = resource.canonical if resource is not None else ""
            cut = request.transport is None or request.transport.is_closing()
            call = Call(request.method, path, 0 if cut else response.status, self._world.clock())
            self.calls.append(call)
            self.call_counts[call.method, call.path] += 1
            self._tell("call", call)
            return response

        return record
