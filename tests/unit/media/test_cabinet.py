import asyncio
import errno
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from bridge.errors import FileError, FileGone, FileTooLarge, FileUnavailable
from bridge.media import cabinet as cabinet_module
from bridge.media.cabinet import DOWNLOADS, Cabinet
from bridge.media.shelf import Shelf
from bridge.message import File
from bridge.ports import Blobs
from tests.patience import PATIENCE
from tests.unit.media.sources import (
    NONE,
    Bench,
    ScriptedSource,
    content,
    file,
    standing,
)


async def until_asked(source: ScriptedSource, times: int) -> None:
    """Let everybody go on until the source was asked so often."""
    async with asyncio.timeout(PATIENCE), source.changed:
        await source.changed.wait_for(lambda: source.asked.total() >= times)


# ---------------------------------------------------------------- once


async def test_a_file_is_fetched_once_and_found_after_a_restart(bench: Bench) -> None:
    bench.source.files["a"] = b"the words of a file"
    for _ in range(2):
        async with standing(bench) as cabinet:
            for _ in range(2):
                blob = await cabinet.get(file("a"), name="a.txt", mime="text/plain")
                assert (blob.name, blob.mime, blob.size) == ("a.txt", "text/plain", 19)
                assert content(blob) == b"the words of a file"
    assert bench.source.asked == {"a": 1}


async def test_those_who_ask_at_once_share_one_download_and_read_on_their_own(bench: Bench) -> None:
    bench.source.files["a"] = bytes(range(256)) * 10
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet, asyncio.TaskGroup() as group:
        asked = [group.create_task(cabinet.get(file("a"))) for _ in range(20)]
        await until_asked(bench.source, 1)
        bench.source.gate.set()
        blobs = [await one for one in asked]
        assert [blob.file.read(7) for blob in blobs] == [bytes(range(7))] * 20
        assert {content(blob) for blob in blobs} == {(bytes(range(256)) * 10)[7:]}
    assert bench.source.asked == {"a": 1}


async def test_one_who_leaves_does_not_end_the_download_of_the_others(bench: Bench) -> None:
    bench.source.files["a"] = b"the words of a file"
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet:
        first, second = (asyncio.create_task(cabinet.get(file("a"))) for _ in range(2))
        await until_asked(bench.source, 1)
        await asyncio.wait({first}, timeout=0.01)
        first.cancel()
        await asyncio.wait({first})
        bench.source.gate.set()
        assert content(await second) == b"the words of a file"
    assert (bench.source.asked.total(), bench.source.cancelled) == (1, 0)


async def test_the_last_who_leaves_ends_the_download_and_nothing_is_left(bench: Bench) -> None:
    bench.source.files["a"] = b"the words of a file"
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet:
        asked = [asyncio.create_task(cabinet.get(file("a"))) for _ in range(2)]
        await until_asked(bench.source, 1)
        await asyncio.wait(asked, timeout=0.01)
        for one in asked:
            one.cancel()
        await asyncio.wait(asked)
        await cabinet.close()
        assert (bench.source.cancelled, bench.names) == (1, [])
        bench.source.gate.set()
        assert content(await cabinet.get(file("a"))) == b"the words of a file"


async def test_closing_ends_what_is_under_way(bench: Bench) -> None:
    bench.source.files["a"] = b"x"
    bench.source.gate = asyncio.Event()
    cabinet = bench.cabinet()
    asked = asyncio.create_task(cabinet.get(file("a")))
    await until_asked(bench.source, 1)
    await cabinet.close()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert bench.names == []


async def test_a_flood_opens_few_connections(bench: Bench) -> None:
    names = [str(number) for number in range(50)]
    bench.source.files |= dict.fromkeys(names, b"the words of a file")
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet, asyncio.TaskGroup() as group:
        asked = [group.create_task(cabinet.get(file(name))) for name in names]
        await until_asked(bench.source, DOWNLOADS)
        await asyncio.wait(asked, timeout=0.05)
        assert bench.source.under_way == DOWNLOADS
        bench.source.gate.set()
        for one in asked:
            (await one).close()
    assert bench.source.most == DOWNLOADS


async def test_who_gets_no_place_for_long_is_told_to_come_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cabinet_module, "PATIENCE", 0.01)
    names = [str(number) for number in range(DOWNLOADS)]
    bench.source.files |= dict.fromkeys(names, b"the words of a file")
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet, asyncio.TaskGroup() as group:
        asked = [group.create_task(cabinet.get(file(name))) for name in names]
        await until_asked(bench.source, DOWNLOADS)
        with pytest.raises(FileUnavailable, match="too many"):
            await cabinet.get(file("one more"))
        bench.source.gate.set()
        for one in asked:
            (await one).close()


# ---------------------------------------------------------------- not at all


@pytest.mark.parametrize("error", [FileGone("a"), FileTooLarge("b"), FileUnavailable("c")])
async def test_what_the_source_says_is_told_to_all_and_asked_again_next_time(
    bench: Bench, error: FileGone | FileTooLarge | FileUnavailable
) -> None:
    bench.source.files["a"] = error
    async with standing(bench) as cabinet:
        told = await asyncio.gather(*(cabinet.get(file("a")) for _ in range(3)), return_exceptions=True)
        assert {type(one) for one in told} == {type(error)}
        bench.source.files["a"] = b"now"
        assert content(await cabinet.get(file("a"))) == b"now"


async def test_a_channel_that_is_gone_has_no_files(bench: Bench) -> None:
    async with standing(bench) as cabinet:
        with pytest.raises(FileGone, match="channel"):
            await cabinet.get(File("sales", "1", "a"))


async def test_a_download_that_takes_too_long_ends(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cabinet_module, "DOWNLOAD_TIME", 0.01)
    bench.source.files["a"] = b"x"
    bench.source.gate = asyncio.Event()
    async with standing(bench) as cabinet:
        with pytest.raises(FileUnavailable, match="too long"):
            await cabinet.get(file("a"))
    assert bench.names == []


class FullDisk:
    """Writes a little, then says that no room is left."""

    async def download(self, file_id: str, into: BinaryIO) -> None:
        into.write(b"a beginning")
        raise OSError(errno.ENOSPC, "at /var/lib/somewhere")


async def test_a_full_disk_is_a_file_that_can_not_be_had_now_and_nothing_is_half_left(tmp_path: Path) -> None:
    cabinet = Cabinet(Shelf(tmp_path, 100), {"support": FullDisk()}, NONE)
    with pytest.raises(FileUnavailable, match="No space left on device") as told:
        await cabinet.get(file("a"))
    assert "somewhere" not in str(told.value)
    assert list(Bench(tmp_path).names) == []


# ---------------------------------------------------------------- how much of it all


class LargeFile:
    """20 MB in pieces."""

    async def download(self, file_id: str, into: BinaryIO) -> None:
        piece = bytes(1 << 17)
        for _ in range(160):
            await asyncio.to_thread(into.write, piece)


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
async def test_a_large_file_never_stands_in_memory(tmp_path: Path) -> None:
    cabinet: Blobs = Cabinet(Shelf(tmp_path, 100 << 20), {"support": LargeFile()}, NONE)
    tracemalloc.reset_peak()
    with await cabinet.get(file("a")) as blob:
        assert blob.size == 20 << 20
    assert tracemalloc.get_traced_memory()[1] < 4 << 20


# ---------------------------------------------------------------- who is told


async def test_what_became_of_each_file_that_was_asked_for_is_told_and_what_lies_here_is_not_asked_for(
    tmp_path: Path,
) -> None:
    told: list[tuple[str, int]] = []
    files: dict[str, bytes | Exception] = {
        "a": b"the words of a file",
        "large": FileTooLarge(),
        "down": FileUnavailable(),
        "odd": OSError(errno.ENOSPC, "full"),
    }
    shelf = Shelf(tmp_path, 1 << 20)
    cabinet = Cabinet(shelf, {"support": ScriptedSource(files)}, NONE, lambda *file: told.append(file))
    for name in ("a", "a"):
        (await cabinet.get(file(name))).file.close()
    for name in ("gone", "large", "down"):
        with pytest.raises(FileError):
            await cabinet.get(file(name))
    with pytest.raises(FileUnavailable, match="the disk"):
        await cabinet.get(file("odd"))
    assert told == [("fetched", 19), ("gone", 0), ("too_large", 0), ("unavailable", 0)]
