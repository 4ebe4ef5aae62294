from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from bridge.message import Call, Conversation, Message, Notice, Part, Pause, Person, Text
from bridge.tiledesk.plan import FIRST, LATER, TiledeskPlanner
from tests.unit.tiledesk.desks import ANN, REQUEST, desk

NEW = Conversation("support", "4711", "", "main", REQUEST, ANN.id)
KNOWN = replace(NEW, confirmed=True)
ORIGIN: dict[str, str | int] = {
    "bot_id": "123456",
    "update_id": 100,
    "chat_id": 4711,
    "message_id": 7,
    "date": 1_760_000_000,
}


def plan(
    *parts: Part,
    author: Person = ANN,
    conversation: Conversation = NEW,
    department: str = "",
    key: str = "telegram/123456/100",
) -> Call:
    message = Message(author, parts, 1_760_000_000.5, origin=ORIGIN)
    [call] = TiledeskPlanner("telegram", department).plan(message, conversation, key)
    return call


def keys_of(value: object) -> Iterator[str]:
    """Every key at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from keys_of(inner)


def test_the_first_message_opens_the_request_with_what_counts_only_then() -> None:
    call = plan(Text("hello"), department="6a0c35c8f0dbc10017bb3aaa")
    assert (call.method, call.to, call.author) == (FIRST, REQUEST, ANN)
    assert call.body["departmentid"] == "6a0c35c8f0dbc10017bb3aaa"
    assert call.body["sourcePage"] == "telegram://support"
    assert str(call.body["userAgent"]).startswith("tiledesk-bridge/")


def test_later_messages_leave_that_out() -> None:
    call = plan(Text("hello"), department="6a0c35c8f0dbc10017bb3aaa", conversation=KNOWN)
    assert (call.method, call.to) == (LATER, REQUEST)
    assert not {"departmentid", "sourcePage", "userAgent"} & call.body.keys()


def test_no_department_is_no_field() -> None:
    assert "departmentid" not in plan(Text("hello")).body


@pytest.mark.parametrize("conversation", [NEW, KNOWN])
def test_every_message_names_channel_sender_language_time_and_origin(conversation: Conversation) -> None:
    body = plan(Text("hello"), conversation=conversation).body
    assert body["channel"] == {"name": "telegram"}
    assert (body["type"], body["text"], body["senderFullname"], body["language"]) == ("text", "hello", "Ann Lee", "it")
    assert body["attributes"] == {
        "bridge": {"key": "telegram/123456/100"}, "telegram": ORIGIN, "clienttimestamp": 1_760_000_000_500,
    }  # fmt: skip


def test_an_unknown_language_is_no_field_and_a_nameless_person_has_a_name() -> None:
    body = plan(Text("hello"), author=Person("telegram-004711")).body
    assert "language" not in body
    assert body["senderFullname"] == "telegram-004711"


def test_parts_are_lines() -> None:
    assert plan(Notice("[photo]"), Text("my **cat**")).body["text"] == "[photo]\nmy **cat**"


BLANKS: list[tuple[Part, ...]] = [
    (), (Text(""),), (Text(" \n"),), (Pause(1),), (Notice(""),), (Pause(1), Text("")),
]  # fmt: skip


@pytest.mark.parametrize("parts", BLANKS)
def test_a_text_is_never_empty(parts: tuple[Part, ...]) -> None:
    assert plan(*parts).body["text"] == "[empty message]"


def test_what_users_type_is_text_everywhere() -> None:
    author = Person("telegram-004711", "\\close", "${NAME}")
    body = plan(Text("\\agent"), Notice("${A}"), author=author).body
    shown = f"{body['text']} {body['senderFullname']}"
    assert "\\a" not in shown
    assert "\\c" not in shown
    assert "${" not in shown


@pytest.mark.parametrize("conversation", [NEW, KNOWN])
def test_no_key_has_a_dot_or_a_dollar(conversation: Conversation) -> None:
    body = plan(Text("$a.b"), conversation=conversation, key="telegram/12.3/$4").body
    assert not [name for name in keys_of(body) if "." in name or "$" in name]


def test_a_plan_is_the_same_at_every_attempt_and_is_json() -> None:
    assert plan(Text("hello")) == plan(Text("hello"))
    assert orjson.loads(orjson.dumps(plan(Text("hello")).body)) == plan(Text("hello")).body


@pytest.mark.parametrize("parts", [(Text("hello"),), *BLANKS])
async def test_the_simulated_desk_takes_it_as_first_and_as_later_message(parts: Any) -> None:
    async with desk() as scene:
        for confirmed in (False, True):
            conversation = scene.conversation(confirmed=confirmed)
            message = Message(ANN, parts, 0.0, origin=ORIGIN)
            planner = TiledeskPlanner("telegram", scene.project.department_id)
            [call] = planner.plan(message, conversation, "key")
            authorization = await scene.anonymous().authorization(ANN)
            reply = await scene.api.post(scene.api.messages(call.to), call.body, authorization)
            assert reply.status == 200, reply.body
        [request] = scene.simulator.requests(scene.project.id)
        assert request["department"]["_id"] == scene.project.department_id
        assert request["language"] == "it"
        assert [one["channel"] for one in scene.simulator.messages(scene.request_id)] == [{"name": "telegram"}] * 2
