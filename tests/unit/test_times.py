import pytest

from bridge.times import lasting, when


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 ms"), (0.0042, "4 ms"), (3.14, "3.1 s"), (59.7, "1 min"), (61, "1 min 1 s"), (7200, "2 h"), (90000, "1 d 1 h")],
)  # fmt: skip
def test_durations_have_one_or_two_units(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def test_no_moment_is_a_stroke() -> None:
    assert (when(None), when(0.0)) == ("-", "-")
    assert when(1_700_000_000.0).startswith("2023-11-1")
