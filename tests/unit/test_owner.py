"""What root makes in somebody's folder belongs to that one."""

import os
from pathlib import Path

import pytest

from bridge.media.shelf import Shelf
from bridge.owner import adopt, make_folder
from bridge.store import open_journal
from tests.clock import ManualClock
from tests.contract.stores import arrival

STRANGER = 61234

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away: sudo make test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A daemon's folder, as systemd leaves it."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, STRANGER, STRANGER)
    return folder


def owners(folder: Path) -> dict[str, int]:
    return {str(one.relative_to(folder)): one.stat().st_uid for one in folder.rglob("*")}


async def test_a_journal_that_root_makes_is_the_daemons_with_all_that_stands_beside_it(folder: Path) -> None:
    async with open_journal(folder / "bridge.db", ManualClock()) as store:
        await store.accept([arrival("a")])
        found = owners(folder)
    assert {"bridge.db", "bridge.db-wal", "bridge.db-shm", "bridge.db.lock"} <= found.keys()
    assert set(found.values()) == {STRANGER}


async def test_a_journal_that_root_left_behind_is_given_back(folder: Path) -> None:
    for name in ("bridge.db", "bridge.db.lock"):
        (folder / name).touch()
    async with open_journal(folder / "bridge.db", ManualClock()):
        pass
    assert set(owners(folder).values()) == {STRANGER}


def test_copies_of_files_and_their_folder_are_the_daemons(folder: Path) -> None:
    shelf = Shelf(folder / "media", 1000)
    with shelf.draft() as draft:
        draft.file.write(b"a picture")
        shelf.keep("k" * 32, draft).file.close()
    found = owners(folder)
    assert len(found) == 2
    assert set(found.values()) == {STRANGER}


def test_every_folder_on_the_way_has_the_owner_of_the_first_one(folder: Path) -> None:
    make_folder(folder / "a" / "b")
    assert owners(folder) == {"a": STRANGER, "a/b": STRANGER}
    assert (folder / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_links_are_not_followed_and_names_of_other_files_are_left_alone(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.touch()
    (folder / "link").symlink_to(secret)
    (folder / "second-name").hardlink_to(secret)
    adopt(folder / "link")
    adopt(folder / "second-name")
    assert secret.stat().st_uid == 0
