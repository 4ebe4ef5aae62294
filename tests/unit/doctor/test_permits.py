import os
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.doctor.permits import JOURNAL, legible, owners, private_files, probe, strange
from bridge.doctor.units import Unit


def made(path: Path, mode: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    path.chmod(mode)
    return path


def test_files_that_are_ours_alone_are_one_line(tmp_path: Path) -> None:
    (finding,) = probe([made(tmp_path / "a", 0o600), made(tmp_path / "b", 0o400), tmp_path / "not there"])
    assert (finding.ok, finding.advice) == (True, "")


def test_nothing_is_said_while_there_is_nothing(tmp_path: Path) -> None:
    assert probe([tmp_path / "not there"]) == []


@pytest.mark.parametrize(
    ("mode", "level"), [(0o604, "error"), (0o601, "error"), (0o644, "error"), (0o640, "warning"), (0o660, "warning")]
)
def test_a_file_that_others_can_read_fails_and_one_for_its_group_is_a_warning(
    mode: int, level: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    (finding,) = probe([made(tmp_path / "with space", mode), made(tmp_path / "fine", 0o600)])
    assert finding.level == level
    assert finding.advice.endswith(f"chmod 600 '{tmp_path}/with space'")


@pytest.mark.parametrize(
    ("folder", "mode", "level"), [(0o700, 0o644, "ok"), (0o750, 0o604, "ok"), (0o750, 0o640, "warning")]
)
def test_nobody_gets_at_a_file_in_a_folder_that_they_may_not_enter(
    folder: int, mode: int, level: str, tmp_path: Path
) -> None:
    tmp_path.chmod(folder)
    (finding,) = probe([made(tmp_path / "channels.support.token", mode)])
    assert finding.level == level


def test_what_would_lie_in_a_file_is_not_there(tmp_path: Path) -> None:
    assert probe([made(tmp_path / "file", 0o600) / "bridge.db"]) == []


def test_a_folder_is_told_to_be_entered_by_nobody_else(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o755)
    (finding,) = probe([folder])
    assert finding.advice == f"chmod 700 {folder}"


def test_the_configuration_is_private_only_if_secrets_stand_in_it(tmp_path: Path) -> None:
    config = made(tmp_path / "bridge.toml", 0o644)
    token = made(tmp_path / "secrets" / "channels.support.token", 0o600)
    journal = tmp_path / "data" / "bridge.db"
    with_secrets = private_files(config, config_holds_secrets=True, journal=journal)
    without = private_files(config, config_holds_secrets=False, journal=journal)
    assert with_secrets == [config, *without]
    assert without[:3] == [tmp_path / "secrets", token, journal]
    assert private_files(None, config_holds_secrets=False, journal=journal)[0] == journal


# ---------------------------------------------------------------- whose files are whose


def test_files_of_root_in_the_daemons_folder_are_named_with_the_command_that_gives_them_back() -> None:
    folder = Path("/var/lib/tiledesk-bridge")
    finding = strange(folder, "user 61234", [folder / "bridge.db", folder / "bridge.db.lock"])
    assert not finding.ok
    assert finding.detail.startswith("bridge.db, bridge.db.lock in /var/lib/tiledesk-bridge belong to root")
    assert finding.advice == f"chown --reference={folder}/. {folder}/bridge.db {folder}/bridge.db.lock"


def test_files_that_belong_to_the_folders_owner_are_nothing_to_talk_about(tmp_path: Path) -> None:
    made(tmp_path / "bridge.db", 0o600)
    assert owners(tmp_path, ["bridge.db", "bridge.db.lock"]) == []
    assert owners(tmp_path / "not there", ["bridge.db"]) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="a folder is given away: run as root")
def test_a_lock_that_root_left_in_somebody_elses_folder_is_found(tmp_path: Path) -> None:
    made(tmp_path / "bridge.db.lock", 0o600)
    os.chown(made(tmp_path / "bridge.db", 0o600), 61234, 61234)
    os.chown(tmp_path, 61234, 61234)
    (finding,) = owners(tmp_path, [f"bridge.db{end}" for end in JOURNAL])
    assert finding.advice == f"chown --reference={tmp_path}/. {tmp_path}/bridge.db.lock"


DYNAMIC = Unit("tiledesk-bridge", "active", dynamic=True)


@pytest.mark.parametrize(
    ("mode", "unit", "fine"),
    [
        (0o644, DYNAMIC, True),
        (0o600, DYNAMIC, False),
        (0o640, DYNAMIC, False),
        (0o640, replace(DYNAMIC, groups="tiledesk"), True),
        (0o600, Unit("tiledesk-bridge", "active"), True),
        (0o600, None, True),
    ],
)
def test_a_configuration_that_the_services_user_can_not_read_is_a_failure(
    mode: int, unit: Unit | None, fine: bool, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    config = made(tmp_path / "bridge.toml", mode)
    found = legible(config, unit, [])
    assert [one.ok for one in found] == ([] if fine else [False])
    assert all(one.advice.endswith(f"chmod 644 {config}") for one in found)


def test_a_configuration_with_secrets_is_not_opened_before_they_are_out_of_it(tmp_path: Path) -> None:
    (finding,) = legible(made(tmp_path / "bridge.toml", 0o600), DYNAMIC, ["desks.main.password"])
    assert finding.advice.startswith(f"put desks.main.password into files of those names in {tmp_path / 'secrets'}")
