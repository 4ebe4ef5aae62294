"""Inline keyboards: what Telegram takes, and what is under a message."""

from typing import Any

from bridge.sandbox.telegram_answers import Asked, Json, bad_request
from bridge.sandbox.telegram_links import button_trouble

LONGEST_BUTTON_DATA = 64  # bytes
LARGEST_MARKUP = 10_000  # bytes, this and the next two by experience
MOST_BUTTONS = 100
WIDEST_ROW = 8
BUTTON_KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def keyboard(asked: Asked) -> Json:
    """Make the ``reply_markup`` field of a message, which shows inline keyboards only; 400 for a bad button."""
    if not asked.params.get("reply_markup"):
        return {}
    markup = asked.mapping("reply_markup")
    if len(asked.text("reply_markup").encode()) > LARGEST_MARKUP:
        raise bad_request("Reply markup is too long")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return {}
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    shown = [[button(one) for one in row] for row in rows if row]
    if any(len(row) > WIDEST_ROW for row in shown) or sum(map(len, shown)) > MOST_BUTTONS:
        raise bad_request("Reply markup is too long")
    return {"reply_markup": {"inline_keyboard": shown}} if shown else {}


def button(given: Any) -> Json:
    """Check one inline button."""
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise bad_request('Can\'t parse inline keyboard button: Field "text" must be of type String')
    if not given["text"].strip():
        raise bad_request("Inline keyboard button text is empty")
    kinds = [kind for kind in BUTTON_KINDS if given.get(kind) is not None]
    if not kinds:
        raise bad_request("Can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = given.get("callback_data")
    if data is not None and not 0 < len(str(data).encode()) <= LONGEST_BUTTON_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    url = given.get("url")
    trouble = button_trouble(str(url)) if url is not None else ""
    if trouble:
        raise bad_request(f"Inline keyboard button URL '{url}' is invalid: {trouble}")
    return given


def keyboard_of(message: Json) -> list[list[Json]]:
    """The rows of buttons under a message."""
    rows: list[list[Json]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return rows


def buttons(message: Json) -> list[Json]:
    """The buttons under a message, row by row."""
    return [button for row in keyboard_of(message) for button in row]
