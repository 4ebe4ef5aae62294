"""Output that is closed, full, or read by a terminal that obeys what strangers write."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.cli import app
from bridge.cli.findings import show
from bridge.cli.output import harmless
from bridge.cli.show import as_json, table
from bridge.observe import Finding

HOSTILE = "a\x1b]0;owned\x07b\x9b31mc\x7f"
PROGRAM = [sys.executable, "-m", "bridge"]


def settings(folder: Path) -> dict[str, str]:
    return dict(os.environ) | {
        "BRIDGE_CONFIG": os.devnull,
        "BRIDGE_STORE__URL": f"sqlite:{folder}/bridge.db",
        "BRIDGE_SERVER__PUBLIC_URL": "https://bridge.example.org",
        "BRIDGE_DESKS__MAIN__PROJECT_ID": "5e2c35c8f0dbc10017bb3aac",
        "BRIDGE_DESKS__MAIN__USERNAME": "a@b.example",
        "BRIDGE_DESKS__MAIN__PASSWORD": "sesame-open-4711",
        "BRIDGE_CHANNELS__SUPPORT__TOKEN": "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012",
    }


def test_what_strangers_write_gives_no_command_to_a_terminal() -> None:
    assert harmless("two\nlines\tand é") == "two\nlines\tand é"
    assert harmless(HOSTILE) == "a\\u001b]0;owned\\u0007b\\u009b31mc\\u007f"


def test_no_table_finding_or_json_holds_such_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    table(("reason",), [[HOSTILE]])
    show([Finding(ok=False, subject="x", detail=HOSTILE, advice=HOSTILE)])
    assert not {"\x1b", "\x9b", "\x07"} & set(capsys.readouterr().out)
    as_json({"reason": HOSTILE})
    shown = capsys.readouterr().out
    assert not {"\x1b", "\x9b", "\x07"} & set(shown)
    assert json.loads(shown) == {"reason": HOSTILE}


def test_a_full_disk_behind_the_output_is_one_line(tmp_path: Path) -> None:
    for words in (["check", "--offline"], ["check", "--offline", "--json"], ["--version"]):
        with Path("/dev/full").open("w") as full:
            ended = subprocess.run(
                [*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, env=settings(tmp_path), check=False
            )
        assert (ended.returncode, ended.stderr) == (
            1,
            b"tiledesk-bridge: the output can't be written: No space left on device\n",
        )


def test_an_output_that_is_closed_is_no_trouble(tmp_path: Path) -> None:
    shell = ["/bin/sh", "-c", '"$@" >&-', "sh", *PROGRAM, "check", "--offline"]
    ended = subprocess.run(shell, stderr=subprocess.PIPE, env=settings(tmp_path), check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_an_alphabet_without_our_marks_is_no_trouble(tmp_path: Path) -> None:
    environment = settings(tmp_path) | {"PYTHONIOENCODING": "ascii"}
    ended = subprocess.run([*PROGRAM, "check", "--offline"], capture_output=True, env=environment, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"configuration: " in ended.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["explain", "\udcff"],
        ["export", "--person", "@\udcff"],
        ["export", "--conversation", "\udcff"],
        ["forget", "@\udcff", "--yes"],
        ["dead", "show", "99999999999999999999"],
        ["dead", "retry", "99999999999999999999"],
        ["replay", "0"],
    ],
)
def test_arguments_that_can_mean_nothing_are_wrong_usage(words: list[str], tmp_path: Path) -> None:
    assert CliRunner().invoke(app, words, env=settings(tmp_path)).exit_code == 2
