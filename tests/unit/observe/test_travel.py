from dataclasses import replace

import pytest

from bridge.message import (
    Button,
    ButtonKind,
    Choice,
    Chosen,
    Media,
    MediaKind,
    Message,
    Notice,
    Part,
    Pause,
    Press,
    Spot,
    Text,
)
from bridge.observe.travel import journey, kind_of
from tests.edges import ANN

YES = Button(ButtonKind.TEXT, "yes")
HELLO = Message(ANN, (Text("hello"),), 1000.0)


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("text", (Text("hello"),)),
        ("text", (Pause(2.0), Text("hello"), Choice((YES,)))),
        ("round_video", (Media(MediaKind.ROUND_VIDEO, ""), Text("hello"))),
        ("spot", (Spot(45.0, 9.0),)),
        ("press", (Press("offer", 1),)),
        ("press", (Chosen(YES),)),
        ("choice", (Choice((YES,)),)),
        ("notice", (Notice("a poll"),)),
        ("other", ()),
    ],
)
def test_a_message_is_of_the_kind_of_its_first_part_that_says_something(kind: str, parts: tuple[Part, ...]) -> None:
    assert kind_of(replace(HELLO, parts=parts)) == kind


def test_a_private_note_is_of_a_kind_of_its_own() -> None:
    assert kind_of(replace(HELLO, private=True)) == "note"


@pytest.mark.parametrize("part", Part.__args__)
def test_every_part_has_a_kind(part: type[Part]) -> None:
    made: Part = part.__new__(part)
    if isinstance(made, Media):
        made = Media(MediaKind.VOICE, "")
    assert kind_of(replace(HELLO, parts=(made,)))


def test_a_journey_begins_at_the_messages_own_time() -> None:
    assert journey(HELLO, now=1007.5, age=0.5) == 7.5


def test_a_source_whose_clock_is_ahead_or_silent_shortens_no_journey_below_the_age_in_the_journal() -> None:
    assert journey(HELLO, now=900.0, age=0.5) == 0.5
    assert journey(replace(HELLO, sent_at=0.0), now=1007.5, age=0.5) == 0.5
    assert journey(HELLO, now=900.0, age=-0.5) == 0.0


def test_the_time_of_a_press_is_not_that_of_the_message_under_which_the_button_is() -> None:
    assert journey(replace(HELLO, parts=(Press("offer", 1),)), now=90_000.0, age=0.5) == 0.5
