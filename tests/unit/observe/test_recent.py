import logging

import pytest
import structlog

from bridge.observe import Latencies, Latency, Troubles
from bridge.observe.recent import LATELY, MOST_TROUBLES


def test_latencies_are_the_middle_one_and_the_slowest_but_for_five_in_a_hundred() -> None:
    latencies = Latencies()
    for number in range(100):
        latencies.add("desk/a", float(number + 1), 0.0)
    assert latencies.lately(["desk/a"], 1.0) == Latency(50.0, 95.0)
    assert latencies.lately(["channel/b"], 1.0) is None


def test_latencies_of_some_destinations_are_looked_at_together_or_alone() -> None:
    latencies = Latencies()
    latencies.add("desk/a", 1.0, 0.0)
    latencies.add("desk/b", 9.0, 0.0)
    assert latencies.lately(["desk/a", "desk/b", "desk/c"], 1.0) == Latency(1.0, 9.0)
    assert latencies.lately(["desk/b"], 1.0) == Latency(9.0, 9.0)


def test_old_latencies_do_not_count() -> None:
    latencies = Latencies()
    latencies.add("desk/a", 60.0, 0.0)
    latencies.add("desk/a", 1.0, LATELY)
    assert latencies.lately(["desk/a"], LATELY + 1) == Latency(1.0, 1.0)
    assert latencies.lately(["desk/a"], 3 * LATELY) is None


def test_the_last_warnings_and_errors_are_remembered_without_secrets() -> None:
    troubles = Troubles(lambda text: text.replace("s3cret", "***"))
    logger = logging.getLogger("tests.recent")
    logger.addHandler(troubles)
    log = structlog.wrap_logger(logger, [structlog.stdlib.ProcessorFormatter.wrap_for_formatter])
    log.info("nothing")
    log.warning("it said s3cret", desk="main", reason="s3cret")
    logger.error("plain %s", "words")
    logger.removeHandler(troubles)
    assert [(one.level, one.what, one.about) for one in troubles.last] == [
        ("error", "plain words", ""),
        ("warning", "it said ***", "desk main, reason ***"),
    ]


def test_few_troubles_are_kept() -> None:
    troubles = Troubles(str)
    for number in range(MOST_TROUBLES + 5):
        troubles.handle(logging.LogRecord("x", logging.ERROR, "", 0, str(number), None, None))
    assert len(troubles.last) == MOST_TROUBLES
    assert troubles.last[0].what == str(MOST_TROUBLES + 4)


def test_a_malformed_log_call_does_its_caller_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise RuntimeError("no words")

    troubles = Troubles(str)
    for message, args in (("%d", ("x",)), ({"event": "a", "value": Unspeakable()}, None)):
        troubles.handle(logging.LogRecord("x", logging.ERROR, "", 0, message, args, None))
    assert not troubles.last
    assert capsys.readouterr().err == "", "nothing unscrubbed is printed"


def test_what_names_somebody_who_is_forgotten_is_forgotten() -> None:
    troubles = Troubles(str)
    for words in ("chat 4711 is blocked", "all is well with 47", "dead letter"):
        troubles.handle(logging.LogRecord("x", logging.ERROR, "", 0, words, None, None))
    troubles.forget("4711")
    assert [one.what for one in troubles.last] == ["dead letter", "all is well with 47"]
    assert troubles.last.maxlen == MOST_TROUBLES
