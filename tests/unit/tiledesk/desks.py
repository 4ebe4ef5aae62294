"""A desk under test: a simulated Tiledesk, our side of it, and payloads for pure tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
import orjson

from bridge.message import Call, Conversation, Message, Opened, Person, Text
from bridge.observe import Health
from bridge.outcome import Outcome
from bridge.ports import Clock, Subscription
from bridge.sandbox.tiledesk import SimulatedProject, TiledeskSimulator
from bridge.store.memory import MemoryStore
from bridge.tiledesk.identity import Anonymous, Signed
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.plan import TiledeskPlanner
from bridge.tiledesk.read import CLOSE_EVENT
from bridge.tiledesk.send import TiledeskSender
from bridge.tiledesk.subscribe import Login, Subscriber
from bridge.tiledesk.transport import DeskApi
from tests.blobs import ReadyBlobs
from tests.hurried import Hurried
from tests.patience import PATIENCE
from tests.scripted import Answer, Asked, answer, scripted

EVENT = "message.create.request.channel.telegram"
PROJECT = "5e2c35c8f0dbc10017bb3aac"
REQUEST = f"support-group-{PROJECT}-0123456789abcdef0123456789abcdef"
AGENT = "5f0c35c8f0dbc10017bb3bbb"
GUEST = "eb4394a2-e3d1-4125-8649-0c37670766e4"
ANN = Person("telegram-004711", "Ann", "Lee", "ann_lee", "it")
PREFIX = "https://bridge.example.org/hooks/tiledesk/main/"


@dataclass
class Desk:
    """The simulator with one project, and everything that one desk of the bridge consists of."""

    simulator: TiledeskSimulator
    project: SimulatedProject
    api: DeskApi
    clock: Clock
    book: MemoryStore
    keys: Keys = field(default_factory=Keys)
    health: Health = field(default_factory=Health)

    def subscriber(self, prefix: str = PREFIX, secret: str = "unguessable", **changes: Any) -> Subscriber:
        owner = self.project.owner
        whole: dict[str, Any] = {
            "login": Login(owner.email, owner.password), "events": (EVENT, CLOSE_EVENT), "keys": self.keys,
            "clock": self.clock, **changes,
        }  # fmt: skip
        return Subscriber("main", self.api, prefix=prefix, secret=secret, book=self.book, health=self.health, **whole)

    def anonymous(self) -> Anonymous:
        return Anonymous("main", self.api, self.book)

    def signed(self) -> Signed:
        return Signed("main", self.api, self.book, self.keys, self.clock)

    def sender(self) -> TiledeskSender:
        return TiledeskSender(self.api, self.anonymous(), self.keys, ReadyBlobs())

    @property
    def request_id(self) -> str:
        return f"support-group-{self.project.id}-0123456789abcdef0123456789abcdef"

    def conversation(self, *, confirmed: bool = False) -> Conversation:
        return Conversation("support", "4711", "", "main", self.request_id, ANN.id, confirmed=confirmed)

    def plan(self, text: str, key: str = "100", *, confirmed: bool = False) -> Any:
        [call] = TiledeskPlanner("telegram").plan(
            Message(ANN, (Text(text),), 1_760_000_000.0), self.conversation(confirmed=confirmed), key
        )
        return call

    def texts(self, request_id: str = "") -> list[str]:
        return [message["text"] for message in self.simulator.messages(request_id or self.request_id)]

    def subscriptions(self) -> list[dict[str, Any]]:
        return self.simulator._webhooks.of_project(self.project.id)

    def calls(self, method: str, path: str) -> int:
        return self.simulator.call_counts[method, path]


@asynccontextmanager
async def desk(timeout: float = PATIENCE, clock: Any = None) -> AsyncIterator[Desk]:
    """Open one; with a `clock` the simulator goes by it as well."""
    ours = clock or Hurried()
    given = {"clock": clock.now} if clock else {}
    async with TiledeskSimulator(**given) as simulator, aiohttp.ClientSession() as session:
        simulator.weather.time_scale = 0.002
        simulator.first_message_seconds = 0.005
        project = simulator.add_project()
        yield Desk(
            simulator, project, DeskApi(session, simulator.base_url, project.id, timeout), ours, MemoryStore(ours)
        )


async def at(scene: Desk, told: Answer, *, suspect: bool = False, call: Call | None = None) -> Outcome:
    """What a sender says of a server that lets guests in and answers everything else with `told`."""

    def respond(asked: Asked) -> Answer:
        return answer({"token": "JWT x", "user": {"_id": "g"}}) if "signin" in asked.path else told

    async with scripted(respond) as server:
        scene.api = DeskApi(scene.api.session, server.url, scene.project.id, 0.1)
        return await scene.sender().send(call or scene.plan("hello"), suspect=suspect)


# ---------------------------------------------------------------- payloads


def payload(text: Any = "Hello", **fields: Any) -> dict[str, Any]:
    """An agent's message as the webhook brings it; `...` takes a field away."""
    request = {
        "request_id": REQUEST, "status": 200, "channel": {"name": "telegram"}, "lead": {"lead_id": GUEST, "fullname": "Ann"},
        "requester": {"uuid_user": GUEST}, "participants": [AGENT], "attributes": {},
    }  # fmt: skip
    whole = {
        "senderFullname": "Olivia Owner", "type": "text", "channel_type": "group", "status": 0,
        "_id": "6b02d6ccc7ab4b42ac589100", "sender": AGENT, "recipient": REQUEST, "text": text, "id_project": PROJECT,
        "createdBy": AGENT, "channel": {"name": "chat21"}, "createdAt": "2026-11-22T11:39:57.732Z",
        "updatedAt": "2026-11-22T11:39:57.732Z", "__v": 0, "request": request, **fields,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value is not ...}


def closing(**fields: Any) -> dict[str, Any]:
    """A request as `request.close` brings it, with its whole history."""
    return {
        "_id": "6b02d6ccc7ab4b42ac589999", "request_id": REQUEST, "id_project": PROJECT, "status": 1000,
        "createdAt": "2026-11-22T10:00:00.000Z", "closed_at": "2026-11-22T12:00:00.000Z", "closed_by": AGENT,
        "messages": [payload("a private word", attributes={"subtype": "private"})], "transcript": "a private word", **fields,
    }  # fmt: skip


def stored(what: object, event: str = "message.create") -> bytes:
    """As the door writes it down."""
    return orjson.dumps({"event": event, "payload": what})


OURS = Subscription(
    "main", EVENT, "6b02d5624ea1fc505b5ef34e", PREFIX + "unguessable", "a-secret-of-36-letters-or-even-more-1"
)
OTHERS = Subscription(
    "x", EVENT, "6b02d5624ea1fc505b5effff", "https://x.example/", "a-secret-of-36-letters-or-even-more-2"
)


def token(subscription: Subscription, **claims: Any) -> str:
    """A webhook body's token, as the server signs it."""
    standard = {
        "_id": subscription.id, "iat": 1_760_000_000, "aud": f"https://tiledesk.com/subscriptions/{subscription.id}",
        "iss": "https://tiledesk.com", "sub": "subscription",
    }  # fmt: skip
    return jwt.encode(standard | claims, subscription.secret, "HS256")


def envelope(what: object, subscription: Subscription = OURS, event: str = EVENT, **fields: Any) -> bytes:
    """A webhook's body."""
    hook = {"_id": subscription.id, "event": event, "target": subscription.target, "id_project": PROJECT}
    return orjson.dumps({"timestamp": 1, "payload": what, "hook": hook, "token": token(subscription), **fields})


def opened(request_id: str = REQUEST, chat: str = "4711") -> Opened:
    """A chat of ours with this request."""
    return Opened(Conversation("support", chat, "", "main", request_id, ANN.id, confirmed=True))
