"""Brings the page's board up to date with both simulators, the journal and the daemon."""

import asyncio

from bridge.message import NOTES, PRESSES, Direction
from bridge.ports import Census, EntryView
from bridge.sandbox.board import Board
from bridge.sandbox.cast import Cast
from bridge.sandbox.daemon import Daemon
from bridge.sandbox.desk_scene import Sources, desk_message
from bridge.sandbox.phone_scene import phone_message
from bridge.sandbox.scene import LATEST, entry_line, request_line, seconds, tally_line, user_line
from bridge.sandbox.stage import Stage
from bridge.sandbox.tally import Ledger, Letter
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.trouble import Troubles

SHOWN = 60
"""entries that are shown"""


ASIDE = {NOTES: "a note to the agents", PRESSES: "answers the press"}
"""what goes through the side lanes, in words"""


class Drawing:
    """What is known of everyone's messages, and how it is drawn."""

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
        self.answered: dict[int, str] = {}
        """the chats in which a press has just been answered, and with which words"""
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
        answered, self.answered = self.answered, {}
        for chat, words in answered.items():
            self.board.flash("answered", {"chat": chat, "text": words})
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
            number = message["message_id"]
            letter = letters.get((Direction.INBOUND, self.keys.get((chat, number), "")))
            shown.append(phone_message(message, bot.id, letter, bot.chats[chat].reactions.get(number, ())))
        self.board.put(f"chat/{chat}", shown)

    def draw_request(self, request_id: str) -> None:
        """One request's conversation, and its line in the agent's list."""
        document = self.request(request_id)
        if document is None:
            return
        project = self.stage.project
        agents = (project.owner.id, project.agent.id)
        sources = Sources(self.stage.url, self.stage.tiledesk.base_url)
        documents = sorted(self.stage.tiledesk.messages(request_id)[-LATEST:], key=created)
        conversation = [desk_message(one, agents, self.letter_of(one), sources) for one in documents]
        self.board.put(f"request/{request_id}", conversation)
        self.summaries[request_id] = request_line(document, conversation)

    def request(self, request_id: str) -> Json | None:
        """A request's document."""
        requests = self.stage.tiledesk.requests(self.stage.project.id)
        return next((one for one in reversed(requests) if one["request_id"] == request_id), None)

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
        text = self.texts.get((entry.lane.direction, entry.key), "") or ASIDE.get(entry.lane.topic, "")
        return entry_line(entry, user.first_name if user else entry.lane.chat, text)


def created(document: Json) -> float:
    """When a message was stored."""
    return seconds(document["createdAt"])
