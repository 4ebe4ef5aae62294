"""The answer to a press of a button (pure): at once, and so that the choice stays visible."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.message import Call, Chosen, Conversation, Message
from bridge.settings import Texts
from bridge.telegram.keyboard import chosen_markup
from bridge.telegram.plan import Place


@dataclass(frozen=True, slots=True)
class PressPlanner:
    """Plans what one channel's users see of their presses; what a press says goes another way, to the desk."""

    texts: Texts = field(default_factory=Texts)

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        """Answer the query, which waits for nothing; then mark the choice, unless the press did not count."""
        del key
        query, under = str(message.origin.get("query_id", "")), message.origin.get("message_id")
        chosen = next((part for part in message.parts if isinstance(part, Chosen)), None)
        place = Place(conversation.chat, "")
        answer: dict[str, object] = {"callback_query_id": query}
        if chosen is None:
            return [Call("answerCallbackQuery", place.chat, answer | {"text": self.texts.stale})]
        body = {"message_id": under, "reply_markup": chosen_markup(chosen.button, chosen.others)}
        marked = [Call("editMessageReplyMarkup", place.chat, body, place.pace)] if isinstance(under, int) else []
        return [Call("answerCallbackQuery", place.chat, answer), *marked]
