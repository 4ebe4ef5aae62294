"""The simulators' documents → what the page draws (pure)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.sandbox.tally import Letter, Tally
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_people import BLOCKED, Chat, User
from bridge.sandbox.tiledesk_world import REQUEST_CLOSED
from bridge.store.views import EntryView

LATEST = 300
"""messages of one chat or request that are shown"""

MEDIA = ("photo", "voice", "document", "location", "sticker", "video", "audio")


def user_line(user: User, chat: Chat | None) -> Json:
    """One end user."""
    return {
        "id": user.id,
        "name": f"{user.first_name} {user.last_name or ''}".strip(),
        "username": user.username,
        "language": user.language_code,
        "blocked": chat is not None and chat.barred == BLOCKED,
    }


def fate(letter: Letter | None) -> Json:
    """How a message fares; nothing is known of one that was there before us."""
    if letter is None:
        return {"fate": "there", "reason": ""}
    return {"fate": letter.fate, "reason": letter.reason}


def preview(message: Json) -> str:
    """A user's message in a few words."""
    kind = next((f"[{name}] " for name in MEDIA if name in message), "")
    return (kind + str(message.get("text") or message.get("caption") or "")).strip()


def phone_message(message: Json, bot_id: int, letter: Letter | None) -> Json:
    """A message as the user's phone shows it."""
    mine = message["from"]["id"] != bot_id
    text = message.get("text", message.get("caption", ""))
    shown: Json = {"id": message["message_id"], "mine": mine, "at": message["date"], "text": text}
    shown["entities"] = message.get("entities", message.get("caption_entities", []))
    shown["kind"] = next((name for name in MEDIA if name in message), "")
    return shown | (fate(letter) if mine else {})


def desk_message(document: Mapping[str, Any], agents: Sequence[str], letter: Letter | None) -> Json:
    """A message as the agent's desk shows it; `who` is user, agent, note or system."""
    attributes = document.get("attributes") or {}
    subtype = attributes.get("subtype", "")
    sender = document["sender"]
    if subtype == "private":
        who = "note"
    elif sender == "system" or subtype:
        who = "system"
    else:
        who = "agent" if sender in agents or sender.startswith("bot_") else "user"
    metadata = document.get("metadata")
    return {
        "id": document["_id"],
        "who": who,
        "name": document["senderFullname"],
        "at": seconds(document["createdAt"]),
        "text": document.get("text") or "",
        "type": document["type"],
        "src": metadata.get("src", "") if isinstance(metadata, dict) else "",
        **(fate(letter) if who == "agent" else {}),
    }


def request_line(document: Mapping[str, Any], conversation: Sequence[Json]) -> Json:
    """One request in the agent's list."""
    said = [one for one in conversation if one["who"] != "system"]
    return {
        "id": document["request_id"],
        "name": document["lead"]["fullname"],
        "ticket": document["ticket_id"],
        "closed": document["status"] == REQUEST_CLOSED,
        "language": document.get("language", ""),
        "last": {name: said[-1][name] for name in ("who", "text", "at")} if said else None,
        "count": sum(one["who"] == "user" for one in said),
    }


def entry_line(entry: EntryView, who: str, text: str) -> Json:
    """One entry of the journal on its way; `text` begins the message, if it is known."""
    lane = entry.lane
    return {
        "id": entry.id,
        "direction": lane.direction,
        "lane": f"{lane.channel}/{lane.chat}{f'/{lane.topic}' if lane.topic else ''}",
        "who": who,
        "text": text[:80],
        "state": entry.state,
        "step": entry.step,
        "attempts": entry.attempts,
        "suspect": entry.suspect,
        "reason": entry.reason,
        "accepted": entry.accepted_at,
        "settled": entry.settled_at,
    }


def tally_line(tally: Tally) -> Json:
    """One direction's numbers."""
    return {name: getattr(tally, name) for name in Tally.__slots__}


def seconds(stamp: str) -> float:
    """Tiledesk's time as seconds since the epoch."""
    return datetime.fromisoformat(stamp).timestamp()
