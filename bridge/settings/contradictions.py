"""Mistakes that lie between keys; looked for in the unvalidated values, so that they are found beside the others."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticCustomError

from bridge.settings.addresses import is_loopback

TELEGRAM = "api.telegram.org"
STRICT_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
LOOSE_TOKEN = re.compile(r"\d+:\S+")

Tables = Mapping[str, Mapping[str, object]]


SHORTEST_TOKEN = 20
"""characters of the console's token"""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What is wrong at `where`, and what to do about it."""

    where: tuple[str, ...]
    text: str

    def error(self) -> PydanticCustomError:
        """The same as pydantic has it."""
        return PydanticCustomError("contradiction", "{text}", {"text": self.text})


def contradictions(values: object) -> list[Contradiction]:
    """Everything that contradicts itself in the whole configuration, whatever else may be wrong with it."""
    whole = table(values)
    desks, channels = tables(whole.get("desks")), tables(whole.get("channels"))
    return [
        *(missing_sections(desks, channels)),
        *(found for name, desk in desks.items() for found in sign_in(name, desk)),
        *(found for name, channel in channels.items() for found in desk_choice(name, channel, list(desks))),
        *(found for name, channel in channels.items() for found in bot_token(name, channel)),
        *shared_bots(channels),
        *plain_http(text(table(whole.get("server")), "public_url"), channels),
        *guessable(text(table(whole.get("console")), "token")),
    ]


def guessable(token: str) -> Iterator[Contradiction]:
    """Whoever has the console's token reads every message."""
    if token and len(token) < SHORTEST_TOKEN:
        made = "make one: openssl rand -base64 32"
        yield Contradiction(
            ("console", "token"), f"is too short to be safe, {SHORTEST_TOKEN} characters are needed; {made}"
        )


def missing_sections(desks: Tables, channels: Tables) -> Iterator[Contradiction]:
    """A bridge needs two banks."""
    if not desks:
        yield Contradiction(
            ("desks",), "no desk is set up; add a section [desks.main] with project_id, username and password"
        )
    if not channels:
        yield Contradiction(
            ("channels",), "no channel is set up; add a section [channels.support] with the bot's token"
        )


def sign_in(name: str, desk: Mapping[str, object]) -> Iterator[Contradiction]:
    """There is exactly one way to sign in."""
    where = ("desks", name)
    username, password, token = (text(desk, key) for key in ("username", "password", "token"))
    if token and (username or password):
        yield Contradiction(where, "has two ways to sign in; keep either token, or username and password")
    elif not token and not username and not password:
        yield Contradiction(where, "can't sign in; set username and password (or token)")
    elif not token and not password:
        yield Contradiction((*where, "password"), "is missing; set it beside username")
    elif not token and not username:
        yield Contradiction((*where, "username"), "is missing; set it beside password")


def desk_choice(name: str, channel: Mapping[str, object], desks: list[str]) -> Iterator[Contradiction]:
    """A channel talks to a desk that exists."""
    wanted, where = text(channel, "desk"), ("channels", name, "desk")
    if not wanted and len(desks) > 1:
        yield Contradiction(where, f"is missing; there are several desks, name one of {', '.join(desks)}")
    elif wanted and desks and wanted not in desks:
        near = get_close_matches(wanted, desks, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"name one of {', '.join(desks)}"
        yield Contradiction(where, f"names a desk that is not set up; {hint}")


def bot_token(name: str, channel: Mapping[str, object]) -> Iterator[Contradiction]:
    """A token looks like one; other servers than Telegram's own may be less strict."""
    token = text(channel, "token")
    shape = STRICT_TOKEN if at_telegram(channel) else LOOSE_TOKEN
    if "token" in channel and not shape.fullmatch(token):
        yield Contradiction(
            ("channels", name, "token"), "is not a bot token; copy it from @BotFather, it looks like 123456789:AAE…"
        )


def shared_bots(channels: Tables) -> Iterator[Contradiction]:
    """Two channels can't share a bot: Telegram gives each message to one of them only."""
    owners: dict[str, str] = {}
    for name, channel in channels.items():
        token = text(channel, "token")
        if token and (owner := owners.setdefault(token, name)) != name:
            yield Contradiction(
                ("channels", name, "token"), f"is also the token of channels.{owner}; each channel needs its own bot"
            )


def plain_http(public_url: str, channels: Tables) -> Iterator[Contradiction]:
    """Telegram calls webhooks by https only."""
    try:
        encrypted = not public_url.startswith("http:") or is_loopback(public_url)
    except ValueError:
        return
    for name, channel in channels.items():
        if not encrypted and channel.get("intake") == "webhook" and at_telegram(channel):
            yield Contradiction(
                ("server", "public_url"),
                f'must be https for the webhook of channels.{name}; put a TLS proxy in front, or set its intake = "polling"',
            )


def at_telegram(channel: Mapping[str, object]) -> bool:
    """Whether the channel's Bot API server is Telegram's own."""
    try:
        return (urlsplit(text(channel, "api_url")).hostname or TELEGRAM) == TELEGRAM
    except ValueError:
        return False


# ---------------------------------------------------------------- looking at values of any shape


def table(value: object) -> Mapping[str, object]:
    """The value as a table; empty if it is none."""
    if isinstance(value, BaseModel):
        return dict(value)
    return value if isinstance(value, Mapping) else {}


def tables(value: object) -> dict[str, Mapping[str, object]]:
    """The value as a table of tables."""
    return {str(name): table(section) for name, section in table(value).items()}


def text(section: Mapping[str, object], key: str) -> str:
    """The key's text; empty if it is none."""
    value = section.get(key)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value if isinstance(value, str) else ""
