"""Faults: repeatable draws, limits in time, health restored."""

from bridge.sandbox.faults import Faults


def test_the_same_seed_draws_the_same_lost_answers() -> None:
    runs = [[faults.loses_answer() for _ in range(100)] for faults in (Faults(seed=7, lose_answer=0.3) for _ in "ab")]
    assert runs[0] == runs[1]
    assert 10 < sum(runs[0]) < 50


def test_a_healthy_server_draws_nothing() -> None:
    faults = Faults(seed=7)
    state = faults.rng.getstate()
    assert not faults.loses_answer()
    assert faults.rng.getstate() == state


def test_a_destination_is_slowed_until_its_instant_and_rounded_up() -> None:
    faults = Faults(too_many_until={5: 12.5})
    assert faults.retry_after(5, 10.0) == 3
    assert faults.retry_after(6, 10.0) is None
    assert faults.retry_after(5, 12.5) is None
    assert faults.too_many_until == {}


def test_clearing_restores_health_but_not_the_stream_of_draws() -> None:
    faults = Faults(seed=3, down=True, latency=1, lose_answer=1, status=500, too_many=4, flood=True)
    faults.loses_answer()
    state = faults.rng.getstate()
    faults.clear()
    assert not faults.down
    assert (faults.latency, faults.lose_answer, faults.status, faults.too_many, faults.flood) == (
        0,
        0,
        None,
        None,
        False,
    )
    assert faults.rng.getstate() == state
