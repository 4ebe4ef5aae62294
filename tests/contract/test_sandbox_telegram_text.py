"""How the simulated Telegram reads texts, against TDLib's own parser, which Telegram's servers run."""

from typing import Any

import pytest

from bridge.sandbox.telegram_answers import ApiError, Json
from bridge.sandbox.telegram_auto import auto_spans
from bridge.sandbox.telegram_markdown import PARSERS
from bridge.sandbox.telegram_text import fixed, offsets
from tests.tdlib import tdlib

KINDS = {
    "PreCode": "pre",
    "TextUrl": "text_link",
    "BlockQuote": "blockquote",
    "ExpandableBlockQuote": "expandable_blockquote",
    "EmailAddress": "email",
    "BotCommand": "bot_command",
}


def theirs(**request: Any) -> Any:
    """What TDLib reads in a text: its words and their marks, or its complaint."""
    answer = tdlib(request)
    if answer["@type"] == "error":
        return answer["message"].lower()
    marks = [(kind(e), e["offset"], e["length"], e["type"].get("url")) for e in answer["entities"]]
    return answer.get("text"), marks


def kind(entity: Json) -> str:
    """Give the Bot API's name of a TDLib entity."""
    name = str(entity["type"]["@type"]).removeprefix("textEntityType")
    return KINDS.get(name, name.lower())


def ours(parse: Any, *arguments: Any, **options: Any) -> Any:
    """Ask the simulator the same."""
    try:
        text, entities = parse(*arguments, **options)
    except ApiError as error:
        return error.description.removeprefix("Bad Request: ").lower()
    ordered = sorted(entities, key=lambda e: (e["offset"], -e["length"]))
    return text, [(e["type"], e["offset"], e["length"], e.get("url")) for e in ordered]


HTML = [
    "<b>x",
    "<foo>",
    "a < b",
    "<b>x</i>",
    "<a href='http://a.b/?x=1&amp;y=2'>l</a>",
    " <b> x </b> ",
    "<b><i>x</b></i>",
    "</b>",
    "<b",
    '<pre><code class="language-py">x</code></pre>',
    "<blockquote expandable>q</blockquote>",
    "&lt;&eacute;&#65;&amp",
    "<a href='javascript:x'>q</a>",
    "<span class='q'>x</span>",
    "😀 <u>👍</u>",
]
MARKDOWN = [
    "1. x",
    "*x",
    "*x* _y_ __z__ ~s~ ||sp|| `c` ```py\nq```",
    "[l](http://a.b)",
    "[l](",
    r"\*x",
    "*_x*_",
    "> q",
    "a>b",
    ">q\n>w\nz",
    "[l]",
    "`a",
    "__a_b__",
    "**>exp\n>l||",
    "😀 *👍* `*a*`",
]


@pytest.mark.parametrize("text", HTML)
def test_html_is_read_as_tdlib_reads_it(text: str) -> None:
    mode = {"@type": "textParseModeHTML"}
    expected = theirs(**{"@type": "parseTextEntities"}, text=text, parse_mode=mode)
    assert ours(PARSERS["html"], text) == expected


@pytest.mark.parametrize("text", MARKDOWN)
def test_markdown_is_read_as_tdlib_reads_it(text: str) -> None:
    mode = {"@type": "textParseModeMarkdown", "version": 2}
    expected = theirs(**{"@type": "parseTextEntities"}, text=text, parse_mode=mode)
    assert ours(PARSERS["markdownv2"], text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.org/a_b?c=d#e, ok",
        "@olivia_owner hi /start@my_bot #tag $USD a@b.org www.x.com x.com foo.bar a.py 😀 /go",
        "http://localhost:80/x tg://resolve?domain=x ftp://a.org 1.2.3.4 #123 #a1 @ab x@abcde /a-b //b",
        "(https://en.wikipedia.org/wiki/A_(b)) https://пример.рф/я. http://x.org/)",
        "nothing here: 3.14 and e.g. some/path, 50$ and a@b",
    ],
)
def test_links_and_mentions_are_found_as_tdlib_finds_them(text: str) -> None:
    places = offsets(text)
    found = [(name, places[start], places[end] - places[start], None) for start, end, name in auto_spans(text)]
    assert found == theirs(**{"@type": "getTextEntities"}, text=text)[1]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("👉 👉  ", [(1, 1, "Bold")]),
        ("👉 👉  ", [(0, 1, "Bold")]),
        ("aba caba", [(3, 6, "Bold")]),
        ("aba caba", [(9, 1, "Bold")]),
        ("aba", [(-1, 1, "Bold")]),
        ("aba", [(0, -1, "Bold")]),
        ("aba", [(0, 0, "Bold")]),
        ("abcdef", [(0, 4, "Bold"), (2, 4, "Italic")]),
        ("abcdef", [(0, 4, "Pre"), (2, 4, "Italic")]),
        ("abcdef", [(0, 6, "Bold"), (2, 2, "Code")]),
        ("abcdef", [(0, 2, "Bold"), (2, 2, "Bold")]),
        ("a\r\nb\x01c", [(0, 4, "Bold")]),
        ("abcdef", [(0, 6, "Italic"), (0, 6, "Bold")]),
        ("abcdef", [(0, 6, "BlockQuote"), (0, 3, "Underline"), (3, 3, "Pre")]),
        ("   ", []),
    ],
)
def test_entities_given_by_a_bot_are_treated_as_tdlib_treats_them(
    text: str, entities: list[tuple[int, int, str]]
) -> None:
    given = [{"offset": o, "length": n, "type": {"@type": f"textEntityType{k}"}} for o, n, k in entities]
    expected = theirs(**{"@type": "parseMarkdown"}, text={"@type": "formattedText", "text": text, "entities": given})
    mine = [{"offset": o, "length": n, "type": k.lower()} for o, n, k in entities]
    assert ours(fixed, text, mine, trim=False) == expected
