"""The journal's disk is full, limited, locked by a stranger: nothing is taken that can't be kept, and all arrives afterwards."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from bridge.sandbox.telegram_people import User
from tests.crash.figures import PROOF, SCALE, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.crash.stand import Stand, opened, stand
from tests.faults.places import metric, readiness, reason_for_no_disk, settle_in, small_disk
from tests.patience import PATIENCE

SPELL = max(2.0, 60.0 * SCALE) if PROOF else 0.8
"""seconds without a journal"""

RATE = 100 if PROOF else 30
"""messages a second, of which every tenth is an agent's"""

HEALED = 45.0
"""seconds; what Telegram says of a webhook is looked at every half minute"""

LIMIT = 32 * 1024
"""bytes that a process may write into a file at most"""


@asynccontextmanager
async def talking(nursery: Nursery, folder: Path, place: Path) -> AsyncIterator[tuple[Stand, list[User]]]:
    """A world in which people have requests, with its journal at another place."""
    async with stand(nursery, folder, SEED, CHANNELS__SUPPORT__INTAKE="webhook") as world:
        settle_in(world, place)
        users = [world.user() for _ in range(scaled(6, 60))]
        await world.brood.start()
        await world.meet(users)
        yield world, users


async def talk(world: Stand, users: list[User], seconds: float) -> None:
    for number in range(round(seconds * RATE)):
        (world.replies if number % 10 == 0 else world.says)(world.dice.choice(users))
        await asyncio.sleep(1.0 / RATE)


async def outlast(
    world: Stand, users: list[User], campaign: str, trouble: Callable[[], AbstractContextManager[None]], seconds: float
) -> None:
    """People write while there is trouble; then everything arrives."""
    started = time.monotonic()
    life = world.brood.life
    with trouble():
        await talk(world, users, seconds)
        assert life is not None
        assert life.code is None, world.brood.tail()
        refused = await metric(world, "bridge_webhook_refused_total", reason="journal")
        waiting = len(world.ledger.missing)
        status, parts = await readiness(world)
        assert (status, '"journal"' in parts) == (503, True), "who can't be written to says so"
    free = time.monotonic()
    assert await world.quiet(180.0 if PROOF else 60.0), f"{len(world.ledger.missing)} missing:\n{world.brood.tail()}"
    arrived = time.monotonic() - free
    await world.settled(PATIENCE)
    end = time.monotonic() + HEALED
    while (told := await readiness(world))[0] != 200:
        assert time.monotonic() < end, told
        await asyncio.sleep(0.2)
    assert await world.brood.terminate() == 0
    figures = world.figures()
    publish(
        campaign, started, refused=int(refused), waited_outside=waiting, all_arrived_after=round(arrived, 1), **figures
    )
    assert (refused > 0, waiting > 0) == (True, True)
    assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
    assert (figures["doubled_at_desk"], figures["unexplained"], figures["integrity"]) == (0, 0, "ok")


@pytest.mark.timeout(300 if PROOF else 180)
async def test_a_full_disk_keeps_messages_outside_until_there_is_room(tmp_path: Path, nursery: Nursery) -> None:
    if reason := reason_for_no_disk():
        pytest.skip(reason)
    with small_disk(tmp_path / "disk", 64 if PROOF else 6) as disk:  # all that comes must fit in the end
        async with talking(nursery, tmp_path, disk.path) as (world, users):

            @contextmanager
            def full() -> Iterator[None]:
                disk.fill()
                try:
                    yield
                finally:
                    disk.free()

            await outlast(world, users, "P1 disk full", full, SPELL)


@pytest.mark.timeout(300 if PROOF else 180)
async def test_a_limit_on_the_size_of_files_keeps_messages_outside_until_it_is_lifted(
    tmp_path: Path, nursery: Nursery
) -> None:
    (tmp_path / "place").mkdir()
    async with talking(nursery, tmp_path, tmp_path / "place") as (world, users):
        life = world.brood.life
        assert life is not None
        pid, before = life.pid, resource.prlimit(life.pid, resource.RLIMIT_FSIZE)

        @contextmanager
        def limited() -> Iterator[None]:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (LIMIT, before[1]))
            try:
                yield
            finally:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

        await outlast(world, users, "P1 limit of file size", limited, SPELL)


@pytest.mark.timeout(300 if PROOF else 180)
async def test_a_journal_that_somebody_else_locks_keeps_messages_outside_until_they_let_go(
    tmp_path: Path, nursery: Nursery
) -> None:
    (tmp_path / "place").mkdir()
    async with talking(nursery, tmp_path, tmp_path / "place") as (world, users):

        @contextmanager
        def locked() -> Iterator[None]:
            with opened(world.stage.journal) as stranger:
                stranger.set_busy_timeout(5000)
                stranger.execute("BEGIN IMMEDIATE")
                try:
                    yield
                finally:
                    stranger.execute("ROLLBACK")

        # SQLite waits for five seconds before it says that it is busy.
        await outlast(world, users, "P1 locked by another process", locked, SPELL + 5.0)
