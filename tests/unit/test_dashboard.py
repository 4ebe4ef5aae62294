import json
import re
from typing import Any

import pytest

from tests.dashboard import CONFIG, DASHBOARD, PANELS, VARIABLES, Query, of_panels, of_variables
from tests.promql import parse

WIDE = 24
BUILT_IN = {"__rate_interval"}
ROWS = [panel for panel in PANELS if panel["type"] == "row"]
SHOWN = [panel for panel in PANELS if panel["type"] != "row"]


def titled(panel: dict[str, Any]) -> str:
    return str(panel["title"])


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    place = panel["gridPos"]
    return {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}


def test_the_rows_are_what_an_operator_asks_first_to_last() -> None:
    assert list(map(titled, ROWS)) == [
        "The four invariants",
        "Traffic",
        "Latency",
        "Backlog and gates",
        "Tiledesk and Telegram",
        "Process",
    ]


def test_each_invariant_has_a_panel_of_its_name_at_the_top() -> None:
    below = ROWS[1]["gridPos"]["y"]
    top = [titled(panel) for panel in SHOWN if panel["gridPos"]["y"] < below]
    for name in ("no-loss", "in-order", "no-double", "converges"):
        assert any(title.startswith(f"{name}: ") for title in top), name


def test_panels_fill_the_rows_and_none_covers_another() -> None:
    taken = [cell for panel in PANELS for cell in cells(panel)]
    assert len(taken) == len(set(taken))
    assert {x for x, _ in taken} == set(range(WIDE))
    bottom = max(y for _, y in taken) + 1
    assert len(taken) == WIDE * bottom, "a hole"
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


@pytest.mark.parametrize("panel", SHOWN, ids=titled)
def test_a_panel_says_what_it_shows_and_asks_the_chosen_prometheus_about_the_chosen_bridges(
    panel: dict[str, Any],
) -> None:
    assert len(panel["description"]) > len("Resident")
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["fieldConfig"]["defaults"].get("unit") or panel["type"] in {"state-timeline", "heatmap"}
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"]
        for selector in parse(target["expr"]).selectors:
            asked = {(one.label, one.operator, one.value) for one in selector.matchers}
            assert ("instance", "=~", "$instance") in asked, selector


@pytest.mark.parametrize("query", of_panels(), ids=lambda query: query.where)
def test_a_legend_names_labels_that_are_left(query: Query) -> None:
    grouped = parse(query.expression).labels
    assert query.shown <= grouped or (not grouped and query.shown <= {"instance"})


def test_every_variable_is_used_and_every_used_one_is_there() -> None:
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(PANELS)))
    assert used == {one["name"] for one in VARIABLES} | BUILT_IN
    assert [query.expression for query in of_variables()] == ["count by (instance) (bridge_build_info)"]


def test_it_can_be_imported_anywhere() -> None:
    """A number or a name of somebody's Grafana would make it overwrite, or find, something else there."""
    assert DASHBOARD["id"] is None
    assert DASHBOARD["uid"] == "tiledesk-bridge"
    text = (CONFIG / "grafana-dashboard.json").read_text()
    assert text == json.dumps(DASHBOARD, indent=2, ensure_ascii=False) + "\n", "it is kept in this form, to be compared"
