"""The first run: the real daemon with the new configuration, until a message has gone each way."""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from bridge.app import running
from bridge.app.house import House
from bridge.errors import BridgeError, JournalInUse
from bridge.message import Direction
from bridge.observe import Commands, Finding
from bridge.ports import EntryView, Filter, State
from bridge.settings import Settings
from bridge.setup.roundtrip import to_the_daemon
from bridge.store.office import SqliteOffice
from bridge.tiledesk.probe import sign_in
from bridge.tiledesk.trial import TrialFailed, TrialRequest, answered
from bridge.unit import anew
from bridge.web.stand_in import local_url

CHANNEL, DESK = "support", "main"

USUAL = Commands()

START_PATIENCE = 20.0
"""seconds until subscriptions and intake must be in order"""

EVENT_PATIENCE = 20.0
"""seconds for an event to come back"""

ANSWER_PATIENCE = 30.0
"""seconds for our answer to reach Telegram"""

GLANCE = 0.1
"""seconds between looks at the journal"""

ANSWER = "It works: this answer came from Tiledesk through the bridge."


class Audience(Protocol):
    """Who watches the trial."""

    def found(self, finding: Finding) -> None:
        """A step came to its end."""
        ...

    def waiting(self, words: str) -> None:
        """What is waited for from now on."""
        ...

    def invite(self, code: str, seconds: float) -> None:
        """The operator is asked to write `/start CODE` to the bot, and we wait for so long."""
        ...


@dataclass(slots=True)
class Trial:
    """One trial; `window` are the seconds that we wait for the operator, 0 for not at all."""

    settings: Settings
    audience: Audience
    window: float
    commands: Commands = USUAL
    clock: Callable[[], float] = time.time

    async def run(self) -> bool:
        """Whether everything that was tried worked. What comes in meanwhile is relayed, as it is ever after."""
        self.audience.waiting("The daemon starts")
        try:
            async with running(self.settings) as house, aiohttp.ClientSession() as session:
                return await self.told_of(self.steps(house, session))
        except JournalInUse:
            restart = anew(self.commands.unit) if self.commands.unit else self.commands.restart
            advice = f"let it take the new configuration: {restart}; then: {self.commands.ours('check --event')}"
            detail = "a daemon runs already, so nothing was tried"
            return self.tell(Finding(ok=True, subject="daemon", detail=detail, advice=advice, warning=True))
        except BridgeError as error:
            return self.tell(
                Finding(
                    ok=False,
                    subject="daemon",
                    detail=str(error),
                    advice=f"mend it, then: {self.commands.ours('check')}",
                )
            )

    @property
    def why(self) -> str:
        """What tells more."""
        return f"see why: {self.commands.ours('check')}"

    async def told_of(self, steps: Coroutine[Any, Any, bool]) -> bool:
        """The result of the steps; what ends them is told here, for out of a running daemon it would come in a group."""
        try:
            return await steps
        except BridgeError as error:
            return self.tell(Finding(ok=False, subject="daemon", detail=str(error), advice=self.why))

    async def steps(self, house: House, session: aiohttp.ClientSession) -> bool:
        """The steps, as far as one can go."""
        intake = "the webhook is set" if self.settings.channels[CHANNEL].intake == "webhook" else "updates are fetched"
        for part, subject, fine in (
            (f"subscriptions {DESK}", f"desks.{DESK}: subscriptions", "made, Tiledesk knows where to call us"),
            (f"intake {CHANNEL}", f"channels.{CHANNEL}: intake", intake),
        ):
            if not self.tell(await self.well(house, part, subject, fine)):
                return False
        desk = self.settings.desks[DESK]
        authorization = desk.authorization or await sign_in(session, DESK, desk)
        if isinstance(authorization, Finding):
            return self.tell(authorization)
        self.audience.waiting("A message of a test guest in Tiledesk has to come back to us")
        daemon = local_url(self.settings.server.host, self.settings.server.port)
        if not self.tell(await to_the_daemon(session, DESK, desk, authorization, daemon, EVENT_PATIENCE)):
            return False
        if self.window <= 0:
            return True
        return await self.conversation(house, session, authorization)

    async def well(self, house: House, part: str, subject: str, fine: str) -> Finding:
        """Wait until a part of the daemon is well."""
        try:
            async with asyncio.timeout(START_PATIENCE):
                while not (part in house.health.parts and house.health.parts[part].ok):  # noqa: ASYNC110 - health has no bell
                    await asyncio.sleep(GLANCE)
        except TimeoutError:
            reason = house.health.parts[part].reason if part in house.health.parts else "it did not begin"
            return Finding(ok=False, subject=subject, detail=reason, advice=self.why)
        return Finding(ok=True, subject=subject, detail=fine)

    # ------------------------------------------------------------ a conversation with the operator

    async def conversation(self, house: House, session: aiohttp.ClientSession, authorization: str) -> bool:
        """The operator's message to Tiledesk, and an answer to them."""
        office, since = SqliteOffice(house.store, house.clock), self.clock()
        code = secrets.token_hex(3)
        self.audience.invite(code, self.window)
        heard = await self.entry(office, since, code, Direction.INBOUND, self.window)
        if heard is None:
            detail, advice = (
                f"nobody wrote /start {code} within {self.window:g} seconds",
                "write to the bot once the daemon runs",
            )
            return self.tell(
                Finding(ok=True, subject=f"channels.{CHANNEL}: message", detail=detail, advice=advice, warning=True)
            )
        if heard.state is not State.DONE:
            detail = f"your message came, but is not in Tiledesk: {heard.reason or 'it still waits'}"
            advice = self.commands.ours(f"explain {heard.id}")
            return self.tell(Finding(ok=False, subject=f"desks.{DESK}: message", detail=detail, advice=advice))
        lane = heard.lane
        seen = await office.conversation_view(lane.channel, lane.chat, lane.topic)
        request = seen.conversation.request_id if seen else ""
        name = seen.name if seen else "somebody"
        self.tell(
            Finding(
                ok=True,
                subject=f"desks.{DESK}: message",
                detail=f"{name} wrote /start {code}: it is in Tiledesk, request {request}",
            )
        )
        return await self.answer(office, TrialRequest(session, self.settings.desks[DESK], authorization, request))

    async def answer(self, office: SqliteOffice, request: TrialRequest) -> bool:
        """Answer as the account, see it go to Telegram, and close the request."""
        self.audience.waiting("The answer is on its way to Telegram")
        subject, since = f"channels.{CHANNEL}: answer", self.clock()
        try:
            path = f"/requests/{request.id}"
            told = answered(
                await request.call("POST", f"{path}/messages", request.authorization, {"text": ANSWER}),
                "does not take an answer",
            )
        except TrialFailed as error:
            return self.tell(Finding(ok=False, subject=subject, detail=str(error), advice=self.why))
        sent = await self.entry(office, since, str(told.get("_id")), Direction.OUTBOUND, ANSWER_PATIENCE)
        await request.call("PUT", f"{path}/close", request.authorization)
        if sent is None or sent.state is not State.DONE:
            reason = "no event of it came to us" if sent is None else sent.reason or "it still waits"
            advice = self.commands.ours(f"explain {sent.id}") if sent else self.why
            return self.tell(
                Finding(ok=False, subject=subject, detail=f"it is not on Telegram: {reason}", advice=advice)
            )
        return self.tell(Finding(ok=True, subject=subject, detail="it is on Telegram; the request was closed again"))

    async def entry(
        self, office: SqliteOffice, since: float, words: str, direction: Direction, patience: float
    ) -> EntryView | None:
        """The first entry since then that holds these words, once it is settled or patience ends; None if none came."""
        found = None
        try:
            async with asyncio.timeout(patience):
                while found is None or found.state not in {State.DONE, State.DEAD}:
                    found = await first(office, since, words, direction) or found
                    await asyncio.sleep(GLANCE)
        except TimeoutError:
            pass
        return found

    def tell(self, finding: Finding) -> bool:
        """Show a finding; whether it is good."""
        self.audience.found(finding)
        return finding.ok


async def first(office: SqliteOffice, since: float, words: str, direction: Direction) -> EntryView | None:
    """The first such entry."""
    async for view, raw in office.stored(Filter(since=since - 1)):
        if view.lane.direction is direction and words.encode() in raw:
            return view
    return None
