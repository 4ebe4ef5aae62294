"""Keeps our webhook subscriptions at a desk as they must be: made, compared, repaired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from bridge.errors import JournalUnavailable
from bridge.observe import Health
from bridge.ports import Book, Clock, Subscription
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.read import mapping
from bridge.tiledesk.transport import DeskApi, content, parsed, said
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
    password: str = field(repr=False)
    token: str = field(default="", repr=False)


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
        self.health.begins(part, "not compared yet")
        while True:
            try:
                if not self.keys.subscriptions:
                    self.keys.subscriptions |= {one.event: one for one in await self.book.subscriptions(self.desk)}
                await self.ensure()
            except (SubscribingFailed, Unsent, AnswerLost, JournalUnavailable) as error:
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
        ours = await self.listed(authorization)
        for event in self.events:
            kept = self.keys.subscriptions.get(event)
            same = [one for one in ours if (one.get("event"), one.get("target")) == (event, self.target)]
            if kept is None or kept.target != self.target or kept.id not in {one.get("_id") for one in same}:
                ours = [one for one in ours if one not in same]
                kept = await self.renew(event, same, authorization)
            self.keys.subscriptions[event] = kept
            ours = [one for one in ours if one.get("_id") != kept.id]
        for stale in ours:
            await self.remove(stale, authorization)
        for event in self.keys.subscriptions.keys() - set(self.events):
            del self.keys.subscriptions[event]  # from an older configuration: nothing may be signed with it any more
        self.keys.settled = True

    async def listed(self, authorization: str) -> list[Mapping[str, Any]]:
        """Our subscriptions in the desk's list: by target, and those we remember by id, for public_url may be another now."""
        answer = await self.api.get(f"/{self.api.project_id}/subscriptions", authorization)
        found = expect(answer, "list")
        if not isinstance(found, list):
            raise SubscribingFailed("can't list subscriptions, the answer is not Tiledesk's: is api_url right?")
        remembered = {one.id for one in self.keys.subscriptions.values()}
        return [
            one
            for one in map(mapping, found)
            if str(one.get("target", "")).startswith(self.prefix) or one.get("_id") in remembered
        ]

    async def sign_in(self) -> str:
        """The header for managing subscriptions; a password costs the server a hash, so it is sent once for each look."""
        if self.login.token:
            return self.login.token
        reply = await self.api.post("/auth/signin", {"email": self.login.username, "password": self.login.password})
        token = content(reply).get("token")
        if reply.status != 200 or not isinstance(token, str):
            advice = "check username and password" if reply.status == 401 else general_advice(reply.status)
            raise SubscribingFailed(f"the sign-in failed, {advice}: {said(reply)}")
        return token

    async def renew(self, event: str, same: list[Mapping[str, Any]], authorization: str) -> Subscription:
        """Make a subscription, after removing those with the same event and target.

        A repeat would be answered with the first subscription to the event, perhaps somebody else's, and without a new secret.
        Its first event may come before its secret does, so from here on an unknown secret is asked to come again.
        """
        self.keys.settled = False
        for one in same:
            await self.remove(one, authorization)
        body = {"event": event, "target": self.target}
        answer = await self.api.post(f"/{self.api.project_id}/subscriptions", body, authorization)
        made = mapping(expect(answer, "make"))
        if made.get("target") != self.target or not made.get("secret") or not made.get("_id"):
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


def general_advice(status: int) -> str:
    """What to think of a status that says nothing in particular."""
    return "Tiledesk is in trouble" if status >= 500 else "is api_url right?"


def expect(reply: Reply, doing: str) -> Any:
    """Insist on a 200 with JSON; otherwise raise `SubscribingFailed` with what to do."""
    if reply.status == 200:
        try:
            return parsed(reply.body)
        except ValueError:
            raise SubscribingFailed(
                f"can't {doing} subscriptions, the answer is not Tiledesk's: is api_url right?"
            ) from None
    advice = {
        403: "the account may not manage subscriptions, give it the role admin",
        401: "the token is not valid",
        400: "check project_id",
    }.get(reply.status, general_advice(reply.status))
    raise SubscribingFailed(f"can't {doing} subscriptions, {advice}: {said(reply)}")
