"""Messages of the simulated Tiledesk → what the page's desk draws (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bridge.sandbox.phone_scene import fate
from bridge.sandbox.scene import seconds
from bridge.sandbox.tally import Letter
from bridge.sandbox.telegram_answers import Json

FILE_ROUTE = "/files/desk"
"""where the page's server hands out files of the simulated Tiledesk, by `path`"""

ADDRESSED = frozenset({"image", "file", "video", "audio", "frame", "redirect", "tts"})
"""types whose content stands behind `metadata.src`"""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the page may load pictures and sounds from: the bridge, and (by way of ourselves) the simulated Tiledesk."""

    bridge: str
    desk: str

    def shown(self, url: str) -> str:
        """The address under which the page loads this file itself; "" if it must not."""
        if url.startswith(f"{self.bridge}/"):
            return url
        if url.startswith(f"{self.desk}/files"):
            path = parse_qs(urlsplit(url).query).get("path", [""])[0]
            return f"{FILE_ROUTE}?path={path}" if path else ""
        return ""


def desk_message(document: Mapping[str, Any], agents: Sequence[str], letter: Letter | None, sources: Sources) -> Json:
    """A message as the agent's desk shows it; `who` is user, agent, note or system."""
    attributes = document.get("attributes") or {}
    subtype = attributes.get("subtype", "")
    sender = document["sender"]
    if subtype == "private":
        who = "note"
    elif sender == "system" or (subtype and "bridge" not in attributes):
        who = "system"
    else:
        who = "agent" if sender in agents or sender.startswith("bot_") else "user"
    shown: Json = {
        "id": document["_id"],
        "who": who,
        "name": document["senderFullname"],
        "at": seconds(document["createdAt"]),
        "bubbles": bubbles(document, sources),
        "text": document.get("text") or "",
    }
    # What the bridge marks as an aside is not in the real desk's conversation either, but one wants to see it here.
    aside = {"aside": True} if subtype == "info" and who == "user" else {}
    return shown | aside | (fate(letter) if who == "agent" else {})


def gist(document: Mapping[str, Any]) -> str:
    """An agent's message in a few words."""
    metadata = document.get("metadata")
    named = metadata.get("name", "") if isinstance(metadata, Mapping) else ""
    text = str(document.get("text") or "")
    if document["type"] == "text":
        return text
    first, _, rest = text.partition("\n")
    words = rest if first.startswith("[") and first.endswith(")") else text
    return f"[{document['type'].replace('_', ' ')}] {' '.join(filter(None, (named, words)))}".strip()


def bubbles(document: Mapping[str, Any], sources: Sources) -> list[Json]:
    """A message, or each of a bot's commands in its place."""
    commands = (document.get("attributes") or {}).get("commands")
    if not isinstance(commands, list) or not commands:
        return [bubble(document, sources)]
    shown: list[Json] = []
    for command in commands:
        if command.get("type") == "wait":
            shown.append({"wait": command.get("time", 0)})
        elif command.get("type") == "message":
            shown.append(bubble(command["message"], sources))
    return shown


def bubble(message: Mapping[str, Any], sources: Sources) -> Json:
    """One bubble: its words, its file, its buttons, its cards; what it lacks is not there."""
    metadata = message.get("metadata")
    attributes = message.get("attributes") or {}
    attachment = attributes.get("attachment") or {}
    file = file_of(str(message.get("type")), metadata, sources) if isinstance(metadata, Mapping) else None
    parts: Json = {
        "type": message.get("type", "text"),
        "text": without_link(str(message.get("text") or ""), file),
        "file": file,
        "buttons": attachment.get("buttons"),
        "cards": [card(one, sources) for one in attachment.get("gallery") or ()],
        "action": attributes.get("action"),
    }
    return {name: value for name, value in parts.items() if value}


def file_of(kind: str, metadata: Mapping[str, Any], sources: Sources) -> Json | None:
    """What stands behind a message's address."""
    url = metadata.get("src")
    if kind not in ADDRESSED or not isinstance(url, str) or not url:
        return None
    shown: Json = {
        "url": url,
        "shown": sources.shown(url),
        "type": metadata.get("type", ""),
        "name": metadata.get("name", ""),
    }
    more = {name: metadata[name] for name in ("width", "height", "size", "duration") if metadata.get(name)}
    download = metadata.get("downloadURL")
    return shown | more | ({"download": download} if download else {})


def without_link(text: str, file: Json | None) -> str:
    """The words beside a file, which the real desk shows without the link that stands before them."""
    first, _, rest = text.partition("\n")
    is_link = file is not None and first.startswith("[") and first.endswith(f"]({file['url']})")
    return rest if is_link else text


def card(given: Mapping[str, Any], sources: Sources) -> Json:
    """One card of a gallery."""
    url = str((given.get("preview") or {}).get("src") or "")
    words = {"title": given.get("title", ""), "text": given.get("description", "")}
    return words | {"url": url, "shown": sources.shown(url), "buttons": given.get("buttons") or []}
