"""Commands such as /start, and what a deep link says with it (pure)."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.telegram.fields import Json, inner, line, words
from bridge.telegram.people import is_forward

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,32})?(?:\s+(.*))?", re.DOTALL)
_MEANT = re.compile(r"[\w .,:;=&/@+%?!#()'\"{}|-]+")
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
SHORTEST = 4
"""characters that an encoded text has at least; shorter ones are too often plain words"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that somebody typed or that a link of theirs typed for them: ids for agents, variables for bots."""

    ids: Mapping[str, object]
    variables: Mapping[str, str]


def command(message: Json) -> Command:
    """What a message's command says; nothing of an ordinary message, nor of one that somebody else wrote first."""
    found = None if is_forward(message) else _COMMAND.fullmatch(words(message, "text"))
    if found is None:
        return Command({}, {})
    ids: dict[str, object] = {"command": found[1].lower()}
    payload = (found[2] or "").strip()
    if ids["command"] != "start" or not _PAYLOAD.fullmatch(payload):
        return Command(ids, {})
    plain = decoded(payload)
    ids["start"] = payload
    if plain != payload:
        ids["start_decoded"] = plain
    variables = {"telegram_start": plain, "telegram_username": line(inner(message, "from"), "username")}
    return Command(ids, {name: value for name, value in variables.items() if value})


def decoded(payload: str) -> str:
    """The text that a payload encodes in base64url, as Telegram recommends it; the payload itself if it seems plain."""
    if payload == payload.lower() or payload == payload.upper():
        return payload
    try:
        raw = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        text = raw.decode()
    except (binascii.Error, UnicodeDecodeError):
        return payload
    same = base64.urlsafe_b64encode(raw).decode().rstrip("=") == payload
    return text if same and likely(text) else payload


def likely(text: str) -> bool:
    """Whether somebody may have meant this text: a promotion code, read as base64, is a jumble of signs and scripts."""
    scripts = {unicodedata.name(letter, "?").partition(" ")[0] for letter in text if letter > "\x7f"}
    return bool(text.isprintable() and len(text) >= SHORTEST and len(scripts) <= 1 and _MEANT.fullmatch(text))
