from pathlib import Path

import pytest

from bridge.doctor.permits import private_files, probe


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
    (finding,) = probe([made(tmp_path / "with space", mode), made(tmp_path / "fine", 0o600)])
    assert finding.level == level
    assert finding.advice.endswith(f"chmod 600 '{tmp_path}/with space'")


def test_a_folder_is_told_to_be_entered_by_nobody_else(tmp_path: Path) -> None:
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
