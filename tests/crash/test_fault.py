"""The points themselves."""

import re
from pathlib import Path

import pytest

import bridge
from bridge import fault
from bridge.fault import POINTS, Fault


def test_every_named_point_stands_somewhere_and_no_other() -> None:
    sources = Path(bridge.__file__).parent.rglob("*.py")
    found = {name for source in sources for name in re.findall(r"\bpoint\(\"(\w+)\"\)", source.read_text())}
    assert found == set(POINTS)


def test_without_the_variable_nothing_is_armed() -> None:
    assert Fault.of({}) is None
    assert Fault.of({"BRIDGE_FAULT": ""}) is None
    assert fault.armed is None
    fault.point("begun")


def test_a_point_counts_its_own_passings_and_acts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    acted: list[str] = []
    monkeypatch.setattr(fault, "ACTS", {"kill": lambda: acted.append("kill")})
    armed = Fault.of({"BRIDGE_FAULT": "begun:2"})
    assert armed is not None
    for name in ("begun", "sent", "sent", "begun", "begun"):
        armed.passed(name)
    assert acted == ["kill"]


@pytest.mark.parametrize(
    ("value", "meant"),
    [("begun", ("begun", 1, "kill")), ("sent:7", ("sent", 7, "kill")), ("sent:1:stall", ("sent", 1, "stall"))],
)
def test_the_variable_names_a_point_a_count_and_an_act(value: str, meant: tuple[str, int, str]) -> None:
    made = Fault.of({"BRIDGE_FAULT": value})
    assert made is not None
    assert (made.name, made.left, made.act) == meant


@pytest.mark.parametrize("value", ["nowhere:1", "begun:", "begun:x", "begun:1:explode", "begun:1:kill:2", ":"])
def test_a_variable_that_makes_no_sense_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="BRIDGE_FAULT"):
        Fault.of({"BRIDGE_FAULT": value})
