"""Looks at both simulators, the journal and the daemon, and keeps the page's board current."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bridge.errors import JournalError
from bridge.message import Direction
from bridge.ports import State
from bridge.sandbox.desk_scene import gist
from bridge.sandbox.drawing import Drawing
from bridge.sandbox.foretell import expected, seen
from bridge.sandbox.phone_scene import pressed, preview, reacted
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_world import Change
from bridge.sandbox.tiledesk import Happening
from bridge.sandbox.tiledesk_world import REQUEST_CLOSED
from bridge.store.views import Views, look

QUICKEST, SLOWEST = 0.06, 0.25
"""seconds between looks, while something happens and while nothing does"""

HEALTH_EVERY = 1.0
"""seconds between questions about the daemon's health"""

WINDOW, WIDEST = 200, 20_000
"""entries that are read at least and at most"""


class Observer(Drawing):
    """Keeps a ledger of everything sent and arrived, and draws it on the board."""

    # ------------------------------------------------------------ both ends

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look for the time of an `async with`; the journal must be there."""
        ends = [self.stage.telegram.subscribe(self.on_telegram), self.stage.tiledesk.subscribe(self.on_tiledesk)]
        async with look(self.stage.journal) as views, aiohttp.ClientSession() as session:
            looking = asyncio.create_task(self.run(views, session))
            try:
                yield
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
                for end in ends:
                    end()

    def on_telegram(self, change: Change) -> None:
        """Something happened at Telegram."""
        body = change.body
        match change.kind:
            case "update":
                self.on_update(body)
            case "sent":
                chat = body["chat"]["id"]
                self.ledger.heard(chat, seen(body))
                self.stale_chats.add(chat)
                self.stale_requests |= self.requests_of({chat})
            case "edited" | "deleted":
                self.stale_chats.add(body["chat"]["id"])
            case "action":
                self.typing.add(body["chat"]["id"])
            case "answered":
                self.answered[body["chat_id"]] = str(body.get("text") or "")
        self.changed.set()

    def on_update(self, update: Json) -> None:
        """A user did something that the bot is told of."""
        query, reaction = update.get("callback_query"), update.get("message_reaction")
        message = update.get("message") or update.get("edited_message")
        key = str(update["update_id"])
        if message is not None:
            chat = message["chat"]["id"]
            words = f"{'✏️ ' if 'edited_message' in update else ''}{preview(message)}"
            self.keys[chat, message["message_id"]] = key
        elif query is not None:
            chat, words = query["message"]["chat"]["id"], f"[press] {pressed(query)}"
        elif reaction is not None:
            chat, words = reaction["chat"]["id"], f"[reaction] {reacted(reaction)}"
        else:
            return
        self.texts[Direction.INBOUND, key] = words.strip()
        self.ledger.send(Direction.INBOUND, key, chat, [""])
        self.stale_chats.add(chat)

    def on_tiledesk(self, happening: Happening) -> None:
        """Something happened at Tiledesk."""
        match happening.kind:
            case "message":
                self.on_message(happening.what)
            case "request":
                self.stale_requests.add(happening.what["request_id"])
            case _:
                return
        self.changed.set()

    def on_message(self, document: Json) -> None:
        """The desk has stored a message: a user's has arrived, an agent's is on its way."""
        request_id = document["recipient"]
        self.stale_requests.add(request_id)
        request = self.request(request_id)
        attributes = document.get("attributes") or {}
        if "bridge" in attributes and attributes.get("subtype") == "private":
            return  # a note of the bridge's own: nobody sent it
        if "bridge" in attributes:
            chat = self.chats.setdefault(request_id, attributes["telegram"]["chat_id"])
            self.stale_chats.add(chat)
            # What comes into a request that was closed meanwhile is seen by nobody: the bridge sends it into a new one.
            if request is None or request["status"] != REQUEST_CLOSED:
                self.ledger.stored(attributes["bridge"]["key"].rpartition("/")[2])
        elif request_id in self.chats:
            project, desk_url = self.stage.project.id, self.stage.tiledesk.base_url
            pieces = expected(document, request or {}, project, desk_url, str(self.chats[request_id]))
            if pieces:
                self.texts[Direction.OUTBOUND, document["_id"]] = gist(document)
                self.ledger.send(Direction.OUTBOUND, document["_id"], self.chats[request_id], pieces)

    def requests_of(self, chats: set[int]) -> set[str]:
        """The requests of these chats."""
        return {request for request, chat in self.chats.items() if chat in chats}

    # ------------------------------------------------------------ between them

    async def run(self, views: Views, session: aiohttp.ClientSession) -> None:
        """Look again and again."""
        while True:
            self.changed.clear()
            await self.read(views)
            if asyncio.get_running_loop().time() - self.asked_at > HEALTH_EVERY:
                self.health = await self.ask(session)
                self.asked_at = asyncio.get_running_loop().time()
            self.draw()
            await asyncio.sleep(QUICKEST)
            try:
                async with asyncio.timeout(SLOWEST - QUICKEST):
                    await self.changed.wait()
            except TimeoutError:
                continue

    async def read(self, views: Views) -> None:
        """Take in the journal; while it can't be read, what was last seen of it stands."""
        held = [str(number) for number in self.stage.bot.backlog.held]
        self.ledger.before(held, calling=self.stage.tiledesk.webhooks_under_way > 0)
        unsettled = [entry.id for entry in self.entries if entry.settled_at is None]
        wide = self.entries[0].id - min(unsettled) + WINDOW if unsettled else WINDOW
        try:
            self.entries = await views.recent(min(wide, WIDEST))
            self.census = await views.census()
        except JournalError:
            return
        self.aside |= {one.id: one.lane.direction for one in self.entries if one.state is State.DONE and one.reason}
        changed = self.ledger.after(self.entries)
        self.stale_chats |= changed
        self.stale_requests |= self.requests_of(changed)

    async def ask(self, session: aiohttp.ClientSession) -> Json:
        """What the daemon says of itself, kept as it was while it does not answer."""
        try:
            async with session.get(f"{self.stage.url}/readyz", timeout=aiohttp.ClientTimeout(total=0.5)) as answer:
                return {"answers": True, **await answer.json()}
        except (aiohttp.ClientError, TimeoutError, OSError):
            return {"answers": False, "ready": False, "parts": {}}
