"""What the contract tests of Tiledesk share: a client for either server, and a target for its webhooks."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import aiohttp
import jwt
from aiohttp import web

from bridge.sandbox.tiledesk import SimulatedProject
from tests.patience import PATIENCE

NO_ANSWER = 0
"""The status of a call that was given up."""
NOBODY = "5b0000000000000000000000"
"""A well-formed id that belongs to nothing."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Received:
    """One call to a target."""

    path: str
    headers: dict[str, str]
    body: Any

    @property
    def payload(self) -> Any:
        return self.body["payload"]


class Target:
    """Receives webhooks; `answers` holds the statuses of the next calls per path, after that 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: dict[str, list[int]] = {}
        self._came = asyncio.Condition()
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/{name}", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/{name}"

    async def _receive(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        async with self._came:
            self.received.append(Received(name, dict(request.headers), json.loads(await request.read())))
            self._came.notify_all()
        waiting = self.answers.get(name)
        return web.Response(status=waiting.pop(0) if waiting else 200)

    def of(self, *names: str) -> list[Received]:
        return [r for r in self.received if r.path in names]

    async def until(self, predicate: Callable[[], bool], within: float = PATIENCE) -> None:
        """Wait until enough was received."""
        async with asyncio.timeout(within), self._came:
            await self._came.wait_for(predicate)


@dataclass
class Desk:
    """A client of one Tiledesk server, simulated or real."""

    base_url: str
    project: SimulatedProject
    session: aiohttp.ClientSession
    is_real: bool
    made: list[str] = field(default_factory=list)

    async def call(
        self, method: str, path: str, auth: str | None = None, *, within: float = PATIENCE, **how: Any
    ) -> Answer:
        headers = {**how.pop("headers", {}), **({"Authorization": auth} if auth else {})}
        timeout = aiohttp.ClientTimeout(total=within)
        try:
            async with self.session.request(
                method, self.base_url + path, headers=headers, timeout=timeout, **how
            ) as response:
                text = await response.text()
                is_json = "json" in response.headers.get("Content-Type", "")
                return Answer(response.status, json.loads(text) if is_json else text, dict(response.headers))
        except TimeoutError:
            return Answer(NO_ANSWER, None)

    @property
    def here(self) -> str:
        return f"/{self.project.id}"

    @property
    def owner(self) -> str:
        return self.project.owner.token

    def new_id(self) -> str:
        return f"support-group-{self.project.id}-{uuid4().hex}"

    async def guest(self, **fields: Any) -> tuple[str, str]:
        """A new guest's id and token."""
        body = {"id_project": self.project.id, "firstname": "Gina", "lastname": "Guest", **fields}
        answer = await self.call("POST", "/auth/signinAnonymously", json=body)
        return answer.body["user"]["_id"], answer.body["token"]

    async def post(self, request_id: str, auth: str, body: Any, **how: Any) -> Answer:
        return await self.call("POST", f"{self.here}/requests/{request_id}/messages", auth, json=body, **how)

    async def opened(self, **fields: Any) -> tuple[str, str, str]:
        """A new request by a new guest: its id, the guest's id and token."""
        guest, token = await self.guest()
        request_id = self.new_id()
        answer = await self.post(request_id, token, {"text": "hello", "channel": {"name": "telegram"}, **fields})
        assert answer.status == 200, answer
        return request_id, guest, token

    async def put(self, request_id: str, what: str, auth: str) -> Answer:
        return await self.call("PUT", f"{self.here}/requests/{request_id}/{what}", auth)

    async def request(self, request_id: str) -> Any:
        return (await self.call("GET", f"{self.here}/requests/{request_id}", self.owner)).body

    async def subscribe(self, event: str, target: str, auth: str | None = None) -> Answer:
        body = {"event": event, "target": target}
        answer = await self.call("POST", f"{self.here}/subscriptions", auth or self.owner, json=body)
        if answer.status == 200:
            self.made.append(answer.body["_id"])
        return answer

    async def forget_subscriptions(self) -> None:
        for identity in self.made:
            await self.call("DELETE", f"{self.here}/subscriptions/{identity}", self.owner)

    def custom_token(self, secret: str, audience: str, **claims: Any) -> str:
        """A token as the bridge would sign it for an end user."""
        person = {"firstname": "Tom", "lastname": "Custom", "email": "tom@sandbox.invalid", "sub": "userexternal"}
        whole = {**person, "aud": f"https://tiledesk.com/{audience}", **claims}
        return "JWT " + jwt.encode({k: v for k, v in whole.items() if v is not None}, secret, "HS256")

    async def new_secret(self) -> str:
        """A fresh project secret, which invalidates the one before."""
        answer = await self.call("POST", f"{self.here}/keys/generate", self.owner)
        return str(answer.body["jwtSecret"])
