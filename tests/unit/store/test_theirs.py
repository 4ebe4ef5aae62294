"""What a person wrote in a group is told from what others did, by whom it comes from."""

from typing import Any

import orjson
import pytest

from bridge.store.theirs import Theirs, own_words
from tests.unit.store.people import ANN, BOB, GUEST, event, message, note, update, user

THEM = Theirs.of("support", f"telegram-{ANN}").known_as(frozenset({GUEST}), frozenset({"request-of-ann"}))

OF_ANN = message(ANN, "secret words")


@pytest.mark.parametrize(
    "raw",
    [
        update(OF_ANN),
        update(OF_ANN, "edited_message"),
        update(message(ANN, "no", reply_to_message=message(BOB, "Bob's words"))),
        update({"id": "9", "from": user(ANN), "message": message(BOB, "buttons"), "data": "x.1"}, "callback_query"),
        update({"chat": {"id": -1}, "user": user(ANN), "date": 1, "new_reaction": []}, "message_reaction"),
    ],
)
def test_what_they_wrote_pressed_or_thought_of_it_is_theirs(raw: bytes) -> None:
    assert THEM.wrote(raw)
    assert THEM.remains(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        update(message(BOB, "Bob's words")),
        update(message(BOB, str(ANN))),
        update(message(BOB, "x") | {"from": user(BOB) | {"id": int(f"{ANN}1")}}),
        update(message(BOB, "x") | {"from": user(BOB) | {"id": -ANN}}),
        update(message(BOB, "x") | {"message_id": ANN}),
        event("hello Bob", "request-of-bob", "guest-of-bob", "Bob"),
        note("⚠️ Not delivered", "request-of-bob"),
        b"\xff no JSON",
        b"null",
    ],
)
def test_what_others_wrote_stays_as_it_is(raw: bytes) -> None:
    assert not THEM.wrote(raw)
    assert THEM.remains(raw) is raw


@pytest.mark.parametrize(
    "fields",
    [
        {"reply_to_message": OF_ANN},
        {"reply_to_message": OF_ANN, "quote": {"text": "secret", "position": 0}},
        {"external_reply": {"origin": {"type": "user", "sender_user": user(ANN), "date": 1}}, "quote": {"text": "secret"}},
    ],
)  # fmt: skip
def test_others_keep_their_own_words_without_what_they_answered(fields: dict[str, Any]) -> None:
    said = message(BOB, "Bob's words")
    raw = update(said | fields)
    assert not THEM.wrote(raw)
    assert orjson.loads(THEM.remains(raw) or b"") == orjson.loads(update(said))


@pytest.mark.parametrize(("text", "entities"), [("text", "entities"), ("caption", "caption_entities")])
def test_others_keep_their_own_words_around_a_link_to_them_that_names_them(text: str, entities: str) -> None:
    bold, link = {"type": "bold", "offset": 0, "length": 2}, {"type": "text_mention", "offset": 3, "length": 11}
    said = message(BOB) | {text: "😀 Ann-Kathrin, hello", entities: [bold, link | {"user": user(ANN)}]}
    kept = orjson.loads(THEM.remains(update(said)) or b"")
    assert kept["message"][text] == "😀 ███████████, hello"
    assert kept["message"][entities] == [bold]


@pytest.mark.parametrize("place", [{}, {"offset": 1}, {"offset": -1, "length": 2}, {"offset": 0, "length": 99}])
def test_a_link_to_them_that_is_nowhere_is_dropped_all_the_same(place: dict[str, int]) -> None:
    said = message(BOB, "hi") | {"entities": [{"type": "text_mention", "user": user(ANN)} | place]}
    assert orjson.loads(THEM.remains(update(said)) or b"")["message"] == message(BOB, "hi", entities=[])


def test_a_press_under_an_answer_to_them_stays_without_what_is_answered() -> None:
    press = {"id": "9", "from": user(BOB), "data": "x.1"}
    raw = update(press | {"message": message(BOB, "buttons", reply_to_message=OF_ANN)}, "callback_query")
    kept = orjson.loads(THEM.remains(raw) or b"")
    assert kept["callback_query"] == press | {"message": message(BOB, "buttons")}


@pytest.mark.parametrize(
    "fields",
    [
        {"contact": {"phone_number": "+1", "first_name": "Ann-Kathrin", "user_id": ANN}},
        {"forward_origin": {"type": "user", "sender_user": user(ANN), "date": 1}, "text": "secret words"},
        {"forward_from": user(ANN), "forward_date": 1, "text": "secret words"},
        {"new_chat_members": [user(ANN)]},
    ],
)
def test_what_others_passed_on_of_them_goes(fields: dict[str, Any]) -> None:
    raw = update(message(BOB) | fields)
    assert not THEM.wrote(raw)
    assert THEM.remains(raw) is None


def test_an_agents_reply_in_their_request_goes_and_one_in_anothers_loses_what_the_desk_tells_of_the_request() -> None:
    assert THEM.remains(event("hello Ann-Kathrin", "another-request", GUEST, "Ann-Kathrin")) is None
    assert THEM.remains(event("hello", "request-of-ann", "an older guest", "Ann-Kathrin")) is None
    assert THEM.remains(note("⚠️ Not delivered", "request-of-ann")) is None
    last = {"sender": GUEST, "senderFullname": "Ann-Kathrin", "text": "secret words"}
    kept = orjson.loads(THEM.remains(event("hello Bob", "request-of-bob", "guest-of-bob", "Bob", last)) or b"")
    assert (kept["payload"]["text"], kept["payload"]["request"]) == ("hello Bob", {"lead": {"lead_id": "guest-of-bob"}})
    assert THEM.remains(f'["{GUEST}"'.encode()) is None, "what can't be read may be theirs"


@pytest.mark.parametrize(
    ("raw", "aliases", "requests"),
    [
        (event("x", "request-of-ann", "an older guest", "Ann"), {"an older guest"}, {"request-of-ann"}),
        (event("x", "an older request", GUEST, "Ann"), {GUEST}, {"an older request"}),
        (event("x", "signed", f"telegram-{ANN}", "Ann"), set(), {"signed"}),
        (event("x", "request-of-bob", "guest-of-bob", "Bob", {"sender": GUEST}), set(), set()),
        (update(OF_ANN), set(), set()),
    ],
)
def test_an_event_tells_what_else_they_are_called_and_which_requests_are_theirs(
    raw: bytes, aliases: set[str], requests: set[str]
) -> None:
    assert THEM.learned(raw) == (frozenset(aliases), frozenset(requests))


def test_of_a_message_for_a_copy_only_their_own_words_are_taken() -> None:
    answer = message(ANN, "no", reply_to_message=message(BOB, "Bob's words"), quote={"text": "Bob"})
    assert orjson.loads(own_words(update(answer))) == orjson.loads(update(message(ANN, "no")))


def test_tiny_numbers_are_known_with_and_without_zeros_and_groups_have_no_private_chat() -> None:
    assert Theirs.of("support", "telegram-42").persons == ("telegram-42", "telegram-000042")
    assert Theirs.of("support", "telegram-000042").chat == "42"
    channel = Theirs.of("support", "telegram--100777")
    assert (channel.number, channel.chat, channel.persons) == ("-100777", "", ("telegram--100777",))
    assert channel.wrote(update(message(BOB, "x", sender_chat={"id": -100777, "title": "News"})))
    assert not channel.wrote(update(message(BOB, "x", chat="-100777")))
    raw = update(message(BOB, "x", chat="-100777"))
    assert channel.remains(raw) is raw
