from typing import Any

import pytest

from bridge.message import Button, ButtonKind, Choice, Media, MediaKind, Notice, Skip, Text
from bridge.tiledesk.read import TiledeskReader
from tests.unit.tiledesk.desks import PROJECT, payload
from tests.unit.tiledesk.readings import API, SRC, attributes, buttons, parts, read

TEXT, URL, ACTION = ButtonKind.TEXT, ButtonKind.URL, ButtonKind.ACTION


def test_buttons_are_a_choice_under_the_words() -> None:
    shown = buttons(
        {"uid": "1", "type": "text", "value": " Prices\n now ", "show_echo": True},
        {"type": "url", "value": "Site", "link": " https://x.example/a?b=1 ", "target": "blank"},
        {"type": "action", "value": "Talk", "action": "#0f7a", "link": "", "show_echo": False, "alias": "human"},
        {"type": "action", "value": "Nowhere", "action": ""}, {"value": "Plain"}, {"type": "phone", "value": "Odd"},
        {"type": "text", "value": " "}, {"type": "text", "value": "\u200b"}, {"value": 7}, None, "x", {"type": "text"},
    )  # fmt: skip
    assert parts(text="Choose", **shown) == (
        Text("Choose"),
        Choice((
            Button(TEXT, "Prices now"), Button(URL, "Site", "https://x.example/a?b=1"),
            Button(ACTION, "Talk", "#0f7a", echo=False), Button(TEXT, "Nowhere"), Button(TEXT, "Plain"), Button(TEXT, "Odd"),
        )),
    )  # fmt: skip


def test_buttons_without_words_are_a_choice_alone() -> None:
    assert parts(text="", **buttons({"value": "Yes"})) == (Choice((Button(TEXT, "Yes"),)),)
    assert read(payload("", **buttons({"value": " "}))) == Skip("empty")


def test_buttons_stand_under_a_picture_too() -> None:
    shown = {"type": "image", "text": "", "metadata": {"src": SRC}, **buttons({"value": "Yes"})}
    assert parts(**shown) == (Media(MediaKind.IMAGE, SRC), Choice((Button(TEXT, "Yes"),)))


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "mailto:ann@x.example", "tel:+39055", "www.x.example", "https://", "https://x y.example", "ftp://x.example",
        "tg:resolve?domain=x", "data:text/html,x", "/relative", "https://[1", "https://x.example:port/", "https://x\\.example",
    ],
)  # fmt: skip
def test_a_link_that_no_button_opens_is_a_line(link: str) -> None:
    shown = buttons({"type": "url", "value": "Site", "link": link}, {"value": "Yes"})
    assert parts(text="Choose", **shown) == (Text("Choose"), Choice((Button(TEXT, "Yes"),)), Notice(f"Site: {link}"))


@pytest.mark.parametrize("link", ["", None, 7, {}])
def test_a_link_to_nowhere_is_its_label(link: Any) -> None:
    assert parts(text="Choose", **buttons({"type": "url", "value": "Site", "link": link})) == (
        Text("Choose"),
        Notice("Site"),
    )


def test_a_link_that_is_too_long_is_told() -> None:
    shown = buttons({"type": "url", "value": "Site", "link": "https://x.example/" + "a" * 2048})
    assert parts(text="Choose", **shown) == (Text("Choose"), Notice("Site: [link] can't be sent"))


@pytest.mark.parametrize(
    "link", ["tg://resolve?domain=x", "http://x.example", "https://пример.example/ж", "https://x.example/" + "a" * 2030]
)
def test_links_of_the_web_and_of_telegram_are_pressed(link: str) -> None:
    assert parts(text="Choose", **buttons({"type": "url", "value": "Site", "link": link}))[1] == Choice(
        (Button(URL, "Site", link),)
    )


def test_a_hostile_label_is_one_line_and_an_action_is_whole() -> None:
    action = '#0f7a{"note":"' + "ж" * 2000 + '"}'
    shown = buttons({"type": "action", "value": "a\x00\r\n\u2028b " + "я" * 100_000, "action": action})
    [_, choice] = parts(text="Choose", **shown)
    assert isinstance(choice, Choice)
    [button] = choice.buttons
    assert (len(button.label), button.label[:5], button.target) == (500, "a b я", action)


def test_two_hundred_cyrillic_letters_are_a_label() -> None:
    assert parts(text="Choose", **buttons({"value": "я" * 200}))[1] == Choice((Button(TEXT, "я" * 200),))


def test_sixty_buttons_are_one_choice_and_ten_thousand_are_told() -> None:
    def labelled(count: int) -> dict[str, Any]:
        return buttons(*({"value": f"No. {number}"} for number in range(count)))

    [_, sixty] = parts(text="Choose", **labelled(60))
    assert isinstance(sixty, Choice)
    assert len(sixty.buttons) == 60
    [_, many, notice] = parts(text="Choose", **labelled(10_000))
    assert isinstance(many, Choice)
    assert (len(many.buttons), notice) == (500, Notice("… and 9500 more"))


@pytest.mark.parametrize(
    "attachment",
    [None, "", [], {"buttons": None}, {"buttons": {}}, {"buttons": "x"}, {"buttons": []}, {"json_buttons": "${menu}"},
     {"json_buttons": "7"}, {"gallery": "x"}, {"json_gallery": "{{ plans }}"}, {"buttons": [7, [], {}]}],
)  # fmt: skip
def test_no_buttons_are_no_choice(attachment: Any) -> None:
    assert parts(**attributes(attachment=attachment)) == (Text("Hello"),)


@pytest.mark.parametrize(
    "left", ['[{"type":"text","value":"Yes"}]', '{"buttons":[{"value":"Yes"}]}', [{"value": "Yes"}]]
)
def test_a_template_of_buttons_that_a_bot_left_over_is_read(left: Any) -> None:
    assert parts(**attributes(attachment={"buttons": [], "json_buttons": left})) == (
        Text("Hello"),
        Choice((Button(TEXT, "Yes"),)),
    )


# ---------------------------------------------------------------- pages


PAGE = "https://maps.example/e"


@pytest.mark.parametrize("shape", ["frame", "redirect"])
def test_a_page_is_a_button_that_opens_it(shape: str) -> None:
    choice = Choice((Button(URL, "Open", PAGE),))
    shown: dict[str, Any] = {
        "type": shape,
        "metadata": {"src": PAGE, "width": "100%", "target": "blank", "type": shape},
    }
    assert parts(text="Our map", **shown) == (Text("Our map"), choice)
    assert parts(text="", **shown) == (Text(PAGE), choice)
    assert parts(TiledeskReader(PROJECT, API, open_label="Apri"), text="x", **shown)[1] == Choice(
        (Button(URL, "Apri", PAGE),)
    )


def test_a_pages_own_buttons_come_after_ours() -> None:
    shown = {"type": "frame", "metadata": {"src": PAGE}, **buttons({"value": "Yes"})}
    assert parts(text="x", **shown) == (Text("x"), Choice((Button(URL, "Open", PAGE), Button(TEXT, "Yes"))))


def test_a_page_with_too_long_an_address_is_a_link() -> None:
    long = PAGE + "a" * 3000
    assert parts(text="x", type="frame", metadata={"src": long}) == (Text(f"x\n{long}"),)


@pytest.mark.parametrize(
    ("src", "watched"),
    [
        ("https://www.youtube.com/embed/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        (
            "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=42&rel=0",
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42",
        ),
        ("//www.youtube.com/embed/dQw4w9WgXcQ/", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://youtube.com/embed/videoseries?list=PL-1", "https://www.youtube.com/playlist?list=PL-1"),
        ("https://youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?v=dQw4w9WgXcQ", "https://m.youtube.com/watch?v=dQw4w9WgXcQ"),
    ],
)
@pytest.mark.parametrize("shape", ["frame", "video"])
def test_an_embedded_film_is_its_page_with_a_preview(shape: str, src: str, watched: str) -> None:
    shown: dict[str, Any] = {"type": shape, "metadata": {"src": src, "type": "video"}}
    if shape == "video" and src.startswith("//"):
        return
    assert parts(text="Look", **shown) == (Text(f"Look\n{watched}"),)
    assert parts(text="", **shown) == (Text(watched),)


@pytest.mark.parametrize("src", ["https://www.youtube.com/embed/", "https://www.youtube.com/embed/a/b", "https://www.youtube.com/embed/videoseries",
                                 "https://youtube.com.example/embed/x", "https://player.example/embed/x"])  # fmt: skip
def test_other_pages_are_opened(src: str) -> None:
    assert parts(text="x", type="frame", metadata={"src": src, "type": "video"}) == (
        Text("x"),
        Choice((Button(URL, "Open", src),)),
    )
