"""Presses of buttons, which an agent or a bot has offered."""

from typing import Any

from bridge.sandbox.telegram_keyboard import buttons
from tests.acceptance.messages.row import row
from tests.acceptance.messages.talk import Json, Talk
from tests.patience import PATIENCE


async def offered(talk: Talk, *given: dict[str, Any]) -> Json:
    """Open a request and let a bot offer buttons; gives the message that they are under."""
    await talk.open()
    await talk.agent("Choose", attributes={"attachment": {"type": "template", "buttons": list(given)}})
    [message] = await talk.gets()
    return message


def labels(talk: Talk, message: Json) -> list[str]:
    """What the buttons under a message say now."""
    return [one["text"] for one in buttons(talk.now(message))]


@row(
    "press of a text button",
    "a press",
    "the label, as if it had been typed, marked as Tiledesk's own widget does; in Telegram the choice stays, with a tick",
    "the buttons that were not chosen go, and the time of the press, which Telegram does not tell",
)
async def press(talk: Talk) -> None:
    message = await offered(talk, {"type": "text", "value": "Prices"}, {"type": "text", "value": "Hours"})
    answer = await talk.answer_to(talk.presses(message, "Prices"))
    assert "text" not in answer
    [_, said] = await talk.stored(2)
    assert (said["text"], said["metadata"]) == ("Prices", {"button": True, "type": "button"})
    await talk.telegram.wait_for(lambda: labels(talk, message) == ["✓ Prices"], PATIENCE)


@row(
    "press of an action button",
    "a press; the action has 1 kB of parameters, in any script",
    "the label, with the whole action for the bot",
)
async def press_of_action(talk: Talk) -> None:
    action = f'#0f7aaefd{{"who":"{"Ж" * 1000}"}}'
    message = await offered(talk, {"type": "action", "value": "Talk to us", "action": action, "show_echo": True})
    talk.presses(message, "Talk to us")
    [_, said] = await talk.stored(2)
    assert (said["text"], said["attributes"]["action"]) == ("Talk to us", action)
    assert "subtype" not in said["attributes"]


@row(
    "press of a hidden action",
    "a press whose `show_echo` is off",
    "the same, as information that the conversation does not show",
)
async def hidden_press(talk: Talk) -> None:
    message = await offered(talk, {"type": "action", "value": "Next", "action": "#next", "show_echo": False})
    talk.presses(message, "Next")
    [_, said] = await talk.stored(2)
    assert (said["attributes"]["subtype"], said["attributes"]["action"]) == ("info", "#next")


@row(
    "press of a stale button",
    "a press of a button that is unknown or too old",
    "nothing; the user is told that the button is no longer active",
    "the press: nobody knows any more what it meant",
)
async def stale_press(talk: Talk) -> None:
    message = await offered(talk, {"type": "text", "value": "Prices"})
    update = talk.telegram.user_presses(message, "0123456789abcdef01234567.0")
    assert (await talk.answer_to(update))["text"] == "This button is no longer active."
    await talk.nothing_but(1)


@row(
    "second press",
    "another press of buttons that were used",
    "the first press alone; the user is told that the button is no longer active",
    "the second press, so that nothing is ordered twice",
)
async def second_press(talk: Talk) -> None:
    message = await offered(talk, {"type": "text", "value": "Yes"}, {"type": "text", "value": "No"})
    shown = {one["text"]: one["callback_data"] for one in buttons(message)}
    first = talk.telegram.user_presses(message, shown["Yes"])
    await talk.answer_to(first)
    second = talk.telegram.user_presses(message, shown["No"])
    assert (await talk.answer_to(second))["text"] == "This button is no longer active."
    [_, said] = await talk.nothing_but(2)
    assert said["text"] == "Yes"
