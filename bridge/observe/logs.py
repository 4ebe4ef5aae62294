"""Logging: structlog and the standard library through one handler, whose last act is the scrubbing."""

import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bridge.observe.scrub import Scrubber

FIRST = ("ts", "level", "logger", "event")


class ScrubbingFormatter(structlog.stdlib.ProcessorFormatter):
    """Scrubs the finished line, so that message, extras and traceback are all covered."""

    def __init__(
        self, scrubber: Scrubber, processors: list[Processor], foreign: list[Processor], *, ranked: bool
    ) -> None:
        super().__init__(processors=processors, foreign_pre_chain=foreign)
        self.scrubber = scrubber
        self.ranked = ranked

    def format(self, record: logging.LogRecord) -> str:
        """The line that is written; with `ranked`, each line begins with its priority."""
        text = self.scrubber.scrub(super().format(record))
        if not self.ranked:
            return text
        rank = priority(record.levelno)
        return "\n".join(f"<{rank}>{line}" for line in text.splitlines())


class Output(logging.StreamHandler[TextIO]):
    """The one handler."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Say that a record was lost; the standard library would print its arguments, unscrubbed."""
        error = sys.exc_info()[0]
        try:
            self.stream.write(f"a log record of {record.name} was lost: {error.__name__ if error else 'unknown'}\n")
        except (OSError, ValueError):  # the stream is gone, and with it every way to say so
            return


def configure(level: str, format: str, secrets: Iterable[str], stream: TextIO | None = None) -> Scrubber:  # noqa: A002 - the setting's name
    """Send all logs of this process to `stream` (stderr) and return the scrubber, which can learn further secrets.

    `level` is debug … critical; `format` is json, console, or auto: json unless the stream is a terminal. Replaces what an
    earlier call installed. Uncaught exceptions of the main thread and of others are logged as well.
    """
    stream = stream or sys.stderr
    as_json = format == "json" or (format == "auto" and not stream.isatty())
    scrubber = Scrubber(secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
    ]
    shown = [json_form()] if as_json else console_form(colors=stream.isatty())
    output = Output(stream)
    output.setFormatter(
        ScrubbingFormatter(
            scrubber,
            [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
            [*shared, structlog.stdlib.ExtraAdder()],
            ranked=is_journal(stream, os.environ),
        )
    )
    logging.getLogger().handlers[:] = [output]
    logging.getLogger("aiohttp.access").disabled = True
    logging.getLogger("telegram.Bot").disabled = True  # at debug it writes every call down, with what people wrote
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    set_level(level)
    sys.excepthook = report_crash
    threading.excepthook = report_thread
    return scrubber


def set_level(level: str) -> None:
    """Write what is at least as grave as `level` (debug … critical) from now on; for logs that are configured already."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger().setLevel(threshold)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(threshold))


def correlated(**ids: object) -> AbstractContextManager[None]:
    """Within this context every log line carries the ids, such as `entry=17`."""
    return structlog.contextvars.bound_contextvars(**ids)


# ---------------------------------------------------------------- the journal of systemd


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `stream` leads to journald, which names its end of it in $JOURNAL_STREAM as `device:inode`."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # a stream in memory has no descriptor
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def priority(level: int) -> int:
    """The priority that journald knows, 7 (debug) to 2 (critical), for a level of the standard library."""
    for least, rank in ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6)):
        if level >= least:
            return rank
    return 7


# ---------------------------------------------------------------- what nobody caught


def report_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log an exception that ends the process."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bridge").critical("uncaught exception", exc_info=(kind, error, trace))


def report_thread(crash: threading.ExceptHookArgs) -> None:
    """Log an exception that ends a thread."""
    if crash.exc_value is not None:
        name = crash.thread.name if crash.thread else ""
        trace = (crash.exc_type, crash.exc_value, crash.exc_traceback)
        logging.getLogger("bridge").critical("uncaught exception in a thread", exc_info=trace, extra={"died": name})


def report_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Let the event loop log what it can't raise."""

    def report(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        what = {name: repr(value) for name, value in context.items() if name not in {"message", "exception"}}
        logging.getLogger("bridge").error(context["message"], exc_info=error, extra=what)

    loop.set_exception_handler(report)


# ---------------------------------------------------------------- the two forms


def json_form() -> Processor:
    """One JSON object a line; `ts`, `level`, `logger` and `event` come first."""
    trace = structlog.processors.ExceptionRenderer()
    # A dataclass hides its secrets from repr, but not from orjson.
    option = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS

    def render(logger: WrappedLogger, name: str, event: EventDict) -> str:
        event = trace(logger, name, event)
        ordered = {key: event.pop(key) for key in FIRST if key in event} | dict(event)
        try:
            return orjson.dumps(ordered, default=repr, option=option).decode()
        except TypeError:  # lone surrogates, numbers beyond 64 bits
            return json.dumps(ordered, default=repr, skipkeys=True)

    return render


def console_form(*, colors: bool) -> list[Processor]:
    """Lines for a terminal."""
    # Plain tracebacks: the default ones show the values of local variables.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colors, timestamp_key="ts", exception_formatter=plain)]
