import pytest

from bridge.telegram.markup import from_markdown
from tests.unit.telegram.judge import units

S = "spoiler"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("it is ||secret||.", "it is secret.", [(S, "secret")]),
        ("||a|| and ||b c||", "a and b c", [(S, "a"), (S, "b c")]),
        ("||a *b* c||", "a b c", [(S, "a b c"), ("italic", "b")]),
        ("**||a||** ||_b_||", "a b", [("bold", "a"), (S, "a"), ("italic", "b"), (S, "b")]),
        ("[||l||](https://a.example/)", "l", [(S, "l"), ("text_link", "l")]),
        ("||[w](/x)||", "w (/x)", [(S, "w (/x)")]),
        ("||https://a.example/_x_||", "https://a.example/_x_", [(S, "https://a.example/_x_")]),
        ("||a\nb||", "a\nb", [(S, "a\nb")]),
        ("> ||q||\n\n- ||l||", "q\n\n• l", [("blockquote", "q"), (S, "q"), (S, "l")]),
        ("密码是||1234||请", "密码是1234请", [(S, "1234")]),
        ("a || b and ||c||", "a || b and c", [(S, "c")]),
        ("||a ||b||", "||a b", [(S, "b")]),
    ],
)
def test_what_stands_between_double_bars_is_hidden(source: str, text: str, entities: list[tuple[str, str]]) -> None:
    (chunk,) = from_markdown(source)
    assert chunk.text == text
    assert [(e.type, units(text, e.offset, e.length)) for e in chunk.entities] == entities


@pytest.mark.parametrize(
    "source",
    [
        "a || b",
        "a || b || c",
        "| a || b |",
        "a||b||c",
        "f(a)||g||(b)",
        "'a'||b||'c'",
        "||a||b||",
        "|||a|||",
        "||||",
        "||",
        "|| a ||",
        "||a ||",
        "|| a||",
        "||a\n\nb||",
        "||\u200b||",
    ],
)
def test_bars_that_hide_nothing_stay_as_typed(source: str) -> None:
    (chunk,) = from_markdown(f"{source} **.**")
    assert chunk.text == f"{source} ."
    assert [e.type for e in chunk.entities] == ["bold"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\||x|| \|\|y\|\|", "||x|| ||y||"),
        ("`||x||`", "||x||"),
        ("```\n||x||\n```", "||x||"),
        ("a\n\n    ||x||", "a\n\n||x||"),
        ("||a **b|| c**", "||a b|| c"),
        ("||a\n> b||\n> c", "||a\nb||\nc"),
    ],
)
def test_escaped_bars_and_bars_in_code_or_across_other_formatting_hide_nothing(source: str, text: str) -> None:
    (chunk,) = from_markdown(source)
    assert chunk.text == text
    assert S not in {e.type for e in chunk.entities}


def test_hidden_code_stays_hidden() -> None:
    # Telegram lets no code be part of a spoiler: it would end before the code, and show it.
    (chunk,) = from_markdown("the pin: ||`1234` now||")
    assert [(e.type, units(chunk.text, e.offset, e.length)) for e in chunk.entities] == [(S, "1234 now")]


def test_an_empty_cell_keeps_its_width() -> None:
    (chunk,) = from_markdown("|a||b|\n|-|-|-|\n|1||2|\n|1|x|2|")
    assert chunk.text == "a |   | b\n--+---+--\n1 |   | 2\n1 | x | 2"


def test_a_spoiler_that_is_cut_goes_on_in_the_next_message() -> None:
    first, second = from_markdown("a ||hidden words here||", 16)
    assert [units(c.text, e.offset, e.length) for c in (first, second) for e in c.entities] == ["hidden words", "here"]


def test_a_thousand_bars_take_no_time() -> None:
    assert from_markdown("||a **b|| c** " * 2000)[0].text.startswith("||a b|| c ||a b|| c")
