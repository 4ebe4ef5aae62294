"""Logging: structlog and the standard library through one handler, whose last act is the scrubbing."""

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Iterable
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

    def __init__(self, scrubber: Scrubber, processors: list[Processor], foreign: list[Processor]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=foreign)
        self.scrubber = scrubber

    def format(self, record: logging.LogRecord) -> str:
        """The line that is written."""
        return self.scrubber.scrub(super().format(record))


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
    threshold = logging.getLevelNamesMapping()[level.upper()]
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
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(threshold)
    logging.getLogger("aiohttp.access").disabled = True
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = report_crash
    threading.excepthook = report_thread
    return scrubber


def correlated(**ids: object) -> AbstractContextManager[None]:
    """Within this context every log line carries the ids, such as `entry=17`."""
    return structlog.contextvars.bound_contextvars(**ids)


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
