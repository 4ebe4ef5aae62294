"""The methods of the Bot API that change what was sent, or answer what users did."""

from bridge.sandbox.telegram_answers import Asked, Json, bad_request
from bridge.sandbox.telegram_calls import Method, brake, destination
from bridge.sandbox.telegram_compose import caption_fields, text_fields
from bridge.sandbox.telegram_keyboard import keyboard
from bridge.sandbox.telegram_people import Chat
from bridge.sandbox.telegram_updates import PRESS_LIFETIME
from bridge.sandbox.telegram_world import BotAccount, World

DELETABLE = 48 * 3600.0  # seconds
NOT_MODIFIED = (
    "Message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
TOO_OLD = "Query is too old and response timeout expired or query ID is invalid"


def own_message(world: World, bot: BotAccount, asked: Asked) -> tuple[Chat, Json]:
    """Find the bot's message that is to be edited."""
    chat = world.reach(bot, destination(asked))
    brake(world, bot, chat)
    message = chat.messages.get(asked.integer("message_id"))
    if message is None:
        raise bad_request("Message to edit not found")
    if message["from"]["id"] != bot.id:
        raise bad_request("Message can't be edited")
    return chat, message


def replaced(world: World, bot: BotAccount, chat: Chat, old: Json, new: Json) -> Json:
    """Put an edited message in the place of the old one, unless nothing changed."""
    if {key: value for key, value in old.items() if key != "edit_date"} == new:
        raise bad_request(NOT_MODIFIED)
    edited = new | {"edit_date": int(world.clock())}
    chat.messages[edited["message_id"]] = edited
    world.announce("edited", bot, edited)
    return edited


def stripped(message: Json, *names: str) -> Json:
    """Give the message without fields that an edit sets anew."""
    return {key: value for key, value in message.items() if key not in (*names, "reply_markup", "edit_date")}


def edit_message_text(world: World, bot: BotAccount, asked: Asked) -> Json:
    """Change a text and its keyboard."""
    chat, message = own_message(world, bot, asked)
    fields = text_fields(asked) | keyboard(asked)
    if "text" not in message:
        raise bad_request("There is no text in the message to edit")
    new = stripped(message, "text", "entities", "link_preview_options") | fields
    return replaced(world, bot, chat, message, new)


def edit_message_caption(world: World, bot: BotAccount, asked: Asked) -> Json:
    """Change a caption and the keyboard."""
    chat, message = own_message(world, bot, asked)
    fields = caption_fields(asked) | keyboard(asked)
    if "text" in message:
        raise bad_request("There is no caption in the message to edit")
    return replaced(world, bot, chat, message, stripped(message, "caption", "caption_entities") | fields)


def edit_message_reply_markup(world: World, bot: BotAccount, asked: Asked) -> Json:
    """Change or remove the keyboard."""
    chat, message = own_message(world, bot, asked)
    return replaced(world, bot, chat, message, stripped(message) | keyboard(asked))


def delete_message(world: World, bot: BotAccount, asked: Asked) -> bool:
    """Take a message back, for 48 hours."""
    chat = world.reach(bot, destination(asked))
    number = asked.integer("message_id")
    message = chat.messages.get(number)
    if message is None:
        raise bad_request("Message to delete not found")
    if world.clock() - message["date"] > DELETABLE:
        raise bad_request("Message can't be deleted for everyone")
    del chat.messages[number]
    world.announce("deleted", bot, message)
    return True


def answer_callback_query(world: World, bot: BotAccount, asked: Asked) -> bool:
    """Answer a button press, once and within 150 seconds."""
    if len(asked.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    press = bot.presses.pop(asked.text("callback_query_id"), None)
    if press is None or world.clock() - press.at > PRESS_LIFETIME:
        raise bad_request(TOO_OLD)
    world.announce("answered", bot, {"chat_id": press.chat_id, **asked.params})
    return True


def set_message_reaction(world: World, bot: BotAccount, asked: Asked) -> bool:
    """Set the bot's one reaction to a message, or take it back."""
    chat = world.reach(bot, destination(asked))
    number = asked.integer("message_id")
    if number not in chat.messages:
        raise bad_request("Message to react not found")
    reaction = asked.array("reaction")
    if len(reaction) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(one.get("type") not in ("emoji", "custom_emoji") for one in reaction):
        raise bad_request("REACTION_INVALID")
    world.announce("reaction", bot, {"chat": chat.body, "message_id": number, "reaction": reaction})
    return True


EDITS: dict[str, Method] = {
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_callback_query,
    "setmessagereaction": set_message_reaction,
}
