import errno
import os
from pathlib import Path

import pytest

from bridge.doctor.disk import probe, room, speed, standing, unwritten


def test_a_folder_that_is_not_made_yet_is_judged_by_the_one_above_and_nothing_is_left(tmp_path: Path) -> None:
    free, safe = probe(tmp_path / "a" / "b")
    assert free.ok
    assert "GB free" in free.detail or "MB free" in free.detail
    assert safe.detail.startswith("a write is safe after ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "store"])
def test_a_file_in_the_place_of_the_folder_is_a_failure_that_no_new_folder_mends(below: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    (finding,) = probe(tmp_path / "data" / below)
    assert (finding.ok, finding.detail) == (False, f"{tmp_path}/data is no folder")
    assert "store.url" in finding.advice


@pytest.mark.parametrize(
    ("free", "level", "words"),
    [
        (50 * 2**20, "error", "only 50 MB free"),
        (500 * 2**20, "warning", "only 500 MB free"),
        (20 * 2**30, "ok", "20.0 GB free"),
    ],
)
def test_little_room_is_a_warning_and_none_a_failure(free: int, level: str, words: str, tmp_path: Path) -> None:
    finding = room(tmp_path, free)
    assert finding.level == level
    assert finding.detail.startswith(words)
    assert ("du -xh" in finding.advice) == (level != "ok")


def test_what_makes_room_looks_behind_the_link_that_systemd_makes(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    link = tmp_path / "tiledesk-bridge"
    link.symlink_to(tmp_path / "private")
    assert f"du -xh {tmp_path / 'private'} |" in room(link, 0).advice, "du tells nothing but the size of a link"


def test_a_slow_disk_is_a_warning(tmp_path: Path) -> None:
    assert speed(tmp_path, 0.004).level == "ok"
    slow = speed(tmp_path, 0.2)
    assert (slow.level, slow.detail) == ("warning", "a write is safe after 200.0 ms")


def test_the_nearest_folder_that_exists_is_found(tmp_path: Path) -> None:
    assert standing(tmp_path / "x" / "y" / "z") == tmp_path
    assert standing(tmp_path) == tmp_path


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_takes_nothing_any_more_is_a_failure_with_what_makes_room(code: int, tmp_path: Path) -> None:
    finding = unwritten(tmp_path, 3 * 2**20, OSError(code, os.strerror(code)))
    assert not finding.ok
    assert "only 3 MB free" in finding.detail
    assert "du -xh" in finding.advice


def test_a_disk_that_fails_is_told_with_its_own_words(tmp_path: Path) -> None:
    finding = unwritten(tmp_path, 3 * 2**30, OSError(errno.EIO, os.strerror(errno.EIO)))
    assert (finding.ok, finding.detail) == (False, f"nothing can be written for {tmp_path}: input/output error")


def test_a_write_that_fails_is_a_finding_and_no_traceback() -> None:
    """`/dev/full` would be the real thing, but no folder lies on it: /proc takes no files."""
    found = probe(Path("/proc/self"))
    assert [one.ok for one in found] == [False]
