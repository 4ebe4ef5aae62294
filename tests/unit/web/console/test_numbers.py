from functools import partial
from typing import Any

from bridge.observe import Latencies
from bridge.web.console.numbers import Rates, overview, states
from bridge.web.console.shown import is_link, pretty, sections


def counts(destination: str, waiting: int = 0, done: int = 0, oldest: float | None = None) -> dict[str, Any]:
    return {"destination": destination, "waiting": waiting, "sending": 0, "done": done, "dead": 0, "oldest": oldest}


def test_a_direction_is_the_sum_of_its_destinations() -> None:
    told = {
        "started_at": 40.0,
        "ready": False,
        "parts": {"journal": {"ok": True, "reason": ""}, "desk/b": {"ok": False, "reason": "502"}},
        "census": [counts("desk/a", 2, 5, 90.0), counts("desk/b", 1200, 5, 60.0), counts("channel/x", 7)],
    }
    had = Latencies()
    had.add("desk/a", 0.004, 100.0)
    had.add("desk/b", 2.5, 100.0)
    shown = overview(told, {"desk/a": 1.0, "desk/b": 0.5}, partial(had.lately, now=100.0), 100.0)
    assert shown["way-in-waiting"] == "1,202"
    assert shown["way-in-rate"] == "1.5"
    assert shown["way-in-oldest"] == "40 s"
    assert (shown["way-in-latency"], shown["way-in-slow"]) == ("4 ms", "2.5 s")
    assert (shown["way-out-waiting"], shown["way-out-latency"], shown["way-out-oldest"]) == ("7", "-", "-")
    assert (shown["to-desk/a-done"], shown["to-desk/a-rate"]) == ("5", "1.0")
    assert (shown["to-desk/a-slow"], shown["to-desk/b-latency"], shown["to-channel/x-slow"]) == ("4 ms", "2.5 s", "-")
    assert shown["ready"] == "Not working: desk/b"
    assert shown["part-desk/b"] == "502"
    assert shown["up"] == "1 min"
    clean = {"way-in-dead": True, "way-out-dead": True}
    assert states(told) == {"ready": False, "part-journal": True, "part-desk/b": False} | clean


def test_dead_letters_are_bad_news_of_their_own_direction() -> None:
    told = {"ready": True, "parts": {}, "census": [counts("desk/a"), counts("channel/b") | {"dead": 1}]}
    assert states(told) == {"ready": True, "way-in-dead": True, "way-out-dead": False}


def test_rates_are_between_two_looks_and_forgotten_entries_are_no_progress() -> None:
    rates = Rates()
    assert rates.look([counts("desk/a", done=10)], 100.0) == {"desk/a": 0.0}
    assert rates.look([counts("desk/a", done=14)], 102.0) == {"desk/a": 2.0}
    assert rates.look([counts("desk/a", done=90)], 102.5) == {"desk/a": 2.0}, "too soon to tell"
    assert rates.look([counts("desk/a", done=1), counts("desk/b", done=3)], 104.0) == {"desk/a": 0.0, "desk/b": 1.5}


def test_content_that_is_no_json_is_shown_as_it_is() -> None:
    assert pretty(b"\xff{") == "\ufffd{"
    assert pretty(b'{"a":"\xc3\xa9"}') == '{\n  "a": "é"\n}'


def test_only_web_addresses_are_links() -> None:
    assert is_link("https://example.org/")
    assert not is_link("javascript:alert(1)")
    assert not is_link("//example.org/")


def test_settings_come_section_by_section() -> None:
    found = sections({"server": {"port": 8080, "host": ""}, "desks": {"main": {"a": {"b": True}}}})
    assert found == {"server": [("port", "8080"), ("host", '""')], "desks.main": [("a.b", "true")]}
