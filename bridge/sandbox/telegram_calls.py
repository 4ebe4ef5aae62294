"""The methods of the Bot API that send something."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bridge.sandbox.telegram_answers import Asked, Json, bad_request, too_many
from bridge.sandbox.telegram_compose import caption_fields, reply_fields, text_fields
from bridge.sandbox.telegram_keyboard import keyboard
from bridge.sandbox.telegram_media import KINDS, Kind, media_fields, sent_file, sent_thumbnail
from bridge.sandbox.telegram_people import Chat
from bridge.sandbox.telegram_world import BotAccount, World

Method = Callable[[World, BotAccount, Asked], Any]

ACTIONS = frozenset(
    {f"{verb}_{what}" for verb in ("record", "upload") for what in ("video", "voice", "video_note")}
    | {"typing", "upload_photo", "upload_document", "choose_sticker", "find_location", "upload_audio", "record_audio"}
)
GROUPED = frozenset({"photo", "video", "document", "audio"})
COMMAND_NAME = re.compile(r"[a-z0-9_]{1,32}")


def destination(asked: Asked) -> int | str:
    """Read ``chat_id``: a number, or the "@name" of a chat."""
    given = asked.params.get("chat_id", "")
    try:
        return int(given)
    except (TypeError, ValueError):
        return str(given)


def brake(world: World, bot: BotAccount, chat: Chat) -> None:
    """Refuse with 429 what comes too fast, or what a fault refuses."""
    now = world.clock()
    wait = world.faults.retry_after(chat.id, now)
    if wait is None and world.faults.flood:
        wait = bot.limits.retry_after(chat.id, now)
    if wait is not None:
        raise too_many(wait)


def addressed(world: World, bot: BotAccount, asked: Asked) -> Chat:
    """Find the chat that a send addresses; 400, 403 or 429 when nothing can be sent there (now)."""
    chat = world.reach(bot, destination(asked))
    brake(world, bot, chat)
    return chat


def deliver(world: World, bot: BotAccount, chat: Chat, fields: Json) -> Json:
    """Write the bot's message."""
    message = world.write(bot, chat, bot.user, fields)
    bot.sent.append(message)
    world.announce("sent", bot, message)
    return message


def send_message(world: World, bot: BotAccount, asked: Asked) -> Json:
    """Send a text."""
    chat = addressed(world, bot, asked)
    fields = reply_fields(asked, chat) | text_fields(asked) | keyboard(asked)
    return deliver(world, bot, chat, fields)


def sender(kind: Kind) -> Method:
    """Make the method that sends one kind of media."""

    def send_media(world: World, bot: BotAccount, asked: Asked) -> Json:
        chat = addressed(world, bot, asked)
        caption = caption_fields(asked) if kind.caption else {}
        fields = reply_fields(asked, chat) | caption | keyboard(asked)
        stored = sent_file(bot.files, asked, kind, asked.params.get(kind.name))
        small = sent_thumbnail(bot.files, asked, asked.params.get("thumbnail"))
        return deliver(world, bot, chat, fields | media_fields(kind, stored, asked.params.get, small))

    return send_media


def send_media_group(world: World, bot: BotAccount, asked: Asked) -> list[Json]:
    """Send 2-10 media as an album."""
    chat = addressed(world, bot, asked)
    album = asked.array("media")
    if not 2 <= len(album) <= 10:
        raise bad_request("Message must have 2-10 media" if album else "There is no media in the request")
    kinds = {one.get("type", "") for one in album}
    for lonely in ("audio", "document"):
        if lonely in kinds and len(kinds) > 1:
            raise bad_request(f"{lonely.capitalize()} can't be mixed with other media types")
    head = reply_fields(asked, chat)
    bodies = []
    for one in album:
        kind = KINDS.get(one.get("type", ""))
        if kind is None or kind.name not in GROUPED:
            raise bad_request(f'Can\'t use the media type "{one.get("type", "")}" in the album')
        part = replace(asked, params=one)
        stored = sent_file(bot.files, part, kind, one.get("media"))
        bodies.append(head | caption_fields(part) | media_fields(kind, stored, one.get))
    group = {"media_group_id": str(int(world.clock()) << 20 | bot.next_message_id)}
    return [deliver(world, bot, chat, group | body) for body in bodies]


def send_location(world: World, bot: BotAccount, asked: Asked) -> Json:
    """Send a point on the map."""
    chat = addressed(world, bot, asked)
    return deliver(world, bot, chat, reply_fields(asked, chat) | {"location": point(asked)} | keyboard(asked))


def send_venue(world: World, bot: BotAccount, asked: Asked) -> Json:
    """Send a place with its name."""
    chat = addressed(world, bot, asked)
    spot = point(asked)
    if not asked.text("title") or not asked.text("address"):
        raise bad_request("Venue title and address must be non-empty")
    venue = {"location": spot, "title": asked.text("title"), "address": asked.text("address")}
    return deliver(world, bot, chat, reply_fields(asked, chat) | {"location": spot, "venue": venue} | keyboard(asked))


def point(asked: Asked) -> Json:
    """Make a ``Location``."""
    if "latitude" not in asked.params or "longitude" not in asked.params:
        raise bad_request("Latitude and longitude must be specified")
    latitude, longitude = asked.number("latitude"), asked.number("longitude")
    if abs(latitude) > 90:
        raise bad_request("Wrong parameter latitude in request")
    return {"latitude": latitude, "longitude": longitude}


def send_contact(world: World, bot: BotAccount, asked: Asked) -> Json:
    """Send a phone number with a name."""
    chat = addressed(world, bot, asked)
    if not asked.text("phone_number") or not asked.text("first_name"):
        raise bad_request("Phone number and first name must be specified")
    names = ("phone_number", "first_name", "last_name", "vcard")
    contact = {name: asked.text(name) for name in names if asked.text(name)}
    return deliver(world, bot, chat, reply_fields(asked, chat) | {"contact": contact} | keyboard(asked))


def send_chat_action(world: World, bot: BotAccount, asked: Asked) -> bool:
    """Show "typing …" and the like."""
    chat = world.reach(bot, destination(asked))
    action = asked.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("Wrong parameter action in request")
    world.announce("action", bot, {"chat": chat.body, "action": action})
    return True


def get_me(world: World, bot: BotAccount, asked: Asked) -> Json:  # noqa: ARG001 - one shape for all methods
    """Tell who the bot is."""
    yes = {"can_join_groups": True, "can_read_all_group_messages": True}
    no = ("supports_inline_queries", "can_connect_to_business", "has_main_web_app", "has_topics_enabled")
    more = ("allows_users_to_create_topics", "can_manage_bots")
    return bot.user.as_json() | yes | dict.fromkeys((*no, *more), False)


def get_file(world: World, bot: BotAccount, asked: Asked) -> Json:  # noqa: ARG001 - one shape for all methods
    """Prepare a file for download."""
    return bot.files.described(asked.text("file_id"))


def get_chat(world: World, bot: BotAccount, asked: Asked) -> Json:
    """Tell everything about a chat."""
    chat = world.reach(bot, destination(asked))
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, True)}
    return chat.body | full


def commands_key(asked: Asked) -> str:
    """Name the scope and language a list of commands is for."""
    scope = asked.mapping("scope")
    return f"{sorted((scope or {'type': 'default'}).items())} {asked.text('language_code')}"


def set_my_commands(world: World, bot: BotAccount, asked: Asked) -> bool:  # noqa: ARG001 - one shape for all methods
    """Set the menu of commands."""
    commands = asked.array("commands")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND_NAME.fullmatch(command.get("command", "").removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[commands_key(asked)] = commands
    return True


def get_my_commands(world: World, bot: BotAccount, asked: Asked) -> list[Json]:  # noqa: ARG001 - one shape for all
    """Give the menu of commands."""
    return bot.commands.get(commands_key(asked), [])


SENDS: dict[str, Method] = {
    "sendmessage": send_message,
    "sendmediagroup": send_media_group,
    "sendlocation": send_location,
    "sendvenue": send_venue,
    "sendcontact": send_contact,
    "sendchataction": send_chat_action,
    "getme": get_me,
    "getfile": get_file,
    "getchat": get_chat,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
} | {f"send{name.replace('_', '')}": sender(kind) for name, kind in KINDS.items()}
