import errno
import os
import stat
from pathlib import Path

import pytest

from bridge.errors import ConfigurationError
from bridge.media.shelf import Copy, Shelf, key_of
from bridge.ports import Rendition
from tests.unit.media.sources import file

A, B, C = (key_of(file(name), Rendition.ORIGINAL) for name in "abc")


def keep(shelf: Shelf, key: str, content: bytes) -> str:
    """Keep it, and give its digest."""
    with shelf.draft() as draft:
        draft.file.write(content)
        copy = shelf.keep(key, draft)
    with copy.file:
        return copy.digest


def read(shelf: Shelf, key: str) -> bytes | None:
    copy = shelf.find(key)
    if copy is None:
        return None
    with copy.file as opened:
        return opened.read()


def aged(folder: Path) -> None:
    """As if all that stands there had been asked for long ago."""
    for path in folder.iterdir():
        os.utime(path, (1, 1))


def test_what_was_kept_is_found_also_after_a_restart(tmp_path: Path) -> None:
    keep(Shelf(tmp_path, 100), A, b"words")
    assert read(Shelf(tmp_path, 100), A) == b"words"
    assert read(Shelf(tmp_path, 100), B) is None


def test_the_folder_and_its_files_are_ours_alone_and_named_by_hashes(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "media"
    keep(Shelf(folder, 100), A, b"words")
    [path] = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.name.startswith(A + ".")
    assert len(path.name) == 65


def test_the_key_depends_on_all_of_the_file_and_the_rendition() -> None:
    others = [key_of(one, rendition) for one in (file("a"), file("b")) for rendition in Rendition]
    assert len(set(others)) == 6


def test_the_same_content_has_the_same_digest_and_other_content_another(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 100)
    assert keep(shelf, A, b"one") == keep(shelf, B, b"one") != keep(shelf, C, b"two")


def test_what_was_not_asked_for_longest_goes_first(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 10)
    keep(shelf, A, b"aaaa")
    keep(shelf, B, b"bbbb")
    assert read(shelf, A) == b"aaaa"
    keep(shelf, C, b"cccc")
    assert [read(shelf, key) for key in (A, B, C)] == [b"aaaa", None, b"cccc"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == shelf.size == 8


def test_the_order_outlives_a_restart_and_a_smaller_capacity_is_kept_at_once(tmp_path: Path) -> None:
    first = Shelf(tmp_path, 100)
    for key in (A, B, C):
        keep(first, key, b"1234")
    aged(tmp_path)
    read(first, A)
    second = Shelf(tmp_path, 4)
    assert [read(second, key) is None for key in (A, B, C)] == [False, True, True]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_is_open_stays_readable_when_it_goes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 5)
    keep(shelf, A, b"first")
    copy = shelf.find(A)
    assert copy is not None
    keep(shelf, B, b"other")
    assert read(shelf, A) is None
    again = copy.again()
    with copy.file, again.file:
        assert copy.file.read() == again.file.read() == b"first"


def test_a_file_that_is_larger_than_everything_is_handed_out_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 3)
    with shelf.draft() as draft:
        draft.file.write(b"large")
        copy = shelf.keep(A, draft)
    with copy.file:
        assert copy.file.read() == b"large"
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_replaces_the_one_of_its_key(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 100)
    for content in (b"old", b"newer", b"newer"):
        keep(shelf, A, content)
    assert read(shelf, A) == b"newer"
    assert shelf.size == 5
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_crash_left_is_removed_and_what_others_put_there_is_not(tmp_path: Path) -> None:
    (tmp_path / "new-half").write_bytes(b"half")
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    (tmp_path / "new-folder").mkdir()
    (tmp_path / f"{A}.{B}").symlink_to("/etc/passwd")
    shelf = Shelf(tmp_path, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"holiday.jpg", "new-folder", f"{A}.{B}"}
    assert shelf.find(A) is None


def test_of_a_draft_that_is_not_kept_nothing_is_left(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 100)
    with shelf.draft() as draft:
        draft.file.write(b"half")
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_somebody_removed_is_not_there(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 100)
    keep(shelf, A, b"words")
    for path in tmp_path.iterdir():
        path.unlink()
    assert shelf.find(A) is None
    assert shelf.size == 0


def test_a_draft_that_can_not_be_kept_leaves_no_trace(tmp_path: Path) -> None:
    folder = tmp_path / "media"
    shelf = Shelf(folder, 100)
    with pytest.raises(OSError, match="No such file"), shelf.draft() as draft:  # noqa: PT012 - it fails in the block
        draft.path.unlink()
        shelf.keep(A, draft)
    assert list(folder.iterdir()) == []
    assert shelf.find(A) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 100)
    with pytest.raises(OSError, match="No space") as told, shelf.draft() as draft:  # noqa: PT012 - it fails in the block
        with Path("/dev/full").open("wb", buffering=0) as full:
            os.dup2(full.fileno(), draft.file.fileno())
        draft.file.write(b"x")
        shelf.keep(A, draft)
    assert told.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []
    assert shelf.find(A) is None


def test_a_folder_that_can_not_be_used_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"media\.folder: .*file"):
        Shelf(tmp_path / "file" / "media", 100)
    with pytest.raises(ConfigurationError, match=r"media\.folder"):
        Shelf(tmp_path / "file", 100)


def test_a_copy_knows_its_first_bytes_and_stands_at_its_start(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 1000)
    keep(shelf, A, b"x" * 100)
    copy = shelf.find(A)
    assert isinstance(copy, Copy)
    with copy.file:
        assert (copy.head, copy.size, copy.file.tell()) == (b"x" * 64, 100, 0)
