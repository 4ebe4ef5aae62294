import orjson

from bridge.message import Call, Conversation, Message, Notice, Part, Pause, Person, Text
from bridge.telegram.plan import TelegramPlanner

ANN = Conversation("support", "4711", "", "main", "support-group-1-a", "telegram-004711", confirmed=True)
TOPIC = Conversation("support", "-1001", "55", "main", "support-group-1-b", "telegram-004711", confirmed=True)


def plan(*parts: Part, conversation: Conversation = ANN) -> list[Call]:
    return list(TelegramPlanner(b"secret").plan(Message(Person("agent"), parts, 0.0), conversation, "key"))


def test_a_text_is_one_message_with_entities_and_no_markup() -> None:
    [call] = plan(Text("Hi **Ann**, 1 < 2"))
    assert (call.method, call.to) == ("sendMessage", "4711")
    assert call.body == {
        "text": "Hi Ann, 1 < 2",
        "entities": [{"type": "bold", "offset": 3, "length": 3}],
    }


def test_a_notice_is_literal() -> None:
    [call] = plan(Notice("[image] a_b*c*: https://example.org/a_b_c"))
    assert call.body == {"text": "[image] a_b*c*: https://example.org/a_b_c"}


def test_a_long_text_is_several_messages_in_order() -> None:
    calls = plan(Text("\n".join(f"line {number}" for number in range(2000))))
    assert len(calls) > 1
    words = "\n".join(str(call.body["text"]) for call in calls).split()
    assert words == [word for number in range(2000) for word in ("line", str(number))]


def test_a_private_chat_a_group_and_the_bot_have_a_pace() -> None:
    assert plan(Text("x"))[0].pace == ("bot", "chat/4711")
    assert plan(Text("x"), conversation=TOPIC)[0].pace == ("bot", "group/-1001")


def test_a_topic_is_written_into() -> None:
    calls = plan(Text("x"), Pause(1), Text("y"), conversation=TOPIC)
    assert [call.body["message_thread_id"] for call in calls] == [55, 55, 55]


def test_a_pause_shows_typing_and_delays_the_next_message_only() -> None:
    calls = plan(Text("a"), Pause(1.5), Text("b"), Text("c"))
    assert [(call.method, call.pause) for call in calls] == [
        ("sendMessage", 0.0), ("sendChatAction", 0.0), ("sendMessage", 1.5), ("sendMessage", 0.0),
    ]  # fmt: skip
    assert calls[1].body == {"action": "typing"}
    assert calls[1].pace == (), "typing costs nothing of the messages' pace"


def test_pauses_add_up_and_end_where_typing_ends() -> None:
    assert [call.pause for call in plan(Text("a"), Pause(1), Pause(2), Text("b"))] == [0.0, 0.0, 3.0]
    assert [call.pause for call in plan(Text("a"), Pause(3600), Text("b"))] == [0.0, 0.0, 5.0]
    slow = [part for letter in "abcdefg" for part in (Text(letter), Pause(4))]
    assert sum(call.pause for call in plan(*slow)) == 15.0


def test_nobody_waits_before_the_first_message_or_behind_the_last() -> None:
    assert [(call.method, call.pause) for call in plan(Pause(2), Text("a"), Pause(2))] == [("sendMessage", 0.0)]
    assert plan(Pause(2)) == []


def test_a_pause_around_a_blank_text_is_not_lost() -> None:
    assert [call.pause for call in plan(Text("a"), Pause(1), Text(" \n "), Pause(1), Text("b"))] == [0.0, 0.0, 2.0]


def test_a_plan_is_the_same_at_every_attempt_and_can_be_stored() -> None:
    parts = (Text("Hi **Ann** [x](https://example.org)"), Pause(1), Notice("• Yes\n• No"))
    assert plan(*parts) == plan(*parts)
    assert [orjson.loads(orjson.dumps(call.body)) for call in plan(*parts)] == [call.body for call in plan(*parts)]
