import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.message import Button, ButtonKind
from bridge.telegram.keyboard import (
    LARGEST_MARKUP,
    LONGEST_LABEL,
    MOST_BUTTONS,
    SPENT,
    Keyboards,
    Markup,
    chosen_markup,
    keyboards,
    offer_id,
    without_links,
)
from bridge.telegram.split import utf16_length

SITE = Button(ButtonKind.URL, "Site", "https://example.org")


def texts(*labels: str) -> list[Button]:
    return [Button(ButtonKind.TEXT, label) for label in labels]


def labels(markup: Markup) -> list[list[str]]:
    return [[face["text"] for face in row] for row in markup["inline_keyboard"]]


def faces(laid: Keyboards) -> list[dict[str, str]]:
    return [face for markup in laid.markups for row in markup["inline_keyboard"] for face in row]


def test_short_labels_stand_beside_each_other_and_keep_their_order() -> None:
    [markup] = keyboards("o", texts("Yes", "No", "Maybe", "A rather long label", "Another one", "Short")).markups
    assert labels(markup) == [["Yes", "No", "Maybe"], ["A rather long label"], ["Another one", "Short"]]


def test_a_press_carries_the_offer_and_a_number_and_nothing_else() -> None:
    talk = Button(ButtonKind.ACTION, "Talk", '#block{"a":"' + "x" * 1000 + '"}')
    [markup] = keyboards("abc", [*texts("Yes"), SITE, talk]).markups
    assert faces(Keyboards((markup,), ())) == [
        {"text": "Yes", "callback_data": "abc.0"},
        {"text": "Site", "url": "https://example.org"},
        {"text": "Talk", "callback_data": "abc.2"},
    ]


def test_a_label_that_is_too_long_is_cut_at_a_word_and_stands_in_full_in_the_legend() -> None:
    long = "Расскажите, пожалуйста, подробнее о доставке и о том, что будет, если меня не окажется дома. " * 2  # noqa: RUF001 - it is Russian
    laid = keyboards("o", [*texts("Да", long.strip())])
    assert laid.legend == (f"1. {long.strip()}",)
    [first, second] = faces(laid)
    assert first["text"] == "Да"
    assert second["text"].startswith("1. Расскажите, пожалуйста")
    assert second["text"].endswith("…")
    assert utf16_length(second["text"]) <= LONGEST_LABEL


def test_many_buttons_are_spread_over_keyboards() -> None:
    laid = keyboards("o" * 24, texts(*(f"{number}" for number in range(250))))
    assert len(laid.markups) == 3
    assert [face["callback_data"].partition(".")[2] for face in faces(laid)] == [str(n) for n in range(250)]


@given(
    st.lists(
        st.builds(
            Button,
            st.sampled_from(list(ButtonKind)),
            st.text(min_size=1, max_size=300),
            st.just("https://example.org/") | st.text(max_size=20),
        ),
        max_size=200,
    )
)
def test_whatever_the_buttons_each_is_there_once_within_the_limits(buttons: list[Button]) -> None:
    laid = keyboards("o" * 24, buttons)
    assert len(faces(laid)) == len(buttons)
    for markup in laid.markups:
        assert sum(len(row) for row in markup["inline_keyboard"]) <= MOST_BUTTONS
        assert all(1 <= len(row) <= 8 for row in markup["inline_keyboard"])
    for face in faces(laid):
        assert utf16_length(face["text"]) <= LONGEST_LABEL
        assert 1 <= len(face.get("callback_data", "x").encode()) <= 64


def test_sixty_buttons_of_two_hundred_cyrillic_letters_stay_below_the_limit_of_bytes() -> None:
    laid = keyboards("o" * 24, texts(*(f"{number} " + "Ж" * 196 for number in range(60))))
    assert len(faces(laid)) == len(laid.legend) == 60
    assert all(len(orjson.dumps(markup)) <= LARGEST_MARKUP + 100 for markup in laid.markups)


def test_after_a_press_the_choice_is_seen_and_addresses_still_work() -> None:
    markup = chosen_markup(texts("Prices")[0], [*texts("Other"), SITE])
    assert markup == {
        "inline_keyboard": [
            [{"text": "✓ Prices", "callback_data": SPENT}],
            [{"text": "Site", "url": "https://example.org"}],
        ]
    }


def test_a_keyboard_without_addresses_lists_them() -> None:
    [markup] = keyboards("o", [*texts("Yes"), SITE]).markups
    kept, lines = without_links(markup)
    assert kept == {"inline_keyboard": [[{"text": "Yes", "callback_data": "o.0"}]]}
    assert lines == ["Site: https://example.org"]
    [links] = keyboards("o", [SITE]).markups
    assert without_links(links) == (None, ["Site: https://example.org"])


@pytest.mark.parametrize("other", [(b"other", "key", 0), (b"secret", "other", 0), (b"secret", "key", 1)])
def test_an_offers_id_is_its_messages_own(other: tuple[bytes, str, int]) -> None:
    assert offer_id(b"secret", "key", 0) == offer_id(b"secret", "key", 0)
    assert offer_id(*other) != offer_id(b"secret", "key", 0)
