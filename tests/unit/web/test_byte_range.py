import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.web.byte_range import Unsatisfiable, byte_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", range(1)), ("bytes=2-5", range(2, 6)), ("bytes=4-", range(4, 10)), ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)), ("bytes=0-99", range(10)), ("Bytes = 1-2 ", range(1, 3)),
        ("", None), ("bytes=", None), ("bytes=-", None), ("bytes=5-2", None), ("bytes=0-1,4-5", None), ("lines=0-1", None),
        ("bytes=a-b", None), ("bytes=1", None), ("bytes=٣-", None), ("bytes=" + "9" * 30 + "-", None),
    ],
)  # fmt: skip
def test_a_range_is_read(header: str, expected: range | None) -> None:
    assert byte_range(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_bytes_that_are_not_there_are_told(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        byte_range(header, 10)


def test_an_empty_file_has_no_bytes_at_all() -> None:
    for header in ("bytes=0-", "bytes=-5", "bytes=0-0"):
        with pytest.raises(Unsatisfiable):
            byte_range(header, 0)


@given(st.text() | st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}", fullmatch=True), st.integers(0, 500))
def test_a_range_never_leaves_the_file(header: str, size: int) -> None:
    try:
        found = byte_range(header, size)
    except Unsatisfiable:
        return
    if found is not None:
        assert 0 <= found.start < found.stop <= size
