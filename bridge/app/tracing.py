"""Traces, if an operator wants them: what they need is imported no earlier."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import structlog

from bridge.doctor import extras
from bridge.errors import ConfigurationError
from bridge.ports import Ledger, Sender
from bridge.settings import Traces as Wanted

if TYPE_CHECKING:
    from bridge.observe.traces import Traces


class Follows(Protocol):
    """Hands out what does the same as what it was given."""

    def ledger(self, ledger: Ledger) -> Ledger:
        """The journal of those who hold a lane."""
        ...

    def sender(self, sender: Sender, destination: str) -> Sender:
        """The sender of a destination."""
        ...


class Untraced:
    """Follows nothing."""

    def ledger(self, ledger: Ledger) -> Ledger:
        """What it was given."""
        return ledger

    def sender(self, sender: Sender, destination: str) -> Sender:
        """What it was given."""
        del destination
        return sender


def traced(wanted: Wanted) -> "Traces | None":
    """The traces that are wanted; None if none are. Raises `ConfigurationError` if the extra is not installed."""
    if not wanted.endpoint:
        return None
    try:
        from bridge.observe.traces import to_collector  # noqa: PLC0415 - it costs 15 MB, and most do without
    except ImportError:
        command = extras.command()
        mistake = f"traces.endpoint: OpenTelemetry is not installed here; {command} (the extra otel), or leave it empty"
        raise ConfigurationError([mistake]) from None
    return to_collector(wanted.endpoint, wanted.share)


@asynccontextmanager
async def tracing(wanted: Wanted) -> AsyncIterator[Follows]:
    """Follow entries for the time of an `async with`; without the extra the log tells that nobody does.

    That makes nobody unwell: messages go on, and no call at night is worth a trace.
    """
    traces = None
    try:
        traces = traced(wanted)
    except ConfigurationError as error:  # an upgrade may have left the extra behind: no reason to stand still
        structlog.get_logger().error("there are no traces", reason=str(error))
    if traces is None:
        yield Untraced()
        return
    try:
        yield traces
    finally:
        await asyncio.to_thread(traces.close)


async def try_traces(wanted: Wanted) -> None:
    """See whether traces can be had, beside the loop. Raises `ConfigurationError`."""
    if traces := await asyncio.to_thread(traced, wanted):
        await asyncio.to_thread(traces.close)
