import errno
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import ConfigurationError
from bridge.setup.write import NotWritten, held_back, replace, standing_already, write

TEXT = """
server.public_url = "https://bridge.example.org"
desks.main = {project_id = "5e2c35c8f0dbc10017bb3aac", username = "owner@example.org"}
channels.support = {intake = "polling"}
"""
SECRETS = {
    "channels.support.token": "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012",
    "desks.main.password": "sesame-open-4711",
}


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_secrets_are_their_owners_alone_and_a_service_can_read_the_rest(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        written = write(tmp_path / "etc" / "bridge.toml", TEXT, SECRETS)
    finally:
        os.umask(before)
    assert (mode(written.secrets), mode(written.config), mode(written.config.parent)) == (0o700, 0o644, 0o755)
    assert {mode(path) for path in written.secrets.iterdir()} == {0o600}
    assert tree(tmp_path / "etc") == {
        "bridge.toml": TEXT,
        "secrets/channels.support.token": SECRETS["channels.support.token"] + "\n",
        "secrets/desks.main.password": "sesame-open-4711\n",
    }
    assert written.backup is None


def test_what_stood_there_is_kept_and_old_secrets_no_longer_count(tmp_path: Path) -> None:
    config = tmp_path / "bridge.toml"
    write(config, TEXT, SECRETS | {"desks.main.event": "message.create"})
    (tmp_path / "secrets" / "desks.main.event").write_text("request.create\n")
    for number in (1, 2):
        before = tree(tmp_path)
        written = write(config, TEXT + f"# {number}\n", SECRETS, stamp=0.0)
        assert written.backup is not None
        assert mode(written.backup) == 0o700
        old = {name: text for name, text in before.items() if not name.startswith("backup-")}
        assert tree(written.backup) == old
    assert set(tree(tmp_path / "secrets")) == set(SECRETS)
    assert len(list(tmp_path.glob("backup-*"))) == 2


def test_a_text_with_mistakes_changes_nothing(tmp_path: Path) -> None:
    config = tmp_path / "bridge.toml"
    write(config, TEXT, SECRETS)
    before = tree(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        write(config, TEXT + "server.prot = 1\n", SECRETS)
    assert "did you mean" in str(caught.value)
    assert tree(tmp_path) == before
    assert list(tmp_path.glob(".init-*")) == []


def test_a_place_that_can_not_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritten, match=r"can't be written: .*; name another place with --config"):
        write(tmp_path / "file" / "bridge.toml", TEXT, SECRETS)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_disk_that_fails_in_the_middle_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "bridge.toml"
    write(config, TEXT, SECRETS)
    before = tree(tmp_path)
    for failing in (1, 2, 3):
        made, renames = 0, Path.rename

        def rename(path: Path, target: Path, failing: int = failing, renames: Any = renames) -> Any:
            nonlocal made
            made += 1
            if made == failing:
                raise OSError(errno.ENOSPC, "No space left on device")
            return renames(path, target)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", rename)
            with pytest.raises(NotWritten, match=r"No space left"):
                write(config, TEXT + "# new\n", SECRETS | {"desks.main.event": "message.create"})
        assert tree(tmp_path) == before, f"the rename number {failing} failed"
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".init", "backup"))] == []


def test_ctrl_c_waits_for_the_end() -> None:
    reached = []

    def interrupted() -> None:
        with held_back():
            os.kill(os.getpid(), signal.SIGINT)
            reached.append("the end")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert reached == ["the end"]


def test_what_stands_already_is_named(tmp_path: Path) -> None:
    config = tmp_path / "bridge.toml"
    assert standing_already(config) == []
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "channels.support.token").touch()
    assert standing_already(config) == [tmp_path / "secrets"]


def test_an_empty_folder_that_an_installation_left_is_no_set_up_and_takes_the_secrets(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir(0o700)
    assert standing_already(tmp_path / "bridge.toml") == []
    written = write(tmp_path / "bridge.toml", TEXT, SECRETS)
    assert written.backup is None
    assert {path.name for path in written.secrets.iterdir()} == set(SECRETS)


def test_a_file_of_systemds_is_replaced_as_a_whole(tmp_path: Path) -> None:
    place = tmp_path / "tiledesk-bridge.service.d" / "init.conf"
    replace(place, "one\n")
    replace(place, "two\n")
    assert tree(tmp_path) == {"tiledesk-bridge.service.d/init.conf": "two\n"}
    assert mode(place) == 0o644
    with pytest.raises(NotWritten):
        replace(place / "below", "x")
