"""A whole run with everything in it that makes programs talkative, and then every place where something was emitted."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import apsw
import pytest
from PIL import Image

from bridge.sandbox.stage import TOKEN
from bridge.sandbox.telegram_answers import Upload
from bridge.sandbox.telegram_people import User
from tests.acceptance.world import World, until, world

LOGIN = re.compile(r"eyJ[\w-]{10,}\.eyJ[\w-]+")
"""a token that logs in; each of Tiledesk's is one"""

CONSOLE_TOKEN = "an-operators-own-token-of-a-console"

BUTTONS = [{"type": "text", "value": "Prices"}, {"type": "action", "value": "Talk", "action": "#human"}]


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "PNG")
    return out.getvalue()


@dataclass
class Run:
    """The world, one user with a request, and every page that was seen."""

    running: World
    user: User
    request_id: str
    pages: dict[str, str] = field(default_factory=dict)

    async def visit(self, name: str, url: str, status: int) -> None:
        """Open a page as anybody could, and keep all of its answer."""
        async with self.running.desk.session.get(url, allow_redirects=False) as answer:
            assert answer.status == status, name
            self.pages[name] = f"{dict(answer.headers)} {(await answer.read()).decode(errors='replace')}"

    async def users_files(self) -> None:
        """Files that users send, looked at with good links, bad ones, and when they are gone."""
        stage = self.running.stage
        send = stage.telegram.user_sends
        send(stage.bot, self.user, photo=Upload("a.png", picture(), "image/png"), caption="look")
        send(stage.bot, self.user, document=Upload("bill.pdf", b"%PDF-1.4 hello", "application/pdf"))
        send(stage.bot, self.user, voice=Upload("v.ogg", b"OggS" + bytes(100), "audio/ogg"), duration=3)

        async def links() -> list[str] | None:
            found = await self.running.messages(self.request_id)
            linked = [one["metadata"]["src"] for one in found if isinstance(one.get("metadata"), dict)]
            return linked if len(linked) == 3 else None

        photo, bill, voice = await until(links) or []
        await self.visit("photo", photo, 200)
        await self.visit("voice", voice, 200)
        await self.visit("tampered link", bill[:-1] + ("A" if bill[-1] != "A" else "B"), 404)
        await self.visit("no link at all", f"{self.running.daemon.url}/media/", 404)
        sent = next(one for one in stage.telegram.chat_history(stage.bot, self.user.id) if "document" in one)
        stage.telegram.lose_file(stage.bot, sent["document"]["file_id"])
        await self.visit("file that is gone", bill, 410)

    async def agents_files(self) -> None:
        """Files that agents send: one that may not be fetched, one that is not there, one with buttons under it."""
        tiledesk = self.running.stage.tiledesk
        for src in ("http://10.0.0.1/a.pdf", f"{tiledesk.base_url}/files?path=nowhere"):
            metadata = {"src": src, "name": "a.pdf", "type": "application/pdf"}
            await self.running.agent(self.request_id, "", type="file", metadata=metadata)
        uploaded = tiledesk.agent_uploads(self.request_id, "map.png", "image/png", picture())
        attachment = {"attachment": {"type": "template", "buttons": BUTTONS}}
        metadata = {"src": str(uploaded), "name": "map.png", "type": "image/png"}
        await self.running.agent(self.request_id, "Choose", type="image", metadata=metadata, attributes=attachment)
        [sent] = await self.running.gets(self.user, 1)
        data = sent["reply_markup"]["inline_keyboard"][0][1]["callback_data"]
        self.running.stage.telegram.user_presses(sent, data)
        await self.running.stage.telegram.wait_for(
            lambda: self.running.stage.telegram.called("editMessageReplyMarkup"), 10.0
        )

    async def trouble(self) -> None:
        """Refusals, cut answers, error pages, wrong secrets, malformed bodies."""
        stage, running = self.running.stage, self.running
        await stage.telegram.refuse()
        await running.agent(self.request_id, "second")
        await until(lambda: running.metric("bridge_calls_total", destination="channel/support", outcome="not_sent"))
        await stage.telegram.accept()
        await running.gets(self.user, 2)
        stage.telegram.faults.status = 502
        await running.agent(self.request_id, "third")
        await until(lambda: running.metric("bridge_calls_total", destination="channel/support", outcome="unknown"))
        stage.telegram.faults.clear()
        await running.gets(self.user, 3)
        for path, body in ((self.target, b'{"token": "x"'), (f"{stage.url}/hooks/telegram/support", b"{}")):
            async with running.desk.session.post(path, data=body) as answer:
                assert answer.status == 401
        stage.telegram.user_blocks(stage.bot, self.user)
        await running.agent(self.request_id, "fourth")
        await until(lambda: running.metric("bridge_dead_total", direction="out"))

    @property
    def target(self) -> str:
        """Where Tiledesk calls the bridge."""
        [target] = {one.target for one in self.running.stage.tiledesk.webhook_log}
        return str(target)

    async def emitted(self, folder: Path) -> dict[str, str]:
        """Everything that anybody could see, by its place."""
        running = self.running
        await self.visit("metrics", f"{running.daemon.url}/metrics", 200)
        async with running.desk.session.get(f"{running.daemon.url}/readyz") as answer:
            ready = await answer.text()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as operator:
            await operator.post(f"{running.daemon.url}/console/login", data={"token": CONSOLE_TOKEN})
            for page in ("", "conversations", "dead", "lanes", "settings", "audit", "entry/1", "entry/2"):
                async with operator.get(f"{running.daemon.url}/console/{page}") as answer:
                    assert answer.url.path == f"/console/{page}"
                    self.pages[f"console {page}"] = await answer.text()
        calls: list[Any] = [call.params for call in running.stage.telegram.calls if call.method != "setwebhook"]
        return self.pages | {
            "log": read(folder / "bridge.log"),
            "readyz": ready,
            "desk": str(await running.messages(self.request_id)) + str(await running.desk.request(self.request_id)),
            "phone": str(running.received(self.user)),
            "calls of the Bot API": str(calls),
            "journal": " ".join(stored(running.stage.journal)),
            "names of files": names(folder),
        }


def read(log: Path) -> str:
    return log.read_text()


def names(folder: Path) -> str:
    return " ".join(one.name for one in folder.rglob("*"))


def stored(journal: Path) -> Iterator[str]:
    """All that the journal keeps, but for the tables whose very purpose it is to keep a secret."""
    with apsw.Connection(str(journal), apsw.SQLITE_OPEN_READONLY) as database:
        tables = [str(name) for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert {"entry", "file", "offer", "guest", "secret", "subscription"} <= set(tables)
        for table in set(tables) - {"guest", "secret", "subscription"}:
            for row in database.execute(f"SELECT * FROM {table}"):
                yield " ".join(one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in row)


def secrets(running: World, target: str) -> dict[str, str]:
    """What must not be seen anywhere, by name."""
    owner = running.desk.project.owner
    with apsw.Connection(str(running.stage.journal), apsw.SQLITE_OPEN_READONLY) as journal:
        own = {
            f"subscription {event}": secret
            for event, secret in journal.execute("SELECT event, secret FROM subscription")
        }
        own |= {f"guest {person}": token for person, token in journal.execute("SELECT person, token FROM guest")}
        own |= dict(journal.execute("SELECT name, value FROM secret"))
    assert {"media", "offers/support", "hooks/telegram/support", "hooks/tiledesk/main"} <= own.keys()
    return own | {
        "console token": CONSOLE_TOKEN,
        "bot token": TOKEN,
        "bot token's secret part": TOKEN.partition(":")[2],
        "password": owner.password,
        "basic": base64.b64encode(f"{owner.email}:{owner.password}".encode()).decode(),
        "hook path": target.rpartition("/")[2],
    }


@pytest.mark.timeout(180)
async def test_no_secret_is_in_anything_that_a_whole_run_emits(tmp_path: Path) -> None:
    async with world(tmp_path, intake="webhook", LOG__LEVEL="debug", CONSOLE__TOKEN=CONSOLE_TOKEN) as running:
        user = running.user("Gina")
        running.says(user, "hello")
        [request] = await until(lambda: running.requests_of(f"{user.first_name} Guest"))
        run = Run(running, user, request["request_id"])
        await run.users_files()
        await run.agents_files()
        await run.trouble()
        emitted = await run.emitted(tmp_path)
        assert all(emitted.values())
        for place, text in emitted.items():
            leaked = [what for what, secret in secrets(running, run.target).items() if secret in text]
            assert (place, leaked) == (place, [])
            assert (place, LOGIN.findall(text)) == (place, [])
