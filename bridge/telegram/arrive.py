"""Updates → arrivals (pure): what the door writes down before anything is understood."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from bridge.message import Arrival, Direction, Lane
from bridge.telegram.read import locate

TOO_DEEP = b"an update that is nested too deeply to be kept"
"""stands for it in the journal, and becomes a dead letter"""


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

    def arrival(self, update: object) -> Arrival:
        """Wrap any update, however broken: what can't be read becomes a dead letter later, and stalls nobody now."""
        try:
            raw = orjson.dumps(update)
        except TypeError:  # it reads deeper nesting than it writes
            raw = TOO_DEEP
        number = number_of(update)
        chat, topic = locate(update) if isinstance(update, Mapping) else ("-", "")
        lane = Lane(self.channel, chat, topic, Direction.INBOUND)
        key = str(number) if number is not None else hashlib.sha256(raw).hexdigest()
        return Arrival(self.source, key, lane, number or 0, raw, self.destination)


def number_of(update: object) -> int | None:
    """The update's id, if it has one that the Bot API could give."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and abs(number) < 2**52 else None
