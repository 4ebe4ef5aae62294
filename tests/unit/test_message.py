import pytest

from bridge.message import Direction, Lane, Person


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (Person("telegram-1", "Ann", "Example", "ann"), "Ann Example"),
        (Person("telegram-1", "Ann"), "Ann"),
        (Person("telegram-1", "", "Example"), "Example"),
        (Person("telegram-1", "", "", "ann"), "@ann"),
        (Person("telegram-1", " ", " ", "ann"), "@ann"),
        (Person("telegram-1"), "telegram-1"),
    ],
)
def test_a_person_is_shown_by_name_then_by_username_then_by_id(person: Person, name: str) -> None:
    assert person.full_name == name


def test_lanes_have_one_order_so_that_writers_lock_them_in_the_same_one() -> None:
    lanes = [
        Lane("b", "1", "", Direction.INBOUND),
        Lane("a", "2", "", Direction.OUTBOUND),
        Lane("a", "2", "", Direction.INBOUND),
    ]
    assert sorted(lanes) == [lanes[2], lanes[1], lanes[0]]


def test_directions_are_short_words_in_the_journal() -> None:
    assert [str(direction) for direction in Direction] == ["in", "out"]
