"""What pages and proofs read of a journal; never the messages themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw

from bridge.errors import JournalDamaged, JournalUnavailable
from bridge.message import Direction, Lane
from bridge.ports import Census, EntryView, State
from bridge.store.batch import read_each
from bridge.store.database import Database, connect_visitor
from bridge.store.migrate import applied
from bridge.store.writer import GroupCommit


def view(row: tuple[Any, ...]) -> EntryView:
    """A view from its row."""
    number, channel, chat, topic, direction, source, key, state, *told = row
    reason, step, attempts, suspect, accepted_at, settled_at, destination, missed, late, due_at = told
    lane, counts = Lane(channel, chat, topic, Direction(direction)), (step, attempts, suspect)
    what = (number, lane, source, key, State(state), reason)
    return EntryView(*what, *counts, accepted_at, settled_at, destination, missed, bool(late), due_at)


def count(db: Database) -> list[Census]:
    """Counts for every destination, sorted by name."""
    with db.connection:  # both statements see the same moment
        live = {row[0]: row[1:] for row in db.all("census_live")}
        settled = db.all("census_settled")
    found = []
    for destination, done, dead in settled:
        waiting, sending, oldest = live.get(destination, (0, 0, None))
        found.append(Census(destination, waiting, sending, done, dead, oldest))
    return sorted(found, key=lambda census: census.destination)


class Views:
    """Reads that see every finished commit; all raise `JournalUnavailable`."""

    def __init__(self, reader: GroupCommit) -> None:
        self.reader = reader

    async def census(self) -> list[Census]:
        """Counts for every destination the journal knows."""
        return await self.reader.run(count)

    async def recent(self, limit: int) -> list[EntryView]:
        """The newest entries, the newest first."""
        return [view(row) for row in await self.reader.run(lambda db: db.all("recent", limit=limit))]

    async def dead_letters(self, limit: int) -> list[EntryView]:
        """The dead letters, the latest to die first."""
        return [view(row) for row in await self.reader.run(lambda db: db.all("dead_letters", limit=limit))]

    async def suspects_total(self) -> int:
        """How often it could not be known whether a call arrived, over all stored entries."""
        [(total,)] = await self.reader.run(lambda db: db.all("suspects_total"))
        return int(total)


@asynccontextmanager
async def look(path: Path) -> AsyncIterator[Views]:
    """Read a journal that another process may hold; raises `JournalDamaged` if it is none, `JournalUnavailable` if not there."""

    def connect() -> Database:
        try:
            database = connect_visitor(path)
            if not applied(database, path):
                raise JournalUnavailable(f"the journal {path} is still empty")
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise JournalDamaged(f"{path} is not a sound journal: {error}") from error
        return database

    reader = GroupCommit("journal-look", connect, read_each)
    try:
        await reader.run(lambda _: None)
        yield Views(reader)
    finally:
        await reader.close()
