"""Looks at both simulators, the journal and the daemon, and keeps the page's board current."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bridge.errors import JournalError
from bridge.message import Conversation, Direction, Message
from bridge.ports import Census
from bridge.sandbox.board import Board
from bridge.sandbox.cast import Cast
from bridge.sandbox.daemon import Daemon
from bridge.sandbox.scene import (
    LATEST,
    desk_message,
    entry_line,
    phone_message,
    preview,
    request_line,
    seconds,
    tally_line,
    user_line,
)
from bridge.sandbox.stage import Stage
from bridge.sandbox.tally import Ledger, Letter
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_world import Change
from bridge.sandbox.tiledesk import Happening
from bridge.sandbox.tiledesk_world import REQUEST_CLOSED
from bridge.sandbox.trouble import Troubles
from bridge.store.views import EntryView, State, Views, look
from bridge.telegram.plan import TelegramPlanner
from bridge.tiledesk.read import TiledeskReader

QUICKEST, SLOWEST = 0.06, 0.25
"""seconds between looks, while something happens and while nothing does"""

HEALTH_EVERY = 1.0
"""seconds between questions about the daemon's health"""

SHOWN = 60
"""entries that are shown"""

WINDOW, WIDEST = 200, 20_000
"""entries that are read at least and at most"""


class Observer:
    """Keeps a ledger of everything sent and arrived, and draws it on the board."""

    def __init__(self, stage: Stage, daemon: Daemon, cast: Cast, troubles: Troubles, board: Board) -> None:
        self.stage = stage
        self.daemon = daemon
        self.cast = cast
        self.troubles = troubles
        self.board = board
        self.ledger = Ledger()
        self.phase = "running"
        """what the page was told to do with the daemon: starting, running, stopped or failed"""
        self.texts: dict[tuple[Direction, str], str] = {}
        self.keys: dict[tuple[int, int], str] = {}
        """the update of each of a user's messages, by chat and message id"""
        self.chats: dict[str, int] = {}
        """the chat that each request belongs to"""
        self.summaries: dict[str, Json] = {}
        """the agent's list: a line for each request"""
        self.typing: set[int] = set()
        """the chats that the bot has just shown itself typing in"""
        self.stale_chats: set[int] = set()
        self.stale_requests: set[str] = set()
        self.changed = asyncio.Event()
        self.entries: list[EntryView] = []
        self.census: list[Census] = []
        self.aside: dict[int, Direction] = {}
        """entries that were settled without anything to send: private notes, events"""
        self.asked_at = float("-inf")
        self.health: Json = {"answers": False, "ready": False, "parts": {}}

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
                message = body.get("message") or body.get("edited_message")
                if message is not None:
                    chat, key = message["chat"]["id"], str(body["update_id"])
                    self.keys[chat, message["message_id"]] = key
                    self.texts[Direction.INBOUND, key] = preview(message)
                    self.ledger.send(Direction.INBOUND, key, chat, [""])
                    self.stale_chats.add(chat)
            case "sent":
                chat = body["chat"]["id"]
                self.ledger.heard(chat, body.get("text") or body.get("caption") or "")
                self.stale_chats.add(chat)
                self.stale_requests |= self.requests_of({chat})
            case "action":
                self.typing.add(body["chat"]["id"])
        self.changed.set()

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
        if "bridge" in attributes:
            chat = self.chats.setdefault(request_id, attributes["telegram"]["chat_id"])
            self.stale_chats.add(chat)
            # What comes into a request that was closed meanwhile is seen by nobody: the bridge sends it into a new one.
            if request is None or request["status"] != REQUEST_CLOSED:
                self.ledger.stored(attributes["bridge"]["key"].rpartition("/")[2])
        elif request_id in self.chats:
            pieces = self.expected(document, request or {})
            if pieces:
                self.texts[Direction.OUTBOUND, document["_id"]] = document.get("text") or f"[{document['type']}]"
                self.ledger.send(Direction.OUTBOUND, document["_id"], self.chats[request_id], pieces)

    def request(self, request_id: str) -> Json | None:
        """A request's document."""
        requests = self.stage.tiledesk.requests(self.stage.project.id)
        return next((one for one in reversed(requests) if one["request_id"] == request_id), None)

    def requests_of(self, chats: set[int]) -> set[str]:
        """The requests of these chats."""
        return {request for request, chat in self.chats.items() if chat in chats}

    def expected(self, document: Json, request: Json) -> list[str]:
        """The texts that the user's phone must show for an agent's message; none if it must not reach it."""
        read = TiledeskReader(self.stage.project.id).message({**document, "request": request})
        if not isinstance(read, Message):
            return []
        chat = str(self.chats[document["recipient"]])
        conversation = Conversation("support", chat, "", "main", document["recipient"], "")
        calls = TelegramPlanner().plan(read, conversation, "")
        return [str(call.body["text"]) for call in calls if "text" in call.body]

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

    # ------------------------------------------------------------ drawing

    def draw(self) -> None:
        """Bring the board up to date."""
        stale_chats, self.stale_chats = self.stale_chats, set()
        stale_requests, self.stale_requests = self.stale_requests, set()
        typing, self.typing = self.typing, set()
        self.draw_users()
        for chat in stale_chats:
            self.draw_chat(chat)
        for chat in typing:
            self.board.flash("typing", {"chat": chat})
        for request_id in stale_requests:
            self.draw_request(request_id)
        put = self.board.put
        put("requests", list(self.summaries.values()))
        put("daemon", self.daemon_line())
        put("health", self.health)
        put("boot", {"id": self.stage.project.id})
        put("path", {way.value: self.counted(way) for way in Direction})
        put("entries", [self.line(entry) for entry in self.entries[:SHOWN]])
        put("promise", {way.value: tally_line(self.ledger.tally(way)) for way in Direction})
        put("troubles", self.troubles.shown())
        put("log", {"lines": self.daemon.tail(40)})

    def draw_users(self) -> None:
        """The end users."""
        chats = self.stage.bot.chats
        self.board.put("users", [user_line(user, chats.get(user.id)) for user in self.cast.users.values()])

    def draw_chat(self, chat: int) -> None:
        """One user's chat."""
        bot = self.stage.bot
        letters = self.ledger.letters
        shown = []
        for message in self.stage.telegram.chat_history(bot, chat)[-LATEST:]:
            key = self.keys.get((chat, message["message_id"]), "")
            shown.append(phone_message(message, bot.id, letters.get((Direction.INBOUND, key))))
        self.board.put(f"chat/{chat}", shown)

    def draw_request(self, request_id: str) -> None:
        """One request's conversation, and its line in the agent's list."""
        document = self.request(request_id)
        if document is None:
            return
        project = self.stage.project
        agents = (project.owner.id, project.agent.id)
        documents = sorted(self.stage.tiledesk.messages(request_id)[-LATEST:], key=created)
        conversation = [desk_message(one, agents, self.letter_of(one)) for one in documents]
        self.board.put(f"request/{request_id}", conversation)
        self.summaries[request_id] = request_line(document, conversation)

    def letter_of(self, document: Json) -> Letter | None:
        """The letter of an agent's message."""
        return self.ledger.letters.get((Direction.OUTBOUND, document["_id"]))

    def daemon_line(self) -> Json:
        """The daemon's life."""
        daemon = self.daemon
        phase = "ended" if self.phase == "running" and not daemon.running else self.phase
        shown = {"phase": phase, "pid": daemon.pid, "since": daemon.started_at, "restarts": daemon.restarts}
        return shown | {"code": daemon.code, "url": daemon.url}

    def counted(self, way: Direction) -> Json:
        """The journal's counts of one direction."""
        prefix = "desk/" if way is Direction.INBOUND else "channel/"
        ours = [one for one in self.census if one.destination.startswith(prefix)]
        counts = {name: sum(getattr(one, name) for one in ours) for name in ("waiting", "sending", "done", "dead")}
        aside = sum(one is way for one in self.aside.values())
        return counts | {"done": max(0, counts["done"] - aside), "aside": aside}

    def line(self, entry: EntryView) -> Json:
        """One entry, with the name and the words that the journal does not show."""
        user = self.cast.users.get(int(entry.lane.chat)) if entry.lane.chat.lstrip("-").isdecimal() else None
        text = self.texts.get((entry.lane.direction, entry.key), "")
        return entry_line(entry, user.first_name if user else entry.lane.chat, text)


def created(document: Json) -> float:
    """When a message was stored."""
    return seconds(document["createdAt"])
