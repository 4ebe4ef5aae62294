import os
from pathlib import Path

import pytest

from bridge import __version__
from bridge.doctor.units import Unit
from bridge.observe import Commands, Finding
from bridge.setup.daemon import judged, newer, whose
from bridge.web.glance import Told, Unheard

NOW = 1_000_000.0
COMMANDS = Commands("tiledesk-bridge@one")
WELL = Told(__version__, 42, NOW - 3600, "ours", 3)
UNWELL = Told(__version__, 42, NOW - 3600, "ours", 3, (("intake support", "another program polls this bot"),))
PORT = Finding(ok=True, subject="server.port", detail="the daemon answers at 127.0.0.1:8080")


def said(
    told: Told | Unheard, holder: int | None = None, unit: Unit | None = None, changed: tuple[str, ...] = ()
) -> list[tuple[str, str, str]]:
    return [
        (one.level, one.subject, f"{one.detail} → {one.advice}")
        for one in judged(told, holder, unit, COMMANDS, changed, NOW)
    ]


def test_a_daemon_that_is_well_is_one_line() -> None:
    assert said(WELL, 42) == [("ok", "daemon", "process 42 runs for 1 h, all of its 3 parts are well → ")]


def test_every_part_that_is_not_well_is_a_failure_with_its_reason() -> None:
    [(level, subject, text)] = said(UNWELL, 42)
    assert (level, subject) == ("error", "daemon: intake support")
    assert text.startswith("another program polls this bot → ")
    assert "journalctl -u tiledesk-bridge@one -n 20" in text


def test_a_daemon_that_has_just_begun_is_given_a_moment() -> None:
    young = Told(__version__, 42, NOW - 3, "ours", 1, (("subscriptions main", "not compared yet"),))
    [(level, _, text)] = said(young, 42)
    assert (level, "look again in a moment" in text) == ("warning", True)


def test_a_secret_that_is_newer_than_the_daemon_is_told_with_the_restart_that_takes_it() -> None:
    *_, (level, _, text) = said(WELL, 42, changed=("channels.support.token",))
    assert level == "warning"
    assert text.startswith("channels.support.token changed after the daemon started")
    assert "systemctl restart tiledesk-bridge@one" in text


def test_a_daemon_of_another_version_says_no_more_than_that() -> None:
    [(level, _, text)] = said(Told("0.0.1"), 42)
    assert (level, "version 0.0.1" in text, "systemctl restart" in text) == ("warning", True, True)


@pytest.mark.parametrize(
    ("told", "holder", "unit", "level", "words"),
    [
        (Unheard.SILENT, 42, None, "error", "answers nothing"),
        (
            Unheard.NOBODY,
            None,
            Unit("x", "activating", "auto-restart", restarts=7),
            "error",
            "started it again 7 times",
        ),
        (Unheard.NOBODY, None, Unit("x", "activating", "auto-restart"), "error", "starts it again and again"),
        (Unheard.NOBODY, None, Unit("x", "failed", result="exit-code", status=78), "error", "has mistakes"),
        (Unheard.NOBODY, None, Unit("x", "failed", result="exit-code", status=65), "error", "journal can't be used"),
        (Unheard.NOBODY, None, Unit("x", "failed", result="oom-kill"), "error", "oom-kill"),
        (Unheard.NOBODY, None, Unit("x", "inactive", "dead"), "warning", "systemctl start tiledesk-bridge@one"),
        (Unheard.NOBODY, None, Unit("x", "activating", "start"), "warning", "about to start"),
        (Unheard.NOBODY, 42, None, "warning", "process 42 holds the journal"),
    ],
)
def test_why_no_daemon_answers_is_told(
    told: Unheard, holder: int | None, unit: Unit | None, level: str, words: str
) -> None:
    [(found, _, text)] = said(told, holder, unit)
    assert found == level
    assert words in text


def test_where_no_service_is_meant_to_run_nobody_is_missed() -> None:
    assert said(Unheard.NOBODY) == said(Unheard.FORBIDDEN) == []


# ---------------------------------------------------------------- whose port it is


@pytest.mark.parametrize(
    ("told", "holder", "ours"),
    [
        (WELL, 42, True),
        (Told("0.0.1"), 42, True),
        (Unheard.FORBIDDEN, 0, True),
        (Unheard.NOBODY, 42, True),
        (Unheard.NOBODY, None, False),
        (Told(__version__, 42, NOW, "another"), 42, False),
    ],
)
def test_another_bridge_at_our_port_is_not_taken_for_ours(told: Told | Unheard, holder: int | None, ours: bool) -> None:
    finding, instance = whose(PORT, "ours", told, holder, Path("/var/lib/two/bridge.db"))
    assert (finding.ok, instance) == ((True, "ours") if ours else (False, ""))
    assert ("/var/lib/two/bridge.db" in finding.detail) is not ours


def test_a_port_where_nobody_answers_is_left_as_it_is() -> None:
    assert whose(PORT, "", Unheard.NOBODY, None, Path("x")) == (PORT, "")


# ---------------------------------------------------------------- secrets


def test_secrets_that_were_written_after_the_start_are_found(tmp_path: Path) -> None:
    for name, at in (("channels.support.token", NOW + 5), ("desks.main.password", NOW - 5)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (at, at))
    names = ["channels.support.token", "desks.main.password", "gone"]
    assert newer(tmp_path, names, NOW) == ["channels.support.token"]
    assert newer(None, names, NOW) == newer(tmp_path, names, 0.0) == []
