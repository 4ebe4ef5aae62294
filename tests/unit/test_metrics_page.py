"""docs/metrics.md says of every metric what the code says of it, and of no other."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.observe import Metrics
from tests.promql import parse

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/metrics.md").read_text()
RULES = (ROOT / "config/prometheus-alerts.yml").read_text()
NO_FAMILIES = {"bridge_build": {"version", "python"}}
"""labels that are not the family's but the sample's"""


@dataclass(frozen=True)
class Row:
    name: str
    kind: str
    unit: str
    labels: frozenset[str]
    told: str
    alerts: frozenset[str]


def row(line: str) -> Row:
    name, kind, unit, labels, told, alerts = (cell.strip() for cell in line.split("|")[1:-1])
    return Row(name.strip("`"), kind, unit, words(labels), told, frozenset(re.findall(r"\[([\w-]+)\]", alerts)))


def words(cell: str) -> frozenset[str]:
    return frozenset(re.findall(r"`(\w+)`", cell))


def rows() -> list[Row]:
    return [row(line) for line in PAGE.splitlines() if re.match(r"\| `(bridge|process)_", line)]


def exposed(name: str, kind: str) -> str:
    """The name that a scrape shows."""
    return name + {"counter": "_total", "info": "_info"}.get(kind, "")


def made() -> dict[str, tuple[str, set[str]]]:
    """Every metric of the code with its type and its labels."""
    registry = Metrics().registry
    found = {}
    for metric in registry.collect():
        family = registry._names_to_collectors.get(metric.name)
        labels = NO_FAMILIES.get(metric.name, set(getattr(family, "_labelnames", ())))
        found[exposed(metric.name, metric.type)] = (metric.type, labels)
    return found


def alerts_of() -> dict[str, set[str]]:
    """The runbooks of the alerts that look at each metric."""
    found: dict[str, set[str]] = {}
    for alert in re.split(r"(?m)^ +- alert: ", RULES)[1:]:
        expression = re.search(r"(?m)^ +expr: (.+)$", alert)
        runbook = re.search(r"(?m)^ +runbook_url: \S+#([\w-]+)$", alert)
        assert expression
        assert runbook
        for selector in parse(expression[1].strip("'")).selectors:
            found.setdefault(selector.metric.removesuffix("_bucket"), set()).add(runbook[1])
    return found


def test_every_metric_is_in_the_tables_once_and_nothing_else_is() -> None:
    names = [one.name for one in rows()]
    assert sorted(names) == sorted(made())


@pytest.mark.parametrize("one", rows(), ids=lambda one: one.name)
def test_a_row_says_what_the_code_says(one: Row) -> None:
    kind, labels = made()[one.name]
    assert (one.kind, set(one.labels)) == (kind, labels)
    assert one.told
    assert set(one.alerts) == alerts_of().get(one.name, set())


@pytest.mark.parametrize("one", rows(), ids=lambda one: one.name)
def test_names_follow_prometheus_conventions(one: Row) -> None:
    """https://prometheus.io/docs/practices/naming/"""
    assert one.name.endswith("_total") is (one.kind == "counter")
    unit = next((unit for unit in ("seconds", "bytes") if f"_{unit}" in one.name), "")
    assert unit in {"", one.unit}
    assert not re.search(r"_(ms|milliseconds|minutes|mb|kb|percent)(_|$)", one.name)


def test_every_label_is_explained() -> None:
    explained = words(PAGE.partition("| label | values |")[2].partition("\n## ")[0])
    used = set().union(*(one.labels for one in rows())) - {"source_kind", "part", "version", "python"}
    assert used <= explained
