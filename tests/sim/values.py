"""What is said in a history, and the pure parts of both edges: how it is written down, read and planned."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from bridge.message import Arrival, Call, Conversation, Direction, Lane, Message, Person, Text

CHANNEL, DESK = "channel/support", "desk/main"
FROM_CHANNEL, FROM_DESK = "telegram/1", "tiledesk/p"

NEVER = -1


@dataclass(frozen=True, slots=True)
class Said:
    """The `number`-th message of its chat and direction, in `parts` calls; the far side will never take part `refused`.

    `key` is what the journal knows it by.
    """

    direction: Direction
    chat: str
    number: int
    parts: int
    key: str
    refused: int = NEVER
    request: str = ""

    @property
    def words(self) -> str:
        """Everything about it."""
        return f"{self.chat}|{self.number}|{self.parts}|{self.refused}|{self.request}"

    @property
    def source(self) -> str:
        """Where it came from."""
        return FROM_CHANNEL if self.direction is Direction.INBOUND else FROM_DESK

    def update(self) -> dict[str, object]:
        """As the Bot API gives it."""
        message = {"message_id": int(self.key), "chat": {"id": int(self.chat)}, "text": self.words}
        return {"update_id": int(self.key), "message": message}

    def arrival(self, grace: float, key: str = "") -> Arrival:
        """As the desk's webhook, or the reading back of its history, writes it down."""
        lane = Lane("support", self.chat, "", self.direction)
        return Arrival(FROM_DESK, key or self.key, lane, self.number, self.words.encode(), CHANNEL, grace)


class UpdateReader:
    """Reads the channel's updates."""

    def read(self, raw: bytes) -> Message:
        update = orjson.loads(raw)["message"]
        return Message(Person(f"telegram-{update['chat']['id']}"), (Text(update["text"]),), 0.0)


class SaidReader:
    """Reads what the desk's door wrote down."""

    def read(self, raw: bytes) -> Message:
        words = raw.decode()
        return Message(AGENT, (Text(words),), 0.0, words.rpartition("|")[2])


AGENT = Person("agent")


@dataclass(slots=True)
class PartsPlanner:
    """One call for each part, drawing from these buckets, or from others if its chat is a group."""

    pace: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        [said] = message.parts
        assert isinstance(said, Text)
        chat, number, parts, refused, _ = said.markdown.split("|")
        names = self.groups if self.groups and chat.startswith("-") else self.pace
        pace = tuple(name.format(chat) for name in names)
        return [
            Call(
                "say",
                chat,
                {"part": Part(chat, int(number), part, f"{key}/{part}", conversation.request_id, int(refused))},
                pace,
            )
            for part in range(int(parts))
        ]


@dataclass(slots=True)
class Part:
    """A call's own words."""

    chat: str
    number: int
    part: int
    key: str
    request: str
    refused: int

    @property
    def entry(self) -> tuple[str, str]:
        """The source and key of the entry that it is a part of."""
        network, name, key, _ = self.key.split("/")
        return f"{network}/{name}", key
