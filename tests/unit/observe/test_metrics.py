from bridge.message import Direction
from bridge.observe import Metrics
from bridge.outcome import Again, Blame, Cause, Dead, Delivered, Done, NotSent
from bridge.ports import Census


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"bridge_{name}", labels)


def test_the_path_of_a_message_is_counted() -> None:
    metrics = Metrics()
    metrics.accepted("telegram/4711", Direction.INBOUND, 3)
    metrics.repeated(2)
    metrics.started(Direction.INBOUND, "desk/main", 0.02)
    metrics.called("desk/main", Delivered(), 0.05)
    metrics.called("desk/main", NotSent("refused", Blame.DESTINATION), 0.01)
    metrics.settled(Direction.INBOUND, Done())
    metrics.settled(Direction.INBOUND, Again(1.0, "lost", suspect=True))
    metrics.settled(Direction.OUTBOUND, Dead("the user has blocked the bot", Cause.BLOCKED))
    assert sample(metrics, "accepted_total", source_kind="telegram", direction="in") == 3
    assert sample(metrics, "repeats_total") == 2
    assert sample(metrics, "added_latency_seconds_count", direction="in") == 1
    assert sample(metrics, "calls_total", destination="desk/main", outcome="not_sent") == 1
    assert sample(metrics, "call_seconds_count", destination="desk/main") == 2
    assert sample(metrics, "settled_total", direction="in", verdict="again") == 1
    assert sample(metrics, "suspect_total", direction="in") == 1
    assert sample(metrics, "dead_total", direction="out", cause="blocked") == 1
    assert sample(metrics, "dead_total", direction="out", cause="refused") == 0


def test_alarming_counters_are_there_before_anything_happened() -> None:
    metrics = Metrics()
    for direction in Direction:
        assert sample(metrics, "suspect_total", direction=direction) == 0
        for cause in Cause:
            assert sample(metrics, "dead_total", direction=direction, cause=cause) == 0
        for verdict in ("done", "again", "dead"):
            assert sample(metrics, "settled_total", direction=direction, verdict=verdict) == 0
    metrics.expect_destination("desk/main")
    metrics.expect_desk("main")
    metrics.expect_webhook("support")
    for outcome in ("delivered", "busy", "not_sent", "unknown", "refused"):
        assert sample(metrics, "calls_total", destination="desk/main", outcome=outcome) == 0
    assert sample(metrics, "gate_shuts_total", destination="desk/main") == 0
    assert sample(metrics, "caught_up_total", desk="main") == 0
    assert sample(metrics, "telegram_pending_updates", channel="support") == 0


def test_the_census_becomes_gauges() -> None:
    metrics = Metrics()
    metrics.counted([Census("desk/main", waiting=4, dead=1, oldest=90.0)], now=100.0)
    metrics.gate("desk/main", is_open=False)
    assert sample(metrics, "backlog", destination="desk/main", state="waiting") == 4
    assert sample(metrics, "oldest_waiting_seconds", destination="desk/main") == 10
    assert sample(metrics, "gate_open", destination="desk/main") == 0
    metrics.counted([Census("desk/main")], now=200.0)
    assert sample(metrics, "oldest_waiting_seconds", destination="desk/main") == 0


def test_doors_pacing_and_commits_are_counted_and_two_daemons_do_not_mix() -> None:
    metrics, other = Metrics(), Metrics()
    metrics.acknowledged("telegram/support", 0.004)
    metrics.refused("telegram/support", "secret")
    metrics.ignored("main", "old")
    metrics.skipped(Direction.OUTBOUND, "echo")
    metrics.paced("channel/support", 1.5)
    metrics.committed(3)
    page = metrics.render().decode()
    for line in (
        'bridge_ack_seconds_count{door="telegram/support"} 1.0',
        'bridge_webhook_refused_total{door="telegram/support",reason="secret"} 1.0',
        'bridge_webhook_ignored_total{desk="main",reason="old"} 1.0',
        'bridge_skipped_total{direction="out",reason="echo"} 1.0',
        'bridge_pacing_wait_seconds_total{destination="channel/support"} 1.5',
        'bridge_pacing_waits_total{destination="channel/support"} 1.0',
        "bridge_commits_total 3.0",
    ):
        assert line in page
    assert "bridge_build_info{" in page
    assert "_created" not in page
    assert "bridge_commits_total 0.0" in other.render().decode()


def test_commits_files_the_loop_and_the_start_are_measured() -> None:
    metrics = Metrics()
    metrics.wrote(3, 0.004)
    metrics.fetched(Direction.INBOUND, "fetched", 1000)
    metrics.fetched(Direction.INBOUND, "gone", 0)
    metrics.lagged(0.2)
    metrics.found(2)
    assert sample(metrics, "commit_operations_sum") == 3
    assert sample(metrics, "commit_seconds_bucket", le="0.005") == 1
    assert sample(metrics, "media_fetched_total", direction="in", outcome="gone") == 1
    assert sample(metrics, "media_fetched_bytes_total", direction="in") == 1000
    assert sample(metrics, "loop_lag_seconds_bucket", le="0.1") == 0
    assert sample(metrics, "suspects_at_start") == 2


def test_another_life_goes_on_counting_and_tells_nothing_of_how_things_stood_in_the_one_before() -> None:
    metrics = Metrics()
    metrics.settled(Direction.OUTBOUND, Dead("no", Cause.REFUSED))
    metrics.gate("channel/old", is_open=True, shuts=1)
    metrics.pending("old", 7)
    metrics.parts({"intake old": False})
    metrics.counted([Census("channel/old", waiting=1, oldest=1.0)], now=2.0)
    metrics.begin()
    assert sample(metrics, "dead_total", direction="out", cause="refused") == 1
    assert sample(metrics, "gate_shuts_total", destination="channel/old") == 1
    page = metrics.render().decode()
    for name in ("gate_open", "telegram_pending_updates", "part_ok", "backlog", "oldest_waiting_seconds"):
        assert f"bridge_{name}{{" not in page
    metrics.gate("channel/old", is_open=True)
    assert sample(metrics, "gate_open", destination="channel/old") == 1, "it is back"


def test_a_destination_that_is_gone_from_the_journal_is_gone_from_the_page() -> None:
    metrics = Metrics()
    metrics.counted([Census("channel/old", done=1), Census("channel/new", waiting=1, oldest=1.0)], now=2.0)
    metrics.counted([Census("channel/new", waiting=1, oldest=1.0)], now=3.0)
    assert sample(metrics, "backlog", destination="channel/old", state="done") is None
    assert sample(metrics, "oldest_waiting_seconds", destination="channel/new") == 2
