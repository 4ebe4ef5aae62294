"""Commands and a daemon that runs: every question of the office goes over its socket and comes back as it was."""

import asyncio
import inspect
import os
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.cli.office import can_reach
from bridge.cli.remote import LOOK, Connector, RemoteOffice
from bridge.errors import DaemonError, JournalUnavailable
from bridge.message import (
    Arrival,
    Confirmed,
    Conversation,
    Direction,
    File,
    Filed,
    Lane,
    Met,
    Opened,
    Receipt,
    StoredFile,
)  # fmt: skip
from bridge.outcome import Dead, Done, Verdict
from bridge.ports import Changes, EntryView, Filter, Office
from bridge.store import SqliteStore, open_journal
from bridge.store.lock import FileLock
from bridge.store.office import SqliteOffice
from bridge.web import rpc
from bridge.web.control import Control, controlled
from tests.clock import ManualClock

IN = Direction.INBOUND
FILE = File("support", "1", "network-1")


async def report() -> dict[str, Any]:
    return {"version": "x", "ready": True}


class Copies:
    """Remembers whose copies were to go."""

    def __init__(self) -> None:
        self.of: list[File] = []

    async def erase(self, persons: Sequence[str], files: Sequence[File]) -> None:
        self.of += files


@asynccontextmanager
async def serving(path: Path, office: Office) -> AsyncIterator[RemoteOffice]:
    control = Control(office, report)
    async with controlled(path, control), aiohttp.ClientSession(connector=Connector(path)) as session:
        yield RemoteOffice(session, path)


async def fill(store: SqliteStore) -> None:
    opened = Opened(Conversation("support", "1", "", "main", "request-1", "telegram-1"))
    facts = Changes(
        (
            opened,
            Met("support", "telegram-1", "Ann", "ann"),
            Confirmed("request-1"),
            Filed(StoredFile("f", FILE, "a.png", "image/png")),
        ),
        (Receipt(0, "far"),),
    )
    verdicts: list[Verdict] = [Done(), Dead("never"), Dead("no")]
    for number, verdict in enumerate(verdicts):
        await store.accept(
            [Arrival("telegram/9", f"k{number}", Lane("support", "1", "", IN), 0, b"\xff raw", "desk/main")]
        )
        [claim] = await store.claim("desk/main", 1, 60.0)
        await store.begin(claim, claim.entries[0].id, 0)
        await store.settle(claim, claim.entries[0].id, verdict, facts if number == 0 else Changes(), release=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_journal(tmp_path / "bridge.db", ManualClock()) as opened:
        await fill(opened)
        yield opened


async def test_every_answer_comes_back_as_it_was(store: SqliteStore, tmp_path: Path) -> None:
    copies = Copies()
    near = SqliteOffice(store, ManualClock(), copies.erase)
    async with serving(tmp_path / "s.sock", near) as far:
        assert await far.conversations("ann") == await near.conversations("ann")
        assert await far.conversation_view("support", "1", "") == await near.conversation_view("support", "1", "")
        assert await far.conversation_view("support", "2", "") is None
        assert await far.entries("support", "1", "") == await near.entries("support", "1", "")
        assert await far.entry(1) == await near.entry(1)
        assert await far.entry(99) is None
        assert await far.timeline(1) == await near.timeline(1)
        assert await far.find("k1") == await near.find("k1")
        assert await far.dead() == await near.dead()
        assert [one async for one in far.stored(Filter())] == [one async for one in near.stored(Filter())]
        assert await far.person_called("support", "@Ann") == ["telegram-1"]
        assert await far.retry([2, 2, 99], "command") == [2]
        assert await far.drop([2, 3], "command") == [3]
        assert await far.waiting_lanes() == await near.waiting_lanes() != []
        await far.note_deed("command", "exported", "3 messages")
        assert [deed.what for deed in await far.deeds()] == ["exported", "dropped", "retried"]
        forgotten = await far.forget("support", "telegram-1", "command")
        assert (forgotten.erased["entries"], copies.of) == (3, [FILE])
        assert (await far.status())["ready"] is True


async def arrives(store: SqliteStore, key: str, raw: bytes) -> None:
    await store.accept([Arrival("telegram/9", key, Lane("support", "1", "", IN), 0, raw, "desk/main")])


async def test_a_copy_of_very_long_messages_is_whole(store: SqliteStore, tmp_path: Path) -> None:
    for number, size in enumerate((3_000_000, 10, 400_000, 0)):
        await arrives(store, f"long{number}", b"x" * size)
    near = SqliteOffice(store, ManualClock())
    async with serving(tmp_path / "s.sock", near) as far:
        copied = [(one.key, len(raw)) async for one, raw in far.stored(Filter())]
    assert copied[3:] == [("long0", 3_000_000), ("long1", 10), ("long2", 400_000), ("long3", 0)]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (JournalUnavailable("the disk is broken"), "stopped after 2 entries: the disk is broken"),
        (RuntimeError("a bug"), "broke off its answer"),
    ],
)
async def test_a_copy_that_ends_in_the_middle_is_not_taken_for_a_whole_one(
    store: SqliteStore, tmp_path: Path, trouble: Exception, words: str
) -> None:
    class Broken(SqliteOffice):
        async def stored(self, wanted: Filter) -> AsyncIterator[tuple[EntryView, bytes]]:
            count = 0
            async for one in super().stored(wanted):
                if count == 2:
                    raise trouble
                count += 1
                yield one

    copied = list[str]()

    async def copy(far: RemoteOffice) -> None:
        async for one, _ in far.stored(Filter()):
            copied.append(one.key)

    async with serving(tmp_path / "s.sock", Broken(store, ManualClock())) as far:
        with pytest.raises(DaemonError, match=words):
            await copy(far)
    assert len(copied) <= 2


async def test_a_copy_that_ends_in_the_middle_is_told_in_one_line_and_leaves_the_old_one(
    store: SqliteStore, tmp_path: Path
) -> None:
    class Broken(SqliteOffice):
        async def stored(self, wanted: Filter) -> AsyncIterator[tuple[EntryView, bytes]]:
            async for one in super().stored(wanted):
                yield one
                raise RuntimeError("a bug")

    output = tmp_path / "copy.jsonl"
    settings = {
        "SERVER__PUBLIC_URL": "https://bridge.example.org", "STORE__URL": f"sqlite:///{str(store.path).lstrip('/')}",
        "DESKS__MAIN__PROJECT_ID": "5e2c35c8f0dbc10017bb3aac", "DESKS__MAIN__USERNAME": "o@example.org",
        "DESKS__MAIN__PASSWORD": "sesame", "CHANNELS__SUPPORT__TOKEN": "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012",
    }  # fmt: skip
    environment = dict(os.environ) | {f"BRIDGE_{name}": value for name, value in settings.items()}
    async with serving(rpc.socket_of(store.path), Broken(store, ManualClock())):
        for words in ((), ("-o", str(output))):
            await store.reader.run(lambda _: output.write_text("the old one"))
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bridge", "export", *words, env=environment, cwd=tmp_path,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            _, said = await process.communicate()
            assert process.returncode == 1
            [line] = said.decode().splitlines()
            assert line.startswith("tiledesk-bridge: the daemon broke off its answer"), line
            assert await store.reader.run(lambda _: output.read_text()) == "the old one"


async def test_a_mistake_in_the_configuration_keeps_nobody_from_looking_at_the_daemon_that_runs(
    store: SqliteStore, tmp_path: Path
) -> None:
    config = tmp_path / "bridge.toml"
    text = f'server.prot = 1\nstore.url = "sqlite:{store.path}"\nchannels.support.token = "a-secret"\n'
    await store.reader.run(lambda _: config.write_text(text))

    async def typed(words: str) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bridge", *words.split(), env=dict(os.environ) | {"BRIDGE_CONFIG": str(config)}, cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, said = await process.communicate()
        assert "a-secret" not in out.decode() + said.decode()
        return process.returncode, out.decode(), said.decode()

    async with serving(rpc.socket_of(store.path), SqliteOffice(store, ManualClock())):
        for words, shown in (("status --json", '"ready": true'), ("explain k1", "never")):
            code, out, said = await typed(words)
            assert (code, shown in out) == (0, True), said + out
            assert " mistakes, and the daemon goes on with the old one:\n" in said
            assert "server.prot in " in said


async def test_a_daemon_that_is_gone_is_told_in_one_line(store: SqliteStore, tmp_path: Path) -> None:
    async with serving(tmp_path / "s.sock", SqliteOffice(store, ManualClock())) as far:
        async with aiohttp.ClientSession(connector=Connector(tmp_path / "gone.sock")) as session:
            with pytest.raises(DaemonError, match="broke off its answer"):
                await RemoteOffice(session, tmp_path / "gone").dead()
        assert len(await far.dead()) == 2


async def test_a_daemon_that_hangs_is_named_after_some_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LOOK.sock_read == 5.0
    monkeypatch.setattr("bridge.cli.remote.LOOK", aiohttp.ClientTimeout(total=None, sock_read=0.05))
    path = tmp_path / "s.sock"
    with closing(rpc.listen(path)) as hanging:
        hanging.listen()  # as one that was stopped: the kernel lets callers in, and nobody answers
        async with aiohttp.ClientSession(connector=Connector(path)) as session:
            far = RemoteOffice(session, Path("/var/lib/private/tiledesk-bridge-shop/bridge.db"))
            with pytest.raises(
                DaemonError, match=r"the daemon does not answer; .*systemctl restart tiledesk-bridge@shop"
            ):
                await far.status()
            far.journal = tmp_path / "bridge.db"
            (tmp_path / "bridge.db.lock").write_text("4711\n")  # of one that is dead: nobody holds it
            with pytest.raises(DaemonError, match="the daemon does not answer"):
                await far.waiting_lanes()
            lock = FileLock(far.journal)
            for look in (far.waiting_lanes, far.dead):
                with pytest.raises(
                    DaemonError, match=f"process {os.getpid()} does not answer; see its log: journalctl"
                ):
                    await look()
            lock.release()


def test_every_question_of_the_office_may_be_asked() -> None:
    questions = {name for name, _ in inspect.getmembers(Office, inspect.isfunction) if not name.startswith("_")}
    assert set(rpc.ANSWERS) | {"stored"} == questions
    assert all(hasattr(RemoteOffice, name) for name in questions)


async def test_a_daemon_of_another_version_is_told_as_that(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path / "s.sock", SqliteOffice(store, ManualClock())) as far:
        monkeypatch.setattr("bridge.cli.remote.__version__", "99.0")
        with pytest.raises(DaemonError, match=r"of version .*, this command of 99\.0: restart the daemon"):
            await far.dead()
        with pytest.raises(DaemonError, match="restart the daemon"):
            await far.status()


async def test_a_wrong_question_and_a_journal_that_does_not_serve_are_told(store: SqliteStore, tmp_path: Path) -> None:
    class Broken(SqliteOffice):
        async def timeline(self, id: int) -> Any:  # noqa: A002 - the port's word
            raise JournalUnavailable("the disk is full")

    async with serving(tmp_path / "s.sock", Broken(store, ManualClock())) as far:
        with pytest.raises(DaemonError, match="the disk is full"):
            await far.timeline(1)
        with pytest.raises(DaemonError, match="other arguments"):
            await far.ask("entry", rpc.ENTRY, other=1)
        with pytest.raises(DaemonError, match="no question"):
            await far.ask("__class__", rpc.NOTHING)


async def test_the_socket_is_ours_alone_whatever_lay_there_and_goes_with_the_daemon(
    store: SqliteStore, tmp_path: Path
) -> None:
    folder = tmp_path / ("a long name " * 9)
    await store.reader.run(lambda _: folder.mkdir())
    path = folder / "bridge.db.sock"
    rpc.listen(path).close()  # as a daemon that was killed leaves it
    assert not can_reach(path)
    async with serving(path, SqliteOffice(store, ManualClock())) as far:
        assert len(await far.dead()) == 2
        assert can_reach(path)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600  # noqa: PTH116 - one call in a coroutine
    assert not can_reach(path)
