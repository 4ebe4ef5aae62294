"""What the dashboard and the alerts of `config/` ask Prometheus for."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = Path(__file__).parents[1] / "config"
DASHBOARD: dict[str, Any] = json.loads((CONFIG / "grafana-dashboard.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
VARIABLES: list[dict[str, Any]] = DASHBOARD["templating"]["list"]


@dataclass(frozen=True)
class Query:
    """An expression, where it stands, and the labels that are shown beside what it gives."""

    where: str
    expression: str
    shown: frozenset[str] = frozenset()


def queries() -> list[Query]:
    """Everything that is asked."""
    return [*of_panels(), *of_annotations(), *of_variables(), *of_alerts()]


def of_panels() -> list[Query]:
    return [
        Query(panel["title"], target["expr"], frozenset(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])))
        for panel in PANELS
        for target in panel.get("targets", ())
    ]


def of_annotations() -> list[Query]:
    return [Query(one["name"], one["expr"]) for one in DASHBOARD["annotations"]["list"] if "expr" in one]


def of_variables() -> list[Query]:
    """`label_values(metric, label)` as an expression of its own."""
    asked = [one["query"]["query"] for one in VARIABLES if one["type"] == "query"]
    found = [re.fullmatch(r"label_values\((\w+), (\w+)\)", one) for one in asked]
    return [Query("a variable", f"count by ({one[2]}) ({one[1]})") for one in found if one]


def of_alerts() -> list[Query]:
    rules = (CONFIG / "prometheus-alerts.yml").read_text()
    found = re.findall(r"(?m)^ +- alert: (\w+)\n +expr: (.+)$", rules)
    assert len(found) == rules.count("- alert:")
    return [Query(name, expression.strip("'")) for name, expression in found]
