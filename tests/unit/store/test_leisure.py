"""What operators look for has a reader of its own."""

import asyncio
import threading
from pathlib import Path

from bridge.message import Arrival, Direction, Lane
from bridge.store import open_journal
from bridge.store.database import Database
from bridge.store.office import SqliteOffice
from tests.clock import ManualClock


async def test_a_search_that_takes_long_holds_up_no_message_and_no_sign_of_life(tmp_path: Path) -> None:
    clock = ManualClock()
    async with open_journal(tmp_path / "bridge.db", clock) as store:
        office, end = SqliteOffice(store, clock), threading.Event()

        def long(_: Database) -> bool:
            return end.wait(20)

        searches = [
            asyncio.create_task(store.leisure.run(long)),
            asyncio.create_task(office.conversations("ada")),
            asyncio.create_task(office.dead()),
            asyncio.create_task(office.find("7")),
        ]
        try:
            async with asyncio.timeout(10):
                lane = Lane("support", "7", "", Direction.INBOUND)
                await store.accept([Arrival("telegram/9", "1", lane, 0, b"raw", "desk/main")])
                assert await store.conversation("support", "7", "") is None
                await store.answer()
            assert not any(one.done() for one in searches)
        finally:
            end.set()
        assert [bool(one) for one in await asyncio.gather(*searches)] == [True, False, False, False]


async def test_what_was_committed_just_now_is_seen_by_operators(tmp_path: Path) -> None:
    clock = ManualClock()
    async with open_journal(tmp_path / "bridge.db", clock) as store:
        office, lane = SqliteOffice(store, clock), Lane("support", "7", "", Direction.INBOUND)
        for number in range(5):
            await store.accept([Arrival("telegram/9", str(number), lane, number, b"raw", "desk/main")])
            assert len(await office.entries("support", "7", "")) == number + 1
