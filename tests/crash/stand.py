"""A forked daemon between rough simulators, numbered messages both ways, and what became of them."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from bridge.sandbox.agent_samples import attached
from bridge.sandbox.stage import TOKEN, Stage, free_port
from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_pictures import dimensions
from bridge.sandbox.telegram_world import Change
from bridge.sandbox.tiledesk import Happening, TiledeskSimulator
from tests.crash.ledger import MARK, Ledger, Tally
from tests.crash.nursery import Brood, Nursery
from tests.crash.rough import RoughDesk, RoughTelegram
from tests.patience import PATIENCE

Form = Callable[[str], dict[str, Any]]
"""the fields of a reply of these words"""


def words(text: str) -> dict[str, Any]:
    return {"text": text}


LIVE = """
SELECT entry.id, key, state, reason, step, attempts, round(due_at - ?, 1), destination, token
FROM entry JOIN lane ON lane.id = lane_id
WHERE settled_at IS NULL"""

HURRY = 0.02
"""factor on the far sides' waits between attempts, for lives that are as short"""


@dataclass
class Stand:
    """The world of one campaign."""

    stage: Stage
    brood: Brood
    telegram_faults: RoughTelegram
    desk_faults: RoughDesk
    dice: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    requests: dict[int, str] = field(default_factory=dict)
    """by chat"""
    replied: dict[int, float] = field(default_factory=dict)
    """when each was last answered"""

    # ------------------------------------------------------------ what people do

    def user(self) -> User:
        """A person nobody has seen."""
        users = self.stage.telegram.world.users
        number = 10_000_001 + len(users)
        users[number] = User(number, f"Kim{number}", "Guest", None, "it")
        return users[number]

    def says(self, user: User, **fields: Any) -> str:
        """The user writes, or sends what `fields` say; the mark of it."""
        mark = self.ledger.mark("in", user.id)
        if fields:
            number = self.stage.telegram.user_sends(self.stage.bot, user, caption=mark, **fields)
        else:
            number = self.stage.telegram.user_says(self.stage.bot, user, mark)
        self.ledger.keys[mark] = str(number)
        return mark

    def replies(self, user: User, parts: int = 1, form: Form = words) -> str:
        """An agent answers the user, in so many messages' length and in this form; the first mark of it."""
        marks = [self.ledger.mark("out", user.id) for _ in range(parts)]
        while time.time() - self.replied.get(user.id, 0.0) < 0.002:
            time.sleep(0.001)  # the desk's order is that of its milliseconds: two within one have none
        self.replied[user.id] = time.time()
        text = marks[0] if parts == 1 else "\n\n".join(f"{mark} {'and so on ' * 300}" for mark in marks)
        document = self.stage.tiledesk.agent_replies(self.requests[user.id], **form(text))
        self.ledger.keys.update(dict.fromkeys(marks, str(document["_id"])))
        return marks[0]

    def with_file(self, user: User, name: str, mime: str, content: bytes) -> Form:
        """The form of a reply with a file that the agent uploads now."""
        url = self.stage.tiledesk.agent_uploads(self.requests[user.id], name, mime, content)
        assert isinstance(url, str)
        size = dimensions(content) if mime.startswith("image/") else None
        return lambda text: attached(name, mime, content, url, size, text)

    def age(self, source: str) -> None:
        """Let everything that was delivered from this source have been delivered a month ago; the daemon must be down."""
        with opened(self.stage.journal) as connection:
            connection.execute(
                "UPDATE entry SET settled_at = settled_at - 30 * 86400 WHERE state = 'done' AND source LIKE ?",
                [f"{source}/%"],
            )

    async def meet(self, users: Sequence[User]) -> None:
        """Let all of them have a request; the daemon must run."""
        for user in users:
            self.says(user)
        assert await self.quiet(PATIENCE), f"nobody could open a request:\n{self.brood.tail()}"

    # ------------------------------------------------------------ what arrives

    def heard(self, change: Change) -> None:
        """Telegram has taken something of the bot's."""
        if change.kind == "sent":
            self.ledger.came("out", f"{change.body.get('text', '')}{change.body.get('caption', '')}")

    def stored(self, happening: Happening) -> None:
        """The desk has stored something."""
        if happening.kind != "message":
            return
        attributes = happening.what.get("attributes") or {}
        if "bridge" in attributes and attributes.get("subtype") != "private":
            text = str(happening.what["text"])
            self.ledger.came("in", text)
            for mark in MARK.finditer(text):
                self.requests[int(mark[2])] = happening.what["recipient"]

    async def until(self, look: Callable[[], object], limit: float) -> bool:
        """Whether it comes true in time; looked at whenever something happens at either side, and when the daemon ends."""
        gone = self.brood.life.gone if self.brood.life is not None else asyncio.Event()
        sides = [
            asyncio.ensure_future(wait)
            for wait in (
                self.stage.telegram.wait_for(look, limit),
                self.stage.tiledesk.wait_for(look, limit),
                gone.wait(),
            )
        ]
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
        return bool(look())

    async def quiet(self, limit: float) -> bool:
        """Whether everything arrives in time."""
        return await self.until(lambda: not self.ledger.missing, limit)

    async def settled(self, limit: float = PATIENCE) -> None:
        """Wait until the desk has called for everything, and the journal has nothing left to do."""
        await self.stage.tiledesk.wait_for(lambda: not self.stage.tiledesk.webhooks_under_way, limit)
        end = time.monotonic() + limit
        with opened(self.stage.journal) as connection:
            while live := connection.execute(LIVE, [time.time()]).fetchall():
                assert time.monotonic() < end, f"{live} are left to do:\n{self.brood.tail()}"
                await asyncio.sleep(0.01)

    # ------------------------------------------------------------ what became of it

    def figures(self, chats: Sequence[int] | None = None) -> dict[str, Any]:
        """Both directions in numbers, beside the journal's suspects; the daemon must be down.

        `reordered` is against the order in which we accepted, `overtaken` against the order in which agents wrote.
        """
        into, out = self.ledger.tally("in", chats), self.ledger.tally("out", chats)
        journal = self.journal()
        overtaken, wrongly = self.ledger.overtaken(journal.accepted)
        return {
            "messages": into.sent + out.sent,
            "lost": into.lost + out.lost,
            "reordered": into.reordered + wrongly,
            "overtaken": overtaken,
            "doubled": into.doubles + out.doubles,
            "doubled_at_desk": into.doubles,
            "unexplained": self.unexplained(into, journal) + self.unexplained(out, journal),
            "suspect": journal.suspects.total(),
            "undone": journal.undone,
            "dead": journal.dead,
            "integrity": journal.integrity,
        }

    def unexplained(self, one: Tally, journal: "Journal") -> int:
        """Doubles beyond the number of times that their own message was a suspect."""
        return sum(max(0, count - journal.suspects[self.ledger.keys[mark]]) for mark, count in one.doubled.items())

    def journal(self) -> "Journal":
        """Read the journal."""
        with opened(self.stage.journal) as connection:
            suspects = Counter(dict(connection.execute("SELECT key, suspect FROM entry WHERE suspect > 0")))
            accepted = dict(connection.execute("SELECT key, id FROM entry WHERE source LIKE 'tiledesk/%'"))
            [(undone,)] = connection.execute("SELECT count(*) FROM entry WHERE settled_at IS NULL")
            [(dead,)] = connection.execute("SELECT count(*) FROM entry WHERE state = 'dead'")
            [(integrity,)] = connection.execute("PRAGMA integrity_check(1)")
        return Journal(suspects, accepted, undone, dead, integrity)


@dataclass(frozen=True)
class Journal:
    """What a journal knows.

    `suspects` counts by key how often it could not be known whether a message had arrived, `accepted` numbers the desk's keys.
    """

    suspects: Counter[str]
    accepted: dict[str, int]
    undone: int
    dead: int
    integrity: str


@contextmanager
def opened(path: Path) -> Iterator[apsw.Connection]:
    """A connection to the journal of a daemon that is down."""
    with closing(apsw.Connection(str(path))) as connection:
        yield connection


@asynccontextmanager
async def stand(nursery: Nursery, folder: Path, seed: int, **settings: str) -> AsyncIterator[Stand]:
    """The world, with the daemon not started yet."""
    async with AsyncExitStack() as stack:
        rough, desk = RoughTelegram(seed=seed), RoughDesk(seed=seed)
        telegram = await stack.enter_async_context(TelegramSimulator(faults=rough, time_scale=HURRY))
        tiledesk = await stack.enter_async_context(TiledeskSimulator(seed=seed, faults=desk))
        tiledesk.weather.time_scale = HURRY
        tiledesk.first_message_seconds = 0.01
        bot = telegram.add_bot(TOKEN, "sandbox_bot", "Sandbox")
        stage = Stage(telegram, tiledesk, bot, tiledesk.add_project(), folder, free_port())
        settings = {"LOG__LEVEL": "warning"} | settings
        brood = await stack.enter_async_context(Brood(nursery, stage.environment(**settings), folder))  # type: ignore[arg-type]
        made = Stand(stage, brood, rough, desk, random.Random(seed))
        stack.callback(telegram.subscribe(made.heard))
        stack.callback(tiledesk.subscribe(made.stored))
        yield made
