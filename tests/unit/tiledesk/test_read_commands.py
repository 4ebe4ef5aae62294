from typing import Any

import pytest

from bridge.message import Button, ButtonKind, Choice, Media, MediaKind, News, Notice, Pause, Skip, Text
from bridge.tiledesk.read import TEMPLATE as NOTE
from tests.unit.tiledesk.desks import payload
from tests.unit.tiledesk.readings import SRC, attributes, bubble, buttons, gallery, hidden, parts, read

TEMPLATE = {"attachment": {"type": "wa_template", "template": {"name": "hello"}}}


def nested(*commands: Any, text: str = "summary") -> dict[str, Any]:
    return bubble(text, attributes={"commands": list(commands)})


def test_a_bots_commands_are_bubbles_and_waits_and_replace_the_summary() -> None:
    commands = [
        {"type": "wait", "time": 500}, bubble("Hi"), {"type": "wait", "time": 1500},
        bubble("Pick one", type="image", metadata={"src": SRC}, _tdJSONCondition={}, lang="en", **buttons({"value": "A"})),
        {"type": "settings", "settings": {"noInputTimeout": 5}}, {"type": "hologram"}, None, 7,
        bubble(**gallery({"title": "Plan"})), bubble("Map", type="frame", metadata={"src": SRC}),
    ]  # fmt: skip
    assert parts(text="Hi\r\nPick one", sender="bot_1", **attributes(commands=commands)) == (
        Pause(0.5), Text("Hi"), Pause(1.5), Media(MediaKind.IMAGE, SRC, caption="Pick one"),
        Choice((Button(ButtonKind.TEXT, "A"),)), Text("**Plan**"), Text("Map"), Choice((Button(ButtonKind.URL, "Open", SRC),)),
    )  # fmt: skip


@pytest.mark.parametrize("time", ["500", None, [], -500, True, 1e300])
def test_a_wait_that_makes_no_sense_is_none_or_has_an_end(time: Any) -> None:
    found = parts(**attributes(commands=[{"type": "wait", "time": time}, bubble("Hi")]))
    assert [part for part in found if not isinstance(part, Pause)] == [Text("Hi")]
    assert all(0 <= part.seconds <= 600 for part in found if isinstance(part, Pause))


@pytest.mark.parametrize(
    "commands",
    [
        [],
        "x",
        {},
        [{"type": "wait", "time": 5}],
        [bubble("")],
        [{"type": "message"}],
        [None],
        [bubble("", type="image")],
    ],
)
def test_commands_that_show_nothing_leave_the_summary(commands: Any) -> None:
    assert parts(text="Hi", **attributes(commands=commands)) == (Text("Hi"),)


def test_commands_hold_messages_with_commands() -> None:
    inner = nested({"type": "wait", "time": 100}, bubble("b"), nested(bubble("too deep"), text="c"))
    assert parts(**attributes(commands=[bubble("a"), inner])) == (Text("a"), Pause(0.1), Text("b"), Text("c"))


def test_a_hundred_commands_are_enough() -> None:
    commands = [bubble(str(number)) for number in range(990)] + [hidden()] * 10
    found = parts(**attributes(commands=commands))
    assert (len(found), found[-2:]) == (101, (Text("99"), Notice("… and 890 more")))


# ---------------------------------------------------------------- what is hidden


def test_a_bots_bubble_with_a_subtype_is_hidden_and_so_is_the_summary_that_repeats_it() -> None:
    assert parts(text="Hi\r\nVIP", **attributes(commands=[bubble("Hi"), hidden()])) == (Text("Hi"),)
    assert read(payload("VIP", **attributes(commands=[hidden()]))) == Skip("empty")


def test_what_is_hidden_deeper_is_hidden_as_well() -> None:
    deep = hidden()
    for _ in range(6):
        assert read(payload("VIP", **attributes(commands=[deep]))) == Skip("empty")
        assert parts(**attributes(commands=[bubble("Hi"), nested(bubble("Ho"), deep, text="VIP")]))[0] == Text("Hi")
        deep = nested(deep, text="VIP")


@pytest.mark.parametrize("subtype", ["private", "info", "info/support", "whisper", ["private"], {"x": 1}, True])
def test_a_hidden_bubble_is_hidden_whatever_it_is(subtype: Any) -> None:
    shown: tuple[dict[str, Any], ...] = (
        {"text": "VIP", "type": "image", "metadata": {"src": SRC}}, {**gallery({"title": "VIP"}), "text": "VIP"},
        {"text": "<b>VIP</b>", "type": "html"},
    )  # fmt: skip
    for fields in shown:
        private = {**fields, "attributes": {**fields.get("attributes", {}), "subtype": subtype}}
        assert read(payload("VIP", **attributes(commands=[bubble(**private)]))) == Skip("empty")


# ---------------------------------------------------------------- templates of another network


def test_a_template_of_another_network_is_told_apart() -> None:
    text = "whatsapp template: hello\r\nbody"
    assert read(payload(text, attributes=TEMPLATE)) == News((), NOTE)
    assert read(payload(text, **attributes(commands=[bubble(text, attributes=TEMPLATE)]))) == News((), NOTE)


def test_a_template_among_bubbles_is_left_out() -> None:
    commands = [bubble("Hi"), bubble("whatsapp template: hello", attributes=TEMPLATE)]
    assert parts(text="Hi\r\nwhatsapp template: hello", **attributes(commands=commands)) == (Text("Hi"),)
