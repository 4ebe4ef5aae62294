"""The numbers an operator watches, in a registry of their own; their names begin with `bridge_`."""

import platform
import re
import time
from collections import Counter as Counts
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)

import bridge
from bridge.message import Direction, Message
from bridge.observe.process import OwnProcess
from bridge.observe.recent import Latencies
from bridge.observe.travel import journey, kind_of
from bridge.outcome import Again, Cause, Dead, Done, Outcome, Verdict
from bridge.ports import Census

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 600.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
LONG = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0)
"""seconds: calls to be answered at once, waits within the house, and journeys that an outage may make last for a day"""


class Metrics:
    """Every metric of one process, over all its lives: counters must not begin anew with a reload, or what they told is lost.

    Labels are few and closed: names from the configuration and words of ours, never ids.
    """

    def __init__(self) -> None:
        # The extra `_created` series would double the page and nobody reads them.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus-client left it untyped
        self.registry = CollectorRegistry()
        self.latencies = Latencies()
        self.delivered: Counts[Direction] = Counts()
        """messages that went all the way, since the start"""
        OwnProcess(registry=self.registry)
        Info("bridge_build", "What runs here", registry=self.registry).info(
            {"version": bridge.__version__, "python": platform.python_version()}
        )
        self.accepted_total = self.counter("accepted", "Arrivals written down", "source_kind", "direction")
        self.repeats_total = self.counter("repeats", "Arrivals that were known already")()
        self.settled_total = self.counter("settled", "Verdicts written down", "direction", "verdict")
        self.skipped_total = self.counter("skipped", "Arrivals that must not travel on", "direction", "reason")
        self.notes_total = self.counter("notes", "Private notes to agents about what became of messages", "direction")
        self.inversions_total = self.counter("inversions", "Messages that came after a younger one had gone")()
        self.caught_up_total = self.counter("caught_up", "Messages that no webhook brought, read back", "desk")
        self.suspect_total = self.counter("suspect", "Calls that may have arrived, answer unknown", "direction")
        self.dead_total = self.counter("dead", "New dead letters", "direction", "cause")
        self.calls_total = self.counter("calls", "Calls to a destination", "destination", "outcome")
        self.call_seconds = self.histogram("call_seconds", "How long a call took", (*FAST, 10.0, 30.0), "destination")
        self.ack_seconds = self.histogram("ack_seconds", "From a webhook's first byte to our answer", FAST, "door")
        self.added_latency_seconds = self.histogram(
            "added_latency_seconds", "From acceptance to the first send", SLOW, "direction"
        )
        self.end_to_end_seconds = self.histogram(
            "end_to_end_seconds", "From a message's own time to its delivery", LONG, "direction", "kind"
        )
        self.webhook_refused_total = self.counter("webhook_refused", "Webhook calls refused", "door", "reason")
        self.webhook_ignored_total = self.counter("webhook_ignored", "Webhook calls ignored", "desk", "reason")
        self.backlog = self.gauge("backlog", "Entries in the journal", "destination", "state")
        self.oldest_waiting_seconds = self.gauge(
            "oldest_waiting_seconds", "Age of the oldest waiting entry", "destination"
        )
        self.pending_updates = self.gauge(
            "telegram_pending_updates", "Updates that Telegram holds for a webhook", "channel"
        )
        self.gate_open = self.gauge("gate_open", "1 if calls may go, 0 while the far side is down", "destination")
        self.gate_shuts_total = self.counter("gate_shuts", "How often a gate was shut", "destination")
        self.pacing_waits_total = self.counter("pacing_waits", "Waits for our own pace", "destination")
        self.pacing_wait_seconds_total = self.counter(
            "pacing_wait_seconds", "Seconds waited to keep within a far side's rate limits", "destination"
        )
        self.commits_total = self.counter("commits", "Commits of the journal")()
        self.commit_operations = self.histogram("commit_operations", "Operations that shared a commit", SIZES)()
        self.commit_seconds = self.histogram(
            "commit_seconds", "How long a commit took, with its way to the disk", FAST
        )()
        self.media_fetched_total = self.counter("media_fetched", "Files asked of a far side", "direction", "outcome")
        self.media_fetched_bytes_total = self.counter("media_fetched_bytes", "Bytes of fetched files", "direction")
        self.loop_lag_seconds = self.histogram("loop_lag_seconds", "How late the event loop was", (*FAST, 10.0, 30.0))()
        self.suspects_at_start = self.gauge("suspects_at_start", "Calls in flight when the last daemon ended")
        self.part_ok = self.gauge("part_ok", "1 if a part of the daemon works", "part")
        for direction in Direction:
            for counter in (self.suspect_total, self.notes_total, self.media_fetched_bytes_total):
                counter(direction)
            for verdict in get_args(Verdict):
                self.settled_total(direction, snake(verdict.__name__))
            for cause in Cause:
                self.dead_total(direction, cause)

    # ------------------------------------------------------------ what may happen: a rate needs the zero before the one

    def expect_destination(self, destination: str) -> None:
        """Show zeros for a destination."""
        for outcome in get_args(Outcome):
            self.calls_total(destination, snake(outcome.__name__))
        for counter in (self.gate_shuts_total, self.pacing_waits_total, self.pacing_wait_seconds_total):
            counter(destination)

    def expect_desk(self, desk: str) -> None:
        """Show zeros for a desk."""
        self.caught_up_total(desk)

    def expect_webhook(self, channel: str) -> None:
        """Show that Telegram holds nothing for a channel, until it is asked."""
        self.pending_updates.labels(channel)

    # ------------------------------------------------------------ what happened

    def accepted(self, source: str, direction: Direction, count: int) -> None:
        """Arrivals of `source`, such as `telegram/4711`, were written down."""
        self.accepted_total(source.partition("/")[0], direction).inc(count)

    def repeated(self, count: int) -> None:
        """The other side sent arrivals again that were known."""
        self.repeats_total.inc(count)

    def started(self, direction: Direction, destination: str, seconds: float) -> None:
        """An entry's first call is about to go, so long after its acceptance."""
        self.added_latency_seconds(direction).observe(max(0.0, seconds))
        self.latencies.add(destination, seconds, time.monotonic())

    def travelled(self, direction: Direction, message: Message, now: float, age: float) -> None:
        """A message went all the way, `age` seconds after its acceptance."""
        self.end_to_end_seconds(direction, kind_of(message)).observe(journey(message, now, age))

    def called(self, destination: str, outcome: Outcome, seconds: float) -> None:
        """A call came to an end."""
        self.calls_total(destination, word(outcome)).inc()
        self.call_seconds(destination).observe(seconds)

    def settled(self, direction: Direction, verdict: Verdict) -> None:
        """A verdict was written down."""
        self.settled_total(direction, word(verdict)).inc()
        match verdict:
            case Again(suspect=True):
                self.suspected(direction)
            case Dead(_, cause, suspect):
                self.dead_total(direction, cause).inc()
                self.suspected(direction, int(suspect))
            case Done(""):
                self.delivered[direction] += 1

    def suspected(self, direction: Direction, count: int = 1) -> None:
        """Of so many calls it is not known whether they arrived."""
        self.suspect_total(direction).inc(count)

    def skipped(self, direction: Direction, reason: str) -> None:
        """An arrival must not travel on."""
        self.skipped_total(direction, reason).inc()

    def inverted(self, count: int) -> None:
        """Messages were begun after younger ones of their lane."""
        self.inversions_total.inc(count)

    def caught_up(self, desk: str, count: int) -> None:
        """Messages were found in histories that no webhook had brought."""
        self.caught_up_total(desk).inc(count)

    def noted(self, direction: Direction) -> None:
        """Agents are told what became of a message."""
        self.notes_total(direction).inc()

    def paced(self, destination: str, seconds: float) -> None:
        """A call has to wait for its tokens."""
        self.pacing_waits_total(destination).inc()
        self.pacing_wait_seconds_total(destination).inc(seconds)

    def acknowledged(self, door: str, seconds: float) -> None:
        """A webhook call was answered."""
        self.ack_seconds(door).observe(seconds)

    def refused(self, door: str, reason: str) -> None:
        """A webhook call was sent away."""
        self.webhook_refused_total(door, reason).inc()

    def ignored(self, desk: str, reason: str) -> None:
        """A webhook call was taken and left aside."""
        self.webhook_ignored_total(desk, reason).inc()

    def committed(self, count: int = 1) -> None:
        """The journal made commits."""
        self.commits_total.inc(count)

    def wrote(self, operations: int, seconds: float) -> None:
        """The journal made a commit that changed something; comes from its thread."""
        self.commit_operations.observe(operations)
        self.commit_seconds.observe(seconds)

    def fetched(self, direction: Direction, outcome: str, size: int) -> None:
        """A message's file was asked of where it lies."""
        self.media_fetched_total(direction, outcome).inc()
        self.media_fetched_bytes_total(direction).inc(size)

    def lagged(self, seconds: float) -> None:
        """The event loop was late."""
        self.loop_lag_seconds.observe(seconds)

    # ------------------------------------------------------------ how things stand

    def begin(self) -> None:
        """A life begins: how things stood in the one before tells nothing any more, and what it counted stays."""
        for gauge in (self.part_ok, self.gate_open, self.pending_updates, self.backlog, self.oldest_waiting_seconds):
            gauge.clear()

    def found(self, suspects: int) -> None:
        """The journal had so many calls in flight when it was opened."""
        self.suspects_at_start.set(suspects)

    def parts(self, ok: Mapping[str, bool]) -> None:
        """Whether each part of the daemon works."""
        self.part_ok.clear()  # one may be gone for good
        for name, well in ok.items():
            self.part_ok.labels(name).set(well)

    def pending(self, channel: str, count: int) -> None:
        """Telegram holds so many updates for a channel's webhook."""
        self.pending_updates.labels(channel).set(count)

    def gate(self, destination: str, *, is_open: bool, shuts: int = 0) -> None:
        """How a gate is; it was shut so many times since the last look."""
        self.gate_open.labels(destination).set(is_open)
        self.gate_shuts_total(destination).inc(shuts)

    def counted(self, census: Sequence[Census], now: float) -> None:
        """The journal was counted."""
        self.backlog.clear()  # a destination may be gone with its last entry
        self.oldest_waiting_seconds.clear()
        for one in census:
            for state in ("waiting", "sending", "done", "dead"):
                self.backlog.labels(one.destination, state).set(getattr(one, state))
            age = 0.0 if one.oldest is None else max(0.0, now - one.oldest)
            self.oldest_waiting_seconds.labels(one.destination).set(age)

    def render(self) -> bytes:
        """The page for Prometheus."""
        return generate_latest(self.registry)

    # ------------------------------------------------------------ children are cached: a third of the cost of `labels()`

    def counter(self, name: str, about: str, *labels: str) -> Callable[..., Counter]:
        """A family of counters."""
        family = Counter(f"bridge_{name}", about, labels, registry=self.registry)
        return cache(family.labels) if labels else lambda: family

    def gauge(self, name: str, about: str, *labels: str) -> Gauge:
        """A family of gauges, whose children are not kept: they are set seldom, and go with what they speak of."""
        return Gauge(f"bridge_{name}", about, labels, registry=self.registry)

    def histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Callable[..., Histogram]:
        """A family of histograms."""
        family = Histogram(f"bridge_{name}", about, labels, buckets=buckets, registry=self.registry)
        return cache(family.labels) if labels else lambda: family


def word(value: Outcome | Verdict) -> str:
    """A value's class as a label: `NotSent` is `not_sent`."""
    return snake(type(value).__name__)


@cache
def snake(name: str) -> str:
    """A class's name as a label."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
