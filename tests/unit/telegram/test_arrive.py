from typing import Any

import orjson
import pytest

from bridge.errors import Unreadable
from bridge.message import Direction, Lane
from bridge.telegram.arrive import Address
from bridge.telegram.read import TelegramReader
from tests.unit.telegram.updates import in_topic, press, update

ADDRESS = Address("support", "123456", "desk/main")


def test_an_update_is_written_down_as_it_is_under_its_number() -> None:
    arrival = ADDRESS.arrival(update(text="hello"))
    assert (arrival.source, arrival.key, arrival.order) == ("telegram/123456", "100", 100)
    assert arrival.lane == Lane("support", "4711", "", Direction.INBOUND)
    assert arrival.destination == "desk/main"
    assert orjson.loads(arrival.raw) == update(text="hello")


def test_a_chat_s_topics_and_presses_have_their_lanes() -> None:
    assert ADDRESS.arrival(in_topic(text="x")).lane == Lane("support", "-1001234567890", "55", Direction.INBOUND)
    assert ADDRESS.arrival(press()).lane == Lane("support", "4711", "", Direction.INBOUND)


def test_another_bot_under_the_same_name_counts_its_updates_anew() -> None:
    other = Address("support", "654321", "desk/main")
    assert other.arrival(update(text="x")).source != ADDRESS.arrival(update(text="x")).source


@pytest.mark.parametrize(
    "broken",
    [None, 7, "x", [], {}, {"update_id": "7"}, {"update_id": None, "message": {}}, {"update_id": True}, {"update_id": 1.5},
     {"update_id": 2**64 - 1}, {"update_id": -(2**63)}],
)  # fmt: skip
def test_an_update_without_a_number_is_known_by_its_content(broken: Any) -> None:
    arrival = ADDRESS.arrival(broken)
    assert len(arrival.key) == 64
    assert (arrival.order, arrival.lane.chat) == (0, "-")
    assert arrival.key == ADDRESS.arrival(broken).key
    assert arrival.key != ADDRESS.arrival({"another": 1}).key


def test_an_update_nested_more_deeply_than_can_be_written_becomes_a_dead_letter() -> None:
    deep: object = "x"
    for _ in range(500):
        deep = [deep]
    with pytest.raises(TypeError):
        orjson.dumps(deep)
    arrival = ADDRESS.arrival({**update(text="x"), "deep": deep})
    assert arrival.key == "100"
    assert arrival.lane.chat == "4711"
    with pytest.raises(Unreadable):
        TelegramReader("support", "123456").read(arrival.raw)
