"""The office on SQLite: what operators ask of the journal, and what they do to it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bridge.message import Conversation, Direction, File, Lane
from bridge.ports import FOREVER, Clock, ConversationView, Deed, EntryView, Filter, Forgotten, LaneView, Moment
from bridge.store import forget, walk
from bridge.store.book import conversation
from bridge.store.database import Database
from bridge.store.deeds import drop, note_deed, portions, retry
from bridge.store.sqlite import SqliteStore
from bridge.store.views import view

EraseElsewhere = Callable[[Sequence[str], Sequence[File]], Awaitable[None]]


async def nowhere_else(persons: Sequence[str], files: Sequence[File]) -> None:
    """Nothing of theirs stands elsewhere."""


class SqliteOffice:
    """`bridge.ports.Office` on an open store; writes share the daemon's commits.

    `erase_elsewhere` removes what stands elsewhere of a person who is forgotten: in memory, by all their ids, and the copies of
    their files.
    """

    def __init__(self, store: SqliteStore, clock: Clock, erase_elsewhere: EraseElsewhere = nowhere_else) -> None:
        self.store = store
        self.clock = clock
        self.erase_elsewhere = erase_elsewhere

    # ------------------------------------------------------------ conversations

    async def conversations(self, words: str, limit: int = 50, skip: int = 0) -> list[ConversationView]:
        """Conversations whose name, @username, request id or chat holds `words`, those that were heard last first."""
        wanted = {"words": words.strip().casefold(), "limit": limit, "skip": skip}
        rows = await self.store.leisure.run(lambda db: db.all("office_conversations", **wanted))
        return [found for row in rows if (found := conversation_view(row)) is not None]

    async def conversation_view(self, channel: str, chat: str, topic: str) -> ConversationView | None:
        """One of them."""
        place = {"channel": channel, "chat": chat, "topic": topic}
        row = await self.store.leisure.run(lambda db: db.one("office_conversation", **place))
        return None if row is None else conversation_view(row)

    # ------------------------------------------------------------ entries

    async def entries(
        self, channel: str, chat: str, topic: str, limit: int = 100, before: int | None = None
    ) -> list[EntryView]:
        """A conversation's entries in both directions, with those of its side lanes."""
        place: dict[str, object] = {"channel": channel, "chat": chat, "topic": topic}
        place |= {"limit": limit, "before": FOREVER if before is None else before}
        return [view(row) for row in await self.store.leisure.run(lambda db: db.all("office_entries", **place))]

    async def entry(self, id: int) -> tuple[EntryView, bytes] | None:  # noqa: A002 - the field's name
        """One entry and its raw content."""
        row = await self.store.leisure.run(lambda db: db.one("office_entry", entry=id))
        return None if row is None else (view(row[1:]), row[0])

    async def timeline(self, id: int) -> list[Moment]:  # noqa: A002 - the field's name
        """What happened to an entry, the earliest first."""
        return await self.store.leisure.run(lambda db: timeline(db, id))

    async def find(self, word: str) -> list[EntryView]:
        """Entries by an id: ours, an update's or message's own at its source, that of the far side, or a request's."""
        return await self.store.leisure.run(lambda db: find(db, word.strip()))

    async def waiting_lanes(self, limit: int = 100) -> list[LaneView]:
        """Lanes with something to do, those whose head waits longest first."""
        rows = await self.store.leisure.run(lambda db: db.all("office_waiting", limit=limit))
        return [
            LaneView(
                Lane(channel, chat, topic, Direction(way)), to, head, reason, since, due_at, bool(held), waiting
            )
            for channel, chat, topic, way, to, head, reason, since, due_at, held, waiting in rows
        ]  # fmt: skip

    async def stored(self, wanted: Filter) -> AsyncIterator[tuple[EntryView, bytes]]:
        """Every entry of the filter with its raw content, the earliest first, read in windows of bounded size."""
        async for one in walk.stored(self.store.leisure, wanted):
            yield one

    # ------------------------------------------------------------ dead letters

    async def dead(
        self, limit: int = 100, skip: int = 0, words: str = "", until: float | None = None
    ) -> list[EntryView]:
        """Dead letters with these words in their reason that died until then, those that died last first."""
        wanted = {"words": words, "until": FOREVER if until is None else until, "limit": limit, "skip": skip}
        return [view(row) for row in await self.store.leisure.run(lambda db: db.all("office_dead", **wanted))]

    async def count_dead(self, words: str = "", until: float | None = None) -> int:
        """How many there are of them."""
        wanted = {"words": words, "until": FOREVER if until is None else until}
        [(count,)] = await self.store.leisure.run(lambda db: db.all("count_dead", **wanted))
        return int(count)

    async def retry(self, ids: Sequence[int], by: str) -> list[int]:
        """Let dead letters live again; returns those that were dead."""
        done = list[int]()
        for some in portions(ids):
            now = self.clock.now()
            retried, ready = await self.store.writer.run(partial(retry, ids=some, by=by, now=now))
            done += retried
            for destination in ready:
                self.store.wake(destination).set()
        return done

    async def drop(self, ids: Sequence[int], by: str) -> list[int]:
        """Settle dead letters for good; returns those that were dead."""
        done = list[int]()
        for some in portions(ids):
            done += await self.store.writer.run(partial(drop, ids=some, by=by, now=self.clock.now()))
        return done

    # ------------------------------------------------------------ deeds and people

    async def deeds(self, limit: int = 100, before: int | None = None) -> list[Deed]:
        """What operators did."""
        last = FOREVER if before is None else before
        return [
            Deed(*row) for row in await self.store.leisure.run(lambda db: db.all("deeds", limit=limit, before=last))
        ]

    async def note_deed(self, by: str, what: str, subject: str) -> None:
        """Write down what an operator did elsewhere than in the store."""
        now = self.clock.now()
        await self.store.writer.run(lambda db: note_deed(db, by, what, subject, now))

    async def person_called(self, channel: str, username: str) -> list[str]:
        """The ids of the people with this @username."""
        name = username.removeprefix("@")
        rows = await self.store.leisure.run(lambda db: db.all("person_called", channel=channel, username=name))
        return [person for (person,) in rows]

    async def forget(self, channel: str, person: str, by: str) -> Forgotten:
        """Erase a person's data everywhere in the store and elsewhere, and at last what deleted rows leave in its files.

        Asked for once more it finds nothing to erase, and cleans the files.
        """
        theirs, sighted, last = await forget.find(self.store.leisure, channel, person)
        now = self.clock.now()

        def all_else(db: Database) -> Forgotten:
            note_deed(db, by, "forgot", f"a person on {channel}", now)
            return forget.Erasure(db, theirs, now).all_else(last)

        def in_groups(db: Database, some: list[int]) -> Forgotten:
            return forget.Erasure(db, theirs, now).in_groups(some)

        parts, in_memory = list[Forgotten](), theirs.persons
        try:
            for some in forget.portions(sighted):
                parts.append(await self.store.writer.run(partial(in_groups, some=some)))
            parts.append(await self.store.writer.run(all_else))
            await self.erase_elsewhere(in_memory, ())
            in_memory = ()
            # Whoever signed them in meanwhile may have written that down before it was told that nobody wants it any more. Not
            # later, or it would be the sign-in of somebody new.
            await self.store.writer.run(partial(forget.sign_ins, theirs=theirs))
        finally:  # whoever asks once more is not told again which files were theirs
            forgotten = forget.together(parts)
            await self.erase_elsewhere(in_memory, forgotten.files)
        return replace(forgotten, scoured=await self.store.scour())


# ---------------------------------------------------------------- on an open database


def conversation_view(row: tuple[Any, ...]) -> ConversationView | None:
    """A conversation from its row."""
    known: Conversation | None = conversation(row[:9])
    return None if known is None else ConversationView(known, *row[9:])


def timeline(db: Database, number: int) -> list[Moment]:
    """What stands in an entry's row, its receipts, and what was noted beside."""
    row = db.one("office_entry", entry=number)
    if row is None:
        return []
    one = view(row[1:])
    noted = [
        Moment(at, what, detail, times, until) for at, what, detail, times, until in db.all("moments", entry=number)
    ]
    again = any(moment.what == "retried" for moment in noted)
    first = [] if again else [Moment(one.accepted_at, "accepted", one.source)]
    told = [
        Moment(at, "delivered", f"call {step + 1}: {far_id}") for step, far_id, at in db.all("receipts", entry=number)
    ]
    if one.settled_at is not None:
        told.append(Moment(one.settled_at, str(one.state), one.reason))
    elif one.state == "sending":
        told.append(Moment(max(moment.at for moment in (*first, *told, *noted)), "sending", f"call {one.step + 1}"))
    return sorted((*first, *noted, *told), key=lambda moment: moment.at)


def find(db: Database, word: str) -> list[EntryView]:
    """Entries by any id that people meet in logs, in Tiledesk or in Telegram."""
    numbers = [int(word)] if word.isdecimal() and len(word) < 16 else []
    numbers += [number for (number,) in db.all("find_by_key", key=word)]
    numbers += [number for (number,) in db.all("find_by_receipt", far_id=word)]
    rows = [row[1:] for number in dict.fromkeys(numbers) if (row := db.one("office_entry", entry=number)) is not None]
    known = conversation(db.one("conversation_of_request", request_id=word))
    if known is not None:
        place = {"channel": known.channel, "chat": known.chat, "topic": known.topic}
        rows += db.all("office_entries", limit=50, before=FOREVER, **place)
    return [view(row) for row in rows]
