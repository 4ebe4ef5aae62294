from hypothesis import given
from hypothesis import strategies as st

from bridge.relay.retry import LADDER, SHORTEST, ceiling, delay

attempts = st.integers(-5, 10_000)
draws = st.floats(0.0, 1.0, exclude_max=True)


@given(attempts, draws)
def test_a_delay_is_never_shorter_than_the_shortest_nor_longer_than_its_ceiling(attempt: int, draw: float) -> None:
    assert SHORTEST <= delay(attempt, draw) <= ceiling(attempt) <= LADDER[-1]


@given(attempts)
def test_ceilings_never_fall(attempt: int) -> None:
    assert ceiling(attempt) <= ceiling(attempt + 1)


@given(attempts, draws, draws)
def test_a_higher_draw_never_waits_shorter(attempt: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert delay(attempt, low) <= delay(attempt, high)


def test_jitter_is_full() -> None:
    assert delay(8, 0.0) == SHORTEST
    assert delay(8, 0.5) == 30.0
    assert delay(8, 0.999) > 59


def test_the_ladder_is_climbed_step_by_step_and_its_end_repeats() -> None:
    assert [ceiling(attempt) for attempt in range(11)] == [0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 60, 60]
