import asyncio
import gc
import io
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from bridge.observe import configure, correlated, report_loop, set_level
from bridge.outcome import Done
from bridge.ports import Guest

PASSWORD = 'sés"ame\\ 4711/+'
TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is the process's: put back what was there."""
    root, access = logging.getLogger(), logging.getLogger("aiohttp.access")
    handlers, level, hooks = list(root.handlers), root.level, (sys.excepthook, threading.excepthook)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    access.disabled = False
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def refuse(secret: str) -> None:
    raise ValueError(f"cannot connect to https://api.telegram.org/bot{secret}/getMe")


def test_structlog_and_the_standard_library_write_the_same_json_lines() -> None:
    stream = io.StringIO()
    configure("info", "auto", [], stream)
    structlog.get_logger("bridge.relay").info("settled", entry=17, verdict=Done())
    logging.getLogger("aiohttp.client").warning("slow answer from %s", "host", extra={"seconds": 3})
    first, second = lines(stream)
    assert list(first)[:4] == ["ts", "level", "logger", "event"]
    assert str(first.pop("ts")).endswith("Z")
    assert first == {
        "level": "info",
        "logger": "bridge.relay",
        "event": "settled",
        "entry": 17,
        "verdict": "Done(note='')",
    }
    second.pop("ts")
    assert second == {"level": "warning", "logger": "aiohttp.client", "event": "slow answer from host", "seconds": 3}


def test_what_is_below_the_level_is_not_written() -> None:
    stream = io.StringIO()
    configure("warning", "json", [], stream)
    structlog.get_logger().info("quiet")
    logging.getLogger("any").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_a_level_that_is_set_later_holds_for_loggers_that_are_there_already() -> None:
    stream = io.StringIO()
    configure("warning", "json", [], stream)
    ours, theirs = structlog.get_logger("bridge.relay"), logging.getLogger("aiohttp.client")
    for level in ("debug", "error"):
        set_level(level)
        ours.debug("ours", at=level)
        theirs.debug("theirs", extra={"at": level})
        ours.error("grave", at=level)
    assert [(line["event"], line["at"]) for line in lines(stream)] == [
        ("ours", "debug"),
        ("theirs", "debug"),
        ("grave", "debug"),
        ("grave", "error"),
    ]


@pytest.mark.parametrize("format_", ["json", "console"])
def test_under_journald_every_line_begins_with_its_priority(
    format_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stderr"
    with path.open("w") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        configure("debug", format_, [], stream)
        logger = structlog.get_logger()
        for level in ("debug", "info", "warning", "error", "critical"):
            getattr(logger, level)(level)
        try:
            refuse(TOKEN)
        except ValueError:
            logger.exception("traced")
    written = path.read_text().splitlines()
    assert [line[:3] for line in written[:5]] == ["<7>", "<6>", "<4>", "<3>", "<2>"]
    assert {line[:3] for line in written[5:]} == {"<3>"}, "a traceback's lines have their record's priority"


@pytest.mark.parametrize("stream_of_journal", ["", "1:1", "no stream"])
def test_a_stream_that_is_not_journald_gets_no_priorities(
    stream_of_journal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stderr"
    monkeypatch.setenv("JOURNAL_STREAM", stream_of_journal)
    with path.open("w") as stream:
        configure("info", "json", [], stream)
        structlog.get_logger().info("plain")
    assert path.read_text().startswith("{")


@pytest.mark.parametrize("format_", ["json", "console"])
@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_no_secret_reaches_the_stream_by_message_extras_or_traceback(format_: str, stream: type[io.StringIO]) -> None:
    out = stream()
    configure("debug", format_, [PASSWORD, TOKEN], out)
    logger, foreign = structlog.get_logger(), logging.getLogger("aiohttp")
    for secret in (PASSWORD, TOKEN):
        logger.info("signing in with %s", secret, password=secret, nested={"deep": [secret]}, raw=secret.encode())
        foreign.warning("answer for %s", secret, extra={"url": f"https://h/?p={quote(secret, safe='')}"})
        try:
            refuse(secret)
        except ValueError:
            logger.exception("failed")
            foreign.exception("failed")
    text = out.getvalue()
    assert text.count("Traceback") == 4
    assert "def refuse" not in text, "values of local variables must not be shown"
    for piece in ("4711", "NDcxMS", TOKEN, "AAE-abc"):
        assert piece not in text


def test_the_scrubber_that_configure_returns_is_the_one_in_use() -> None:
    stream = io.StringIO()
    scrubber = configure("info", "json", [], stream)
    scrubber.add("learnt-later")
    structlog.get_logger().info("here is learnt-later")
    assert lines(stream)[0]["event"] == "here is ***"


def test_configuring_again_replaces_the_handler() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure("info", "json", [], first)
    configure("info", "console", [], second)
    structlog.get_logger().info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


def test_ids_that_are_bound_are_on_every_line() -> None:
    stream = io.StringIO()
    configure("info", "json", [], stream)
    with correlated(entry=17):
        structlog.get_logger().info("ours")
        logging.getLogger("aiohttp").info("theirs")
    structlog.get_logger().info("outside")
    assert [line.get("entry") for line in lines(stream)] == [17, 17, None]


def test_a_value_is_shown_as_its_repr_which_hides_what_is_secret() -> None:
    stream = io.StringIO()
    configure("info", "json", [], stream)
    structlog.get_logger().info("signed in", guest=Guest("main", "telegram-4711", "u", "not-for-logs"))
    assert "telegram-4711" in stream.getvalue()
    assert "not-for-logs" not in stream.getvalue()


def test_values_that_json_can_not_hold_are_written_all_the_same() -> None:
    stream = io.StringIO()
    configure("info", "json", [], stream)
    structlog.get_logger().info("odd", half="\ud83d", huge=2**70, keyed={1: object})
    assert lines(stream)[0]["huge"] == 2**70


def test_a_record_that_can_not_be_formatted_is_reported_without_its_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    configure("info", "json", [], stream)
    logging.getLogger("careless").info("%d letters", f"bot {TOKEN}")
    assert stream.getvalue() == "a log record of careless was lost: TypeError\n"
    assert capsys.readouterr() == ("", "")


def test_the_access_log_is_off() -> None:
    stream = io.StringIO()
    configure("debug", "json", [], stream)
    logging.getLogger("aiohttp.access").info("GET /hooks/tiledesk/main/secret")
    assert stream.getvalue() == ""


def test_uncaught_exceptions_are_logged_and_scrubbed() -> None:
    stream = io.StringIO()
    configure("info", "json", [], stream)
    try:
        refuse(TOKEN)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=refuse, args=(TOKEN,), name="journal")
    thread.start()
    thread.join()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    main, other = lines(stream)
    assert (main["event"], other["event"], other["died"]) == (
        "uncaught exception",
        "uncaught exception in a thread",
        "journal",
    )
    assert "ValueError" in str(main["exception"])
    assert TOKEN not in stream.getvalue()


async def test_what_the_event_loop_can_not_raise_is_logged() -> None:
    stream = io.StringIO()
    configure("info", "json", [], stream)
    loop = asyncio.get_running_loop()
    report_loop(loop)

    async def fail() -> None:
        refuse(TOKEN)

    task = loop.create_task(fail(), name="poller")
    await asyncio.wait([task])
    del task
    gc.collect()
    (line,) = lines(stream)
    assert line["event"] == "Task exception was never retrieved"
    assert "ValueError" in str(line["exception"])
    assert TOKEN not in stream.getvalue()
