"""When the alerts fire and when they don't, as Prometheus itself sees it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "config/prometheus-alerts.yml"

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not there: apt-get install prometheus lets Prometheus itself try the alerts",
)

SOON, LATE = 4, 30
"""minutes after the first sample: before anything that must last may fire, and after"""

OPEN = ('bridge_gate_open{destination="desk/main"}', "1x40")
SHUT = ('bridge_gate_open{destination="desk/main"}', "0x40")
WAITING = ('bridge_oldest_waiting_seconds{destination="desk/main"}', "0+60x40")
Series = tuple[str, str]


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
        ([('bridge_dead_total{direction="out", cause="refused"}', "0x20 1x20")], SOON, set()),
        ([('bridge_dead_total{direction="out", cause="refused"}', "0x20 1x20")], LATE, {"NoLoss"}),
        ([('bridge_dead_total{direction="out", cause="blocked"}', "0+1x40")], LATE, set()),
        ([("bridge_inversions_total", "0+1x40")], LATE, {"InOrder"}),
        ([("bridge_inversions_total", "0+1x40")], SOON, set()),
        ([('bridge_suspect_total{direction="out"}', "0x18 3x22")], LATE, set()),
        ([('bridge_suspect_total{direction="out"}', "0x18 9x22")], LATE, {"NoDouble"}),
        ([WAITING, OPEN], LATE, {"Converges"}),
        ([WAITING, SHUT], LATE, {"GateShut"}),
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
    asked = {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": f"{minutes}m"}
    case = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "promql_expr_test": [asked | {"exp_samples": samples}],
    }
    file = tmp_path / "case.json"  # which is YAML as well
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [case]}))
    command = ["promtool", "test", "rules", str(file)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
