from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.telegram.entities import to_markdown
from bridge.telegram.markup import from_markdown, utf16_length


def over(text: str, part: str, kind: str, **more: object) -> dict[str, object]:
    return {"type": kind, "offset": utf16_length(text[: text.index(part)]), "length": utf16_length(part), **more}


@pytest.mark.parametrize(
    ("text", "formatted", "markdown"),
    [
        ("a bold b", [("bold", "bold")], "a **bold** b"),
        ("a bold b", [(" bold ", "bold")], "a **bold** b"),
        ("😀 x 😀y", [("😀y", "bold")], "😀 x **😀y**"),
        ("both", [("both", "bold"), ("both", "italic")], "**_both_**"),
        ("ab cd", [("ab cd", "bold"), ("cd", "italic")], "**ab _cd_**"),
        ("ab cd ef", [("ab cd", "bold"), ("cd ef", "italic")], "**ab _cd_** _ef_"),
        ("word", [("or", "italic")], "w*or*d"),
        ("ab", [("a", "bold"), ("b", "bold")], "**ab**"),
        ("old new", [("old", "strikethrough")], "~~old~~ new"),
        ("under, hidden", [("under", "underline"), ("hidden", "spoiler")], "under, ||hidden||"),
        ("a bold b", [("a bold b", "spoiler"), ("bold", "bold")], "||a **bold** b||"),
        ("ab\ncd", [("ab\ncd", "spoiler")], "||ab||\n||cd||"),
        ("\u200fאב\u200f", [("אב", "italic")], "\u200f*אב*\u200f"),
        ("\u200fדגל ab", [("\u200fדגל", "bold"), ("ab", "italic")], "**\u200fדגל** _ab_"),
        ("👩🏽‍💻e\u0301", [("👩🏽‍💻", "spoiler"), ("e\u0301", "bold")], "||👩🏽‍💻||**e\u0301**"),
        ("one\ntwo\n\nthree", [("one\ntwo\n\nthree", "bold")], "**one**\n**two**\n\n**three**"),
        ("run ls -l", [("ls -l", "code")], "run `ls -l`"),
        ("a`b", [("a`b", "code")], "``a`b``"),
        ("`x", [("`x", "code")], "`` `x ``"),
        ("a b c", [("a b c", "bold"), ("b", "code")], "**a `b` c**"),
        ("a b c", [("a b c", "code"), ("b", "bold")], "`a b c`"),
        ("a\nb", [("a\nb", "code")], "```\na\nb\n```"),
        ("see\nx = 1\nend", [("x = 1", "pre")], "see\n```\nx = 1\n```\nend"),
        ("see x end", [("x", "pre")], "see \n```\nx\n```\n end"),
        ("a ```` b", [("a ```` b", "pre")], "`````\na ```` b\n`````"),
        ("a *b* c", [("a *b* c", "pre"), ("b", "bold")], "```\na *b* c\n```"),
        ("q1\nq2\nmine", [("q1\nq2", "blockquote")], "> q1\n> q2\n\nmine"),
        ("q1\n\nq2", [("q1\n\nq2", "expandable_blockquote")], "> q1\n> \n> q2"),
        ("a q b", [("q", "blockquote")], "a \n> q\n\n b"),
        ("q\nx = 1", [("q\nx = 1", "blockquote"), ("x = 1", "pre")], "> q\n> ```\n> x = 1\n> ```"),
        ("q bold\nafter", [("q bold", "blockquote"), ("bold\nafter", "bold")], "> q **bold**\n\n**after**"),
        ("see @ann #tag /go", [("@ann", "mention"), ("#tag", "hashtag"), ("/go", "bot_command")], "see @ann #tag /go"),
        ("😀 ok", [("😀", "custom_emoji")], "😀 ok"),
    ],
)
def test_entities_become_markdown(text: str, formatted: list[tuple[str, str]], markdown: str) -> None:
    assert to_markdown(text, [over(text, part, kind) for part, kind in formatted]) == markdown


def test_a_code_blocks_language_is_kept_if_it_looks_like_one() -> None:
    assert to_markdown("x", [over("x", "x", "pre", language="c++")]) == "```c++\nx\n```"
    assert to_markdown("x", [over("x", "x", "pre", language="\\close `")]) == "```\nx\n```"


@pytest.mark.parametrize(
    ("label", "url", "markdown"),
    [
        ("our shop", "https://a.example/x_(y)", "[our shop](https://a.example/x_%28y%29)"),
        ("our shop", "https://a.example/my_order", "[our shop](https://a.example/my_order)"),
        ("a.example", "https://www.a.example/login", "[a.example](https://www.a.example/login)"),
        ("https://a.example/", "https://a.example/", "https://a.example/"),
        ("a.example", "https://a.example/", "a.example"),
        ("bank.example", "https://evil.example/", "bank.example (→ https://evil.example/)"),
        ("bank.example", "https://bank.example@evil.example/", "bank.example (→ https://bank.example@evil.example/)"),
        ("log in at BANK.example now", "https://e.example/", "log in at BANK.example now (→ https://e.example/)"),
        ("https://a.example/in", "https://a.example/out", "https://a.example/in (→ https://a.example/out)"),
        ("x", "javascript:alert(1)", "x (→ javascript:alert%281%29)"),
        ("a [b", "https://a.example/", "a [b (→ https://a.example/)"),
        ("x", "https://a.example/\\close ${K}", "[x](https://a.example/%5Cclose%20$%7BK%7D)"),
        ("x", "https://[broken", "x (→ https://%5Bbroken)"),
        ("a@b.example", "mailto:a@b.example", "a@b.example"),
    ],
)
def test_a_links_target_is_always_plain_to_the_agent(label: str, url: str, markdown: str) -> None:
    assert to_markdown(label, [over(label, label, "text_link", url=url)]) == markdown


def test_formatting_inside_a_link_stays_inside() -> None:
    text = "see the shop"
    link = over(text, "the shop", "text_link", url="https://a.example/x")
    assert to_markdown(text, [link, over(text, "shop", "bold")]) == "see [the **shop**](https://a.example/x)"


@pytest.mark.parametrize(
    ("user", "markdown"),
    [
        ({"id": 5, "first_name": "Ann"}, "[Ann](tg://user?id=5) said"),
        ({"id": 5, "username": "ann_1"}, "[Ann](https://t.me/ann_1) said"),
        ({"id": 5, "username": "a) \\close"}, "[Ann](tg://user?id=5) said"),
        ({}, "Ann said"),
        ("nobody", "Ann said"),
    ],
)
def test_a_mentioned_person_is_linked(user: object, markdown: str) -> None:
    assert to_markdown("Ann said", [over("Ann said", "Ann", "text_mention", user=user)]) == markdown


TYPED = "price 5*3 and snake_case_name, 1. item\n# no heading \\close ${KEY} <b> [x](y) `z"


def test_a_text_without_formatting_comes_back_unchanged() -> None:
    assert to_markdown(TYPED, []) == TYPED
    assert to_markdown(TYPED, [over(TYPED, "price", "underline"), over(TYPED, "item", "url")]) == TYPED


def test_nothing_typed_is_escaped_beside_formatting() -> None:
    assert to_markdown(TYPED, [over(TYPED, "price", "bold")]) == TYPED.replace("price", "**price**")


@pytest.mark.parametrize(
    ("entity", "markdown"),
    [
        ({"type": "bold", "offset": -1, "length": 2}, "**a**😀b"),
        ({"type": "bold", "offset": 3, "length": 10**30}, "a😀**b**"),
        ({"type": "bold", "offset": 2, "length": 1}, "a**😀**b"),
        ({"type": "bold", "offset": 1, "length": 1}, "a**😀**b"),
        ({"type": "bold", "offset": 9, "length": 1}, "a😀b"),
        ({"type": "bold", "offset": 0, "length": -1}, "a😀b"),
        ({"type": "bold", "offset": "0", "length": 1}, "a😀b"),
        ({"type": ["bold"], "offset": 0, "length": 1}, "a😀b"),
        ({"type": "text_link", "offset": 0, "length": 1, "url": None}, "a😀b"),
        ({"type": "of the future", "offset": 0, "length": 1}, "a😀b"),
        ({}, "a😀b"),
        (None, "a😀b"),
    ],
)
def test_entities_that_make_no_sense_are_clamped_or_ignored(entity: Any, markdown: str) -> None:
    assert to_markdown("a😀b", [entity]) == markdown


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("a bold b", [("bold", "bold")]),
        ("both and 😀 more", [("both and 😀", "bold"), ("and 😀", "italic")]),
        ("one\ntwo", [("one\ntwo", "strikethrough")]),
        ("q1\nq2\n\nmine", [("q1\nq2", "blockquote"), ("mine", "italic")]),
        ("if:\n  x = '**'", [("if:\n  x = '**'", "pre")]),
        ("a `b c", [("a `b", "code")]),
        ("the pin is 1234.", [("1234", "spoiler")]),
        ("שלום \u200fדגל\u200f, abc", [("דגל", "italic"), ("abc", "spoiler")]),
    ],
)
def test_what_an_agent_quotes_back_reaches_the_user_formatted_alike(
    text: str, formatted: list[tuple[str, str]]
) -> None:
    entities = [over(text, part, kind) for part, kind in formatted]
    (chunk,) = from_markdown(to_markdown(text, entities))
    assert chunk.text == text
    asked = {(kind, at) for part, kind in formatted for at in _units(text, part)}
    seen = {(e.type, at) for e in chunk.entities for at in range(e.offset, e.offset + e.length)}
    breaks = set(_units(text, "\n")) if "\n" in text else set()
    assert {(kind, at) for kind, at in asked ^ seen if at not in breaks} == set()


def _units(text: str, part: str) -> range:
    start = utf16_length(text[: text.index(part)])
    return range(start, start + utf16_length(part))


# ---------------------------------------------------------------- properties

ANYTHING = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
KINDS = (
    "bold",
    "italic",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "blockquote",
    "text_link",
    "text_mention",
    "underline",
    "x",
)
SENSIBLE = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS), "offset": st.integers(-2, 40), "length": st.integers(-1, 40)},
    optional={
        "url": st.sampled_from(["https://a.example/x", "b.example", "\\close", "http://[", ""]) | ANYTHING,
        "language": st.sampled_from(["py", "`\n", "\\"]) | ANYTHING,
        "user": st.fixed_dictionaries({}, optional={"id": ANYTHING, "username": ANYTHING}) | ANYTHING,
    },
)
ODD = st.dictionaries(st.sampled_from(["type", "offset", "length", "url"]), ANYTHING) | ANYTHING
CHARACTERS = st.sampled_from("ab  \n\n`*_~[]()<>|#\\${}.😀\u200d\u0301\ud83d\ude00אﷺ") | st.characters()
TEXTS = st.text(CHARACTERS, max_size=40)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.lists(SENSIBLE | ODD, max_size=8))
def test_markers_are_only_ever_added_whatever_the_entities(text: str, entities: list[Any]) -> None:
    markdown = to_markdown(text, entities)
    rest = iter(markdown)
    assert all(character in rest for character in text)  # a subsequence: "in" consumes the iterator
    assert markdown.count("\\") == text.count("\\")
