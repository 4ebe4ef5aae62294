import pytest

from bridge.cli.findings import as_values, grouped, show, summary, topic_of
from bridge.observe import Finding, Scrubber

FINE = Finding(ok=True, subject="configuration", detail="has no mistakes")
DOUBTFUL = Finding(ok=True, subject="disk", detail="slow", advice="another disk", warning=True)
WRONG = Finding(
    ok=False, subject="desks.main: sign-in", detail="sesame-open-4711 is wrong", advice="check sesame-open-4711"
)
SCRUB = Scrubber(["sesame-open-4711"]).scrub


def test_findings_are_json_with_their_level_and_without_secrets() -> None:
    assert as_values([DOUBTFUL, WRONG], SCRUB) == [
        {"ok": True, "level": "warning", "subject": "disk", "detail": "slow", "advice": "another disk"},
        {
            "ok": False,
            "level": "error",
            "subject": "desks.main: sign-in",
            "detail": "*** is wrong",
            "advice": "check ***",
        },
    ]


def test_where_there_is_no_terminal_each_finding_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show([FINE, DOUBTFUL, WRONG], SCRUB)
    assert capsys.readouterr().out.splitlines() == [
        "✓ configuration: has no mistakes",
        "! disk: slow → another disk",
        "✗ desks.main: sign-in: *** is wrong → check ***",
    ]


def test_headings_come_in_their_order_and_once() -> None:
    subjects = (
        "channels.two: host", "desks.main.api_url: host", "server.port", "channels.one: bot token", "channels.two.api_url: host",
        "desks.main: project", "disk", "server.public_url: size",
    )  # fmt: skip
    found = grouped([Finding(ok=True, subject=subject, detail="") for subject in subjects])
    assert [(area, [one.subject for one in group]) for area, group in found] == [
        ("This machine", ["disk"]),
        ("The way in", ["server.port", "server.public_url: size"]),
        ("Telegram · two", ["channels.two: host", "channels.two.api_url: host"]),
        ("Telegram · one", ["channels.one: bot token"]),
        ("Tiledesk · main", ["desks.main.api_url: host", "desks.main: project"]),
    ]


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("channels.support: bot token", "bot token"),
        ("server.public_url", "public url"),
        ("media: tools", "tools"),
        ("SQLite", "SQLite"),
    ],
)
def test_beneath_a_heading_a_subject_is_short(subject: str, topic: str) -> None:
    assert topic_of(Finding(ok=True, subject=subject, detail="")) == topic


def test_the_sum_counts_failures_and_warnings() -> None:
    assert summary([FINE, FINE]) == "All 2 checks passed."
    assert summary([FINE, DOUBTFUL]) == "All 2 checks passed, 1 with a warning."
    assert summary([FINE, DOUBTFUL, WRONG]) == "1 of 3 checks failed, 1 with a warning."
