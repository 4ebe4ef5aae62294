from dataclasses import replace

import pytest

from bridge.telegram import markup
from bridge.telegram.markup import Chunk, Entity, from_markdown, plain, utf16_length
from tests.unit.telegram.judge import accepted, judged, styles, units


def only(source: str) -> Chunk:
    (chunk,) = from_markdown(source)
    return chunk


# ---------------------------------------------------------------- what becomes of Markdown

B, E, S, C, P, Q = "bold", "italic", "strikethrough", "code", "pre", "blockquote"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("hello", "hello", []),
        ("one\ntwo **three**\nfour", "one\ntwo three\nfour", [(B, "three")]),
        ("# Prices\n### Small", "Prices\nSmall", [(B, "Prices"), (B, "Small")]),
        ("**bold _both_**", "bold both", [(B, "bold both"), (E, "both")]),
        ("**a `b` c**", "a b c", [(B, "a"), (C, "b"), (B, "c")]),
        ("~~old~~ new", "old new", [(S, "old")]),
        ("~5 or ~6~", "~5 or ~6~", []),
        ("5*3*2 **=** 30", "5*3*2 = 30", [(B, "=")]),
        ("snake_case_name *x*", "snake_case_name x", [(E, "x")]),
        ("**😀 x** y", "😀 x y", [(B, "😀 x")]),
        ("> said\n> so\n\n*no*", "said\nso\n\nno", [(Q, "said\nso"), (E, "no")]),
        ("> a\n> > b", "a\nb", [(Q, "a\nb")]),
        ("- a\n- b", "• a\n• b", []),
        ("**a**\n• b\n  • c\n    ◦ d", "a\n• b\n  • c\n    ◦ d", [(B, "a")]),
        ("- a\n  ```\n  x\n  ```\n- b", "• a\nx\n• b", [(P, "x")]),
        ("1. a\n   > q\n2. b", "1. a\nq\n2. b", [(Q, "q")]),
        ("- [l](/x)\n\n  |a|b|\n  |-|-|\n\n  c", "• l (/x)\na | b\nc", [(P, "a | b")]),
        ("- ```\n  x\n  ```", "• x", [(P, "x")]),
        ("- [x] paid\n- [ ] sent", "☑ paid\n☐ sent", []),
        ("10. May **a**\n12. June", "10. May a\n12. June", [(B, "a")]),
        ("1. a\n1. b\n\ntext\n\n4. c\n5. d", "1. a\n1. b\n\ntext\n\n4. c\n5. d", []),
        ("1. a\n\ntext\n\n4. c\n   - d", "1. a\n\ntext\n\n4. c\n  • d", []),
        ("+ 3 EUR", "+ 3 EUR", []),
        ("Bye\n--\nAnn", "Bye\n--\nAnn", []),
        ("<b>Hi</b> *x*\n<div>\n**y**", "<b>Hi</b> x\n<div>\ny", [(E, "x"), (B, "y")]),
        (r"\<b> \*literal\*", "<b> *literal*", []),
        ("`<a>` `**` `a || b` `$x$`", "<a> ** a || b $x$", [(C, "<a>"), (C, "**"), (C, "a || b"), (C, "$x$")]),
        ("if a || b || c", "if a || b || c", []),
        ("costs $5 and $6, ${KEY} is $x$", "costs $5 and $6, ${KEY} is $x$", []),
        ("*see* https://a.example/_x_/*y*?a=1&copy;", "see https://a.example/_x_/*y*?a=1&copy;", [(E, "see")]),
        ("**https://a.example/b_c**", "https://a.example/b_c", [(B, "https://a.example/b_c")]),
        ("[Ann]: hello", "[Ann]: hello", []),
        ("```py\n  x = '**'\n```", "  x = '**'", [(P, "  x = '**'")]),
        ("|a|b|\n|-|-|\n|1|2|", "a | b\n--+--\n1 | 2", [(P, "a | b\n--+--\n1 | 2")]),
        ("2 &lt; 3 &amp; AT&T", "2 < 3 & AT&T", []),
        ("#", "#", []),
        (r"\close", r"\close", []),
        ("a **b", "a **b", []),
    ],
)
def test_markdown_becomes_text_and_entities(source: str, text: str, entities: list[tuple[str, str]]) -> None:
    chunk = only(source)
    assert chunk.text == text
    assert [(e.type, units(text, e.offset, e.length)) for e in chunk.entities] == entities


@pytest.mark.parametrize(
    ("source", "text", "url"),
    [
        ("[shop](https://a.example/c_(d)_e)", "shop", "https://a.example/c_(d)_e"),
        ("![photo](https://a.example/p.png)", "photo", "https://a.example/p.png"),
        ("[`c`](http://a.example:8080/)", "c", "http://a.example:8080/"),
        ("[chat](tg://resolve?domain=x)", "chat", "tg://resolve?domain=x"),
        ("[ip](http://192.0.2.1/x)", "ip", "http://192.0.2.1/x"),
        ("<https://a.example/_x_>", "https://a.example/_x_", "https://a.example/_x_"),
        (
            "[![logo](https://a.example/i.png)](https://b.example/)",
            "logo (https://a.example/i.png)",
            "https://b.example/",
        ),
        ("[w](javascript:alert(1))", "w (javascript:alert(1))", None),
        ("[w](/relative)", "w (/relative)", None),
        ("[w](http://localhost/x)", "w (http://localhost/x)", None),
        ("[w](http://a.example:99999/)", "w (http://a.example:99999/)", None),
        ("[write](mailto:a@b.example)", "write (a@b.example)", None),
        ("[a@b.example](mailto:a@b.example)", "a@b.example", None),
        ("[call](tel:+390123)", "call (+390123)", None),
        ("[+390123](tel:+390123)", "+390123", None),
        ("![](https://a.example/p.png)", "![](https://a.example/p.png)", None),
    ],
)
def test_links_telegram_would_refuse_are_written_out(source: str, text: str, url: str | None) -> None:
    chunk = only(source)
    assert chunk.text == text
    label = text.partition(" (")[0]
    assert chunk.entities == (() if url is None else (Entity("text_link", 0, utf16_length(label), url),))


def test_what_follows_a_written_out_link_keeps_its_place() -> None:
    chunk = only("**x [m](mailto:a@b.example)** a || [w](/x)**y** z")
    assert chunk.text == "x m (a@b.example) a || w (/x)y z"
    assert [units(chunk.text, e.offset, e.length) for e in chunk.entities] == ["x m", "y"]


def test_an_entity_in_bot_api_form_has_only_the_fields_it_needs() -> None:
    assert Entity("bold", 0, 2).to_dict() == {"type": "bold", "offset": 0, "length": 2}
    chunk = only("```py\nx\n```\n[a](https://a.example/)")
    assert [e.to_dict() for e in chunk.entities] == [
        {"type": "pre", "offset": 0, "length": 1, "language": "py"},
        {"type": "text_link", "offset": 2, "length": 1, "url": "https://a.example/"},
    ]


TRICKY = [
    "**bold _both_** _**other**_",
    "**a `code` b** ~~c~~",
    "_`x < y && z`_ & <script>alert('1')</script>",
    "[label **bold**](https://a.example/c_(d)_e?a=1&b=2)",
    "[`code`](https://a.example/x)",
    "> quote **bold**\n> ```\n> code\n> ```\n\nafter",
    "> a\n> > nested\n\n> b",
    '```c++\nif (a<b) { "**" }\n```\ntext',
    "# **Head** 😀 _x_\n\n- a **b**\n  - c `d`",
    "| a | **b** |\n|---|---|\n| 😀 | 2 |",
    "👨‍👩‍👧‍👦 **👨‍👩‍👧‍👦 family** 🇮🇹 *🇮🇹*",
    "שלום **עולם** *abc*",
    "***x*** **a*b*c** **bold**text*it*",
    "~~[a](https://a.example/1)~~ **[b](https://a.example/2) c**",
    "``a`b`` **unbalanced _x** y_",
    "[![alt](https://a.example/i.png)](https://a.example/l)",
]


@pytest.mark.parametrize("source", TRICKY)
def test_telegrams_own_parser_reads_the_same_text_and_formatting(source: str) -> None:
    chunk = only(source)
    seen = judged(chunk)
    assert chunk.entities
    assert seen.text == chunk.text
    assert styles(seen.text, seen.entities) == styles(
        chunk.text, tuple(e if e.language else replace(e, language="") for e in chunk.entities)
    )
    assert accepted(chunk)["@type"] == "formattedText"


def test_the_judge_refuses_what_telegram_refuses() -> None:
    assert accepted(Chunk("ab", (Entity("bold", 0, 3),)))["@type"] == "error"
    assert accepted(Chunk("😀", (Entity("bold", 1, 1),)))["@type"] == "error"
    assert accepted(Chunk("ab", (Entity("text_link", 0, 2, "http://localhost/"),)))["@type"] == "error"


# ---------------------------------------------------------------- when the parser fails


class PanicException(BaseException):
    pass


@pytest.mark.parametrize("failure", [RuntimeError("broken"), PanicException("broken")])
def test_a_failing_parser_leaves_the_text_as_typed(failure: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(markup, "convert", fail)
    assert from_markdown("**a** b") == [Chunk("**a** b")]


def test_being_interrupted_is_no_failure_of_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(markup, "convert", interrupt)
    with pytest.raises(KeyboardInterrupt):
        from_markdown("**a** b")


@pytest.mark.parametrize(
    "source",
    [
        '[a](https://a.example/ "hidden title")',
        "|a|b|\n|-|-|\n|[x](https://a.example/)|2|",
        "```py and more words\nx\n```",
        "a\n```py\n\u200b\n```\nb",
        "a [ ](https://a.example/) b",
        "noncharacter \ufdd0 **a**",
    ],
)
def test_a_text_of_which_the_parser_loses_words_goes_out_as_typed(source: str) -> None:
    assert from_markdown(source) == [Chunk(source)]


def test_very_long_markdown_is_sent_as_typed() -> None:
    assert "**" in from_markdown("**a** " * 20_000)[0].text


def test_lone_surrogates_are_paired_or_replaced() -> None:
    assert plain("\ud83d\ude00 \ud83d\r\nx") == [Chunk("😀 \ufffd\nx")]
