"""Buttons and cards that agents and bots send."""

from typing import Any

from bridge.sandbox import samples
from bridge.sandbox.telegram_keyboard import buttons
from tests.acceptance.messages.row import row
from tests.acceptance.messages.talk import Json, Talk
from tests.patience import PATIENCE


def template(*given: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a message with buttons."""
    return {"attachment": {"type": "template", "buttons": list(given)}}


async def offered(talk: Talk, *given: dict[str, Any]) -> Json:
    """Let an agent send words with buttons; gives what the user got."""
    await talk.agent("Choose", attributes=template(*given))
    [message] = await talk.gets()
    return message


def cards(*given: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a gallery."""
    return {"attachment": {"type": "gallery", "gallery": list(given)}}


@row("text buttons", "buttons that say their label", "buttons below the words; a press says the label")
async def text_buttons(talk: Talk) -> None:
    message = await offered(talk, {"type": "text", "value": "Prices"}, {"type": "text", "value": "Hours"})
    assert (message["text"], [one["text"] for one in buttons(message)]) == ("Choose", ["Prices", "Hours"])
    talk.presses(message, "Hours")
    [_, said] = await talk.stored(2)
    assert said["text"] == "Hours"


@row(
    "link buttons",
    "buttons that open a page",
    "buttons that open it",
    "whether it opens in the same window: Telegram decides",
)
async def link_buttons(talk: Talk) -> None:
    site = {"type": "url", "value": "Site", "link": "https://example.org/x?a=1", "target": "blank"}
    message = await offered(talk, site)
    assert buttons(message) == [{"text": "Site", "url": "https://example.org/x?a=1"}]


@row(
    "action buttons",
    "buttons that tell a bot where to go on",
    "buttons; a press tells the bot",
    "their `alias`, for typed answers",
)
async def action_buttons(talk: Talk) -> None:
    message = await offered(talk, {"type": "action", "value": "Talk", "action": "#0f7aaefd", "show_echo": True})
    [face] = buttons(message)
    assert face["text"] == "Talk"
    assert "0f7aaefd" not in face["callback_data"]
    talk.presses(message, "Talk")
    [_, said] = await talk.stored(2)
    assert said["attributes"]["action"] == "#0f7aaefd"


@row(
    "60 buttons with labels of 200 Cyrillic letters",
    "more, and longer, than Telegram's limits of 64 bytes and some 10 kB",
    "numbered, shortened labels on as many keyboards as needed, with all labels in full above; a press says the whole label",
    "nothing; once one is pressed, the others stay to be seen on the other keyboards, and are stale",
)
async def many_buttons(talk: Talk) -> None:
    labels = [f"{number} " + "щедрый " * 28 for number in range(60)]
    labels = [one[:200].strip() for one in labels]
    await talk.agent("Выберите", attributes=template(*({"type": "text", "value": one} for one in labels)))
    await talk.telegram.wait_for(lambda: len(faces(talk)) == len(labels), PATIENCE)
    said = "\n".join(one["text"] for one in talk.world.received(talk.user))
    assert all(one in said for one in labels)
    message, face = faces(talk)[-1]
    talk.telegram.user_presses(message, face["callback_data"])
    [_, pressed] = await talk.stored(2)
    assert pressed["text"] == labels[-1]


def faces(talk: Talk) -> list[tuple[Json, Json]]:
    """All buttons that the user got, each with the message that it is under."""
    return [(message, one) for message in talk.world.received(talk.user) for one in buttons(message)]


@row(
    "button with an address that is none",
    "a link button to `javascript:…`, beside a good one",
    "the good button; the other one as a line to read",
    "that it can be pressed: Telegram would refuse the whole message",
)
async def bad_address(talk: Talk) -> None:
    bad = {"type": "url", "value": "Bad", "link": "javascript:alert(1)"}
    await talk.agent("Choose", attributes=template(bad, {"type": "text", "value": "Good"}))
    await talk.telegram.wait_for(lambda: "Bad: javascript:alert(1)" in words(talk), PATIENCE)
    assert [one["text"] for _, one in faces(talk)] == ["Good"]


def words(talk: Talk) -> str:
    """All that the user has read."""
    return "\n".join(one["text"] for one in talk.world.received(talk.user))


@row(
    "button with an address that Telegram refuses",
    "a link button to a name without a dot, `http://intranet/x`",
    "the address as a line below the words; other buttons stay",
    "that it can be pressed",
)
async def refused_address(talk: Talk) -> None:
    inside = {"type": "url", "value": "Inside", "link": "http://intranet/x"}
    message = await offered(talk, inside, {"type": "text", "value": "Good"})
    assert message["text"] == "Choose\nInside: http://intranet/x"
    assert [one["text"] for one in buttons(message)] == ["Good"]


@row("buttons on an image", "a picture with words and buttons", "the photo with its caption, and the buttons below it")
async def on_an_image(talk: Talk) -> None:
    src = await talk.file("a.png", "image/png", samples.MAP)
    file = {"src": src, "name": "a.png", "type": "image/png"}
    await talk.agent("Here?", type="image", metadata=file, attributes=template({"type": "text", "value": "Yes"}))
    [message] = await talk.gets()
    assert (message["caption"], [one["text"] for one in buttons(message)]) == ("Here?", ["Yes"])
    talk.presses(message, "Yes")
    [_, said] = await talk.stored(2)
    assert said["text"] == "Yes"


@row(
    "gallery with buttons",
    "cards with picture, title, words and buttons",
    "one photo a card, its title in bold, its buttons below",
)
async def gallery(talk: Talk) -> None:
    src = await talk.file("a.png", "image/png", samples.MAP)
    buy = {"type": "url", "value": "Buy", "link": "https://example.org/a"}
    first = {"preview": {"src": src}, "title": "Plan A", "description": "small", "buttons": [buy]}
    second = {"preview": {"src": ""}, "title": "Plan B", "buttons": [{"type": "text", "value": "Plan B"}]}
    await talk.agent("", type="gallery", attributes=cards(first, second))
    [one, other] = await talk.gets(2)
    assert (one["caption"], buttons(one)) == ("Plan A\nsmall", [{"text": "Buy", "url": "https://example.org/a"}])
    assert one["caption_entities"] == [{"type": "bold", "offset": 0, "length": 6}]
    assert talk.holds(one["photo"][-1]) == samples.MAP
    assert (other["text"], [face["text"] for face in buttons(other)]) == ("Plan B", ["Plan B"])


@row(
    "gallery without buttons",
    "cards with picture and title",
    "one photo a card",
    "that they can be leafed through sideways",
)
async def plain_gallery(talk: Talk) -> None:
    sources = [await talk.file(name, "image/png", samples.MAP) for name in ("a.png", "b.png")]
    await talk.agent("", type="gallery", attributes=cards(*({"preview": {"src": s}, "title": "T"} for s in sources)))
    assert [one["caption"] for one in await talk.gets(2)] == ["T", "T"]
