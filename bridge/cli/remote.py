"""The office of a daemon that runs, asked over its socket."""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from pydantic import TypeAdapter
from pydantic_core import to_json

from bridge import __version__
from bridge.errors import DaemonError
from bridge.ports import ConversationView, Deed, EntryView, Filter, Forgotten, LaneView, Moment
from bridge.store.probe import holder
from bridge.unit import unit_keeping
from bridge.web import rpc
from bridge.web.rpc import ENTRY_BEGINS, FILTER, LAST_LINE, STORED, VERSION_HEADER, reach

T = TypeVar("T")

NOWHERE = "http://bridge"
"""the host of a socket that needs none"""

LOOK = aiohttp.ClientTimeout(total=None, sock_connect=5.0, sock_read=5.0)
"""for what a healthy daemon answers at once; who looks at three in the morning must not wait for one that hangs"""

FEW = 1000
"""dead letters that are listed at once"""


class Connector(aiohttp.BaseConnector):
    """Connects to one socket, whose path may be longer than an address holds."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    async def _create_connection(self, *_: Any) -> Any:
        sock: socket.socket = reach(self.path)
        sock.setblocking(False)
        __, protocol = await self._loop.create_unix_connection(self._factory, sock=sock)
        return protocol


class RemoteOffice:
    """`bridge.ports.Office` of the daemon that holds this journal. Raises `DaemonError`.

    Looks are given some seconds, everything else as long as the `session` says.
    """

    def __init__(self, session: aiohttp.ClientSession, journal: Path) -> None:
        self.session = session
        self.journal = journal

    @property
    def see_log(self) -> str:
        """Where the daemon says more."""
        return f"see its log: journalctl -u {unit_keeping(self.journal)}"

    async def status(self) -> dict[str, Any]:
        """What the daemon says of itself."""
        async with self.answer("GET", "status", patience=LOOK) as answer:
            told: dict[str, Any] = await answer.json()
            return told

    @asynccontextmanager
    async def answer(
        self, method: str, name: str, asked: bytes | None = None, *, patience: aiohttp.ClientTimeout | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The daemon's answer, for the time of an `async with`."""
        headers = {VERSION_HEADER: __version__, "Content-Type": "application/json"}
        timeout = patience or self.session.timeout
        try:
            async with self.session.request(
                method, f"{NOWHERE}/{name}", data=asked, headers=headers, timeout=timeout
            ) as answer:
                await self.check(answer)
                yield answer
        except TimeoutError:
            mend = f"if it stays so: systemctl restart {unit_keeping(self.journal)}"
            raise DaemonError(f"{named(self.journal)} does not answer; {self.see_log}; {mend}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise DaemonError(f"the daemon broke off its answer ({in_short(error)}), {self.see_log}") from None

    async def check(self, answer: aiohttp.ClientResponse) -> None:
        """Raise `DaemonError` unless the daemon answered."""
        if answer.status == 200:
            return
        if answer.content_type != "application/json":
            raise DaemonError(f"the daemon failed ({answer.status}), {self.see_log}")
        told = await answer.json()
        if answer.status == 426:
            raise DaemonError(
                f"the daemon that runs is of version {told.get('version')}, this command of {__version__}: restart the daemon "
                f"(systemctl restart {unit_keeping(self.journal)}), or use the command of its version"
            )
        raise DaemonError(f"the daemon refuses: {told.get('error')}")

    async def look(self, name: str, answers: TypeAdapter[T], **arguments: object) -> T:
        """A question that is answered at once, or not at all."""
        return await self.ask(name, answers, LOOK, **arguments)

    async def ask(
        self, name: str, answers: TypeAdapter[T], patience: aiohttp.ClientTimeout | None = None, /, **arguments: object
    ) -> T:
        """One question and its answer, read by `answers`."""
        async with self.answer("POST", f"office/{name}", to_json(arguments), patience=patience) as answer:
            return answers.validate_json(await answer.read())

    async def conversations(self, words: str, limit: int = 50, skip: int = 0) -> list[ConversationView]:
        """See `Office.conversations`."""
        return await self.look("conversations", rpc.CONVERSATIONS, words=words, limit=limit, skip=skip)

    async def conversation_view(self, channel: str, chat: str, topic: str) -> ConversationView | None:
        """See `Office.conversation_view`."""
        return await self.look("conversation_view", rpc.CONVERSATION, channel=channel, chat=chat, topic=topic)

    async def entries(
        self, channel: str, chat: str, topic: str, limit: int = 100, before: int | None = None
    ) -> list[EntryView]:
        """See `Office.entries`."""
        place = {"channel": channel, "chat": chat, "topic": topic}
        return await self.look("entries", rpc.ENTRIES, limit=limit, before=before, **place)

    async def entry(self, id: int) -> tuple[EntryView, bytes] | None:  # noqa: A002 - the port's word
        """See `Office.entry`."""
        return await self.look("entry", rpc.ENTRY, id=id)

    async def timeline(self, id: int) -> list[Moment]:  # noqa: A002 - the port's word
        """See `Office.timeline`."""
        return await self.look("timeline", rpc.MOMENTS, id=id)

    async def find(self, word: str) -> list[EntryView]:
        """See `Office.find`."""
        return await self.look("find", rpc.ENTRIES, word=word)

    async def waiting_lanes(self, limit: int = 100) -> list[LaneView]:
        """See `Office.waiting_lanes`."""
        return await self.look("waiting_lanes", rpc.LANES, limit=limit)

    async def dead(
        self, limit: int = 100, skip: int = 0, words: str = "", until: float | None = None
    ) -> list[EntryView]:
        """See `Office.dead`."""
        patience = LOOK if limit <= FEW else None
        return await self.ask("dead", rpc.ENTRIES, patience, limit=limit, skip=skip, words=words, until=until)

    async def count_dead(self, words: str = "", until: float | None = None) -> int:
        """See `Office.count_dead`."""
        return await self.look("count_dead", rpc.COUNT, words=words, until=until)

    async def retry(self, ids: Sequence[int], by: str) -> list[int]:
        """See `Office.retry`."""
        return await self.ask("retry", rpc.IDS, ids=list(ids), by=by)

    async def drop(self, ids: Sequence[int], by: str) -> list[int]:
        """See `Office.drop`."""
        return await self.ask("drop", rpc.IDS, ids=list(ids), by=by)

    async def deeds(self, limit: int = 100, before: int | None = None) -> list[Deed]:
        """See `Office.deeds`."""
        return await self.look("deeds", rpc.DEEDS, limit=limit, before=before)

    async def note_deed(self, by: str, what: str, subject: str) -> None:
        """See `Office.note_deed`."""
        await self.ask("note_deed", rpc.NOTHING, by=by, what=what, subject=subject)

    async def person_called(self, channel: str, username: str) -> list[str]:
        """See `Office.person_called`."""
        return await self.ask("person_called", rpc.PEOPLE, channel=channel, username=username)

    async def forget(self, channel: str, person: str, by: str) -> Forgotten:
        """See `Office.forget`."""
        return await self.ask("forget", rpc.FORGOTTEN, channel=channel, person=person, by=by)

    async def stored(self, wanted: Filter) -> AsyncIterator[tuple[EntryView, bytes]]:
        """See `Office.stored`."""
        count = 0
        async with self.answer("POST", "office/stored", FILTER.dump_json(wanted)) as answer:
            async for line in lines(answer.content):
                if not line.startswith(ENTRY_BEGINS):
                    last = LAST_LINE.validate_json(line)
                    if last.error or last.count != count:
                        raise DaemonError(f"the daemon stopped after {count} entries: {last.error or 'some got lost'}")
                    return
                count += 1
                yield STORED.validate_json(line)
        raise DaemonError(f"the daemon stopped after {count} entries without a word, {self.see_log}")


async def lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The lines of an answer, of any length: aiohttp's own way to read them gives up at some hundred kilobytes."""
    pieces = list[bytes]()
    async for chunk in content.iter_any():
        first, *rest = chunk.split(b"\n")
        pieces.append(first)
        for following in rest:
            yield b"".join(pieces)
            pieces = [following]


def named(journal: Path) -> str:
    """The process that holds a journal, for people."""
    try:
        pid = holder(journal)
    except OSError:
        pid = None
    return f"process {pid}" if pid else "the daemon"


def in_short(error: Exception) -> str:
    """An error's kind and its words, if it has any, on one line."""
    kind, said = type(error).__name__, " ".join(str(error).split())
    return f"{kind}: {said}" if said else kind
