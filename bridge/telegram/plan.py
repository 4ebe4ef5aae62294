"""A desk's message → calls of the Bot API (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bridge.message import Call, Conversation, Message, Notice, Pause, Text
from bridge.telegram.markup import Chunk, from_markdown, plain

LONGEST_PAUSE = 5.0
"""seconds: as long as Telegram shows one "typing"; bots ask for more at times, users don't wait for it"""


@dataclass(frozen=True, slots=True)
class TelegramPlanner:
    """Plans one channel's calls. `key` can't be stamped on them: the Bot API has no place for it."""

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        """One `sendMessage` for each chunk of text; a pause becomes "typing" and a wait before the next one."""
        del key
        calls: list[Call] = []
        waiting = 0.0
        for part in message.parts:
            match part:
                case Text(markdown):
                    chunks = from_markdown(markdown)
                case Notice(text):
                    chunks = plain(text)
                case Pause(seconds):
                    waiting = min(waiting + seconds, LONGEST_PAUSE)
                    continue
                case _:
                    assert_never(part)
            said = [self.say(chunk, conversation) for chunk in chunks]
            if said and waiting and calls:
                calls.append(self.typing(conversation))
                said[0] = replace(said[0], pause=waiting)
            if said:
                waiting = 0.0
            calls += said
        return calls

    def say(self, chunk: Chunk, conversation: Conversation) -> Call:
        """Plan one message."""
        body: dict[str, object] = {"text": chunk.text}
        if chunk.entities:
            body["entities"] = [entity.to_dict() for entity in chunk.entities]
        return Call("sendMessage", conversation.chat, body | topic(conversation), pace(conversation.chat))

    def typing(self, conversation: Conversation) -> Call:
        """Plan a "typing…"."""
        return Call("sendChatAction", conversation.chat, {"action": "typing"} | topic(conversation))


def topic(conversation: Conversation) -> dict[str, object]:
    """The forum topic to write into."""
    return {"message_thread_id": int(conversation.topic)} if conversation.topic else {}


def pace(chat: str) -> tuple[str, ...]:
    """The buckets that a message draws from: groups have a limit of their own and negative ids."""
    return ("bot", f"group/{chat}" if chat.startswith("-") else f"chat/{chat}")
