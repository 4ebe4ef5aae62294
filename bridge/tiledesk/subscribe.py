"""Keeps our webhook subscriptions at a desk as they must be: made, compared, repaired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog

from bridge.observe import Health
from bridge.ports import Book, Clock, Subscription
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.transport import DeskApi, content, said
from bridge.wire import AnswerLost, Reply, Unsent

REVIEW = 900.0
"""seconds between comparisons while all is well"""

FASTEST, SLOWEST = 1.0, 60.0
"""seconds between attempts while it is not"""


class SubscribingFailed(Exception):
    """The desk's subscriptions can't be brought in order; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to sign in as somebody who may manage subscriptions: a token, or username and password."""

    username: str
    password: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Subscribes one desk's events to one target.

    `prefix` is the part of the target that tells our subscriptions from others' (`https://…/hooks/tiledesk/main/`), `secret` the
    rest of it. The desk tells a subscription's own secret only when it is made, so one that is not in the book is made anew.
    """

    desk: str
    api: DeskApi
    login: Login
    events: tuple[str, ...]
    prefix: str
    secret: str = field(repr=False)
    keys: Keys
    book: Book
    health: Health
    clock: Clock

    @property
    def target(self) -> str:
        """Where the desk shall call us."""
        return self.prefix + self.secret

    async def run(self) -> None:
        """Bring the subscriptions in order, and look again now and then, until cancelled."""
        part, wait = f"subscriptions {self.desk}", FASTEST
        self.health.set(part, ok=False, reason="not compared yet")
        self.keys.subscriptions |= {one.event: one for one in await self.book.subscriptions(self.desk)}
        while True:
            try:
                await self.ensure()
            except (SubscribingFailed, Unsent, AnswerLost) as error:
                self.health.set(part, ok=False, reason=str(error))
                structlog.get_logger().warning("the subscriptions are not in order", desk=self.desk, reason=str(error))
                await self.clock.sleep(wait)
                wait = min(SLOWEST, wait * 2)
            else:
                self.health.set(part, ok=True)
                wait = FASTEST
                await self.clock.sleep(REVIEW)

    async def ensure(self) -> None:
        """Compare once and repair. Raises `SubscribingFailed`, and what the wire raises."""
        authorization = await self.sign_in()
        path = f"/{self.api.project_id}/subscriptions"
        listed = await self.api.get(path, authorization)
        found = orjson.loads(expect(listed, "list"))
        ours = [one for one in found if str(one.get("target", "")).startswith(self.prefix)]
        for event in self.events:
            kept = self.keys.subscriptions.get(event)
            good = [one for one in ours if (one.get("event"), one.get("target")) == (event, self.target)]
            if kept is None or kept.target != self.target or kept.id not in {one.get("_id") for one in good}:
                kept = await self.renew(event, good, authorization)
            self.keys.subscriptions[event] = kept
            ours = [one for one in ours if one.get("_id") != kept.id]
        for stale in ours:
            await self.remove(stale, authorization)
        self.keys.settled = True

    async def sign_in(self) -> str:
        """The header for managing subscriptions; a password costs the server a hash, so it is sent once for each look."""
        if self.login.token:
            return self.login.token
        reply = await self.api.post("/auth/signin", {"email": self.login.username, "password": self.login.password})
        token = content(reply).get("token")
        if reply.status != 200 or not isinstance(token, str):
            advice = "check username and password" if reply.status == 401 else "is api_url right?"
            raise SubscribingFailed(f"the sign-in failed, {advice}: {said(reply)}")
        return token

    async def renew(self, event: str, same: list[Mapping[str, Any]], authorization: str) -> Subscription:
        """Make a subscription, after removing those with the same event and target.

        A repeat would be answered with the first subscription to the event, perhaps somebody else's, and without a new secret.
        """
        for one in same:
            await self.remove(one, authorization)
        body = {"event": event, "target": self.target}
        made = orjson.loads(
            expect(await self.api.post(f"/{self.api.project_id}/subscriptions", body, authorization), "make")
        )
        if made.get("target") != self.target or not made.get("secret"):
            raise SubscribingFailed(f"the desk answered with another subscription to {event}; it will be tried again")
        subscription = Subscription(self.desk, event, str(made["_id"]), self.target, str(made["secret"]))
        await self.book.keep_subscription(subscription)
        structlog.get_logger().info("subscribed", desk=self.desk, subscription=event)
        return subscription

    async def remove(self, one: Mapping[str, Any], authorization: str) -> None:
        """Delete a subscription of ours that is stale."""
        path = f"/{self.api.project_id}/subscriptions/{one.get('_id')}"
        expect(await self.api.call("DELETE", path, None, authorization), "remove")
        structlog.get_logger().info("an old subscription was removed", desk=self.desk, subscription=one.get("event"))


def expect(reply: Reply, doing: str) -> bytes:
    """Insist on a 200; otherwise raise `SubscribingFailed` with what to do."""
    if reply.status == 200:
        return reply.body
    advice = {
        403: "the account may not manage subscriptions, give it the role admin",
        401: "the token is not valid",
        400: "check project_id",
    }.get(reply.status, "Tiledesk is in trouble")
    raise SubscribingFailed(f"can't {doing} subscriptions, {advice}: {said(reply)}")
