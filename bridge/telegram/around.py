"""What stands around a message's content: what it replies to, whom it comes from, that it was edited (pure)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridge.message import Media, Notice, Part, Spot, Text
from bridge.telegram.fields import Json, count, inner, one_line, words
from bridge.telegram.kinds import content
from bridge.telegram.media import Depot
from bridge.telegram.people import called, forwarded_from, origin_of

SHORT = 60
"""characters of a quote"""

EDITED = "✏️ edited:"

_BLOCK = re.compile(r"\s*\n| {4}|\t| {0,3}(>|```|~~~|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|\|)")


@dataclass(frozen=True, slots=True)
class Frame:
    """Lines above the content, and ids for `attributes.telegram`."""

    lines: tuple[Notice, ...]
    ids: Mapping[str, object]


def frame(message: Json) -> Frame:
    """What a message replies to, and whom it comes from."""
    lines, ids = [], {}
    replied = replied_to(message)
    if quote := short_quote(message, replied):
        lines.append(Notice(f"↩️ {quote}"))
    if number := count(replied, "message_id"):
        ids["reply_to"] = number
    if source := forwarded_from(message):
        lines.append(Notice(f"➡️ from {source}"))
    return Frame(tuple(lines), ids)


def replied_to(message: Json) -> Json:
    """The message that this one replies to; empty if there is none.

    In a topic, every message that replies to nothing seems to reply to the one that created the topic.
    """
    replied = inner(message, "reply_to_message")
    return {} if "forum_topic_created" in replied else replied


def short_quote(message: Json, replied: Json) -> str:
    """What is replied to, on one short line; "" if this is no reply."""
    external, story = inner(message, "external_reply"), inner(message, "reply_to_story")
    if not (replied or external or story):
        return ""
    if chosen := words(inner(message, "quote"), "text"):
        return one_line(chosen, SHORT)
    if replied:
        return gist(replied)
    if story:
        return one_line(f"a story of {called(inner(story, 'chat'))}".removesuffix(" of "), SHORT)
    source = f"from {origin_of(inner(external, 'origin'))}"
    kinds = {name: value for name, value in external.items() if name not in NOT_KINDS}
    return one_line(f"{gist(kinds)} {source}" if kinds else f"a message {source}", SHORT)


NOT_KINDS = frozenset({"origin", "chat", "message_id", "link_preview_options", "has_media_spoiler"})
"""fields of an ExternalReplyInfo that don't say what was written"""


def gist(message: Json) -> str:
    """A message on one short line: its words, or else what it is."""
    if said := words(message, "text") or words(message, "caption"):
        return one_line(said, SHORT)
    parts = content(message, Depot("", "")).parts
    said = next((part.markdown for part in parts if isinstance(part, Text)), "")
    return one_line(said or in_words(parts[0]), SHORT)


def in_words(part: Part) -> str:
    """A part of a message that somebody replied to."""
    match part:
        case Notice(text):
            return text
        case Media(label=label):
            return label
        case Spot(title=title):
            return f"📍 {title or 'Location'}"
        case _:
            return "a message"


def edited(message: Json, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Say of a message's parts that they were edited; a live location moves, and says when it does so no longer."""
    first, *rest = parts
    match first:
        case Spot(live=True):
            return parts
        case Spot() if "venue" not in message:
            return (Notice("📍 Live location ended"), *parts)
        case Text(markdown) if not _BLOCK.match(markdown):
            return (Text(f"{EDITED} {markdown}"), *rest)
        case Notice(text):
            return (Notice(f"{EDITED} {text}"), *rest)
        case Media(caption=caption) if caption and not _BLOCK.match(caption):
            return (replace(first, caption=f"{EDITED} {caption}"), *rest)
        case _:
            return (Notice(EDITED), *parts)
