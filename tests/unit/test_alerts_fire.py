"""When the alerts fire and when they don't, as Prometheus itself sees it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard import of_panels

RULES = Path(__file__).parents[2] / "config/prometheus-alerts.yml"

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not there: apt-get install prometheus brings it, then make test tries the alerts",
)

SOON, LATE = 4, 30
"""minutes after the first sample: before anything that must last may fire, and after"""

OPEN = ('bridge_gate_open{destination="desk/main"}', "1x40")
SHUT = ('bridge_gate_open{destination="desk/main"}', "0x40")
WAITING = ('bridge_oldest_waiting_seconds{destination="desk/main"}', "0+60x40")
FLAPS = ('bridge_gate_open{destination="desk/main"}', "0 0 1 " * 14)
SHUTS_LATER = ('bridge_gate_open{destination="desk/main"}', "1x20 0x20")
WAITS_LATER = ('bridge_oldest_waiting_seconds{destination="desk/main"}', "0x20 0+60x20")
STALE = ('bridge_oldest_waiting_seconds{destination="channel/old"}', "0+60x40")
Series = tuple[str, str]


def dead(values: str, cause: str = "refused") -> Series:
    """New dead letters."""
    return (f'bridge_dead_total{{direction="out", cause="{cause}"}}', values)


def kept(values: str) -> Series:
    """The journal's dead letters."""
    return ('bridge_backlog{destination="desk/main", state="dead"}', values)


def started(*minutes: int) -> Series:
    """The process was started at these minutes, one process after the other."""
    ends = [*minutes[1:], 41]
    return (
        "process_start_time_seconds",
        " ".join(f"{one * 60}x{end - one - 1}" for one, end in zip(minutes, ends, strict=True)),
    )


def slow(metric: str, quick: int, slow: int) -> list[Series]:
    """A histogram that grows by so many quick and so many slow ones a minute."""
    return [
        (f'{metric}_bucket{{instance="a", le="0.1"}}', f"0+{quick}x40"),
        (f'{metric}_bucket{{instance="a", le="1.0"}}', f"0+{quick + slow}x40"),
        (f'{metric}_bucket{{instance="a", le="+Inf"}}', f"0+{quick + slow}x40"),
    ]


@pytest.mark.parametrize(
    ("series", "minutes", "firing"),
    [
        ([dead("0x20 1x20")], SOON, set()),
        ([dead("0x20 1x20")], LATE, {"NoLoss"}),
        ([dead("0+1x40", "blocked")], LATE, set()),
        # The machine was off for days, and everything expired before the first look at the new process.
        ([dead("_x19 5x20"), started(0, 20)], LATE, {"NoLoss"}),
        ([dead("5x40"), started(0)], SOON, {"NoLoss"}),
        ([dead("5x40"), started(0)], LATE, set()),
        ([dead("5x40", "blocked"), started(0)], SOON, set()),
        # A new process has counted as many as the one before it, so that the line is flat.
        ([dead("5x40"), started(0, 20)], LATE, {"NoLoss"}),
        # It died after the last look at the process that ended, or while Prometheus did not look: the journal alone tells.
        ([dead("0x40"), kept("3x20 4x20"), started(0, 20)], LATE, {"NoLossUncounted"}),
        ([dead("2x5 _x14 6x20"), kept("2x5 _x14 6x20"), started(0)], LATE, {"NoLossUncounted"}),
        ([dead("0x20 1x20", "blocked"), kept("3x20 4x20"), started(0)], LATE, set()),
        ([dead("0x20 1x20", "blocked"), kept("3x20 4x20"), started(0, 20)], LATE, set()),
        ([dead("0x40"), kept("4x20 3x20"), started(0, 20)], LATE, set()),
        ([dead("0x40"), kept("_x19 4x20"), started(0, 20)], LATE, set()),
        ([("bridge_inversions_total", "0+1x40")], LATE, {"InOrder"}),
        ([("bridge_inversions_total", "0+1x40")], SOON, set()),
        ([('bridge_suspect_total{direction="out"}', "0x18 3x22")], LATE, set()),
        ([('bridge_suspect_total{direction="out"}', "0x18 9x22")], LATE, {"NoDouble"}),
        ([WAITING, OPEN], LATE, {"Converges"}),
        ([WAITING, SHUT], LATE, {"GateShut"}),
        # A destination that comes and goes, and one that nothing in the configuration has any more.
        ([WAITING, FLAPS], LATE, {"GateShut", "Converges"}),
        ([FLAPS], SOON, set()),
        ([WAITING, ('bridge_gate_open{destination="desk/main"}', "1 1 0 " * 14)], LATE, {"Converges"}),
        ([STALE, OPEN], LATE, {"Converges"}),
        # An outage that begins, and one that has just ended.
        ([SHUTS_LATER, WAITS_LATER], LATE, {"GateShut"}),
        ([('bridge_gate_open{destination="desk/main"}', "1x14 0x5 1x20")], LATE, set()),
        ([SHUT], SOON, set()),
        ([('up{job="tiledesk-bridge"}', "1x10 0x30")], LATE, {"Down"}),
        ([('up{job="another"}', "0x40")], LATE, set()),
        ([('bridge_webhook_refused_total{door="tiledesk/main", reason="secret"}', "0+12x40")], LATE, {"WebhooksRefused"}),
        ([('bridge_webhook_refused_total{door="tiledesk/main", reason="secret"}', "0+2x40")], LATE, set()),
        ([('bridge_telegram_pending_updates{channel="support"}', "101x40")], LATE, {"UpdatesPending"}),
        ([('bridge_telegram_pending_updates{channel="support"}', "99x40")], LATE, set()),
        ([('bridge_part_ok{part="intake support"}', "0x40")], LATE, {"PartNotWell"}),
        ([('bridge_part_ok{part="desk/main"}', "0x40")], LATE, set()),
        (slow("bridge_commit_seconds", 10, 10), LATE, {"JournalSlow"}),
        (slow("bridge_commit_seconds", 99, 1), LATE, set()),
        (slow("bridge_loop_lag_seconds", 10, 10), LATE, {"LoopLate"}),
        (slow("bridge_loop_lag_seconds", 99, 1), LATE, set()),
    ],
)  # fmt: skip
def test_an_alert_fires_when_it_should_and_no_other_does(
    series: list[Series], minutes: int, firing: set[str], tmp_path: Path
) -> None:
    samples = [{"labels": f'{{alertname="TiledeskBridge{name}"}}', "value": 1} for name in sorted(firing)]
    asked = 'count by (alertname) (ALERTS{alertstate="firing"})'
    prometheus_says(series, asked, minutes, samples, tmp_path)


@pytest.mark.parametrize(
    ("panel", "series", "value"),
    [
        ("no-loss", [dead("5x40"), started(0)], 5),
        ("no-loss", [dead("0x40"), started(0)], 0),
        ("no-loss", [dead("5x40", "blocked"), started(0)], 0),
        ("converges", [WAITING, SHUT], 0),
        ("converges", [WAITING, OPEN], 1800),
        ("converges", [WAITING, FLAPS], 1800),
        ("converges", [STALE, OPEN], 1800),
        ("converges", [OPEN], 0),
    ],
)
def test_a_panel_of_an_invariant_shows_what_the_alert_looks_at(
    panel: str, series: list[Series], value: float, tmp_path: Path
) -> None:
    [query] = [one for one in of_panels() if one.where.startswith(panel)]
    asked = query.expression.replace("$instance", ".*")
    prometheus_says(series, asked, LATE, [{"labels": "{}", "value": value}], tmp_path)


def prometheus_says(
    series: list[Series], asked: str, minutes: int, samples: list[dict[str, Any]], folder: Path
) -> None:
    """Prometheus, given a sample each minute, answers with these `samples`."""
    case = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "promql_expr_test": [{"expr": asked, "eval_time": f"{minutes}m", "exp_samples": samples}],
    }
    file = folder / "case.json"  # which is YAML as well
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [case]}))
    command = ["promtool", "test", "rules", str(file)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
