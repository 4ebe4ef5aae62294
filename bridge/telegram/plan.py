"""A desk's message → calls of the Bot API (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from bridge.message import (
    ButtonKind,
    Call,
    Choice,
    Chosen,
    Conversation,
    Media,
    Message,
    Notice,
    Offer,
    Offered,
    Part,
    Pause,
    Press,
    Spot,
    Text,
)
from bridge.settings import Texts
from bridge.telegram.attach import attachment
from bridge.telegram.keyboard import Keyboards, Markup, keyboards, offer_id, without_links
from bridge.telegram.markup import Chunk, caption, from_markdown, plain

LONGEST_PAUSE = 5.0
"""seconds: as long as Telegram shows one "typing"; bots ask for more at times, users don't wait for it"""

ALL_PAUSES = 15.0
"""seconds that one message's pauses take together at most"""


@dataclass(frozen=True, slots=True)
class Bubble:
    """A part that is shown, the buttons under it and the wait before it."""

    part: Part | None
    choice: Choice | None
    wait: float


def bubbles(parts: Sequence[Part]) -> Iterator[Bubble]:
    """Parts as they stand in the chat: pauses before, buttons under what they belong to; none of the latter stands alone."""
    waiting = waited = 0.0
    shown: Bubble | None = None
    for part in parts:
        match part:
            case Pause(seconds):
                waiting = min(waiting + seconds, LONGEST_PAUSE, ALL_PAUSES - waited)
            case Choice() if shown is not None and shown.choice is None:
                shown = replace(shown, choice=part)
            case Text(words) | Notice(words) if not words.strip():
                continue
            case _:
                if shown is not None:
                    yield shown
                shown = Bubble(None, part, waiting) if isinstance(part, Choice) else Bubble(part, None, waiting)
                waited += waiting
                waiting = 0.0
    if shown is not None:
        yield shown


@dataclass(frozen=True, slots=True)
class Place:
    """Where calls go to: the chat and topic of a conversation."""

    chat: str
    topic: str

    @property
    def common(self) -> dict[str, object]:
        """What every body holds: the forum topic to write into."""
        return {"message_thread_id": int(self.topic)} if self.topic else {}

    @property
    def pace(self) -> tuple[str, ...]:
        """The buckets that a message draws from: groups have a limit of their own and negative ids."""
        return ("bot", f"group/{self.chat}" if self.chat.startswith("-") else f"chat/{self.chat}")

    def say(self, chunk: Chunk, markup: Markup | None = None) -> Call:
        """Plan one message."""
        body: dict[str, object] = {"text": chunk.text}
        if chunk.entities:
            body["entities"] = [entity.to_dict() for entity in chunk.entities]
        return with_keyboard(Call("sendMessage", self.chat, body | self.common, self.pace), markup)

    def typing(self) -> Call:
        """Plan a "typing…"."""
        return Call("sendChatAction", self.chat, {"action": "typing"} | self.common)


@dataclass(frozen=True, slots=True)
class TelegramPlanner:
    """Plans one channel's calls. `key` can't be stamped on them: the Bot API has no place for it.

    `secret` makes the ids of offers unguessable, `texts` are the channel's own words.
    """

    secret: bytes = field(repr=False)
    texts: Texts = field(default_factory=Texts)

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        """The calls of every bubble in order; a pause becomes "typing" and a wait before the next one.

        Where the bot's tokens are scarce, agents' words and answers to presses go before bots' sequences.
        """
        place = Place(conversation.chat, conversation.topic)
        calls: list[Call] = []
        for number, bubble in enumerate(bubbles(message.parts)):
            made = self.bubble(bubble, place, conversation, offer_id(self.secret, key, number), message.sent_at)
            if made and bubble.wait and calls:
                calls.append(place.typing())
                made[0] = replace(made[0], pause=bubble.wait)
            calls += made
        return [replace(call, rank=1) for call in calls] if message.author.bot else calls

    def bubble(self, bubble: Bubble, place: Place, conversation: Conversation, offer: str, at: float) -> list[Call]:
        """A part with its buttons: the last of its calls carries the first keyboard, and the offer is written down before."""
        choice = bubble.choice
        if choice is None:
            return self.shown(bubble.part, place, None)
        laid = keyboards(offer, choice.buttons)
        calls = self.shown(bubble.part, place, laid) or self.shown(Notice(self.texts.choose), place, laid)
        calls += [place.say(plain(self.texts.more)[0], markup) for markup in laid.markups[1:]]
        if all(button.kind is ButtonKind.URL for button in choice.buttons):
            return calls
        made = Offer(offer, conversation.channel, conversation.chat, choice.buttons, at)
        return [replace(calls[0], facts=(Offered(made),)), *calls[1:]]

    def shown(self, part: Part | None, place: Place, laid: Keyboards | None) -> list[Call]:
        """The calls that show one part, the last one with the first keyboard, if there is one."""
        markup = laid.markups[0] if laid and laid.markups else None
        legend = plain("\n".join(laid.legend)) if laid and laid.legend else []
        match part:
            case Text(markdown):
                return self.said([*from_markdown(markdown), *legend], place, markup)
            case Notice(text):
                return self.said([*plain(text), *legend], place, markup)
            case Media():
                return self.media(part, place, legend, markup)
            case Spot():
                calls = [spot(part, place)]
                return calls + self.said(legend, place, markup) if legend else [with_keyboard(calls[0], markup)]
            case Pause() | Choice() | Press() | Chosen() | None:
                return []
            case _:
                assert_never(part)

    def said(self, chunks: Sequence[Chunk], place: Place, markup: Markup | None) -> list[Call]:
        """Chunks of text as messages."""
        last = len(chunks) - 1
        return [place.say(chunk, markup if at == last else None) for at, chunk in enumerate(chunks)]

    def media(self, media: Media, place: Place, legend: Sequence[Chunk], markup: Markup | None) -> list[Call]:
        """A file, with its words as the caption if they fit there, and behind it otherwise."""
        words = caption(media.caption)
        behind = [*(from_markdown(media.caption) if words is None else ()), *legend]
        file = attachment(media, words, place.chat, place.common, place.pace)
        return [file, *self.said(behind, place, markup)] if behind else [with_keyboard(file, markup)]


def with_keyboard(call: Call, markup: Markup | None) -> Call:
    """The call, and what is sent instead of it, with a keyboard; one whose addresses Telegram refuses goes without them."""
    if markup is None:
        return call
    if call.instead is not None:
        return replace(call, body={**call.body, "reply_markup": markup}, instead=with_keyboard(call.instead, markup))
    kept, lines = without_links(markup)
    instead = None
    if lines and call.method == "sendMessage":
        [said, *_] = plain("\n".join([str(call.body["text"]), *lines]))
        body = {**call.body, "text": said.text} | ({"reply_markup": kept} if kept else {})
        instead = replace(call, body=body)
    return replace(call, body={**call.body, "reply_markup": markup}, instead=instead)


def spot(part: Spot, place: Place) -> Call:
    """A point on the map."""
    where: dict[str, object] = {"latitude": part.latitude, "longitude": part.longitude}
    if part.title:
        body = where | {"title": part.title, "address": part.address or part.title}
        return Call("sendVenue", place.chat, body | place.common, place.pace)
    return Call("sendLocation", place.chat, where | place.common, place.pace)
