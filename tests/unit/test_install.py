"""What `make install` says that it would do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def script(act: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHON": sys.executable, **environ}
    command = ["sh", str(ROOT / "systemd" / "install.sh"), act]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.parametrize("act", ["install", "uninstall"])
def test_a_dry_run_names_every_place_and_touches_none(act: str, tmp_path: Path) -> None:
    done = script(act, DESTDIR=str(tmp_path), PREFIX="/srv", LOCAL="/usr", DRY_RUN="1")
    assert done.returncode == 0, done.stderr
    for place in (
        "/srv/tiledesk-bridge",
        "/usr/bin/tiledesk-bridge",
        "/usr/lib/systemd/system",
        "tiledesk-bridge@.socket",
    ):
        assert place in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_every_document_and_example_comes_along_and_no_configuration_of_somebody_s() -> None:
    told = script("install", DESTDIR="/nowhere", DRY_RUN="1").stdout
    given = {path.name for path in [*(ROOT / "docs").glob("*.md"), *(ROOT / "config").iterdir()]}
    written = {line.rpartition("/")[2] for line in told.splitlines() if "/share/doc/" in line and "would write" in line}
    assert given - {"bridge.toml"} <= written
    assert "bridge.toml" not in written


@pytest.mark.parametrize("act", ["install", "uninstall"])
def test_a_folder_of_somebody_else_is_not_ours_to_replace(act: str, tmp_path: Path) -> None:
    (tmp_path / "opt" / "tiledesk-bridge").mkdir(parents=True)
    (tmp_path / "opt" / "tiledesk-bridge" / "precious").touch()
    done = script(act, DESTDIR=str(tmp_path))
    assert (done.returncode, "is no virtualenv" in done.stderr) == (1, True)
    assert (tmp_path / "opt" / "tiledesk-bridge" / "precious").exists()


def test_what_stays_is_told(tmp_path: Path) -> None:
    kept = tmp_path / "etc" / "tiledesk-bridge" / "bridge.toml"
    kept.parent.mkdir(parents=True)
    kept.touch()
    done = script("uninstall", DESTDIR=str(tmp_path))
    assert (done.returncode, "Left where they are" in done.stdout, kept.exists()) == (0, True, True)


def test_another_word_shows_how_it_is_used() -> None:
    done = script("reinstall")
    assert (done.returncode, "usage: install.sh install|uninstall" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "place", [{"DESTDIR": "out"}, {"PREFIX": "opt"}, {"PREFIX": "/my programs"}, {"LOCAL": "/a#b"}]
)
def test_places_that_do_not_begin_at_the_root_or_have_blanks_are_refused(place: dict[str, str]) -> None:
    done = script("install", DRY_RUN="1", **place)
    assert (done.returncode, "must be a path from / on" in done.stderr, done.stdout) == (2, True, "")
