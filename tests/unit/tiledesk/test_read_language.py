from typing import Any

import pytest

from bridge.message import Button, ButtonKind, Choice, Media, MediaKind, Notice, Part, Pause, Skip, Text
from tests.unit.tiledesk.desks import payload
from tests.unit.tiledesk.readings import attributes, bubble, buttons, parts, read

TEXT, URL, ACTION = ButtonKind.TEXT, ButtonKind.URL, ButtonKind.ACTION
PNG = "https://i.example/a.png"


def said(text: str, **fields: Any) -> tuple[Part, ...]:
    return parts(text=text, sender="bot_1", **fields)


@pytest.mark.parametrize(
    ("line", "button"),
    [
        ("* Yes", Button(TEXT, "Yes")),
        ("*  [A] Yes, please  ", Button(TEXT, "[A] Yes, please")),
        ("* Site https://x.example/a", Button(URL, "Site", "https://x.example/a")),
        ("* Site < https://x.example/a", Button(URL, "Site", "https://x.example/a")),
        ("* Site > http://x.example", Button(URL, "Site", "http://x.example")),
        ("* https://x.example", Button(URL, "https://x.example", "https://x.example")),
        ("* Talk tdAction:human", Button(ACTION, "Talk", "human", echo=False)),
        ("* Talk tdActionShowEcho: human ", Button(ACTION, "Talk", "human")),
        ("* Talk   tdIntent:  q1{'points': 10}  ", Button(ACTION, "Talk", "q1{'points': 10}")),
        ("* Talk tdIntentNoEcho:human", Button(ACTION, "Talk", "human", echo=False)),
        ("* tdAction:human", Button(ACTION, "human", "human", echo=False)),
    ],
)
def test_a_bots_line_with_a_star_is_a_button(line: str, button: Button) -> None:
    assert said(f"Choose\r\n{line}") == (Text("Choose"), Choice((button,)))
    assert parts(text=f"Choose\n{line}") == (Text(f"Choose\n{line}"),)


def test_a_line_with_an_action_is_a_button_wherever_it_stands() -> None:
    assert said("One\n* Talk tdAction:human\nTwo") == (
        Text("One\nTwo"),
        Choice((Button(ACTION, "Talk", "human", echo=False),)),
    )


@pytest.mark.parametrize(
    "text",
    [
        "We have:\n* red\n* blue\nWhich one?", "*Important*", "**Hi**\n* **Plan A**: small\n* **Plan B**: big",
        "* " + "long" * 30,
        "```\n* Yes\n```", "1. one\n - two", "a * b", "*", "C:\\agents\\split", "\\agents", "tdFrame", "see tdFrame:https://x.example",
        "x" * 33_000 + "\n* Yes",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_stays_text(text: str) -> None:
    assert said(text) == (Text(text),)


def test_a_message_with_buttons_of_its_own_may_hold_a_list() -> None:
    assert said("Plans:\n* A\n* B", **buttons({"value": "Yes"})) == (
        Text("Plans:\n* A\n* B"),
        Choice((Button(TEXT, "Yes"),)),
    )
    both = (Text("Hi"), Choice((Button(TEXT, "Yes"), Button(ACTION, "Go", "x"))))
    assert said("Hi\n* Go tdIntent:x", **buttons({"value": "Yes"})) == both


@pytest.mark.parametrize(
    ("line", "width", "height"),
    [
        (f"tdImage:{PNG}", 0, 0),
        (f"tdImage,w100 h50: {PNG}", 100, 50),
        (f"tdImage, h50:{PNG}", 0, 50),
        (f"\\image:{PNG}", 0, 0),
        (f"\\image:100-50:{PNG}", 100, 50),
    ],
)
def test_a_bots_line_with_an_image_has_the_words_as_its_caption(line: str, width: int, height: int) -> None:
    picture = Media(MediaKind.IMAGE, PNG, "a.png", "image/png", width=width, height=height, caption="Look\nhere")
    assert said(f"Look\n{line}\nhere\n* Yes") == (picture, Choice((Button(TEXT, "Yes"),)))


def test_a_bots_line_with_a_page_is_a_button_and_a_film_its_page() -> None:
    assert said("tdFrame,w100% h300:https://f.example") == (Text("tdFrame,w100% h300:https://f.example"),)
    assert said("Fill in\ntdFrame,w100 h300:https://f.example") == (
        Text("Fill in"),
        Choice((Button(URL, "Open", "https://f.example"),)),
    )
    assert said("tdVideo:https://www.youtube.com/embed/abc") == (Text("https://www.youtube.com/watch?v=abc"),)
    assert said("tdImage:javascript:x") == (Notice("[image] can't be sent"),)


def test_several_images_come_one_after_the_other() -> None:
    first, second = (
        Media(MediaKind.IMAGE, "https://i.example/1", caption="Look"),
        Media(MediaKind.IMAGE, "https://i.example/2"),
    )
    assert said("Look\ntdImage:https://i.example/1\ntdImage:https://i.example/2\n* Yes") == (
        first,
        second,
        Choice((Button(TEXT, "Yes"),)),
    )


def test_a_split_is_a_wait_between_two_bubbles() -> None:
    assert said("Hi!\n\\split:500\nYour name?\n* Ann\n\\split\nBye", **attributes(attachment={"gallery": [{"title": "A"}]})) == (
        Text("Hi!"), Pause(0.5), Text("Your name?"), Choice((Button(TEXT, "Ann"),)), Pause(1.0), Text("Bye"), Text("**A**"),
    )  # fmt: skip


@pytest.mark.parametrize("line", ["\\agent", "\\_tdclose", "\\_tddepartment Sales team", "\\_td:x", "\\close "])
def test_a_directive_to_the_desk_never_shows(line: str) -> None:
    assert said(f"Wait\n{line}") == (Text("Wait"),)
    assert read(payload(line, sender="bot_1")) == Skip("empty")
    assert said(line, **buttons({"value": "Yes"})) == (Choice((Button(TEXT, "Yes"),)),)
    assert parts(text=line) == (Text(line),)


def test_bubbles_of_a_bot_are_read_the_same_and_files_are_not() -> None:
    commands = [bubble("A\n* Yes"), bubble("B\n* No", type="image", metadata={"src": "https://i.example/1"})]
    assert said("x", **attributes(commands=commands)) == (
        Text("A"), Choice((Button(TEXT, "Yes"),)), Media(MediaKind.IMAGE, "https://i.example/1", caption="B\n* No"),
    )  # fmt: skip
