from collections import Counter

import pytest

from bridge.message import Direction
from bridge.observe.status import Flow, duration, status_line
from bridge.ports import Census

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def test_the_line_says_what_flows_what_waits_and_what_is_down() -> None:
    census = [
        Census("channel/support", waiting=1, sending=0, dead=1, oldest=98.0),
        Census("desk/main", waiting=2, sending=1, dead=0, oldest=95.0),
    ]
    line = status_line({IN: 3.24, OUT: 1.1}, census, {"channel/support": "502 Bad Gateway"}, 100.0)
    assert line == (
        "channel/support shut: 502 Bad Gateway; relaying: in 3.2/s, out 1.1/s; 4 waiting (oldest 5 s), 1 dead letter"
    )


def test_a_quiet_daemon_has_nothing_to_complain_of() -> None:
    assert status_line({}, [], {}, 5.0) == "relaying: in 0.0/s, out 0.0/s; 0 waiting, 0 dead letters"


def test_parts_that_were_not_tried_yet_begin_and_are_no_trouble() -> None:
    line = status_line({}, [], {}, 5.0, beginning=["subscriptions main", "intake support"])
    assert line.startswith("beginning: intake support, subscriptions main; relaying: in 0.0/s")


def test_trouble_and_reasons_stay_short_and_on_one_line() -> None:
    unwell = {"intake support": "Unauthorized: the token was revoked"}
    line = status_line({}, [], {"desk/main": "x" * 500, "desk/two": ""}, 5.0, "the disk\nis full", unwell)
    assert line.startswith("the journal can't be written: the disk is full; desk/main shut: xxx")
    assert (
        "…; desk/two shut: no answer; intake support not well: Unauthorized: the token was revoked; relaying: " in line
    )
    assert len(line) < 300


def test_a_clock_that_was_set_makes_no_age_negative() -> None:
    assert "(oldest 0 s)" in status_line({}, [Census("desk/main", waiting=1, oldest=200.0)], {}, 100.0)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (200_000, "2 d"), (-3, "0 s")],
)
def test_an_age_is_told_in_one_unit(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_rates_are_those_since_the_last_look() -> None:
    count = Counter({IN: 7})
    flow = Flow(count)
    assert flow.rates(10.0) == {IN: 0.0, OUT: 0.0}
    count[IN] += 10
    count[OUT] += 5
    assert flow.rates(15.0) == {IN: 2.0, OUT: 1.0}
    assert flow.rates(20.0) == {IN: 0.0, OUT: 0.0}
    assert flow.rates(20.0) == {IN: 0.0, OUT: 0.0}, "two looks at one moment divide by nothing"
