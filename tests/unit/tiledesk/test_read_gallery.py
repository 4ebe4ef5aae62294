from typing import Any

import orjson
import pytest

from bridge.message import Button, ButtonKind, Choice, Media, MediaKind, Notice, Skip, Text
from bridge.tiledesk.read import TiledeskReader
from tests.unit.tiledesk.desks import PROJECT, payload
from tests.unit.tiledesk.readings import API, attributes, gallery, parts, read

IMAGE = MediaKind.IMAGE
YES = Choice((Button(ButtonKind.TEXT, "Yes"),))


def card(src: object = "", title: object = "", description: object = "", *buttons: object) -> dict[str, Any]:
    return {"preview": {"src": src, "uid": "a"}, "title": title, "description": description, "buttons": list(buttons)}


def test_a_card_is_its_picture_with_its_words_and_buttons() -> None:
    shown = gallery(
        card("https://i.example/1", "Plan A", "small", {"type": "url", "value": "Buy", "link": "https://x.example"}),
        card("", "Plan *B*", " big ", {"type": "text", "value": "Yes"}),
        card("https://i.example/3.gif", "", "only this"),
        card("data:image/png;base64,x", "Plan D"),
        card("", "", "", {"value": "Yes"}),
        card(), None, 7,
    )  # fmt: skip
    assert parts(**shown) == (
        Media(IMAGE, "https://i.example/1", caption="**Plan A**\nsmall"),
        Choice((Button(ButtonKind.URL, "Buy", "https://x.example"),)),
        Text("**Plan \\*B\\***\nbig"), YES,
        Media(MediaKind.ANIMATION, "https://i.example/3.gif", "3.gif", "image/gif", caption="only this"),
        Text("**Plan D**"), Notice("[image] can't be sent"),
        Notice("5."), YES,
    )  # fmt: skip


def test_a_galleries_words_come_first_and_a_tenth_card_is_the_last() -> None:
    cards = [card("https://i.example/1", f"No. {number}") for number in range(1, 14)]
    found = parts(**{**gallery(*cards), "text": "Our plans"})
    assert found[0] == Text("Our plans")
    assert found[10] == Media(IMAGE, "https://i.example/1", caption="**No. 10**")
    assert found[11:] == (Notice("… and 3 more"),)


@pytest.mark.parametrize("preview", ["", None, [], "https://i.example/1", {"src": None}, {"src": 7}])
def test_a_card_without_a_picture_is_its_words(preview: Any) -> None:
    assert parts(**gallery({"preview": preview, "title": "A", "description": None, "buttons": None})) == (
        Text("**A**"),
    )


def test_a_gallery_of_nothing_is_empty() -> None:
    assert read(payload(**gallery(card(), {}, None))) == Skip("empty")


@pytest.mark.parametrize("left", [orjson.dumps([card("", "A")]).decode(), [card("", "A")]])
def test_a_template_of_cards_that_a_bot_left_over_is_read(left: Any) -> None:
    assert parts(text="Look", **attributes(attachment={"json_gallery": left})) == (Text("Look"), Text("**A**"))


# ---------------------------------------------------------------- sources


SOURCES = [
    {"source_name": "Doc [1]", "source_file_name": "https://x.example/y_(z)", "source_description": "d", "source_image": ""},
    {"source_name": "", "source_file_name": "https://x.example/z"},
    {"source_name": "handbook.pdf", "source_file_name": "handbook_2.pdf"},
    {"source_name": "Doc [1]", "source_file_name": "https://x.example/y_(z)"}, {}, 7, None,
]  # fmt: skip
LISTED = Text(
    "Sources:\n• [Doc \\[1\\]](https://x.example/y_%28z%29)\n• https://x.example/z\n• handbook.pdf: handbook\\_2.pdf"
)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": orjson.dumps(SOURCES).decode()},
        {"text": orjson.dumps({"sources": SOURCES}).decode()},
        {"text": "", "metadata": SOURCES},
        {"text": "[]", "metadata": {"sources": SOURCES}},
        {"text": ..., "metadata": {"data": orjson.dumps(SOURCES).decode()}},
        {"text": " ", **attributes(sources=SOURCES)},
        {"text": "", **attributes(attachment={"type": "url_preview", "list": SOURCES})},
    ],
)
def test_sources_are_links_wherever_they_stand(fields: dict[str, Any]) -> None:
    assert parts(type="url_preview", displayFields={"title": True}, **fields) == (LISTED,)


def test_one_source_may_stand_without_a_list() -> None:
    assert parts(type="url_preview", text='{"title":"A","url":"https://x.example"}') == (
        Text("Sources:\n• [A](https://x.example)"),
    )


def test_words_and_sources_both_show() -> None:
    assert parts(type="url_preview", text="see https://x.example") == (Text("see https://x.example"),)
    assert parts(type="url_preview", text="As we wrote", metadata={"sources": SOURCES}) == (Text("As we wrote"), LISTED)


def test_no_more_than_five_sources_show_under_our_own_heading() -> None:
    many = [{"source_name": f"No. {number}"} for number in range(8)]
    reader = TiledeskReader(PROJECT, API, sources_label="Fonti:")
    [found] = parts(reader, type="url_preview", text=orjson.dumps(many).decode())
    assert found == Text("Fonti:\n" + "\n".join(f"• No. {number}" for number in range(5)) + "\n… and 3 more")


@pytest.mark.parametrize(
    "text", ["[]", "{}", "[1]", '[{"source_name": "Doc", "sou', '{"x": 1}', '[{"x": "y"}]', " ", '[\n {"a']
)
def test_raw_json_never_shows(text: str) -> None:
    assert read(payload(text, type="url_preview")) == Skip("empty")


def test_json_in_a_text_is_a_text() -> None:
    assert parts(type="text", text="[1]") == (Text("[1]"),)
