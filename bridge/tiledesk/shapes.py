"""Every shape of message that Tiledesk's agents and bots produce → neutral parts (pure).

Shapes as tiledesk-server 2.19, its design studio and its agents' page make them.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.conversation.html import html_to_markdown
from bridge.message import Notice, Part, Pause, Text
from bridge.tiledesk.buttons import listed, offered
from bridge.tiledesk.fields import Json, mapping, more, sequence, words
from bridge.tiledesk.gallery import cards, sources
from bridge.tiledesk.language import unfolded
from bridge.tiledesk.links import address, can_be_pressed, film
from bridge.tiledesk.maps import spot
from bridge.tiledesk.media import media

MOST_COMMANDS = 100
MOST_PARTS = 500
DEEPEST = 2
"""commands may hold messages with commands; Tiledesk makes none deeper"""

LONGEST_WAIT = 600.0
"""seconds"""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Reads the messages of one desk; relative addresses are beneath its `api_url`.

    `open_label` is the button of pages, `sources_label` the heading of a bot's sources. With `speech`, spoken texts come with
    their sound.
    """

    api_url: str = ""
    open_label: str = "Open"
    sources_label: str = "Sources:"
    speech: bool = False

    def parts(self, message: Json, *, bot: bool, depth: int = 0) -> list[Part]:
        """What a message is made of: a bot's commands if there are any (its own text is a summary of them), else itself."""
        commands = commands_of(message)
        if not commands:
            return self.bubble(message, bot=bot)
        found: list[Part] = []
        if depth < DEEPEST:
            for command in commands[:MOST_COMMANDS]:
                found += self.step(mapping(command), bot=bot, depth=depth)
            left = sum(is_shown(command) for command in commands[MOST_COMMANDS:])
            found += [Notice(more(left))] if left else []
            found = found if len(found) <= MOST_PARTS else [*found[:MOST_PARTS], Notice(more(len(found) - MOST_PARTS))]
        # A summary would tell what is hidden, too.
        return found if is_said(found) or hides(message) or holds_template(message) else self.bubble(message, bot=bot)

    def step(self, command: Json, *, bot: bool, depth: int) -> list[Part]:
        """One command of a bot: a wait in milliseconds, or a message."""
        match command.get("type"):
            case "wait":
                return wait(command.get("time"))
            case "message" if is_shown(command):
                return self.parts(mapping(command.get("message")), bot=bot, depth=depth + 1)
            case _:
                return []

    def bubble(self, message: Json, *, bot: bool) -> list[Part]:
        """One bubble: its words, what it shows, and its buttons."""
        if is_template(message):
            return []
        kind = message.get("type")
        commands = unfolded(message) if bot and kind in ("text", None) else None
        if commands is not None:
            return [part for one in commands for part in self.step(one, bot=False, depth=DEEPEST)]
        attachment = mapping(mapping(message.get("attributes")).get("attachment"))
        shown, link = self.shown(message, kind if isinstance(kind, str) else "text")
        first = [{"type": "url", "value": self.open_label, "link": link}] if link else []
        return [*shown, *cards(attachment, self.api_url), *offered([*first, *listed(attachment)])]

    def shown(self, message: Json, kind: str) -> tuple[list[Part], str]:
        """A bubble without its buttons, and the page that a button of ours is to open."""
        text, metadata = words(message.get("text")), mapping(message.get("metadata"))
        match kind:
            case "image" | "file" | "video" | "audio":
                page = film(words(metadata.get("src")).strip()) if kind == "video" else ""
                return (said(text, page), "") if page else (media(kind, text, metadata, self.api_url), "")
            case "frame" | "redirect":
                return self.page(text, metadata.get("src"))
            case "html":
                return said(words(html_to_markdown(text))), ""
            case "url_preview":
                return sources(message, self.sources_label), ""
            case "tts":
                sound = media("audio", "", metadata, self.api_url) if self.speech or not text else []
                return [*said(text), *sound], ""
            case "text" | "button" | "gallery" if text or not metadata.get("src"):
                point = spot(text)
                return [point] if point else said(text), ""
            case _:
                return media("file", text, metadata, self.api_url), ""

    def page(self, text: str, src: object) -> tuple[list[Part], str]:
        """A page that other networks show within the chat: its address, to be opened."""
        url = address(src, self.api_url)
        if not url:
            return [*said(text), *([Notice("[page] can't be sent")] if words(src) else [])], ""
        watched = film(url)
        if watched or not can_be_pressed(url):
            return said(text, "" if (watched or url) in text else watched or url), ""
        return said(text or url), url


def said(*texts: str) -> list[Part]:
    """Words as one part, or none."""
    whole = "\n".join(filter(None, texts))
    return [Text(whole)] if whole else []


def wait(milliseconds: object) -> list[Part]:
    """A bot's wait."""
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return []
    return [Pause(min(max(0.0, milliseconds / 1000), LONGEST_WAIT))]


def is_said(found: list[Part]) -> bool:
    """True if there is anything to send."""
    return any(not isinstance(part, Pause) for part in found)


# ---------------------------------------------------------------- what is not shown


def commands_of(message: Json) -> list[object]:
    """A bot's commands."""
    return list(sequence(mapping(message.get("attributes")).get("commands")))


def messages_in(message: Json) -> Iterator[Json]:
    """The messages among a message's commands."""
    return (mapping(mapping(command).get("message")) for command in commands_of(message))


def is_hidden(message: Json) -> bool:
    """True for a bubble with a subtype of its own, which the leak guard would not let through either."""
    return bool(mapping(message.get("attributes")).get("subtype"))


def hides(message: Json, depth: int = 0) -> bool:
    """True if any bubble within is hidden, or is too deep to know."""
    inner = messages_in(message)
    if depth > DEEPEST:
        return next(inner, None) is not None
    return any(is_hidden(one) or hides(one, depth + 1) for one in inner)


def is_template(message: Json) -> bool:
    """True for a template of another network: its text is its name and its blanks."""
    return mapping(mapping(message.get("attributes")).get("attachment")).get("type") == "wa_template"


def holds_template(message: Json) -> bool:
    """True if a message is a template, or one of its bubbles is."""
    return any(map(is_template, itertools.chain([message], messages_in(message))))


def is_shown(command: object) -> bool:
    """True for a command that is a message to the end user."""
    message = mapping(mapping(command).get("message"))
    return mapping(command).get("type") == "message" and not is_hidden(message) and not is_template(message)
