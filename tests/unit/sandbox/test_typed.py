"""What a user types becomes a text and entities, whose offsets count UTF-16 units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_text import units
from bridge.sandbox.typed import typed


def spans(source: str) -> tuple[str, list[tuple[str, int, int]]]:
    text, entities = typed(source)
    return text, [(entity["type"], entity["offset"], entity["length"]) for entity in entities]


@pytest.mark.parametrize(
    ("source", "text", "entity"),
    [
        ("a **b** c", "a b c", {"type": "bold", "offset": 2, "length": 1}),
        ("*slanted*", "slanted", {"type": "italic", "offset": 0, "length": 7}),
        ("_slanted_", "slanted", {"type": "italic", "offset": 0, "length": 7}),
        ("__under__", "under", {"type": "underline", "offset": 0, "length": 5}),
        ("~~gone~~", "gone", {"type": "strikethrough", "offset": 0, "length": 4}),
        ("||hush||", "hush", {"type": "spoiler", "offset": 0, "length": 4}),
        ("`x_y*z`", "x_y*z", {"type": "code", "offset": 0, "length": 5}),
        ("```py\nx = 1\n```", "x = 1", {"type": "pre", "language": "py", "offset": 0, "length": 5}),
        ("```a\n  b```", "  b", {"type": "pre", "language": "a", "offset": 0, "length": 3}),
        ("[docs](https://x.example/a)", "docs", {"type": "text_link", "url": "https://x.example/a", "offset": 0, "length": 4}),
    ],
)  # fmt: skip
def test_a_mark_becomes_an_entity(source: str, text: str, entity: Json) -> None:
    assert typed(source) == (text, [entity])


def test_offsets_count_utf16_units() -> None:
    assert spans("😀 **é** 😀`x`") == ("😀 é 😀x", [("bold", 3, 1), ("code", 7, 1)])


def test_marks_nest() -> None:
    assert spans("**a *b* c**") == ("a b c", [("bold", 0, 5), ("italic", 2, 1)])


def test_quoted_lines_are_one_quote() -> None:
    assert spans("> one\n> **two**\nthree") == ("one\ntwo\nthree", [("blockquote", 0, 7), ("bold", 4, 3)])


@pytest.mark.parametrize(
    "source", ["2 * 3 * 4", "snake_case_name", "a ** b", "[x](javascript:alert(1))", "**", "> ", "\\close"]
)
def test_what_is_no_mark_stays(source: str) -> None:
    text, entities = typed(source)
    assert text == source.removeprefix("> ")
    assert entities == []


@given(st.text(st.sampled_from("ab *_~|`[]()>\n😀"), max_size=40))
def test_entities_lie_within_the_text(source: str) -> None:
    text, entities = typed(source)
    assert all(one["offset"] >= 0 and one["length"] > 0 for one in entities)
    assert all(one["offset"] + one["length"] <= units(text) for one in entities)
