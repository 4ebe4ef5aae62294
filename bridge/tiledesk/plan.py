"""An end user's message → the call that stores it at the desk (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bridge import __version__
from bridge.message import Call, Conversation, Message, Notice, Part, Pause, Text
from bridge.tiledesk.guard import neutralise

STAMP = "bridge"
"""the attribute that holds our key; also how we know our own messages when they come back"""

EMPTY = "[empty message]"
"""Tiledesk refuses an empty text on the first message"""

FIRST = "first message"
LATER = "message"


@dataclass(frozen=True, slots=True)
class TiledeskPlanner:
    """Plans the calls for one channel's messages. `network` is the channel's kind as Tiledesk shall know it."""

    network: str
    department: str = ""

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        """One call a message. The first of a request opens it, with everything that Tiledesk honours only then."""
        author = message.author
        body: dict[str, object] = {
            "text": "\n".join(filter(None, map(words, message.parts))) or EMPTY,
            "type": "text",
            # Per message, and its default is another channel: without it the request's events would change their names.
            "channel": {"name": self.network},
            "senderFullname": neutralise(author.full_name),
            "attributes": {
                STAMP: {"key": key},
                self.network: dict(message.origin),
                "clienttimestamp": int(message.sent_at * 1000),
            },
        }
        if author.language:
            body["language"] = author.language
        if conversation.confirmed:
            return [Call(LATER, conversation.request_id, body, author=author)]
        body |= {
            "sourcePage": f"{self.network}://{conversation.channel}",
            "userAgent": f"tiledesk-bridge/{__version__}",
        }
        if self.department:
            body["departmentid"] = self.department
        return [Call(FIRST, conversation.request_id, body, author=author)]


def words(part: Part) -> str:
    """A part as text; a blank one is nothing."""
    match part:
        case Text(markdown):
            return neutralise(markdown) if markdown.strip() else ""
        case Notice(text):
            return neutralise(text)
        case Pause():
            return ""
        case _:
            assert_never(part)
