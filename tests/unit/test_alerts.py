import re
from pathlib import Path

import pytest

from bridge.observe import Metrics
from tests.promql import parse

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "config/prometheus-alerts.yml").read_text()
ALERTS = re.split(r"(?m)^ +- alert: ", RULES)[1:]
OF_PROMETHEUS = {"up": {"job", "instance"}}
ADDED = {"job", "instance", "le"}
"""labels that come with every series, or with every histogram's buckets"""
MADE_LATER = {"proof"}  # `make proof` writes it
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def field(alert: str, name: str) -> str:
    found = re.search(rf"(?m)^ +{name}: (.+)$", alert)
    assert found, f"{name} is missing in {alert}"
    return found[1].strip("'\"")


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def headings(page: Path) -> set[str]:
    return {slug(one) for one in re.findall(r"(?m)^#+ (.+)$", page.read_text())}


def labels_of(metric: str) -> set[str]:
    if metric in OF_PROMETHEUS:
        return OF_PROMETHEUS[metric]
    registry = Metrics().registry
    if metric.startswith("process_"):  # made at each look, of no family
        assert metric in {one.name for one in registry.collect()}
        return ADDED
    return ADDED | set(getattr(registry._names_to_collectors[metric], "_labelnames", ()))


def test_the_four_invariants_have_alerts_of_their_names() -> None:
    anchors = {field(alert, "runbook_url").partition("#")[2] for alert in ALERTS}
    assert {"no-loss", "in-order", "no-double", "converges"} <= anchors


@pytest.mark.parametrize("alert", ALERTS, ids=lambda text: text.split("\n")[0])
def test_an_alert_is_complete_and_speaks_of_what_there_is(alert: str) -> None:
    expression = parse(field(alert, "expr"))
    assert expression.selectors
    for selector in expression.selectors:
        known = labels_of(selector.metric)  # raises for what is no metric
        assert {matcher.label for matcher in selector.matchers} <= known, selector
    known = set().union(*(labels_of(selector.metric) for selector in expression.selectors))
    assert expression.labels <= known
    assert set(re.findall(r"\$labels\.(\w+)", alert)) <= (expression.labels or known)
    assert field(alert, "summary")
    assert field(alert, "description")
    assert re.fullmatch(r"\d+m", field(alert, "for"))
    assert field(alert, "severity") in {"critical", "warning"}
    page, _, anchor = field(alert, "runbook_url").partition("#")
    assert anchor in headings(ROOT / page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", target) or target in MADE_LATER:
            continue
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), f"{page.name} links to {target}"
        if anchor and other.suffix == ".md":
            assert anchor in headings(other), f"{page.name} links to {target}"
