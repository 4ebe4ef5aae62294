from dataclasses import replace

import pytest

from bridge.conversation.choices import choose, pressed
from bridge.message import (
    Button,
    ButtonKind,
    Chosen,
    Direction,
    Lane,
    Message,
    Notice,
    Offer,
    Person,
    Press,
    Text,
    Used,
)

LANE = Lane("support", "1", "", Direction.INBOUND)
YES, SITE, TALK = (
    Button(ButtonKind.TEXT, "Yes"),
    Button(ButtonKind.URL, "Site", "https://x.org"),
    Button(ButtonKind.ACTION, "Talk", "#human", echo=False),
)
OFFER = Offer("offer-1", "support", "1", (YES, SITE, TALK))
PRESS = Press("offer-1", 0)
MESSAGE = Message(Person("telegram-000001"), (PRESS,), 1.0)


def test_a_press_is_found_among_a_messages_parts() -> None:
    assert pressed(replace(MESSAGE, parts=(Notice("x"), PRESS))) == PRESS
    assert pressed(replace(MESSAGE, parts=(Text("x"),))) is None


def test_the_first_press_of_an_offer_counts_and_uses_it_up() -> None:
    assert choose(MESSAGE, PRESS, OFFER, LANE, "press-1") == (
        replace(MESSAGE, parts=(Chosen(YES, (SITE, TALK)),)),
        Used("offer-1", "press-1"),
    )


def test_a_press_whose_echo_is_not_wanted_is_seen_aside() -> None:
    press = Press("offer-1", 2)
    chosen = choose(replace(MESSAGE, parts=(press,)), press, OFFER, LANE, "press-1")
    assert chosen is not None
    assert chosen[0].aside


def test_a_press_that_is_taken_up_again_after_a_crash_still_counts() -> None:
    assert choose(MESSAGE, PRESS, replace(OFFER, chosen_by="press-1"), LANE, "press-1") is not None


@pytest.mark.parametrize(
    ("press", "offer", "lane"),
    [
        (PRESS, None, LANE),
        (PRESS, replace(OFFER, chosen_by="press-0"), LANE),
        (PRESS, OFFER, replace(LANE, chat="2")),
        (PRESS, OFFER, replace(LANE, channel="other")),
        (Press("offer-1", 3), OFFER, LANE),
        (Press("offer-1", -1), OFFER, LANE),
        (Press("offer-1", 1), OFFER, LANE),
    ],
    ids=["unknown", "used", "another chat", "another channel", "too far", "negative", "an address"],
)
def test_other_presses_do_not_count(press: Press, offer: Offer | None, lane: Lane) -> None:
    assert choose(replace(MESSAGE, parts=(press,)), press, offer, lane, "press-1") is None
