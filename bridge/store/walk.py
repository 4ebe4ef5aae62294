"""Walks over all that is stored, in windows of bounded size, each read and looked through in the reader's thread."""

from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from typing import Final, TypeVar

from bridge.ports import EntryView, Filter
from bridge.store.database import Database
from bridge.store.theirs import Theirs, own_words
from bridge.store.views import view
from bridge.store.writer import GroupCommit

T = TypeVar("T")

WINDOW: Final = 1000
"""ids that are looked at in one go: other readers wait meanwhile"""

BYTES: Final = 4 * 2**20
"""of content in a window; one entry alone may be larger"""

Choose = Callable[[EntryView, bytes], T | None]
"""what becomes of an entry, in the reader's thread; None: nothing"""


async def walk(reader: GroupCommit, over: Filter, choose: Choose[T]) -> AsyncIterator[T]:
    """What is chosen of every entry of a time, a channel and a chat, the earliest first."""
    last, after = await reader.run(last_entry), 0
    while after < last:
        some, after = await reader.run(partial(window, over=over, after=after, last=last, choose=choose))
        for one in some:
            yield one


async def stored(reader: GroupCommit, wanted: Filter) -> AsyncIterator[tuple[EntryView, bytes]]:
    """Every entry of a filter with its raw content. Of a person: their private chat, and what they wrote anywhere else."""
    over = await reader.run(lambda db: resolved(db, wanted))
    theirs = Theirs.of(wanted.channel, wanted.person) if wanted.person else None
    if over is not None:
        async for one in walk(reader, over, partial(copied, theirs)):
            yield one


# ---------------------------------------------------------------- in the reader's thread


def window(db: Database, over: Filter, after: int, last: int, choose: Choose[T]) -> tuple[list[T], int]:
    """What is chosen of the next entries, and the last id that was looked at."""
    place: dict[str, object] = {"channel": over.channel, "chat": over.chat, "since": over.since, "until": over.until}
    end = min(after + WINDOW, last)
    end = cut(db.all("stored_sizes", after=after, last=end, **place), end)
    rows = db.each("stored_entries", after=after, last=end, **place)
    return [one for row in rows if (one := choose(view(row[1:]), row[0])) is not None], end


def cut(sizes: Iterable[tuple[int, int]], end: int) -> int:
    """The last id that fits into a window of `BYTES`, one entry at least; `end` if all do (pure)."""
    held = 0
    for number, size in sizes:
        if held and held + size > BYTES:
            return number - 1
        held += size
    return end


def resolved(db: Database, wanted: Filter) -> Filter | None:
    """The filter with the chat of its request; None if there is no such request."""
    if not wanted.request_id:
        return wanted
    row = db.one("conversation_of_request", request_id=wanted.request_id)
    return None if row is None else Filter(wanted.since, wanted.until, channel=row[0], chat=row[1])


def copied(theirs: Theirs | None, one: EntryView, raw: bytes) -> tuple[EntryView, bytes] | None:
    """An entry for a copy: one for a person has of other chats what they wrote, without what they answered."""
    if theirs is None or one.lane.chat == theirs.chat:
        return one, raw
    return (one, own_words(raw)) if theirs.wrote(raw) else None


def last_entry(db: Database) -> int:
    """The largest id, 0 if there is none."""
    row = db.one("last_entry")
    return 0 if row is None else int(row[0])
