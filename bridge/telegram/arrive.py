"""Updates → arrivals (pure): what the door writes down before anything is understood."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bridge.message import PRESSES, Arrival, Direction, Lane
from bridge.telegram.fields import count, inner

TOO_DEEP = b"an update that is nested too deeply to be kept"
"""stands for it in the journal, and becomes a dead letter"""

SPARINGLY = 300
"""seconds in which a live location moves once for agents, however often it moves"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one channel's updates come from and go to.

    The source is named by the bot's id, not the channel's name: another bot under the same name counts its updates anew, and
    they must not be taken for repeats.
    """

    channel: str
    bot_id: str
    destination: str

    @property
    def source(self) -> str:
        """The name of the source in the journal."""
        return f"telegram/{self.bot_id}"

    @property
    def presses(self) -> str:
        """The name of the source of presses that wait for Telegram's answer."""
        return f"{self.source}/presses"

    def arrivals(self, update: object) -> list[Arrival]:
        """Wrap any update, however broken: what can't be read becomes a dead letter later, and stalls nobody now.

        A press arrives twice: for the desk, and to be answered at once, which must not wait for the desk.
        """
        try:
            raw = orjson.dumps(update)
        except TypeError:  # it reads deeper nesting than it writes
            raw = TOO_DEEP
        number = number_of(update)
        fields: Mapping[str, Any] = update if isinstance(update, Mapping) else {}
        chat, topic = locate(fields)
        lane = Lane(self.channel, chat, topic, Direction.INBOUND)
        key = live_key(fields, chat) or (str(number) if number is not None else hashlib.sha256(raw).hexdigest())
        usual = Arrival(self.source, key, lane, number or 0, raw, self.destination)
        if raw is TOO_DEEP or not isinstance(inner(fields, "callback_query").get("id"), str):
            return [usual]
        aside = Lane(self.channel, chat, PRESSES, Direction.OUTBOUND)
        return [usual, Arrival(self.presses, key, aside, number or 0, raw, f"channel/{self.channel}")]


def number_of(update: object) -> int | None:
    """The update's id, if it has one that the Bot API could give."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and abs(number) < 2**52 else None


def locate(update: Mapping[str, Any]) -> tuple[str, str]:
    """The (chat, topic) that an update of any kind, even a broken one, belongs to; "-" where there is none."""
    for value in update.values():
        if not isinstance(value, Mapping):
            continue
        within = inner(value, "message") if isinstance(value.get("message"), Mapping) else value
        for name in ("chat", "from", "user"):
            place = within.get(name)
            if isinstance(place, Mapping) and isinstance(place.get("id"), int):
                topic = within.get("message_thread_id") if within.get("is_topic_message") else None
                return str(place["id"]), str(topic) if isinstance(topic, int) else ""
    return "-", ""


def live_key(update: Mapping[str, Any], chat: str) -> str:
    """The key under which a live location's moves of some minutes are one; "" for anything else.

    It moves every few seconds. When it ends it has no `live_period` any more, and that is never taken for a repeat.
    """
    message = inner(update, "edited_message")
    number, when = count(message, "message_id"), count(message, "edit_date")
    if not (number and when and count(inner(message, "location"), "live_period")):
        return ""
    return f"live/{chat}/{number}/{when // SPARINGLY}"
