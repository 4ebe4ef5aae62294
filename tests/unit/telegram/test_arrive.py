from typing import Any

import orjson
import pytest

from bridge.errors import Unreadable
from bridge.message import PRESSES, Arrival, Direction, Lane
from bridge.telegram.arrive import Address
from bridge.telegram.read import TelegramReader
from tests.unit.telegram.contents import LIVE, SPOT
from tests.unit.telegram.updates import GROUP, in_topic, press, update

ADDRESS = Address("support", "123456", "desk/main")


def arrival(of: object) -> Arrival:
    """The only one."""
    [one] = ADDRESS.arrivals(of)
    return one


def test_an_update_is_written_down_as_it_is_under_its_number() -> None:
    one = arrival(update(text="hello"))
    assert (one.source, one.key, one.order) == ("telegram/123456", "100", 100)
    assert one.lane == Lane("support", "4711", "", Direction.INBOUND)
    assert one.destination == "desk/main"
    assert orjson.loads(one.raw) == update(text="hello")


def test_a_chat_s_topics_have_their_lanes() -> None:
    assert arrival(in_topic(text="x")).lane == Lane("support", "-1001234567890", "55", Direction.INBOUND)


def test_another_bot_under_the_same_name_counts_its_updates_anew() -> None:
    [other] = Address("support", "654321", "desk/main").arrivals(update(text="x"))
    assert other.source != arrival(update(text="x")).source


# ---------------------------------------------------------------- presses


def test_a_press_arrives_for_the_desk_and_to_be_answered_at_once() -> None:
    asked = press(chat=GROUP, message_thread_id=5, is_topic_message=True)
    desk, answer = ADDRESS.arrivals(asked)
    assert (desk.source, desk.key, desk.order, desk.destination) == ("telegram/123456", "101", 101, "desk/main")
    assert desk.lane == Lane("support", "-1001234567890", "5", Direction.INBOUND)
    assert (answer.source, answer.key, answer.order) == ("telegram/123456/presses", "101", 101)
    assert answer.lane == Lane("support", "-1001234567890", PRESSES, Direction.OUTBOUND)
    assert answer.destination == "channel/support"
    assert answer.raw == desk.raw
    assert answer.source == ADDRESS.presses


@pytest.mark.parametrize("query", [None, [], {}, {"id": 7}, "x"])
def test_a_press_that_can_not_be_answered_is_one_arrival(query: Any) -> None:
    assert arrival({"update_id": 1, "callback_query": query}).source == "telegram/123456"


# ---------------------------------------------------------------- live locations


def moved(when: int, **fields: Any) -> str:
    whole = update("edited_message", edit_date=when, location=LIVE, **fields)
    return arrival(whole | {"update_id": when}).key


def test_the_moves_of_a_live_location_within_some_minutes_are_one() -> None:
    assert moved(1_760_000_100) == moved(1_760_000_399) == "live/4711/7/5866667"
    assert moved(1_760_000_400) == "live/4711/7/5866668"
    assert moved(1_760_000_100, message_id=8) != moved(1_760_000_100)
    assert moved(1_760_000_100, chat=GROUP) != moved(1_760_000_100)


@pytest.mark.parametrize(
    "other",
    [
        update(location=LIVE), update("edited_message", location=SPOT, edit_date=1_760_000_100),
        update("edited_message", location=LIVE), update("edited_message", location=LIVE, edit_date="1760000100"),
        update("edited_message", location=LIVE, edit_date=1_760_000_100, message_id=None),
        update("edited_message", text="x", edit_date=1_760_000_100), update("edited_message", location=[LIVE], edit_date=1),
        update("edited_message", location={**SPOT, "live_period": True}, edit_date=1_760_000_100),
    ],
)  # fmt: skip
def test_its_begin_and_end_and_anything_else_are_never_taken_for_a_repeat(other: dict[str, Any]) -> None:
    assert arrival(other).key == "100"


# ---------------------------------------------------------------- broken ones


@pytest.mark.parametrize(
    "broken",
    [None, 7, "x", [], {}, {"update_id": "7"}, {"update_id": None, "message": {}}, {"update_id": True}, {"update_id": 1.5},
     {"update_id": 2**64 - 1}, {"update_id": -(2**63)}],
)  # fmt: skip
def test_an_update_without_a_number_is_known_by_its_content(broken: Any) -> None:
    one = arrival(broken)
    assert len(one.key) == 64
    assert (one.order, one.lane.chat) == (0, "-")
    assert one.key == arrival(broken).key
    assert one.key != arrival({"another": 1}).key


@pytest.mark.parametrize("whole", [update(text="x"), press()])
def test_an_update_nested_more_deeply_than_can_be_written_becomes_a_dead_letter(whole: dict[str, Any]) -> None:
    deep: object = "x"
    for _ in range(500):
        deep = [deep]
    with pytest.raises(TypeError):
        orjson.dumps(deep)
    one = arrival({**whole, "deep": deep})
    assert one.key == str(whole["update_id"])
    assert one.lane.chat == "4711"
    with pytest.raises(Unreadable):
        TelegramReader("support", "123456").read(one.raw)
