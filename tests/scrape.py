"""A page of /metrics, and what of an expression is not in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from tests.promql import Matcher, Selector, parse

BY_PROMETHEUS = frozenset({"job", "instance"})
"""labels that Prometheus gives to every series when it fetches them"""


@dataclass(frozen=True)
class Scrape:
    """The labels of every series, by the series' name."""

    series: dict[str, list[dict[str, str]]]

    @classmethod
    def of(cls, page: str, job: str) -> "Scrape":
        """Read a page in the text form that Prometheus fetches for this job, and adds its own `up`."""
        found: dict[str, list[dict[str, str]]] = {"up": [{"job": job}]}
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                found.setdefault(sample.name, []).append(dict(sample.labels))
        return cls(found)

    def lacks(self, expression: str) -> list[str]:
        """What the expression names and the page does not have: metrics, labels, and values of labels."""
        parsed = parse(expression)
        found = [fault for selector in parsed.selectors for fault in self.faults(selector)]
        known = {label for one in parsed.selectors for label in self.labels(one.metric)} | BY_PROMETHEUS
        return found + [f"{expression} groups by {label}" for label in sorted(parsed.labels - known)]

    def labels(self, metric: str) -> set[str]:
        """The labels that series of this name have."""
        return {label for labels in self.series.get(metric, []) for label in labels}

    def faults(self, selector: Selector) -> Iterable[str]:
        """What is wrong with one selector."""
        if selector.metric not in self.series:
            yield f"there is no {selector.metric}"
            return
        for matcher in selector.matchers:
            if "$" in matcher.value:
                if matcher.label not in BY_PROMETHEUS | self.labels(selector.metric):
                    yield f"{selector.metric} has no label {matcher.label}"
                continue
            values = {labels.get(matcher.label, "") for labels in self.series[selector.metric]}
            for value in meant(matcher):
                # What is left out must be there as well: a misspelled word would leave out nothing.
                if not any(re.fullmatch(value, one) for one in values):
                    yield f"no {selector.metric} has {matcher.label} {value}"
        if not any(self.passes(selector, labels) for labels in self.series[selector.metric]):
            yield f"no series passes {selector}"

    def passes(self, selector: Selector, labels: dict[str, str]) -> bool:
        """Whether a series is selected, whatever the variables are."""
        return all("$" in one.value or one.takes(labels.get(one.label, "")) for one in selector.matchers)


def meant(matcher: Matcher) -> list[str]:
    """The patterns of the values that a matcher names."""
    if "~" not in matcher.operator:
        return [re.escape(matcher.value)]
    plain = re.fullmatch(r"[\w|]+", matcher.value)
    return matcher.value.split("|") if plain else [matcher.value]
