"""The simulators' documents → what the page draws (pure)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.ports import EntryView
from bridge.sandbox.tally import Tally
from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_people import BLOCKED, Chat, User
from bridge.sandbox.tiledesk_world import REQUEST_CLOSED

LATEST = 300
"""messages of one chat or request that are shown"""


def user_line(user: User, chat: Chat | None) -> Json:
    """One end user."""
    return {
        "id": user.id,
        "name": f"{user.first_name} {user.last_name or ''}".strip(),
        "username": user.username,
        "language": user.language_code,
        "blocked": chat is not None and chat.barred == BLOCKED,
    }


def request_line(document: Mapping[str, Any], conversation: Sequence[Json]) -> Json:
    """One request in the agent's list."""
    said = [one for one in conversation if one["who"] != "system"]
    last = {"who": said[-1]["who"], "at": said[-1]["at"], "text": glance(said[-1])} if said else None
    return {
        "id": document["request_id"],
        "name": document["lead"]["fullname"],
        "ticket": document["ticket_id"],
        "closed": document["status"] == REQUEST_CLOSED,
        "language": document.get("language", ""),
        "last": last,
        "count": sum(one["who"] == "user" for one in said),
    }


def glance(message: Json) -> str:
    """A message of the desk in a few words."""
    return str(message["text"] or next((f"[{one['type']}]" for one in message["bubbles"] if "type" in one), ""))


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
