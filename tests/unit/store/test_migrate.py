from pathlib import Path

import apsw
import pytest

from bridge.errors import JournalDamaged, JournalError, JournalUnavailable
from bridge.store import SqliteStore, open_journal
from bridge.store.database import check_version
from bridge.store.migrate import advice, create, migrations, prepare
from bridge.store.statements import resource
from tests.clock import ManualClock
from tests.contract.stores import arrival

DIARY = b"Dear diary, " * 100


def scribble(path: Path) -> None:
    path.write_bytes(DIARY)


def content(path: Path) -> bytes:
    return path.read_bytes()


def remove(path: Path) -> None:
    path.unlink()


def damage(path: Path) -> bytes:
    """Overwrite the heads of most pages."""
    damaged = bytearray(path.read_bytes())
    for page in range(8, len(damaged) // 4096):
        damaged[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(damaged)
    return bytes(damaged)


def shape(database: apsw.Connection) -> list[tuple[str, str]]:
    rows = database.execute("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 1")
    return [(str(name), str(sql)) for name, sql in rows]


def test_all_migrations_together_make_the_schema() -> None:
    migrated, direct = apsw.Connection(":memory:"), apsw.Connection(":memory:")
    for sql in migrations().values():
        migrated.execute(sql)
    direct.execute(resource("schema.sql"))
    assert shape(migrated) == shape(direct)
    assert migrated.execute("SELECT * FROM counter").fetchall() == direct.execute("SELECT * FROM counter").fetchall()


def test_migrations_are_numbered_without_gaps() -> None:
    assert list(migrations()) == list(range(1, len(migrations()) + 1))


def test_a_migrated_journal_is_not_migrated_again(path: Path) -> None:
    create(path)
    prepare(path, 1.0)
    prepare(path, 2.0)
    applied = apsw.Connection(str(path)).execute("SELECT number, applied_at FROM migration").fetchall()
    assert applied == [(number, 1.0) for number in migrations()]


async def test_the_file_is_ours_alone_and_its_directory_is_made(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "var" / "lib" / "journal.db"
    async with open_journal(path, clock) as store:
        await store.accept([arrival("a")])
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    path.chmod(0o644)
    async with open_journal(path, clock):
        assert path.stat().st_mode & 0o777 == 0o600


async def test_a_path_that_cannot_be_made_is_unavailable(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalUnavailable, match="can't be made"):
        await SqliteStore.open(tmp_path / "file" / "journal.db", clock)
    with pytest.raises(JournalUnavailable, match="Is a directory"):
        await SqliteStore.open(tmp_path, clock)


async def test_a_file_that_is_no_database_is_refused_and_kept(path: Path, clock: ManualClock) -> None:
    scribble(path)
    with pytest.raises(JournalDamaged, match=r"is not an SQLite file.*Is store\.url right"):
        await SqliteStore.open(path, clock)
    assert content(path) == DIARY


async def test_another_programs_database_is_refused_and_kept(path: Path, clock: ManualClock) -> None:
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE song (title TEXT)")
    other.close()
    with pytest.raises(JournalDamaged, match="another program"):
        await SqliteStore.open(path, clock)
    assert len(shape(apsw.Connection(str(path)))) == 1


async def test_a_journal_of_a_newer_version_is_refused(path: Path, clock: ManualClock) -> None:
    async with open_journal(path, clock):
        pass
    newer = apsw.Connection(str(path))
    newer.execute("INSERT INTO migration (number, applied_at) VALUES (9999, 0)")
    newer.close()
    with pytest.raises(
        JournalDamaged, match=r"written by a newer version.*9999.*Install the newer version again, then: "
    ):
        await SqliteStore.open(path, clock)


async def test_a_damaged_journal_is_refused_with_advice_and_kept(path: Path, clock: ManualClock) -> None:
    async with open_journal(path, clock) as store:
        await store.accept([arrival(str(n), chat=str(n)) for n in range(500)])
    damaged = damage(path)
    with pytest.raises(JournalDamaged, match=r"is damaged.*Nothing was changed") as refused:
        await SqliteStore.open(path, clock)
    assert content(path) == damaged
    told = str(refused.value)
    assert "systemctl stop tiledesk-bridge.socket tiledesk-bridge.service" in told
    assert f"move {path} " in told
    assert ".recover" not in told, "what Debian 12 has makes an empty journal of it"
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    assert '"A damaged journal" in operations.md' in told
    assert "\n### A damaged journal\n" in page


def test_the_advice_names_the_units_of_the_bridge_whose_journal_it_is() -> None:
    told = advice(Path("/var/lib/private/tiledesk-bridge-shop/bridge.db"))
    assert "systemctl stop tiledesk-bridge@shop.socket tiledesk-bridge@shop.service" in told


async def test_a_refused_journal_is_not_locked(path: Path, clock: ManualClock) -> None:
    scribble(path)
    with pytest.raises(JournalDamaged):
        await SqliteStore.open(path, clock)
    remove(path)
    await (await SqliteStore.open(path, clock)).close()


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "2.9.9"])
def test_a_sqlite_with_known_corruption_bugs_is_refused(version: str) -> None:
    with pytest.raises(JournalError, match=f"SQLite {version} is too old.*3.51.3"):
        check_version(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.54.1", "4.0.0"])
def test_a_newer_sqlite_is_fine(version: str) -> None:
    check_version(version)
