import asyncio
from dataclasses import dataclass, field

import pytest

from bridge.errors import JournalUnavailable
from bridge.observe import Health, Metrics, SteadyClock, Watch
from bridge.ports import Census
from bridge.relay.gate import Gate
from tests.clock import ManualClock


@dataclass
class Counted:
    """A journal that was counted, with `old` entries to forget, in chunks of one."""

    commits: int = 3
    inversions: int = 2
    old: int = 0
    broken: bool = False
    asked: list[float] = field(default_factory=list)
    shifted: list[float] = field(default_factory=list)
    trouble: str = ""

    async def try_writing(self) -> None:
        if self.broken:
            raise JournalUnavailable("the disk is full")
        self.trouble = ""

    async def census(self) -> list[Census]:
        if self.broken and not self.trouble:
            raise JournalUnavailable("the disk is full")
        return [Census("desk/main", waiting=2, sending=1, done=5, dead=4, oldest=90.0)]

    async def shift(self, seconds: float) -> None:
        if self.broken:
            raise JournalUnavailable("the disk is full")
        self.shifted.append(seconds)

    async def prune(self, before: float, limit: int = 1000) -> int:
        if self.broken:
            raise JournalUnavailable("the disk is full")
        self.asked.append(before)
        self.old -= 1
        return max(0, self.old)


@dataclass
class Told:
    """A supervisor that remembers; `enough` is set by the first line."""

    said: list[str] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def status(self, text: str) -> bool:
        self.said.append(text)
        self.enough.set()
        return True


def watching(store: Counted, machine: ManualClock | None = None, **gates: Gate) -> Watch:
    machine = machine or ManualClock(100.0)
    return Watch(store, gates, Metrics(), Health(), SteadyClock(machine.now, machine.tick), keep=60.0)


async def test_a_look_shows_the_journal_the_gates_and_new_commits() -> None:
    shut = Gate()
    shut.failed("no answer", 0.0, 0.5, began=0.0)
    watch = watching(Counted(), main=shut)
    await watch.measure()
    await watch.measure()
    value = watch.metrics.registry.get_sample_value
    assert value("bridge_backlog", {"destination": "desk/main", "state": "waiting"}) == 2
    assert value("bridge_commits_total") == 3
    assert value("bridge_inversions_total") == 2
    assert watch.health.parts["journal"].ok
    assert (watch.health.parts["main"].ok, watch.health.parts["main"].reason) == (False, "no answer")


async def test_a_journal_that_can_not_be_read_is_told_by_health() -> None:
    watch = watching(Counted(broken=True))
    await watch.measure()
    assert watch.health.parts["journal"].reason == "the disk is full"


async def test_a_disk_that_takes_no_write_is_told_by_health_though_it_can_be_read_until_it_takes_one() -> None:
    store = Counted(broken=True, trouble="the disk was full")
    watch = watching(store)
    for _ in range(2):
        await watch.measure()
        assert (watch.health.parts["journal"].ok, watch.health.parts["journal"].reason) == (False, "the disk was full")
        await watch.try_writing()
    store.broken = False
    await watch.try_writing()
    await watch.measure()
    assert watch.health.parts["journal"].ok


async def test_old_entries_are_forgotten_in_chunks_and_trouble_ends_nothing() -> None:
    store = Counted(old=3)
    watch = watching(store)
    await watch.prune()
    assert store.asked == [40.0, 40.0, 40.0]
    await watching(Counted(broken=True)).prune()


async def test_the_supervisor_is_told_how_we_are() -> None:
    told = Told()
    running = asyncio.create_task(watching(Counted()).run(told))
    await told.enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert told.said[0] == "relaying: in 0.0/s, out 0.0/s; 3 waiting (oldest 10 s), 4 dead letters"


async def test_a_part_that_was_not_tried_yet_begins_in_the_status_and_is_not_unwell() -> None:
    watch = watching(Counted())
    watch.health.begins("intake support", "not polled yet")
    assert watch.status({}).startswith("beginning: intake support; relaying: ")
    watch.health.set("intake support", ok=False, reason="Unauthorized")
    assert watch.status({}).startswith("intake support not well: Unauthorized; relaying: ")


async def test_a_clock_that_was_set_is_minded_once_and_again_if_the_journal_did_not_serve() -> None:
    store, clock = Counted(), ManualClock(10_000.0)
    watch = watching(store, clock)
    clock.move(500)
    await watch.mind_the_clock()
    assert store.shifted == [], "time that passes is no clock that is set"
    clock.set(clock.now() - 3600)
    assert watch.clock.now() == 10_500, "until the journal moves along, nothing was set"
    store.broken = True
    await watch.mind_the_clock()
    store.broken = False
    await watch.mind_the_clock()
    await watch.mind_the_clock()
    assert store.shifted == [pytest.approx(-3600)]
    assert watch.clock.now() == clock.now()


async def test_a_look_counts_how_often_gates_were_shut_though_they_are_open_again_and_shows_every_part() -> None:
    gate = Gate()
    watch = watching(Counted(), main=gate)
    value = watch.metrics.registry.get_sample_value
    await watch.measure()
    assert value("bridge_gate_shuts_total", {"destination": "main"}) == 0
    for now in (0.0, 100.0):
        gate.failed("no answer", now, 0.5, began=now)
        gate.succeeded(now + 50.0)
        await watch.measure()
        await watch.measure()
    assert value("bridge_gate_shuts_total", {"destination": "main"}) == 2
    assert value("bridge_part_ok", {"part": "main"}) == 1
    watch.gates = {}
    watch.health.set("intake support", ok=False, reason="not polled yet")
    watch.health.forget("main")
    await watch.measure()
    assert value("bridge_part_ok", {"part": "intake support"}) == 0
    assert value("bridge_part_ok", {"part": "main"}) is None, "it is gone for good"
