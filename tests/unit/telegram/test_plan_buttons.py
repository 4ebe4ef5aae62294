"""Buttons, spots and presses as calls."""

import pytest

from bridge.message import (
    Button,
    ButtonKind,
    Call,
    Choice,
    Chosen,
    Conversation,
    Media,
    MediaKind,
    Message,
    Notice,
    Offered,
    Part,
    Pause,
    Person,
    Press,
    Spot,
    Text,
)
from bridge.settings import Texts
from bridge.telegram.plan import TelegramPlanner
from bridge.telegram.press import PressPlanner

ANN = Conversation("support", "4711", "", "main", "support-group-1-a", "telegram-004711", confirmed=True)
YES, SITE = Button(ButtonKind.TEXT, "Yes"), Button(ButtonKind.URL, "Site", "https://example.org")
CHOICE = Choice((YES, SITE))
PHOTO = Media(MediaKind.IMAGE, "https://example.org/a.png", caption="see **here**")


def plan(*parts: Part) -> list[Call]:
    return list(TelegramPlanner(b"secret").plan(Message(Person("agent"), parts, 7.0), ANN, "key"))


def shown(call: Call) -> list[str]:
    """The faces of a call's keyboard."""
    markup = call.body.get("reply_markup", {"inline_keyboard": []})
    assert isinstance(markup, dict)
    return [face["text"] for row in markup["inline_keyboard"] for face in row]


def test_buttons_stand_under_the_part_before_them_and_are_written_down_before() -> None:
    [first, second] = plan(Text("Choose"), CHOICE, Text("more"))
    assert (first.body["text"], shown(first), shown(second)) == ("Choose", ["Yes", "Site"], [])
    [fact] = first.facts
    assert isinstance(fact, Offered)
    offer = fact.offer
    assert (offer.channel, offer.chat, offer.buttons, offer.at) == ("support", "4711", CHOICE.buttons, 7.0)
    markup = first.body["reply_markup"]
    assert markup == {
        "inline_keyboard": [
            [{"text": "Yes", "callback_data": f"{offer.id}.0"}, {"text": "Site", "url": "https://example.org"}]
        ]
    }


def test_buttons_alone_get_words_before_them() -> None:
    [call] = plan(CHOICE)
    assert (call.body["text"], shown(call)) == ("Please choose:", ["Yes", "Site"])
    [first, second] = plan(Text("a"), CHOICE, CHOICE)
    assert (first.body["text"], second.body["text"]) == ("a", "Please choose:")
    assert first.facts != second.facts


def test_the_last_message_of_a_long_text_has_the_buttons() -> None:
    calls = plan(Text("word " * 2000), CHOICE)
    assert [bool(shown(call)) for call in calls] == [False] * (len(calls) - 1) + [True]
    assert [bool(call.facts) for call in calls] == [True] + [False] * (len(calls) - 1)


def test_addresses_alone_are_no_offer() -> None:
    [call] = plan(Text("look"), Choice((SITE,)))
    assert call.facts == ()


def test_an_address_that_telegram_refuses_is_said_in_words() -> None:
    [call] = plan(Text("look"), CHOICE)
    assert call.instead is not None
    assert call.instead.body["text"] == "look\nSite: https://example.org"
    assert shown(call.instead) == ["Yes"]


def test_a_file_carries_the_buttons_whatever_form_it_is_sent_in() -> None:
    [call] = plan(PHOTO, CHOICE)
    forms = []
    form: Call | None = call
    while form is not None:
        forms.append((form.method, shown(form)))
        form = form.instead
    assert forms == [
        ("sendPhoto", ["Yes", "Site"]),
        ("sendDocument", ["Yes", "Site"]),
        ("sendMessage", ["Yes", "Site"]),
        ("sendMessage", ["Yes"]),
    ]


def test_a_caption_that_is_too_long_is_said_behind_the_file_and_has_the_buttons() -> None:
    file, *words = plan(Media(MediaKind.IMAGE, "https://example.org/a.png", caption="word " * 300), CHOICE)
    assert "caption" not in file.body
    assert [shown(one) for one in (file, *words)] == [[], ["Yes", "Site"]]


def test_long_labels_are_read_above_their_buttons() -> None:
    long = Button(ButtonKind.TEXT, "x " * 100)
    [words, legend] = plan(Text("Choose"), Choice((long,)))
    assert (words.body["text"], shown(words)) == ("Choose", [])
    assert str(legend.body["text"]).startswith("1. x x")
    assert shown(legend)[0].startswith("1. x x")


def test_a_hundred_and_one_buttons_are_two_messages_and_one_offer() -> None:
    [first, second] = plan(Text("Choose"), Choice((YES,) * 101))
    assert (len(shown(first)), len(shown(second)), second.body["text"]) == (99, 2, "More choices:")
    assert len(first.facts) + len(second.facts) == 1


def test_a_pause_before_buttons_is_kept() -> None:
    calls = plan(Text("a"), Pause(1), Text("b"), CHOICE)
    assert [(call.method, call.pause) for call in calls] == [
        ("sendMessage", 0.0),
        ("sendChatAction", 0.0),
        ("sendMessage", 1.0),
    ]


def test_a_spot_is_a_point_on_the_map_or_a_venue() -> None:
    [point, venue] = plan(Spot(45.07, 7.68), Spot(45.07, 7.68, "Mole", "Via Montebello 20"))
    assert (point.method, point.body) == ("sendLocation", {"latitude": 45.07, "longitude": 7.68})
    assert (venue.method, venue.body["title"], venue.body["address"]) == ("sendVenue", "Mole", "Via Montebello 20")
    [with_buttons] = plan(Spot(45.07, 7.68), CHOICE)
    assert shown(with_buttons) == ["Yes", "Site"]


def test_a_plan_with_buttons_is_the_same_at_every_attempt() -> None:
    parts = (PHOTO, CHOICE, Pause(1), Notice("x"), CHOICE)
    assert plan(*parts) == plan(*parts)


# ---------------------------------------------------------------- presses

ORIGIN = {"query_id": "991", "message_id": 12}


def answers(part: Part, **origin: object) -> list[Call]:
    message = Message(Person("telegram-004711"), (part,), 7.0, origin=ORIGIN | origin)
    return list(PressPlanner(Texts(stale="Too late.")).plan(message, ANN, "key"))


def test_a_press_that_counts_is_answered_and_then_marked() -> None:
    answer, mark = answers(Chosen(YES, (SITE,)))
    assert (answer.method, answer.body, answer.pace) == ("answerCallbackQuery", {"callback_query_id": "991"}, ())
    assert (mark.method, mark.body["message_id"], mark.to) == ("editMessageReplyMarkup", 12, "4711")
    assert shown(mark) == ["✓ Yes", "Site"]


def test_a_press_that_does_not_count_is_answered_with_words_and_changes_nothing() -> None:
    [answer] = answers(Press("offer", 0))
    assert answer.body == {"callback_query_id": "991", "text": "Too late."}


@pytest.mark.parametrize("under", [None, "x"])
def test_a_press_whose_message_is_not_known_is_answered_only(under: object) -> None:
    assert [call.method for call in answers(Chosen(YES), message_id=under)] == ["answerCallbackQuery"]
