"""Traces of messages for OpenTelemetry: one for each entry, across attempts and restarts, without a word of what people wrote.

Needs the extra `otel`; the hall imports it only if an operator wants traces.
"""

import hashlib
import logging
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Thread

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

import bridge
from bridge.message import Call
from bridge.observe.metrics import word
from bridge.outcome import Again, Dead, Delivered, Outcome, Verdict
from bridge.ports import NO_CHANGES, Changes, Claim, Entry, EntryId, Ledger, Sender

EXPORT_TIME = 2.0
"""seconds that a collector may take for a batch, and for all that is left at the end: a trace is not worth a slow one"""

Value = str | int | bool
"""of an attribute: words of ours and numbers, never what somebody wrote or who they are"""


@dataclass(frozen=True, slots=True)
class Ids:
    """An entry's trace, and the span that stands for its whole life."""

    trace: int
    root: int

    @classmethod
    def of(cls, entry: Entry) -> "Ids":
        """The same for the same entry, whichever daemon has it in hand; a dead letter that is retried has another life."""
        name = f"{entry.source}\0{entry.key}"
        trace = hashlib.sha256(name.encode()).digest()
        root = hashlib.sha256(f"{name}\0{entry.accepted_at!r}".encode()).digest()
        return cls(int.from_bytes(trace[:16]) or 1, int.from_bytes(root[:8]) or 1)


class OwnIds(RandomIdGenerator):
    """Gives the ids of an entry's root where we want them, and random ones else."""

    wanted: Ids | None = None

    def generate_trace_id(self) -> int:
        """The id of a trace."""
        return self.wanted.trace if self.wanted else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """The id of a span."""
        return self.wanted.root if self.wanted else super().generate_span_id()


class Traces:
    """Follows entries: what it hands out does what it was given, and tells `processor` of it. `share` is 0 … 1 of all traces."""

    def __init__(self, processor: SpanProcessor, share: float = 1.0) -> None:
        self.share = share
        self.ids = OwnIds()
        resource = Resource.create({"service.name": "tiledesk-bridge", "service.version": bridge.__version__})
        self.provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=self.ids)
        self.provider.add_span_processor(processor)
        self.tracer = self.provider.get_tracer("bridge", bridge.__version__)
        self.in_hand: ContextVar[Entry | None] = ContextVar("in_hand", default=None)
        """the entry whose call is being made, in the task that makes it"""

    def close(self) -> None:
        """Hand over what is left; takes up to `EXPORT_TIME`, however many batches there are.

        The daemon may be about to live anew, and nobody is served meanwhile: what a slow collector has not taken by then it may
        still take beside the next life, or it is lost with the process.
        """
        ending = Thread(target=self.provider.shutdown, name="end-of-traces", daemon=True)
        ending.start()
        ending.join(EXPORT_TIME)
        if ending.is_alive():
            structlog.get_logger().warning("the collector is slow, the last traces may be lost", seconds=EXPORT_TIME)

    # ------------------------------------------------------------ what is followed

    def ledger(self, ledger: Ledger) -> Ledger:
        """The journal of those who hold a lane, followed."""
        return TracedLedger(self, ledger)

    def sender(self, sender: Sender, destination: str) -> Sender:
        """The sender of a destination, followed."""
        return TracedSender(self, sender, destination)

    # ------------------------------------------------------------ spans

    def kept(self, ids: Ids) -> bool:
        """Whether this trace is among the share that is kept."""
        return ids.trace % 2**64 < self.share * 2**64

    def child(
        self,
        name: str,
        ids: Ids,
        began: int,
        attributes: Mapping[str, Value],
        kind: SpanKind = SpanKind.INTERNAL,
        fault: str = "",
    ) -> None:
        """A span of an entry's trace that `began` then and ends now; a `fault` is why it failed, in a word."""
        if not self.kept(ids):
            return
        parent = SpanContext(ids.trace, ids.root, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        context = set_span_in_context(NonRecordingSpan(parent), Context())
        span = self.tracer.start_span(name, context, kind, attributes, start_time=began)
        if fault:
            span.set_status(Status(StatusCode.ERROR, fault))
        span.end()

    def root(self, claim: Claim, entry: Entry, verdict: Verdict) -> None:
        """The span of an entry's whole life, from its acceptance to now."""
        ids = Ids.of(entry)
        if not self.kept(ids):
            return
        attributes: dict[str, Value] = {
            "bridge.entry": int(entry.id),
            "bridge.direction": claim.lane.direction,
            "bridge.channel": claim.lane.channel,
            "bridge.verdict": word(verdict),
        }
        self.ids.wanted = ids
        try:
            name = f"message {claim.lane.direction}"
            span = self.tracer.start_span(
                name, Context(), attributes=attributes, start_time=int(entry.accepted_at * 1e9)
            )
        finally:
            self.ids.wanted = None
        if isinstance(verdict, Dead):
            span.set_status(Status(StatusCode.ERROR, verdict.cause))
        span.end()


@dataclass(frozen=True, slots=True)
class TracedLedger:
    """`bridge.ports.Ledger`, followed."""

    traces: Traces
    ledger: Ledger

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        """See `bridge.ports.Ledger.begin`; what this task sends from now on is this entry's. Its first call ends its wait."""
        one = named(claim, entry)
        self.traces.in_hand.set(one)
        held = await self.ledger.begin(claim, entry, step, changes)
        if held and step == one.step and not one.begun:
            told: dict[str, Value] = {"bridge.entry": int(entry), "bridge.direction": claim.lane.direction}
            self.traces.child("wait", Ids.of(one), int(one.accepted_at * 1e9), told)
        return held

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        """See `bridge.ports.Ledger.settle`; with its end the entry's trace is whole."""
        began = time.time_ns()
        written = await self.ledger.settle(claim, entry, verdict, changes, release=release)
        one = named(claim, entry)
        told: dict[str, Value] = {"bridge.entry": int(entry), "bridge.verdict": word(verdict)}
        fault = "" if written else "lease lost"
        self.traces.child("settle", Ids.of(one), began, told, fault=fault)
        if written and not isinstance(verdict, Again):
            self.traces.root(claim, one, verdict)
        return written


@dataclass(frozen=True, slots=True)
class TracedSender:
    """`bridge.ports.Sender`, followed."""

    traces: Traces
    sender: Sender
    destination: str

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        """See `bridge.ports.Sender.send`."""
        began, outcome = time.time_ns(), None
        try:
            outcome = await self.sender.send(call, suspect=suspect)
        finally:
            entry = self.traces.in_hand.get()
            if entry is not None:
                told: dict[str, Value] = {
                    "bridge.entry": int(entry.id),
                    "bridge.destination": self.destination,
                    "bridge.suspect": suspect,
                    "bridge.outcome": word(outcome) if outcome is not None else "cut off",
                }
                fault = "" if isinstance(outcome, Delivered) else str(told["bridge.outcome"])
                name, ids = f"call {call.method}", Ids.of(entry)
                self.traces.child(name, ids, began, told, SpanKind.CLIENT, fault)
        return outcome


def named(claim: Claim, entry: EntryId) -> Entry:
    """The entry of that id."""
    return next(one for one in claim.entries if one.id == entry)


class Reported(SpanExporter):
    """Says once that a collector does not take spans, and once that it does again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.exporter = exporter
        self.fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand spans over; what is not taken is lost."""
        result = self.exporter.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails and not self.fails:
            structlog.get_logger().warning("the collector takes no traces, they are lost")
        elif self.fails and not fails:
            structlog.get_logger().info("the collector takes traces again")
        self.fails = fails
        return result

    def shutdown(self) -> None:
        """Close."""
        self.exporter.shutdown()


def to_collector(endpoint: str, share: float) -> Traces:
    """Traces that a collector gets by OTLP over HTTP at `endpoint`/v1/traces, in batches from a thread."""
    # It would tell of every attempt, twenty lines a minute, which push everything else out of an operator's sight.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=EXPORT_TIME)
    return Traces(BatchSpanProcessor(Reported(exporter)), share)
