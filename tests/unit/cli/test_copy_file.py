"""A copy has its name only when it is whole, and nobody else can read it."""

import errno
import os
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from bridge.cli.copy_file import copy_to
from bridge.errors import BridgeError, DaemonError


def write(output: Path, *, breaks: Exception | None = None) -> None:
    with copy_to(output) as file:
        file.write("new")
        if breaks is not None:
            raise breaks


def test_a_file_that_was_readable_by_all_is_replaced_by_one_that_is_not(tmp_path: Path) -> None:
    output = tmp_path / "copy.jsonl"
    output.write_text("old")
    output.chmod(0o644)
    write(output)
    assert (output.read_text(), stat.S_IMODE(output.stat().st_mode)) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize("there", [True, False])
def test_a_copy_that_breaks_off_leaves_what_was_there(tmp_path: Path, there: bool) -> None:
    output = tmp_path / "copy.jsonl"
    if there:
        output.write_text("old")
    with pytest.raises(DaemonError, match="gone"):
        write(output, breaks=DaemonError("gone"))
    assert [file.read_text() for file in tmp_path.iterdir()] == (["old"] if there else [])


KILLED = """
import os, signal, sys
from pathlib import Path
from bridge.cli.copy_file import copy_to
with copy_to(Path(sys.argv[1])) as file:
    file.write("words of people" * 10_000)
    file.flush()
    os.kill(os.getpid(), int(sys.argv[2]))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_kill_leaves_nothing_of_a_copy_that_is_not_whole(tmp_path: Path, number: signal.Signals) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "copy.jsonl"), str(int(number))], check=False)
    assert ended.returncode == -number
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("breaks", [None, DaemonError("gone")])
def test_where_every_file_has_a_name_the_draft_has_one_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: Exception | None
) -> None:
    really = os.open

    def refusing(path: Path, flags: int, *rest: int, **more: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not supported")
        return really(path, flags, *rest, **more)

    monkeypatch.setattr("os.open", refusing)
    output = tmp_path / "copy.jsonl"
    with suppress(DaemonError):
        write(output, breaks=breaks)
    assert [file.read_text() for file in tmp_path.iterdir()] == ([] if breaks else ["new"])
    assert breaks or stat.S_IMODE(output.stat().st_mode) == 0o600


def test_a_disk_that_is_full_is_told_and_leaves_what_was_there(tmp_path: Path) -> None:
    output = tmp_path / "copy.jsonl"
    output.write_text("old")
    with pytest.raises(BridgeError, match=r"copy\.jsonl can't be written: No space left"):
        write(output, breaks=OSError(28, "No space left on device"))
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_links_devices_and_folders_are_not_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "precious", tmp_path / "link"
    target.write_text("precious")
    link.symlink_to(target)
    for output in (link, Path("/dev/null"), tmp_path):
        with pytest.raises(BridgeError, match="no plain file"):
            write(output)
    assert (link.is_symlink(), target.read_text()) == (True, "precious")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="can't be written: No such file"):
        write(tmp_path / "nowhere" / "copy.jsonl")


def test_a_reader_that_has_gone_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "stdout").open("w") as stdout:
        monkeypatch.setattr("sys.stdout", stdout)
        with pytest.raises(BridgeError, match="it is not whole"), copy_to(None):
            raise BrokenPipeError
