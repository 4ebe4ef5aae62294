"""A request that is there to be tried with, and everything it leaves in Tiledesk removed again."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from bridge.observe.network import Reply, Silence, ask
from bridge.settings import Desk
from bridge.tiledesk.fields import mapping
from bridge.tiledesk.hook import CHECK_STAMP

NAME = "tiledesk-bridge check"
"""what agents see as the end user's name, while it lasts"""

TEXT = "This tests the bridge from Telegram and goes away by itself. Please leave it."

NOT_ASSIGNED = 50
"""the status of a request that no agent is given, nor told of"""


class TrialFailed(Exception):
    """Tiledesk does not take the test; the message says why."""


@dataclass(slots=True)
class TrialRequest:
    """A guest with a request of their own; nobody is assigned to it."""

    session: aiohttp.ClientSession
    desk: Desk
    authorization: str = field(repr=False)
    """the account's"""
    id: str = ""
    guest: str = field(default="", repr=False)
    lead: str = ""
    left: list[str] = field(default_factory=list)
    """what could not be removed"""

    async def call(self, method: str, path: str, authorization: str, body: object = None) -> Reply | Silence:
        """Any call; `path` is below the project."""
        url = f"{self.desk.api_url}/{self.desk.project_id}{path}"
        return await ask(self.session, method, url, headers={"Authorization": authorization}, body=body)

    async def open(self, department: str = "") -> None:
        """Sign in as a guest and write the first message. Raises `TrialFailed`."""
        names = {"id_project": self.desk.project_id, "firstname": NAME}
        signed = await ask(self.session, "POST", f"{self.desk.api_url}/auth/signinAnonymously", body=names)
        self.guest = str(answered(signed, "does not let guests in").get("token"))
        self.id = f"support-group-{self.desk.project_id}-{uuid.uuid4().hex}"
        body = {"text": TEXT, "channel": {"name": "telegram"}, "request_status": NOT_ASSIGNED, "sourcePage": "check"}
        body |= {"attributes": {CHECK_STAMP: True}} | ({"departmentid": department} if department else {})
        sent = await self.call("POST", f"/requests/{self.id}/messages", self.guest, body)
        request = mapping(answered(sent, "does not take a message of a guest").get("request"))
        self.lead = str(mapping(request.get("lead")).get("_id") or "")

    async def remove(self) -> None:
        """Take away the request and the contact; what does not go is closed, and named in `left`."""
        if self.lead and not gone(await self.call("DELETE", f"/leads/{self.lead}", self.authorization)):
            self.left.append(f"the contact {NAME!r}")
        if self.id and not gone(await self.call("DELETE", f"/requests/{self.id}", self.authorization)):
            await self.call("PUT", f"/requests/{self.id}/close", self.authorization)
            self.left.append(f"the closed request {self.id}")


def answered(reply: Reply | Silence, complaint: str) -> dict[str, object]:
    """The object in a good answer. Raises `TrialFailed`."""
    if isinstance(reply, Silence):
        raise TrialFailed(reply.reason)
    told = dict(mapping(reply.json))
    if reply.status != 200:
        said = told.get("msg") or told.get("error") or told.get("err") or ""
        raise TrialFailed(f"Tiledesk {complaint}: {reply.status} {said}".strip())
    return told


def gone(reply: Reply | Silence) -> bool:
    """Whether a removal succeeded, now or before."""
    return isinstance(reply, Reply) and reply.status in {200, 404}


@asynccontextmanager
async def trial_request(
    session: aiohttp.ClientSession, desk: Desk, authorization: str, department: str = ""
) -> AsyncIterator[TrialRequest]:
    """A request for the time of an `async with`. Raises `TrialFailed`."""
    request = TrialRequest(session, desk, authorization)
    try:
        await request.open(department)
        yield request
    finally:
        await request.remove()


@asynccontextmanager
async def subscribed(
    session: aiohttp.ClientSession, desk: Desk, authorization: str, target: str
) -> AsyncIterator[None]:
    """A subscription to the desk's event for the time of an `async with`. Raises `TrialFailed`."""
    owner = TrialRequest(session, desk, authorization)
    body = {"event": desk.event, "target": target}
    made = answered(await owner.call("POST", "/subscriptions", authorization, body), "does not take a subscription")
    try:
        yield
    finally:
        await owner.call("DELETE", f"/subscriptions/{made.get('_id')}", authorization)
