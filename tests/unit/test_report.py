"""The page that a proof leaves behind."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.report import main, page

LINE: dict[str, Any] = {
    "campaign": "K1: kills",
    "seed": 7,
    "kills": 1000,
    "undone": 0,
    "lost": 0,
    "by_point": {"begun": 50},
    "seconds": 12.34,
    "replay": "BRIDGE_TEST_SEED=7 pytest tests/crash",
}


def test_a_campaign_is_told_with_its_verdict_first_and_how_to_play_it_again() -> None:
    text = page([LINE], "2026-01-02", "abc123", "2 cores")
    assert "# Proof of 2026-01-02" in text
    assert "Commit abc123; 2 cores. All green." in text
    assert "Red" in page([LINE], "2026-01-02", "abc123", "2 cores", green=False)
    assert "Seed 7, 12.3 s: **lost 0**; **undone 0**; kills 1,000; by point begun 50." in text
    assert "    BRIDGE_TEST_SEED=7 pytest tests/crash" in text


def test_a_log_becomes_the_page_of_its_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "proof.jsonl"
    log.write_text(json.dumps(LINE) + "\n\n" + json.dumps(LINE) + "\n")
    assert main(str(log), str(tmp_path / "proof")) == 0
    [written] = (tmp_path / "proof").iterdir()
    assert written.read_text().count("## K1: kills") == 2
    assert "2 campaigns" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "word"), [(None, "make proof"), ("\n", "no figures")])
def test_without_figures_there_is_no_page(
    text: str | None, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "proof.jsonl"
    if text is not None:
        log.write_text(text)
    assert main(str(log), str(tmp_path / "proof")) == 1
    assert word in capsys.readouterr().err
    assert not (tmp_path / "proof").exists()
