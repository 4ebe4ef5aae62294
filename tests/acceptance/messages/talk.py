"""One end user's conversation with the agents, through the daemon: what a row acts on and looks at."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from bridge.sandbox.stage import TOKEN
from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_keyboard import buttons
from bridge.sandbox.telegram_people import Group, User
from bridge.sandbox.telegram_world import BotAccount
from tests.acceptance.files import Front
from tests.acceptance.world import World, until
from tests.patience import PATIENCE

Json = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """What a browser gets for an address."""

    status: int
    kind: str
    content: bytes
    headers: dict[str, str]


@dataclass
class Talk:
    world: World
    user: User
    request_id: str = ""
    opened: set[str] = field(default_factory=set)
    """addresses of ours that were opened"""

    @property
    def telegram(self) -> TelegramSimulator:
        return self.world.stage.telegram

    @property
    def bot(self) -> BotAccount:
        return self.world.stage.bot

    @property
    def front(self) -> Front:
        """The desk's own origin, as the daemon knows it."""
        assert self.world.front is not None
        return self.world.front

    # ------------------------------------------------------------ the end user

    def says(self, text: str, entities: list[Json] | None = None, **how: Any) -> Json:
        """Write a text; gives Telegram's message."""
        self.telegram.user_says(self.bot, self.user, text, entities, **how)
        return self.last(how.get("chat"))

    def sends(self, chat: Group | None = None, **fields: Any) -> Json:
        """Send a message of any fields; gives Telegram's message."""
        self.telegram.user_sends(self.bot, self.user, chat=chat, **fields)
        return self.last(chat)

    def last(self, chat: Group | None = None) -> Json:
        """The newest message of the chat."""
        return self.telegram.chat_history(self.bot, (chat or self.user).id)[-1]

    def now(self, message: Json) -> Json:
        """A message of the user's chat as it is now."""
        return self.telegram.world.chat(self.bot, self.user).messages[message["message_id"]]

    async def gets(self, count: int = 1) -> list[Json]:
        """Wait until the bot has sent so many messages to the user, and no more; gives them."""
        got = await self.world.gets(self.user, count)
        assert len(got) == count, got
        return got

    def done(self) -> list[str]:
        """The methods that the bot has called for the user's chat, in order, in small letters."""
        return [one.method for one in self.telegram.calls if str(one.params.get("chat_id")) == str(self.user.id)]

    def presses(self, message: Json, label: str) -> int:
        """Press the button whose label begins so; gives the number of the update."""
        shown = next(one["text"] for one in buttons(self.now(message)) if one["text"].startswith(label))
        return self.telegram.user_presses_label(message, shown)

    async def answer_to(self, update: int) -> Json:
        """Wait for the bot's answer to a press; gives its parameters."""
        query = str((update << 20) + 1)  # how the simulator makes it

        def answered() -> Json | None:
            made = self.telegram.called("answerCallbackQuery")
            return next((one.params for one in made if one.params["callback_query_id"] == query), None)

        found = await self.telegram.wait_for(answered, PATIENCE)
        assert found is not None
        return found

    # ------------------------------------------------------------ the desk

    async def open(self) -> None:
        """Let the user begin."""
        self.says("hello")
        await self.stored()

    async def request(self) -> str:
        """The id of the user's request, once there is one."""
        self.request_id = self.request_id or await until(lambda: self.world.request_of(self.user))
        return self.request_id

    async def everything(self) -> list[Json]:
        """All messages of the request, oldest first."""
        return await self.world.messages(await self.request())

    async def stored(self, count: int = 1) -> list[Json]:
        """Wait until the desk has so many messages of the user's, and no more; gives them."""

        async def enough() -> list[Json]:
            found = [one for one in await self.everything() if is_users(one)]
            return found if len(found) >= count else []

        found = await until(enough)
        assert len(found) == count, [one["text"] for one in found]
        return found

    async def notes(self, count: int = 1) -> list[str]:
        """Wait until the bridge has left so many private notes to the agents; gives their texts."""

        async def enough() -> list[str]:
            found = [one["text"] for one in await self.everything() if is_note(one)]
            return found if len(found) >= count else []

        found = await until(enough)
        assert len(found) == count, found
        return found

    async def nothing_but(self, count: int = 0) -> list[Json]:
        """The user's messages at the desk, of which there are `count`: what was on its way would come before one more."""
        self.says("That was all.")
        *found, last = await self.stored(count + 1)
        assert last["text"] == "That was all."
        return found

    async def lead_has(self, **fields: str) -> None:
        """Wait until the user's contact at the desk has these fields."""

        async def written() -> bool:
            lead = (await self.world.desk.request(await self.request()))["lead"]
            return all(lead.get(name) == value for name, value in fields.items())

        await until(written)

    async def agent(self, text: str, **fields: Any) -> None:
        """Let an agent write."""
        await self.world.agent(await self.request(), text, **fields)

    async def bot_says(self, text: str, **fields: Any) -> None:
        """Let a chatbot of the desk write, the way its engine does: in the name of `bot_…`."""
        await self.agent(text, sender="bot_5b0000000000000000000001", senderFullname="Robot", **fields)

    async def quiet(self, reason: str, text: str, **fields: Any) -> None:
        """Let the desk store what must not reach the user; it is seen, counted, and nothing but the next message arrives."""
        before = await self.skipped(reason)
        await self.agent(text, **fields)

        async def counted() -> bool:
            return await self.skipped(reason) > before

        await until(counted)
        await self.agent("the next message")
        [message] = await self.gets()
        assert message["text"] == "the next message"

    async def skipped(self, reason: str) -> float:
        return await self.world.metric("bridge_skipped_total", reason=reason)

    async def file(self, name: str, kind: str, content: bytes) -> str:
        """Let an agent store a file at the desk; gives its address."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=name, content_type=kind)
        desk = self.world.desk
        answer = await desk.call("POST", f"{desk.here}/files/chat", desk.owner, data=form)
        assert answer.status == 201, answer
        return f"{self.front.url}/files?path={quote(answer.body['filename'], safe='')}"

    # ------------------------------------------------------------ what a browser and what Telegram hold

    async def sees(self, message: Json, status: int = 200) -> Shown:
        """What an agent's browser, which is logged in nowhere, gets for a message's file."""
        url = message["metadata"]["src"]
        assert url.startswith(f"{self.world.daemon.url}/media/")
        self.opened.add(url)
        shown = await browse(url)
        assert shown.status == status, shown
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        if status == 200:
            assert message["metadata"].get("size") in (None, len(shown.content))
            saved = await browse(message["metadata"]["downloadURL"])
            assert (saved.content, saved.kind) == (shown.content, shown.kind)
            assert saved.headers["Content-Disposition"].startswith("attachment")
        return shown

    def holds(self, fields: Json) -> bytes:
        """The bytes behind a media object of Telegram's."""
        stored = self.bot.files.find(fields["file_id"])
        assert stored is not None
        return stored.upload.whole()

    # ------------------------------------------------------------ what holds of every message

    async def obeys(self) -> None:
        """Look at the rules that hold of every message of the user's, whatever its kind."""
        if not self.request_id:
            return
        everything = await self.everything()
        assert TOKEN not in json.dumps(everything)
        for message in filter(is_users, everything):
            assert message["text"].strip()
            assert message["channel"] == {"name": "telegram"}
            ids = message["attributes"]["telegram"]
            assert isinstance(ids["chat_id"], int)
            assert isinstance(ids["message_id"] if "reaction_to" not in ids else ids["reaction_to"], int)
            if message.get("metadata"):
                assert isinstance(message["metadata"]["type"], str)
                assert message["metadata"]["type"]
            address = (message.get("metadata") or {}).get("src")
            assert address is None or address in self.opened, "a row of files has to open them"


async def browse(url: str) -> Shown:
    """Get an address without any login."""
    assert TOKEN not in url
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as browser, browser.get(url) as answer:
        return Shown(answer.status, answer.content_type, await answer.read(), dict(answer.headers))


def is_users(message: Json) -> bool:
    """Whether a message of the desk's is an end user's."""
    return "bridge" in (message.get("attributes") or {}) and not is_note(message)


def is_note(message: Json) -> bool:
    """Whether a message of the desk's is a private note of the bridge's."""
    attributes = message.get("attributes") or {}
    return "bridge" in attributes and attributes.get("subtype") == "private"
