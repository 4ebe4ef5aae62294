"""Which request a message belongs to, and what a fact means for a conversation."""

from dataclasses import dataclass, replace
from typing import assert_never

from bridge.message import (
    Blocked,
    Closed,
    Confirmed,
    Conversation,
    Fact,
    Filed,
    Lane,
    Met,
    Moved,
    Offered,
    Opened,
    Reachable,
    Used,
)


@dataclass(frozen=True, slots=True)
class Go:
    """The message travels in this conversation, and these facts are written down before it does."""

    conversation: Conversation
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """The message can't travel, for a reason that can be read; the agents of its `conversation`, if there is one, are told."""

    reason: str
    conversation: Conversation | None = None


def inbound(known: Conversation | None, lane: Lane, desk: str, person: str, fresh: str) -> Go:
    """Find the request for an end user's message; the chat gets the `fresh` request id if it has no open one.

    A person who writes can be written to, so a blocked chat becomes reachable.
    """
    facts: list[Fact] = []
    if known is not None and known.blocked:
        reachable = Reachable(known.channel, known.chat)
        facts.append(reachable)
        known = learn(known, reachable)
    if known is None or known.closed or known.desk != desk:
        opened = Opened(Conversation(lane.channel, lane.chat, lane.topic, desk, fresh, person))
        facts.append(opened)
        known = opened.conversation
    return Go(known, tuple(facts))


def outbound(known: Conversation | None) -> Go | Stop:
    """Find the chat for a desk's message; a closed request's messages still reach the user."""
    if known is None:
        return Stop("no chat belongs to this request any more")
    if known.blocked:
        return Stop("the user has blocked the bot", known)
    return Go(known)


def note(known: Conversation | None, request_id: str) -> Go | Stop:
    """Find the request for a note of ours: the one that it speaks of, be it closed or its chat blocked."""
    if known is None:
        return Stop("no chat belongs to this request any more")
    return Go(replace(known, request_id=request_id, confirmed=True))


def learn(known: Conversation, fact: Fact) -> Conversation:
    """The conversation after a fact; facts about other chats or requests leave it as it is."""
    match fact:
        case Opened(conversation):
            same = (conversation.channel, conversation.chat, conversation.topic) == (
                known.channel,
                known.chat,
                known.topic,
            )
            return conversation if same else known
        case Confirmed(request_id):
            return replace(known, confirmed=True) if request_id == known.request_id else known
        case Closed(request_id):
            return replace(known, closed=True) if request_id == known.request_id else known
        case Blocked(channel, chat):
            return replace(known, blocked=True) if (channel, chat) == (known.channel, known.chat) else known
        case Reachable(channel, chat):
            return replace(known, blocked=False) if (channel, chat) == (known.channel, known.chat) else known
        case Moved(channel, chat, to):
            return replace(known, chat=to) if (channel, chat) == (known.channel, known.chat) else known
        case Met() | Offered() | Used() | Filed():
            return known
        case _:
            assert_never(fact)
