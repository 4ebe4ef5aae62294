"""Who writes, when and where; and what can't be read at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Unreadable
from bridge.message import Message, Moved, News, Person, Skip, Text
from bridge.telegram.arrive import locate
from bridge.telegram.people import person
from tests.unit.telegram.updates import (
    ANN,
    BOT,
    GROUP,
    NEWS,
    in_topic,
    message,
    press,
    reaction,
    read,
    understood,
    update,
)

# ---------------------------------------------------------------- text, and who wrote it


def test_a_text_comes_as_markdown_with_its_author_time_and_ids() -> None:
    entities = [{"type": "bold", "offset": 3, "length": 5}]  # behind an emoji of two UTF-16 units
    assert read(update(text="🙂 hello", entities=entities)) == Message(
        Person("telegram-004711", "Ann", "Lee", "ann_lee", "en"),
        (Text("🙂 **hello**"),),
        1_760_000_000.0,
        origin={"bot_id": "123456", "update_id": 100, "chat_id": 4711, "message_id": 7, "date": 1_760_000_000},
    )


@pytest.mark.parametrize(
    "entities",
    [
        None, 7, "bold", {}, [None, 7, "x", []], [{"type": "bold"}], [{"type": ["bold"], "offset": 0, "length": 1}],
        [{"type": "bold", "offset": -5, "length": 2}], [{"type": "bold", "offset": 99, "length": 99}],
        [{"type": "bold", "offset": "0", "length": 2}], [{"type": "text_link", "offset": 0, "length": 5}],
        [{"type": "text_mention", "offset": 0, "length": 5, "user": None}], [{"type": "hologram", "offset": 0, "length": 5}],
    ],
)  # fmt: skip
def test_entities_that_make_no_sense_cost_no_word(entities: Any) -> None:
    [part] = understood(update(text="hello", entities=entities)).parts
    assert part == Text("hello")


@pytest.mark.parametrize(
    ("writer", "name"),
    [
        ({"first_name": "Ann", "last_name": "Lee", "username": "ann_lee"}, "Ann Lee"),
        ({"first_name": "Ann"}, "Ann"),
        ({"last_name": "Lee"}, "Lee"),
        ({"first_name": " ", "last_name": "", "username": "ann_lee"}, "@ann_lee"),
        ({"first_name": "\u3164\u200b", "username": "ann_lee"}, "@ann_lee"),
        ({"first_name": None, "username": 7}, "telegram-004711"),
        ({"title": "The channel"}, "The channel"),
        ({"first_name": "עֲנָת", "last_name": "李"}, "עֲנָת 李"),
        ({"first_name": "Ann\r\nSubject: x\u202e", "last_name": "\x00"}, "Ann Subject: x"),
        ({"first_name": "a" * 999}, "a" * 199 + "…"),
    ],
)
def test_names_fall_back_until_there_is_one(writer: dict[str, Any], name: str) -> None:
    assert understood(update(text="x", **{"from": {"id": 4711, **writer}})).author.full_name == name


@pytest.mark.parametrize(("given_code", "language"), [("it", "it"), ("pt-br", "pt-br"), (None, ""), (7, ""), ("", "")])
def test_the_language_is_the_users(given_code: object, language: str) -> None:
    assert understood(update(text="x", **{"from": ANN | {"language_code": given_code}})).author.language == language


@given(st.integers(min_value=-(2**52) + 1, max_value=2**52 - 1))
def test_a_persons_id_is_never_taken_for_an_accounts(number: int) -> None:
    identity = person({"id": number}).id
    assert len(identity) > 12, "exactly 12 characters are an ObjectId to Tiledesk"
    assert not all(letter in "0123456789abcdef" for letter in identity)
    assert int(identity.removeprefix("telegram-")) == number, "and no two people share one"


def test_in_a_group_the_author_is_the_writer_and_the_place_is_the_group() -> None:
    said = update(chat=GROUP, text="hello")
    assert understood(said).author.id == "telegram-004711"
    assert understood(said).origin["chat_id"] == -1001234567890
    assert locate(said) == ("-1001234567890", "")


def test_a_forum_topic_is_a_place_of_its_own() -> None:
    asked = in_topic(text="hello")
    assert locate(asked) == ("-1001234567890", "55")
    assert understood(asked).origin["message_thread_id"] == 55
    assert locate(update(chat=GROUP, text="a reply", message_thread_id=55)) == ("-1001234567890", "")


def test_who_writes_in_the_name_of_a_chat_is_no_bot() -> None:
    stand_in = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
    said = understood(update(chat=GROUP, sender_chat=NEWS, text="hello", **{"from": stand_in}))
    assert (said.author.id, said.author.full_name) == ("telegram--1005550001112", "News")


def test_a_channel_post_has_no_person() -> None:
    said = understood(update("channel_post", chat=NEWS, sender_chat=NEWS, text="hi", **{"from": None}))
    assert said.author.full_name == "News"


def test_what_bots_write_is_skipped() -> None:
    assert read(update(text="hello", **{"from": BOT})) == Skip("bot")


@pytest.mark.parametrize(
    "fields",
    [
        {"new_chat_members": [ANN]}, {"left_chat_member": ANN}, {"new_chat_title": "x"}, {"pinned_message": message()},
        {"group_chat_created": True}, {"forum_topic_created": {"name": "x"}}, {"video_chat_started": {}},
        {"message_auto_delete_timer_changed": {}}, {"write_access_allowed": {}}, {"delete_chat_photo": True},
        {"checklist_tasks_done": {}}, {"migrate_from_chat_id": -555},
    ],
)  # fmt: skip
def test_what_telegram_writes_itself_is_skipped(fields: dict[str, Any]) -> None:
    assert read(update(**fields)) == Skip("service message")


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    group = {"id": -555, "title": "Guests", "type": "group"}
    assert read(update(chat=group, migrate_to_chat_id=-1009)) == News((Moved("support", "-555", "-1009"),))


# ---------------------------------------------------------------- other updates, broken ones


def test_an_update_of_a_later_bot_api_is_skipped() -> None:
    assert read({"update_id": 1, "telepathy": {"from": ANN}}) == Skip("unknown update")
    assert read({"update_id": 1}) == Skip("unknown update")


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"7", b'"x"', b"{", b"\xff", b"[" * 2000, {"update_id": 1, "message": None},
        {"update_id": 1, "message": "x"}, update(date=None, text="x"), update(date="yesterday", text="x"),
        update(chat=None, text="x"), update(text="x", **{"from": None}), update(text="x", **{"from": {}}),
        update(text="x", **{"from": {"id": "4711"}}), update(text="x", **{"from": {"id": True}}),
        update(date=2**63, text="x"), {**update(text="x"), "update_id": None}, {"update_id": 1, "my_chat_member": {}},
        {"update_id": 1, "my_chat_member": {"chat": {"id": 1}}}, reaction([], [], user=None), reaction([], [], date="x"),
        {"update_id": 1, "callback_query": []}, press(chat=None), press(date="x"),
        update("edited_message", text="x", edit_date="x"),
    ],
)  # fmt: skip
def test_what_can_not_be_understood_is_unreadable_and_says_why(raw: Any) -> None:
    with pytest.raises(Unreadable) as caught:
        read(raw)
    assert 10 < len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({}, ("-", "")),
        ({"update_id": 1}, ("-", "")),
        ({"update_id": 1, "message": None}, ("-", "")),
        ({"update_id": 1, "message": {"chat": {"id": "x"}, "from": {"id": 5}}}, ("5", "")),
        ({"update_id": 1, "message": {"chat": None}}, ("-", "")),
        ({"update_id": 1, "message": {"chat": {"id": 5}, "is_topic_message": True}}, ("5", "")),
        ({"update_id": 1, "message": {"chat": {"id": 5}, "is_topic_message": 1, "message_thread_id": []}}, ("5", "")),
        ({"update_id": 1, "telepathy": {"user": {"id": 5}}}, ("5", "")),
        ({"update_id": 1, "odd": {"message": {}}, "message": {"chat": {"id": 6}}}, ("6", "")),
    ],
)
def test_a_broken_update_still_has_a_place(broken: dict[str, Any], place: tuple[str, str]) -> None:
    assert locate(broken) == place
