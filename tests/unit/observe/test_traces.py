from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Event

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from structlog.testing import capture_logs

from bridge.message import Arrival
from bridge.observe import traces
from bridge.observe.traces import Ids, Reported, Traces
from bridge.outcome import Again, Blame, Cause, Dead, Delivered, Done, NotSent, Outcome, Refused, Unknown, Verdict
from bridge.ports import Entry, EntryId
from bridge.relay.decide import Policy
from tests.clock import ManualClock
from tests.unit.relay.bench import CHANNEL, TALK, Bench, outbound


@dataclass
class Followed:
    """A bench whose step, senders and way into the journal are followed."""

    script: list[Outcome | Exception] = field(default_factory=list)
    share: float = 1.0
    policy: Policy = field(default_factory=Policy)
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        self.clock = ManualClock(1e6)
        self.bench = Bench(clock=self.clock, script=self.script, policy=self.policy)
        self.bench.know(TALK)
        self.restart()

    def restart(self) -> None:
        """Another daemon takes over: nothing is remembered but what the journal has."""
        self.traces = Traces(SimpleSpanProcessor(self.exporter), self.share)
        routes = {
            source: replace(route, sender=self.traces.sender(route.sender, route.destination))
            for source, route in self.bench.routes.items()
        }
        self.bench.step = replace(self.bench.step, routes=routes, journal=self.traces.ledger(self.bench.journal))

    async def take(self, *arrivals: Arrival) -> Verdict | None:
        if arrivals:
            await self.bench.store.accept(arrivals)
        return await self.bench.take(destination=CHANNEL)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    @property
    def names(self) -> list[str]:
        return [span.name for span in self.spans]


async def test_a_message_is_one_trace_of_its_wait_its_calls_and_its_settling() -> None:
    followed = Followed()
    assert await followed.take(outbound(1, b"a\nb")) == Done()
    assert followed.names == ["wait", "call say", "call say", "settle", "message out"]
    *children, root = followed.spans
    assert root.parent is None
    assert root.context is not None
    ids = Ids.of(entry(1e6))
    assert (root.context.trace_id, root.context.span_id) == (ids.trace, ids.root)
    for span in children:
        assert span.context is not None
        assert span.context.trace_id == root.context.trace_id
        assert span.parent is not None
        assert span.parent.span_id == root.context.span_id
    assert [span.kind is SpanKind.CLIENT for span in children] == [False, True, True, False]


def entry(accepted_at: float) -> Entry:
    """The first outbound message, accepted then."""
    one = outbound(1)
    what = (one.source, one.key, one.raw)
    return Entry(EntryId(1), *what, 0, 0, 0, doubt=False, accepted_at=accepted_at, since=0.0)


def test_a_retried_dead_letter_has_another_root_in_the_same_trace() -> None:
    first, second = Ids.of(entry(1e6)), Ids.of(entry(1e6 + 0.001))
    assert first.trace == second.trace
    assert first.root != second.root
    assert first == Ids.of(entry(1e6)), "and it stays the same over restarts"


async def test_a_wait_is_from_the_acceptance_to_the_first_call_and_there_is_one() -> None:
    followed = Followed([NotSent("down", Blame.DESTINATION), Unknown("cut"), Delivered()])
    for _ in range(3):
        await followed.take(*([] if followed.spans else [outbound(1)]))
        followed.clock.move(600.0)
    [wait] = [span for span in followed.spans if span.name == "wait"]
    assert wait.start_time == int(1e6 * 1e9)
    assert followed.names.count("call say") == 3


async def test_spans_carry_the_entrys_id_and_words_of_ours_and_no_word_of_anybodys() -> None:
    followed = Followed([Refused("Telegram: unmistakable", blame=Blame.CHAT)])
    assert await followed.take(outbound(1, b"unmistakable words")) == Dead("Telegram: unmistakable")
    told = [dict(span.attributes or {}) for span in followed.spans]
    assert told == [
        {"bridge.entry": 1, "bridge.direction": "out"},
        {
            "bridge.entry": 1,
            "bridge.destination": CHANNEL,
            "bridge.suspect": False,
            "bridge.outcome": "refused",
        },
        {"bridge.entry": 1, "bridge.verdict": "dead"},
        {"bridge.entry": 1, "bridge.direction": "out", "bridge.channel": "support", "bridge.verdict": "dead"},
    ]
    written = "".join(span.to_json() for span in followed.spans)
    for foreign in ("unmistakable", "4711", "request-0"):
        assert foreign not in written


async def test_what_failed_is_an_error_with_its_cause() -> None:
    followed = Followed([Refused("no")])
    await followed.take(outbound(1))
    status = {span.name: (span.status.status_code, span.status.description) for span in followed.spans}
    assert status["call say"] == (StatusCode.ERROR, "refused")
    assert status["message out"] == (StatusCode.ERROR, Cause.REFUSED)
    assert status["settle"][0] is StatusCode.UNSET


async def test_attempts_and_a_restart_between_them_are_of_the_same_trace_and_its_root_is_the_whole_life() -> None:
    followed = Followed([Unknown("cut"), Delivered()])
    assert isinstance(await followed.take(outbound(1)), Again)
    assert "message out" not in followed.names, "its life is not over"
    followed.clock.move(60.0)
    followed.restart()
    assert await followed.take() == Done()
    assert followed.names == ["wait", "call say", "settle", "call say", "settle", "message out"]
    assert len({span.context.trace_id for span in followed.spans if span.context}) == 1
    assert [
        span.attributes["bridge.suspect"] for span in followed.spans if span.attributes and "call" in span.name
    ] == [
        False,
        True,
    ]
    assert followed.spans[-1].start_time == int(1e6 * 1e9)


async def test_a_bug_in_a_sender_is_seen_as_a_call_that_was_cut_off() -> None:
    followed = Followed([KeyError("unmistakable")])
    await followed.take(outbound(1))
    [call] = [span for span in followed.spans if span.name == "call say"]
    assert (call.status.status_code, call.status.description) == (StatusCode.ERROR, "cut off")
    assert not call.events, "an exception's words may be anybody's"


@pytest.mark.parametrize(("share", "least", "most"), [(1.0, 100, 100), (0.3, 15, 45), (1e-12, 0, 0)])
async def test_a_share_of_all_traces_is_kept_as_wholes(share: float, least: int, most: int) -> None:
    followed = Followed(share=share)
    for number in range(100):
        await followed.take(outbound(number))
        followed.clock.move(2.0)
    names = followed.names
    assert least <= names.count("message out") <= most
    assert names.count("wait") == names.count("call say") == names.count("settle") == names.count("message out")


async def test_what_is_not_sent_for_now_ends_no_trace() -> None:
    followed = Followed([NotSent("down", Blame.DESTINATION)])
    await followed.take(outbound(1))
    assert followed.names == ["wait", "call say", "settle"]


@dataclass
class Hanging(SpanExporter):
    """A collector that never answers, until it is let go."""

    let_go: Event = field(default_factory=Event)
    asked: int = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.asked += 1
        self.let_go.wait()
        return SpanExportResult.FAILURE


def test_a_collector_that_hangs_holds_up_the_end_once_and_not_for_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "EXPORT_TIME", 0.05)
    exporter = Hanging()
    hanging = Traces(BatchSpanProcessor(exporter, max_export_batch_size=8, max_queue_size=64))
    for _ in range(64):
        hanging.child("call say", Ids.of(entry(1e6)), 0, {})
    try:
        with capture_logs() as lines:
            hanging.close()
        assert exporter.asked == 1
        assert [line["event"] for line in lines] == ["the collector is slow, the last traces may be lost"]
    finally:
        exporter.let_go.set()


@dataclass
class Moody(SpanExporter):
    """A collector that takes what its script says."""

    takes: list[bool]

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS if self.takes.pop(0) else SpanExportResult.FAILURE


def test_a_collector_that_takes_nothing_is_told_of_once_and_so_is_that_it_does_again() -> None:
    exporter = Reported(Moody([True, False, False, True, True, False]))
    with capture_logs() as lines:
        for _ in range(6):
            exporter.export([])
    lost, again = "the collector takes no traces, they are lost", "the collector takes traces again"
    assert [line["event"] for line in lines] == [lost, again, lost]
