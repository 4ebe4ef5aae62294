"""The daemon as a process between the simulated Telegram and a Tiledesk server, simulated or real."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import aiohttp

from bridge.sandbox.daemon import Daemon
from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_people import User
from tests.acceptance.files import Front
from tests.contract.tiledesk.desk import Desk
from tests.patience import PATIENCE
from tests.tiledesk_server import RealTiledesk

T = TypeVar("T")


GLANCE = 0.05
"""seconds between looks at something that only HTTP can tell"""


@dataclass
class World:
    stage: Stage
    desk: Desk
    daemon: Daemon
    front: Front | None = None

    # ------------------------------------------------------------ the end user

    def user(self, first_name: str, language: str = "it") -> User:
        """A person whom the desk has never seen: a signed identity keeps its first name there, whoever writes later."""
        users = self.stage.telegram.world.users
        number = 10_000_000 + self.stage.port * 100 + len(users)
        users[number] = User(number, f"{first_name}{number}", "Guest", None, language)
        return users[number]

    def says(self, user: User, text: str, entities: list[dict[str, Any]] | None = None) -> None:
        self.stage.telegram.user_says(self.stage.bot, user, text, entities)

    def received(self, user: User) -> list[dict[str, Any]]:
        """What the bot sent to a user, in order."""
        return [message for message in self.stage.telegram.sent(self.stage.bot) if message["chat"]["id"] == user.id]

    async def gets(self, user: User, count: int) -> list[dict[str, Any]]:
        """Wait until the user has so many messages of the bot."""
        await self.stage.telegram.wait_for(lambda: len(self.received(user)) >= count, PATIENCE)
        return self.received(user)

    # ------------------------------------------------------------ the agents

    async def requests_of(self, name: str) -> list[dict[str, Any]]:
        """The project's requests of the end user with this full name, oldest first; whatever their status."""
        # Newest first, as it comes by itself: the first page has no room for all that other tests opened in this project.
        answer = await self.desk.call("GET", f"{self.desk.here}/requests?status=all&limit=100", self.desk.owner)
        assert answer.status == 200, answer
        found = [one for one in answer.body["requests"] if one["lead"]["fullname"] == name]
        return sorted(found, key=lambda one: str(one["createdAt"]))

    async def request_of(self, user: User) -> str:
        """The id of the newest request of a user; "" while there is none."""
        found = await self.requests_of(f"{user.first_name} {user.last_name}")
        return str(found[-1]["request_id"]) if found else ""

    async def messages(self, request_id: str) -> list[dict[str, Any]]:
        answer = await self.desk.call("GET", f"{self.desk.here}/requests/{request_id}/messages", self.desk.owner)
        assert answer.status == 200, answer
        return list(answer.body)

    async def texts(self, request_id: str) -> list[str]:
        """What the end user wrote, as the agents read it."""
        attributes = [(one["text"], one.get("attributes") or {}) for one in await self.messages(request_id)]
        return [text for text, told in attributes if "bridge" in told and told.get("subtype") != "private"]

    async def agent(self, request_id: str, text: str, **fields: Any) -> None:
        answer = await self.desk.post(request_id, self.desk.owner, {"text": text, **fields})
        assert answer.status == 200, answer

    async def close(self, request_id: str) -> None:
        answer = await self.desk.put(request_id, "close", self.desk.owner)
        assert answer.status == 200, answer

    # ------------------------------------------------------------ the bridge

    async def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples with these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        async with self.desk.session.get(f"{self.daemon.url}/metrics") as page:
            lines = [line for line in (await page.text()).splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in lines if all(label in line for label in wanted))

    async def ready(self) -> bool:
        async with self.desk.session.get(f"{self.daemon.url}/readyz") as answer:
            return answer.status == 200


async def until(look: Callable[[], Awaitable[T]], limit: float = PATIENCE) -> T:
    """Wait for the first truthy thing that is seen."""
    async with asyncio.timeout(limit):
        while not (seen := await look()):  # noqa: ASYNC110 - another process is watched, it sets no event of ours
            await asyncio.sleep(GLANCE)
    return seen


@asynccontextmanager
async def world(
    folder: Path,
    real: RealTiledesk | None = None,
    intake: Literal["polling", "webhook"] = "polling",
    identity: Literal["anonymous", "signed"] = "anonymous",
    front: Callable[[str], AbstractAsyncContextManager[Front]] | None = None,
    **settings: str,
) -> AsyncIterator[World]:
    """Start everything and wait until the bridge is ready; `settings` are environment variables without `BRIDGE_`.

    With a `front` the bridge knows Tiledesk by that one's address.
    """
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(await Stage.open(folder))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        stage.tiledesk.weather.time_scale = 0.1
        project = real.project if real else stage.project
        address = real.base_url if real else stage.tiledesk.base_url
        desk = Desk(address, project, session, is_real=real is not None)
        before = await stack.enter_async_context(front(address)) if front else None
        environment = stage.environment(
            intake=intake,
            identity=identity,
            DESKS__MAIN__API_URL=before.url if before else address,
            DESKS__MAIN__PROJECT_ID=project.id,
            DESKS__MAIN__USERNAME=project.owner.email,
            DESKS__MAIN__PASSWORD=project.owner.password,
            CHANNELS__SUPPORT__DEPARTMENT=project.department_id,
            **settings,
        )
        daemon = await stack.enter_async_context(Daemon(environment, folder))
        whole = World(stage, desk, daemon, before)
        await until(whole.ready)
        yield whole
