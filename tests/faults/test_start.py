"""A daemon that must not start does not, says why in one line, and leaves everything as it was; started right, it goes on."""

import hashlib
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from bridge.errors import BAD_JOURNAL
from bridge.sandbox.stage import free_port
from bridge.sandbox.telegram_people import User
from tests.crash.figures import SEED, publish
from tests.crash.nursery import Brood, Nursery
from tests.crash.stand import Stand, opened, stand
from tests.faults.places import reason_for_no_disk, settle_in, small_disk
from tests.patience import PATIENCE

FAILED = 1

SOCKETS = shutil.ignore_patterns("*.sock")
"""where a daemon that was killed listened"""


@asynccontextmanager
async def resting(nursery: Nursery, folder: Path) -> AsyncIterator[tuple[Stand, User]]:
    """A world whose daemon was killed with a message waiting, in a folder of its own for the journal."""
    (folder / "place").mkdir(exist_ok=True)
    async with stand(nursery, folder, SEED) as world:
        settle_in(world, folder / "place")
        user = world.user()
        await world.brood.start()
        await world.meet([user])
        await world.brood.kill()
        life = world.brood.spawn(FAULT="accepted:1")
        world.says(user)
        assert await life.ended() == -9
        yield world, user


async def goes_on(world: Stand, user: User) -> dict[str, Any]:
    """Started right, it delivers what waited and what comes; what became of everything."""
    await world.brood.start()
    world.says(user)
    assert await world.quiet(PATIENCE), world.brood.tail()
    await world.settled()
    assert await world.brood.terminate() == 0
    figures = world.figures()
    assert (figures["lost"], figures["reordered"], figures["doubled"], figures["integrity"]) == (0, 0, 0, "ok")
    return figures


async def last_words(brood: Brood, expected: int = FAILED) -> str:
    """Start it, and return what it says as it gives up with this code."""
    size = brood.log.stat().st_size if brood.log.exists() else 0
    code = await brood.spawn().ended(20.0)
    with brood.log.open() as log:
        log.seek(size)
        said = log.read()
    assert code == expected, said
    assert "Traceback" not in said
    return said


def prints(place: Path) -> dict[str, str]:
    """What lies there, but for the lock and for SQLite's index of its log, which is made anew each time."""
    files = [file for file in place.iterdir() if file.is_file() and file.suffix not in {".lock", ".db-shm"}]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


# ---------------------------------------------------------------- two of them


async def test_a_second_daemon_on_the_same_journal_refuses_and_the_first_goes_on(
    tmp_path: Path, nursery: Nursery
) -> None:
    started = time.monotonic()
    async with resting(nursery, tmp_path) as (world, user):
        first = await world.brood.start()
        (tmp_path / "other").symlink_to(tmp_path / "place")
        for place in ("place", "other"):
            environment = world.brood.environment | {
                "BRIDGE_SERVER__PORT": str(free_port()),
                "BRIDGE_STORE__URL": f"sqlite:///{str(tmp_path / place / 'bridge.db').lstrip('/')}",
            }
            async with Brood(nursery, environment, tmp_path / place) as second:
                said = await last_words(second)
                second.log.unlink()
            assert f"is in use by process {first.pid}: stop that one first" in said
            assert len(said.splitlines()) == 1
        world.says(user)
        assert await world.quiet(PATIENCE)
        await world.brood.kill()
        publish("P4 a second daemon, by two paths", started, refused=2, **await goes_on(world, user))


async def test_a_daemon_whose_address_is_taken_says_so_and_lets_the_journal_go(
    tmp_path: Path, nursery: Nursery
) -> None:
    async with resting(nursery, tmp_path) as (world, user):
        own = world.brood.environment["BRIDGE_SERVER__PORT"]
        world.brood.environment["BRIDGE_SERVER__PORT"] = world.stage.telegram.base_url.rpartition(":")[2]
        assert "Set server.host and server.port" in await last_words(world.brood)
        world.brood.environment["BRIDGE_SERVER__PORT"] = own
        await goes_on(world, user)


# ---------------------------------------------------------------- files that are not sound


def scribble(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1000)


def damage(path: Path) -> None:
    """Overwrite the heads of most pages, with the log brought in: it would mend them."""
    with opened(path) as journal:
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    for page in range(4, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Lose the second half."""
    with opened(path) as journal:
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 8192 * 4096)


def borrow(path: Path) -> None:
    """Put another program's database there."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    apsw.Connection(str(path)).execute("CREATE TABLE recipe (name TEXT)")


def renew(path: Path) -> None:
    """Let a later version of the program have written it."""
    with opened(path) as journal:
        journal.execute("INSERT INTO migration (number, applied_at) VALUES (999, 0)")
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def renew_in_the_log(path: Path) -> None:
    """The same, and it was killed: its latest words are in the log still."""
    copy = path.with_name("copy.db")
    with opened(path) as journal:
        journal.execute("INSERT INTO migration (number, applied_at) VALUES (999, 0)")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    for suffix in ("", "-wal"):
        shutil.move(f"{copy}{suffix}", f"{path}{suffix}")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (scribble, "is not an SQLite file"),
        (damage, "restore the last backup"),
        (cut, "restore the last backup"),
        (borrow, "is a database of another program"),
        (renew_in_the_log, "Install the newer version again"),
        (renew, "Install the newer version again"),
    ],
)
async def test_a_journal_that_is_not_sound_is_refused_with_advice_and_not_touched(
    tmp_path: Path, nursery: Nursery, spoil: Callable[[Path], None], told: str
) -> None:
    async with resting(nursery, tmp_path) as (world, user):
        place, kept = tmp_path / "place", tmp_path / "kept"
        shutil.copytree(place, kept, ignore=SOCKETS)
        spoil(world.stage.journal)
        before = prints(place)
        for _ in range(2):
            said = await last_words(world.brood, BAD_JOURNAL)
            assert told in said
            assert "Nothing was changed." in said
            assert len(said.splitlines()) == 1
            assert before.items() <= prints(place).items()
        shutil.rmtree(place)
        shutil.copytree(kept, place, ignore=SOCKETS)
        await goes_on(world, user)


# ---------------------------------------------------------------- files that can't be written or read


async def test_a_journal_on_a_disk_that_is_read_only_is_refused_and_used_when_it_can_be_written(
    tmp_path: Path, nursery: Nursery
) -> None:
    if reason := reason_for_no_disk():
        pytest.skip(reason)
    with small_disk(tmp_path / "place") as disk:
        async with resting(nursery, tmp_path) as (world, user):
            before = prints(disk.path)
            disk.make("ro")
            said = await last_words(world.brood)
            assert "Read-only file system" in said or "read-only" in said.lower()
            assert prints(disk.path) == before
            disk.make("rw")
            await goes_on(world, user)


@pytest.mark.parametrize("kind", ["a folder", "nowhere"])
async def test_a_place_where_no_journal_can_be_is_told(tmp_path: Path, nursery: Nursery, kind: str) -> None:
    async with stand(nursery, tmp_path, SEED) as world:
        wrong = tmp_path / "a file" / "place"
        if kind == "a folder":
            wrong = tmp_path
            (tmp_path / "bridge.db").mkdir()
        else:
            wrong.parent.write_text("")
        settle_in(world, wrong)
        said = await last_words(world.brood)
        assert "the journal" in said
        assert len(said.splitlines()) == 1


async def test_a_journal_that_somebody_else_holds_is_told_and_used_when_they_let_go(
    tmp_path: Path, nursery: Nursery
) -> None:
    async with resting(nursery, tmp_path) as (world, user):
        with opened(world.stage.journal) as stranger:
            stranger.execute("BEGIN EXCLUSIVE")
            said = await last_words(world.brood)
            stranger.execute("ROLLBACK")
        assert "the journal can't serve" in said
        await goes_on(world, user)
