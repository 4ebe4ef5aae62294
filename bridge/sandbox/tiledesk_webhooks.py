"""Subscriptions of a simulated Tiledesk, and the calls it makes to their targets (with the real server's oddities)."""

import asyncio
import json
import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from bridge.sandbox.tiledesk_tokens import ISSUER, sign
from bridge.sandbox.tiledesk_world import Document, World

ATTEMPTS = 3
LOG_LENGTH = 10_000


@dataclass(slots=True, kw_only=True)
class Weather:
    """How calls to targets fare; may be changed at any moment.

    `delay` seconds before each first call; up to `shuffle` more (drawn), so that calls overtake each other; each call
    is made up to `repeat` times (drawn); `lose` is the probability that it is never made. `time_scale` stretches the
    pauses between attempts (1: two to three, then four to five seconds).
    """

    delay: float = 0.0
    shuffle: float = 0.0
    repeat: int = 1
    lose: float = 0.0
    time_scale: float = 1.0


@dataclass(slots=True, eq=False)
class Subscription:
    """`document` is how Tiledesk shows it: everything but the secret."""

    document: Document
    secret: str

    @property
    def id(self) -> str:
        """24 hex digits."""
        return str(self.document["_id"])


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One attempt at a target; `status` is None if nothing answered (refused, cut, lost on purpose)."""

    subscription_id: str
    event: str
    target: str
    attempt: int
    status: int | None
    at: float


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What goes to one target: the first attempt is its own, the others (a bug) carry the last sibling's hook and token."""

    subscription_id: str
    event: str
    target: str
    secret: str
    first: bytes
    again: bytes


class Webhooks:
    """Keeps subscriptions and delivers: concurrently, in no sure order, three attempts, nothing remembered."""

    def __init__(
        self,
        world: World,
        origin: Callable[[], str],
        note: Callable[[WebhookCall], None],
        changed: Callable[[], None],
    ) -> None:
        self.weather = Weather()
        self.log: deque[WebhookCall] = deque(maxlen=LOG_LENGTH)
        self.subscriptions: dict[str, Subscription] = {}
        self.secrets: dict[str, str] = {}
        self._world = world
        self._origin = origin
        self._note = note
        self._changed = changed
        self._topics: dict[tuple[str, str], list[Subscription]] = {}
        self._tokens: dict[str, tuple[int, str, str]] = {}
        self._new_secret = world.uuid()
        self._draws = random.Random(world.rng.getrandbits(64))  # noqa: S311 - repeatable on purpose, guards nothing
        self._under_way: set[asyncio.Task[None]] = set()
        self._client: aiohttp.ClientSession | None = None

    # ------------------------------------------------------------ subscriptions

    def add(self, project_id: str, event: str, target: str, created_by: str) -> Subscription:
        """Subscribe; a repetition gives back the first subscription of that event, whatever its target (measured)."""
        siblings = self._topics.setdefault((project_id, event), [])
        if any(sibling.document["target"] == target for sibling in siblings):
            return siblings[0]
        identity = {"_id": self._world.object_id(), "target": target, "event": event, "id_project": project_id}
        # The real server computes the default secret once per process, so all subscriptions made by it share one.
        added = Subscription({**identity, "createdBy": created_by, **self._world.born()}, self._new_secret)
        self.subscriptions[added.id] = added
        self.secrets[added.id] = added.secret
        siblings.append(added)
        return added

    def of_project(self, project_id: str) -> list[Document]:
        """All subscriptions of a project, oldest first."""
        return [s.document for s in self.subscriptions.values() if s.document["id_project"] == project_id]

    def change(self, identity: str, changes: Document) -> Document:
        """Overwrite fields; an unknown id makes a stray document that belongs to no project."""
        stamp = self._world.stamp()
        subscription = self.subscriptions.get(identity)
        if subscription is None:
            return {"_id": identity, "updatedAt": stamp, **changes, "__v": 0, "createdAt": stamp}
        self._leave_topic(subscription)
        # A new document, because deliveries under way still hold the old one.
        subscription.document = {**subscription.document, **changes, "_id": identity, "updatedAt": stamp}
        self._topics.setdefault(self._topic(subscription), []).append(subscription)
        return subscription.document

    def remove(self, identity: str) -> Document | None:
        """Unsubscribe; None if there was nothing."""
        subscription = self.subscriptions.pop(identity, None)
        if subscription is None:
            return None
        del self.secrets[identity]
        self._leave_topic(subscription)
        return subscription.document

    @staticmethod
    def _topic(subscription: Subscription) -> tuple[str, str]:
        return subscription.document["id_project"], subscription.document["event"]

    def _leave_topic(self, subscription: Subscription) -> None:
        self._topics[self._topic(subscription)].remove(subscription)

    # ------------------------------------------------------------ delivery

    def publish(self, project_id: str, topics: Iterable[str], build: Callable[[], Document]) -> None:
        """Call every target subscribed to one of `topics`; the payload is built once, and only if someone listens."""
        payload: orjson.Fragment | None = None
        for topic in topics:
            siblings = self._topics.get((project_id, topic))
            if not siblings:
                continue
            if payload is None:
                payload = orjson.Fragment(dump(build()))
            for parcel in self._parcels(siblings, payload):
                copies = self._draws.randint(1, self.weather.repeat) if self.weather.repeat > 1 else 1
                for _ in range(copies):
                    self._send_off(parcel)

    def _parcels(self, siblings: list[Subscription], payload: orjson.Fragment) -> list[_Parcel]:
        stamp = int(self._world.clock() * 1000)
        bodies = [
            orjson.dumps({"timestamp": stamp, "payload": payload, "hook": s.document, "token": self._token(s)})
            for s in siblings
        ]
        return [
            _Parcel(s.id, s.document["event"], s.document["target"], s.secret, body, bodies[-1])
            for s, body in zip(siblings, bodies, strict=True)
        ]

    def _token(self, subscription: Subscription) -> str:
        now = int(self._world.clock())
        updated = subscription.document["updatedAt"]
        second, version, token = self._tokens.get(subscription.id, (0, "", ""))
        if second != now or version != updated:
            audience = f"{ISSUER}/subscriptions/{subscription.id}"
            standard = {"iat": now, "aud": audience, "iss": ISSUER, "sub": "subscription"}
            token = sign({**subscription.document, **standard}, subscription.secret)
            self._tokens[subscription.id] = now, updated, token
        return token

    def _send_off(self, parcel: _Parcel) -> None:
        delivery = asyncio.get_running_loop().create_task(self._deliver(parcel))
        self._under_way.add(delivery)
        delivery.add_done_callback(self._settled)

    def _settled(self, delivery: asyncio.Task[None]) -> None:
        self._under_way.discard(delivery)
        self._changed()

    async def _deliver(self, parcel: _Parcel) -> None:
        if self.weather.lose and self._draws.random() < self.weather.lose:
            self._record(parcel, 0, None)
            return
        delay = self.weather.delay + (self._draws.random() * self.weather.shuffle if self.weather.shuffle else 0.0)
        if delay:
            await asyncio.sleep(delay)
        for attempt in range(1, ATTEMPTS + 1):
            status, worth_another = await self._post(parcel, parcel.first if attempt == 1 else parcel.again)
            self._record(parcel, attempt, status)
            if not worth_another or attempt == ATTEMPTS:
                return
            await asyncio.sleep((2**attempt + self._draws.random()) * self.weather.time_scale)

    async def _post(self, parcel: _Parcel, body: bytes) -> tuple[int | None, bool]:
        if self._client is None:
            # As the real one: as many connections as there are calls under way, and no time limit at all.
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                skip_auto_headers=("Accept-Encoding",),
            )
        headers = {
            "Content-Type": "application/json",
            "x-hook-secret": parcel.secret,
            "User-Agent": "tiledesk-webhooks",
            "Origin": self._origin(),
            "Accept": "application/json",
            "Connection": "keep-alive",
        }
        try:
            async with self._client.post(parcel.target, data=body, headers=headers, allow_redirects=False) as answer:
                await answer.read()
                return answer.status, answer.status < 200 or answer.status == 429 or answer.status >= 500
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            return None, False
        except (aiohttp.ClientError, OSError):
            return None, True

    def _record(self, parcel: _Parcel, attempt: int, status: int | None) -> None:
        call = WebhookCall(parcel.subscription_id, parcel.event, parcel.target, attempt, status, self._world.clock())
        self.log.append(call)
        self._note(call)

    # ------------------------------------------------------------ life

    @property
    def under_way(self) -> int:
        """Deliveries not finished yet, pauses between attempts included."""
        return len(self._under_way)

    async def forget(self) -> None:
        """What a restart of the server does: pending calls are gone, new subscriptions get another secret."""
        self._new_secret = self._world.uuid()
        pending = list(self._under_way)
        for delivery in pending:
            delivery.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def close(self) -> None:
        """Drop what is under way and every connection."""
        await self.forget()
        if self._client is not None:
            await self._client.close()
            self._client = None


def dump(value: Any) -> bytes:
    """JSON bytes; also of text with lone surrogates, which Tiledesk keeps and orjson refuses."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()
