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
from bridge.web import rpc
from bridge.web.rpc import ENTRY_BEGINS, FILTER, LAST_LINE, STORED, VERSION_HEADER, reach

T = TypeVar("T")

NOWHERE = "http://bridge"
"""the host of a socket that needs none"""

SEE_LOG = "see its log: journalctl -u tiledesk-bridge"


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
    """`bridge.ports.Office` of a running daemon. Raises `DaemonError`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def status(self) -> dict[str, Any]:
        """What the daemon says of itself."""
        async with self.answer("GET", "status") as answer:
            told: dict[str, Any] = await answer.json()
            return told

    @asynccontextmanager
    async def answer(self, method: str, name: str, asked: bytes | None = None) -> AsyncIterator[aiohttp.ClientResponse]:
        """The daemon's answer, for the time of an `async with`."""
        headers = {VERSION_HEADER: __version__, "Content-Type": "application/json"}
        try:
            async with self.session.request(method, f"{NOWHERE}/{name}", data=asked, headers=headers) as answer:
                await checked(answer)
                yield answer
        except TimeoutError:
            raise DaemonError(f"the daemon says nothing any more, {SEE_LOG}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise DaemonError(f"the daemon broke off its answer ({in_short(error)}), {SEE_LOG}") from None

    async def ask(self, name: str, answers: TypeAdapter[T], **arguments: object) -> T:
        """One question and its answer, read by `answers`."""
        async with self.answer("POST", f"office/{name}", to_json(arguments)) as answer:
            return answers.validate_json(await answer.read())

    async def conversations(self, words: str, limit: int = 50, skip: int = 0) -> list[ConversationView]:
        """See `Office.conversations`."""
        return await self.ask("conversations", rpc.CONVERSATIONS, words=words, limit=limit, skip=skip)

    async def conversation_view(self, channel: str, chat: str, topic: str) -> ConversationView | None:
        """See `Office.conversation_view`."""
        return await self.ask("conversation_view", rpc.CONVERSATION, channel=channel, chat=chat, topic=topic)

    async def entries(
        self, channel: str, chat: str, topic: str, limit: int = 100, before: int | None = None
    ) -> list[EntryView]:
        """See `Office.entries`."""
        place = {"channel": channel, "chat": chat, "topic": topic}
        return await self.ask("entries", rpc.ENTRIES, limit=limit, before=before, **place)

    async def entry(self, id: int) -> tuple[EntryView, bytes] | None:  # noqa: A002 - the port's word
        """See `Office.entry`."""
        return await self.ask("entry", rpc.ENTRY, id=id)

    async def timeline(self, id: int) -> list[Moment]:  # noqa: A002 - the port's word
        """See `Office.timeline`."""
        return await self.ask("timeline", rpc.MOMENTS, id=id)

    async def find(self, word: str) -> list[EntryView]:
        """See `Office.find`."""
        return await self.ask("find", rpc.ENTRIES, word=word)

    async def waiting_lanes(self, limit: int = 100) -> list[LaneView]:
        """See `Office.waiting_lanes`."""
        return await self.ask("waiting_lanes", rpc.LANES, limit=limit)

    async def dead(
        self, limit: int = 100, skip: int = 0, words: str = "", until: float | None = None
    ) -> list[EntryView]:
        """See `Office.dead`."""
        return await self.ask("dead", rpc.ENTRIES, limit=limit, skip=skip, words=words, until=until)

    async def count_dead(self, words: str = "", until: float | None = None) -> int:
        """See `Office.count_dead`."""
        return await self.ask("count_dead", rpc.COUNT, words=words, until=until)

    async def retry(self, ids: Sequence[int], by: str) -> list[int]:
        """See `Office.retry`."""
        return await self.ask("retry", rpc.IDS, ids=list(ids), by=by)

    async def drop(self, ids: Sequence[int], by: str) -> list[int]:
        """See `Office.drop`."""
        return await self.ask("drop", rpc.IDS, ids=list(ids), by=by)

    async def deeds(self, limit: int = 100, before: int | None = None) -> list[Deed]:
        """See `Office.deeds`."""
        return await self.ask("deeds", rpc.DEEDS, limit=limit, before=before)

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
        raise DaemonError(f"the daemon stopped after {count} entries without a word, {SEE_LOG}")


async def lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The lines of an answer, of any length: aiohttp's own way to read them gives up at some hundred kilobytes."""
    pieces = list[bytes]()
    async for chunk in content.iter_any():
        first, *rest = chunk.split(b"\n")
        pieces.append(first)
        for following in rest:
            yield b"".join(pieces)
            pieces = [following]


async def checked(answer: aiohttp.ClientResponse) -> None:
    """Raise `DaemonError` unless the daemon answered."""
    if answer.status == 200:
        return
    if answer.content_type != "application/json":
        raise DaemonError(f"the daemon failed ({answer.status}), {SEE_LOG}")
    told = await answer.json()
    if answer.status == 426:
        raise DaemonError(
            f"the daemon that runs is of version {told.get('version')}, this command of {__version__}: restart the daemon "
            "(systemctl restart tiledesk-bridge), or use the command of its version"
        )
    raise DaemonError(f"the daemon refuses: {told.get('error')}")


def in_short(error: Exception) -> str:
    """An error's kind and its words, if it has any, on one line."""
    kind, said = type(error).__name__, " ".join(str(error).split())
    return f"{kind}: {said}" if said else kind
