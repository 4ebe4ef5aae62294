"""Agent to user and back: what an agent writes, Telegram keeps as sent, and a user quotes back unchanged."""

from dataclasses import replace

import pytest

from bridge.telegram.entities import to_markdown
from bridge.telegram.markup import Chunk, Entity, from_markdown
from tests.unit.telegram.judge import accepted, judged

TRICKY = {
    "emphasis in emphasis in a link in a quote": (
        "> see *this **very [good `x` ~~old~~ shop](https://a.example/c_d_?q=1&r=2)***\n> and _that_\n\nafter **it**"
    ),
    "code with fences in a quote": (
        "> run\n> ```sh\n> echo '**no**' | grep \"<b>\"\n> ```\n\nthen `a || b` and ``c`d``"
    ),
    "a code block with language and indent": (
        "```c++\nif (a < b) {\n    puts('*x* _y_ ||z||');\n}\n```\nthe end **now**"
    ),
    "a fence in a fence": "````md\n```py\nx = '`'\n```\n````\ndone",
    "spoilers": "the pin is ||1234||, **||never|| tell** ||_it_ to anybody||, if a || b",
    "lists in lists, ordered and of tasks": (
        "# To do\n\n- **a**\n  - b `c`\n    - _d_\n\n1. one\n2. two\n\n- [x] paid\n- [ ] ~~sent~~"
    ),
    "a table under a heading": (
        "## Prices\n\n| what | price |\n|---|---:|\n| tea | 2 |\n| שלום | 10 |\n|| 0 |\n\nall **net**"
    ),
    "right to left with direction marks": (
        "\u200fדגל **עולם**, *abc*\u200f.\nشكر \u2067_[ملف](https://a.example/x)_ ||سر||\u2069 \u200e**ok**\u200e"
    ),
    "emoji of many units": ("👨‍👩‍👧‍👦 **👩🏽‍💻 🇮🇹🇫🇷** _🏴󠁧󠁢󠁳󠁣󠁴󠁿_ ||👍🏿|| `😀` [🧑‍🚀](https://a.example/😀)"),
    "combining marks": "**e\u0301** ~~Z\u0351\u0342\u036ba~~ _한\u1100\u1161_ क्षि **नि**",
    "unbalanced and escaped markers": (
        "**a _b_** and (c ** d), \\_no \\* 5 \\# 1, snake_case, 5*3*2 ~6 <b> &amp; $x$ **=** ~~y~~"
    ),
    "addresses and links Telegram takes or not": (
        "https://a.example/_x_/*y* [chat](tg://resolve?domain=x) "
        "**[w](http://192.0.2.1:8080/p)** [mail](mailto:a@b.example) _www.a.example_"
    ),
}


def exactly(entities: tuple[Entity, ...]) -> list[tuple[int, int, str, str, str]]:
    return sorted((e.offset, -e.length, e.type, e.url or "", e.language or "") for e in entities)


def alone(source: str) -> Chunk:
    (chunk,) = from_markdown(source)
    return chunk


@pytest.mark.parametrize("source", TRICKY.values(), ids=TRICKY.keys())
def test_telegram_keeps_exactly_what_is_sent_and_it_comes_back_the_same(source: str) -> None:
    sent = alone(source)
    kept = judged(sent)
    assert sent.entities
    assert kept.text == sent.text
    assert exactly(kept.entities) == exactly(sent.entities)
    assert accepted(sent)["@type"] == "formattedText"

    quoted = to_markdown(kept.text, [entity.to_dict() for entity in kept.entities])
    again = alone(quoted)
    assert again.text == sent.text
    assert exactly(again.entities) == exactly(sent.entities)
    assert alone(to_markdown(again.text, [replace(e).to_dict() for e in again.entities])) == again
