import asyncio
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.relay import gate as gates
from bridge.relay.gate import Gate, Rate, Turn
from bridge.relay.retry import LADDER, SHORTEST, ceiling
from bridge.relay.step import AGED
from tests.edges import LinePlanner
from tests.unit.relay.bench import CHANNEL, outbound, talking

PATIENCE = 1.5
BOT = Rate(25, 5)
CHAT = Rate(1, 3)
GROUP = Rate(15 / 60, 5)
MOST = 0.999


def make() -> Gate:
    return Gate({"bot": BOT, "chat": CHAT, "group": GROUP})


# ---------------------------------------------------------------- the buckets

rates = st.builds(Rate, st.floats(0.05, 50), st.integers(1, 10))
gaps = st.one_of(st.just(0.0), st.floats(0.0, 0.1), st.floats(0.0, 5.0))


def most_in_a_window(times: list[float], rate: Rate) -> float:
    """By how many calls the fullest window exceeds burst + rate in it; every window begins and ends with a call."""
    return max(
        (last - first + 1) - (rate.burst + rate.per_second * (times[last] - times[first]))
        for first in range(len(times))
        for last in range(first, len(times))
    )


@given(rates, rates, st.lists(st.tuples(gaps, st.integers(0, 3)), min_size=1, max_size=60), st.floats(0.0, 5.0))
def test_over_any_window_no_bucket_grants_more_than_its_burst_and_its_rate(
    wide: Rate, narrow: Rate, asked: list[tuple[float, int]], patience: float
) -> None:
    gate, now = Gate({"bot": wide, "chat": narrow}), 0.0
    granted: dict[str, list[float]] = {}
    for gap, chat in asked:
        now += gap
        names = ("bot", f"chat/{chat}")
        turn = gate.reserve(names, now, patience)
        if turn.taken:
            for name in names:
                granted.setdefault(name, []).append(now + turn.wait)
    for name, times in granted.items():
        assert most_in_a_window(sorted(times), gate.rate(name)) < 1e-6


@given(rates, st.lists(gaps, min_size=1, max_size=40), st.floats(0.0, 5.0))
def test_a_call_that_would_wait_longer_than_the_patience_takes_nothing(
    rate: Rate, asked: list[float], patience: float
) -> None:
    gate, now = Gate({"bot": rate}), 0.0
    for gap in asked:
        now += gap
        before = dict(gate.full_at)
        turn = gate.reserve(("bot",), now, patience)
        assert turn.taken == (turn.wait <= patience)
        assert turn.taken or gate.full_at == before


@given(rates, st.lists(gaps, min_size=1, max_size=40))
def test_whoever_waits_as_long_as_told_gets_a_token(rate: Rate, asked: list[float]) -> None:
    gate, now = Gate({"bot": BOT, "chat": rate}), 0.0
    for gap in asked:
        now += gap
        turn = gate.reserve(("bot", "chat/1"), now, 0.0)
        if not turn.taken:
            now += turn.wait + 1e-9
            assert gate.reserve(("bot", "chat/1"), now, 0.0).taken


@given(st.lists(st.tuples(gaps, st.integers(0, 2)), max_size=30), st.integers(0, 2), st.floats(0.0, 60.0), rates)
def test_a_pause_that_the_far_side_asked_for_is_never_undercut(
    asked: list[tuple[float, int]], paused: int, retry_after: float, rate: Rate
) -> None:
    gate, now = Gate({"bot": BOT, "chat": rate}), 0.0
    for gap, chat in asked[: len(asked) // 2]:
        now += gap
        gate.reserve(("bot", f"chat/{chat}"), now, PATIENCE)
    until = now + retry_after
    gate.pause(f"chat/{paused}", until)
    gate.pause(f"chat/{paused}", until - 10)
    for gap, chat in asked[len(asked) // 2 :]:
        now += gap
        turn = gate.reserve(("bot", f"chat/{chat}"), now, PATIENCE)
        assert chat != paused or now + turn.wait >= until - 1e-6


@given(st.lists(st.tuples(gaps, st.booleans()), min_size=1, max_size=50), st.floats(0.0, 60.0))
def test_a_chat_that_has_to_wait_does_not_delay_another(asked: list[tuple[float, bool]], retry_after: float) -> None:
    """The other chat is served as if the waiting one were not there."""
    now, gate, alone = 0.0, Gate({"bot": Rate(1000, 1000), "chat": CHAT}), Gate({"bot": Rate(1000, 1000), "chat": CHAT})
    gate.pause("chat/paused", retry_after)
    for gap, other in asked:
        now += gap
        if not other:
            gate.reserve(("bot", "chat/paused"), now, PATIENCE)
            continue
        turn = gate.reserve(("bot", "chat/other"), now, PATIENCE)
        assert turn == alone.reserve(("bot", "chat/other"), now, PATIENCE)


def test_a_chat_that_used_up_its_burst_does_not_use_up_the_bots() -> None:
    gate = make()
    turns = [gate.reserve(("bot", "chat/1"), 0.0, PATIENCE) for _ in range(4)]
    assert turns == [Turn(0.0, taken=True)] * 3 + [Turn(1.0, taken=False)]
    assert gate.reserve(("bot", "chat/2"), 0.0, PATIENCE) == Turn(0.0, taken=True)


def test_chats_share_the_bots_bucket_and_line_up_for_it() -> None:
    gate = make()
    turns = [gate.reserve(("bot", f"chat/{chat}"), 0.0, PATIENCE) for chat in range(50)]
    assert [turn.wait for turn in turns[:7]] == pytest.approx([0, 0, 0, 0, 0, 0.04, 0.08])
    assert Counter(turn.taken for turn in turns) == {True: 5 + 37, False: 8}
    assert [turn.wait for turn in turns if not turn.taken] == pytest.approx([1.52] * 8)


def test_a_pause_leaves_no_burst_to_catch_up_with() -> None:
    gate = make()
    gate.pause("chat/1", 10.0)
    assert gate.reserve(("bot", "chat/1"), 10.0, 0.0).taken
    assert gate.reserve(("bot", "chat/1"), 10.0, 0.0) == Turn(1.0, taken=False)


def test_a_call_without_buckets_goes_at_once() -> None:
    assert Gate().reserve((), 0.0, 0.0) == Turn(0.0, taken=True)


def test_full_buckets_are_forgotten_when_there_are_many_and_others_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "MANY_BUCKETS", 3)
    gate = make()
    gate.pause("chat/paused", 1000.0)
    for chat in range(10):
        gate.reserve((f"chat/{chat}",), chat * 10.0, 0.0)
    assert len(gate.full_at) <= 4
    assert not gate.reserve(("chat/paused",), 999.0, 0.5).taken


# ---------------------------------------------------------------- the breaker


def fail(gate: Gate, moments: Iterable[float], draw: float = MOST) -> None:
    for moment in moments:
        gate.failed("down", moment, draw, began=moment)


def test_an_open_gate_gives_every_free_place() -> None:
    assert make().allowance(64, 3, 0.0) == 61
    assert make().allowance(2, 3, 0.0) == 0


def test_a_shut_gate_gives_one_probe_when_its_time_has_come_and_nobody_is_on_the_way() -> None:
    gate = make()
    assert gate.failed("down", 10.0, 0.5, began=9.0)
    assert gate.shut
    assert gate.allowance(64, 0, gate.probe_at - 0.01) == 0
    assert gate.allowance(64, 0, gate.probe_at) == 1
    assert gate.allowance(64, 1, gate.probe_at + 100) == 0


def test_the_wait_between_probes_grows_to_a_minute() -> None:
    gate, now, waits = make(), 0.0, []
    for _ in range(12):
        gate.failed("down", now, MOST, began=now)
        waits.append(gate.probe_at - now)
        now = gate.probe_at
    assert waits == pytest.approx([step * MOST for step in (*LADDER[1:], 60, 60, 60, 60)])


@given(st.integers(1, 100), st.floats(0.0, MOST))
def test_a_probe_waits_at_least_the_shortest_and_at_most_its_ceiling(failures: int, draw: float) -> None:
    gate, now = make(), 0.0
    for _ in range(failures):
        gate.failed("down", now, draw, began=now)
        assert now + SHORTEST <= gate.probe_at <= now + ceiling(gate.failures)
        now = gate.probe_at


@given(st.lists(st.floats(0.0, 100.0), max_size=64))
def test_calls_that_were_on_their_way_when_the_gate_shut_do_not_lengthen_the_wait(late: list[float]) -> None:
    """However late they fail: a call may hang long after the probe was due."""
    gate = make()
    gate.failed("down", 10.0, 0.5, began=9.0)
    due = gate.probe_at
    for moment in sorted(late):
        assert not gate.failed("late", 10.0 + moment, MOST, began=9.9)
    assert (gate.failures, gate.probe_at) == (1, due)


def test_a_failed_probe_lengthens_the_wait() -> None:
    gate = make()
    gate.failed("down", 10.0, 0.5, began=9.0)
    probed = gate.probe_at
    assert not gate.failed("still down", probed + 30, 0.5, began=probed)
    assert gate.failures == 2
    assert gate.probe_at == probed + 30 + ceiling(2) * 0.5
    assert gate.reason == "still down"


def test_a_wait_that_the_far_side_asks_for_is_kept_even_if_a_late_call_brings_it() -> None:
    gate = make()
    gate.failed("down", 10.0, 0.5, began=9.0)
    gate.failed("slow down", 10.1, 0.5, began=9.9, retry_after=30.0)
    assert gate.probe_at == pytest.approx(40.1)
    gate.failed("slow down", 10.2, 0.5, began=9.9, retry_after=1.0)
    assert gate.probe_at == pytest.approx(40.1)


def test_a_wait_that_the_far_side_asks_for_wins_over_ours() -> None:
    gate = make()
    gate.failed("slow down", 10.0, 0.5, began=9.0, retry_after=120.0)
    assert gate.probe_at == 130.0


def test_success_opens_the_gate_and_forgets_the_failures() -> None:
    gate = make()
    fail(gate, [0.0, 1.0, 3.0, 10.0])
    assert gate.succeeded(20.0)
    assert not gate.shut
    assert gate.reason == ""
    assert gate.allowance(64, 0, 20.0) == 64
    assert not gate.succeeded(21.0)
    fail(gate, [30.0])
    assert gate.probe_at == pytest.approx(30.0 + ceiling(1) * MOST)


def test_a_destination_is_up_if_it_took_a_call_lately() -> None:
    gate = make()
    assert not gate.up(0.0)
    gate.succeeded(100.0)
    assert gate.up(since=100.0)
    assert not gate.up(since=100.1)


# ---------------------------------------------------------------- ranks


def test_a_lower_rank_leaves_tokens_for_those_who_go_first() -> None:
    gate = Gate({"bot": Rate(25, 5)})
    bots = [gate.reserve(("bot",), 0.0, 1.5, rank=1) for _ in range(4)]
    assert [turn.taken for turn in bots] == [True, True, True, False]
    assert [gate.reserve(("bot",), 0.0, 0.0).taken for _ in range(3)] == [True, True, False]


def test_a_lower_rank_takes_nothing_ahead_of_time_and_has_its_turn_when_there_is_slack() -> None:
    gate = Gate({"bot": Rate(25, 5)})
    for _ in range(5):
        gate.reserve(("bot",), 0.0, 0.0)
    turn = gate.reserve(("bot",), 0.0, 1.5, rank=1)
    assert not turn.taken
    assert turn.wait == pytest.approx(3 / 25)
    assert gate.reserve(("bot",), turn.wait, 1.5, rank=1).taken


async def test_agents_go_before_bots_while_tokens_are_scarce_and_bots_are_not_starved() -> None:
    """Forty agents a second ask for a bot that may send twenty-five; a bot's sequence still goes after a while."""
    bench = await talking(planner=LinePlanner(("bot",), rank=1), rates={"bot": Rate(25, 5)})
    gate = bench.gates[CHANNEL]
    asking = True
    for _ in range(6):
        gate.reserve(("bot",), asyncio.get_running_loop().time(), 1.4)

    async def agents() -> None:
        while asking:
            gate.reserve(("bot",), asyncio.get_running_loop().time(), 1.4)
            await bench.clock.sleep(1 / 40)

    busy = asyncio.create_task(agents())
    await bench.store.accept([outbound(1)])
    started = bench.clock.now()
    await bench.serve(bench.lanes(CHANNEL), until=lambda: bool(bench.scripted.made))
    asking = False
    await busy
    assert bench.clock.now() - started >= AGED - 1


def test_what_succeeds_within_a_told_wait_was_on_its_way_before_and_opens_nothing() -> None:
    gate = Gate()
    gate.failed("slow down", 10.0, MOST, began=9.0, retry_after=30.0)
    assert not gate.succeeded(12.0)
    assert (gate.shut, gate.told(12.0), gate.allowance(9, 0, 39.9)) == (True, 28.0, 0)
    assert gate.allowance(9, 0, 40.0) == 1
    assert gate.succeeded(40.1)
    assert not gate.shut
