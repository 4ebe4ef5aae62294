"""An operator's browser, as far as HTTP goes, at a console on a real store."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bridge.message import Arrival, Direction, Lane
from bridge.observe import Latencies, Scrubber, Troubles
from bridge.outcome import Dead
from bridge.ports import NO_CHANGES, EntryView
from bridge.store import SqliteStore, open_journal
from bridge.store.office import SqliteOffice
from bridge.web.console import Seen, Sessions, add_console
from bridge.web.server import serve
from tests.clock import ManualClock

TOKEN = "the-token-of-the-console-in-tests"
BOT_TOKEN = "123456789:AAbotbotbotbotbotbotbotbotbotbotbot"


@dataclass(frozen=True)
class Said:
    kind: str
    author: str
    text: str
    links: tuple[str, ...] = ()


@dataclass
class Operator:
    address: str
    client: aiohttp.ClientSession
    store: SqliteStore
    office: SqliteOffice
    clock: ManualClock
    troubles: Troubles
    links: list[str] = field(default_factory=list)
    """what every message's files are said to be at"""
    headers: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    """the daemon's parts, as its report has them"""
    sessions: Sessions = field(default_factory=lambda: Sessions(TOKEN))

    async def gets(self, path: str) -> tuple[int, str]:
        async with self.client.get(self.address + path, allow_redirects=False, headers=self.headers) as answer:
            return answer.status, await answer.text()

    async def posts(self, path: str, fields: Any, **headers: str) -> aiohttp.ClientResponse:
        async with self.client.post(
            self.address + path, data=fields, allow_redirects=False, headers=self.headers | headers
        ) as answer:
            await answer.read()
            return answer

    async def logs_in(self, token: str = TOKEN, **headers: str) -> aiohttp.ClientResponse:
        return await self.posts("/console/login", {"token": token}, **headers)

    async def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', (await self.gets("/console/dead"))[1])
        assert found
        return found[1]

    async def acts(self, what: str, *ids: int, **more: str) -> aiohttp.ClientResponse:
        """Send the form of the dead letters' page."""
        fields = [("csrf", await self.csrf()), ("what", what), *(("id", str(one)) for one in ids), *more.items()]
        return await self.posts("/console/dead", fields)

    async def dies(self, words: str, reason: str = "Tiledesk refuses it", chat: str = "7") -> int:
        """A message comes and becomes a dead letter; its id."""
        lane, number = Lane("support", chat, "", Direction.INBOUND), str(abs(hash((words, chat))))
        await self.store.accept([Arrival("telegram/9", number, lane, 0, words.encode(), "desk/main")])
        [claim] = await self.store.claim("desk/main", 1, 60.0)
        [entry] = claim.entries
        self.clock.move(1)
        await self.store.settle(claim, entry.id, Dead(reason), NO_CHANGES, release=True)
        return entry.id

    async def states(self, *ids: int) -> list[str]:
        found = [await self.office.entry(one) for one in ids]
        return [str(one[0].state) for one in found if one is not None]


@asynccontextmanager
async def operator(folder: Path, *secrets: str, public_url: str = "") -> AsyncIterator[Operator]:
    clock, scrubber = ManualClock(), Scrubber([TOKEN, BOT_TOKEN, *secrets])
    troubles, links, sessions = Troubles(scrubber.scrub), list[str](), Sessions(TOKEN)
    parts: dict[str, Any] = {"journal": {"ok": True, "reason": ""}}

    def spoken(entry: EntryView, raw: bytes) -> Said:
        return Said("message", "Ada", raw.decode(errors="replace"), tuple(links))

    def settings() -> Mapping[str, Any]:
        channel = {"token": SecretStr(BOT_TOKEN), "reactions": False}
        return {"console": {"token": SecretStr(TOKEN)}, "channels": {"support": channel}}

    async with open_journal(folder / "bridge.db", clock) as store:
        office = SqliteOffice(store, clock)

        async def report() -> dict[str, Any]:
            census = [
                {"destination": one.destination, "waiting": one.waiting, "sending": one.sending, "done": one.done,
                 "dead": one.dead, "oldest": one.oldest}
                for one in await store.census()
            ]  # fmt: skip
            return {"version": "1", "pid": 1, "started_at": 1.0, "ready": True, "parts": parts, "census": census}

        app = web.Application()
        seen = Seen(office, report, Latencies(), troubles, spoken, settings, scrubber.scrub)
        add_console(app, seen, sessions, public_url=public_url)
        runner = await serve(app, "127.0.0.1", 0, [])
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
                address = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield Operator(address, client, store, office, clock, troubles, links, {}, parts, sessions)
        finally:
            await runner.cleanup()
