"""From an entry to a plan: read, rules, plan; nothing is sent and nothing is written here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import assert_never

import structlog

from bridge.conversation import choices, rules
from bridge.errors import JournalError, Unreadable
from bridge.message import Call, Conversation, Direction, Fact, Filed, Lane, Message, Met, News, Opened, Skip
from bridge.outcome import Cause, Dead
from bridge.ports import Book, Entry, Planner, Reader, Sender

Ruling = Callable[[Message, Lane, "Route", Book], Awaitable[rules.Go | rules.Stop]]
"""finds out which conversation a message belongs to"""


async def by_direction(message: Message, lane: Lane, route: "Route", book: Book) -> rules.Go | rules.Stop:
    """The rules for what people, agents and bots say."""
    if lane.direction is Direction.OUTBOUND:
        return rules.outbound(await book.by_request(message.request_id))
    known = await book.conversation(lane.channel, lane.chat, lane.topic)
    return rules.inbound(known, lane, route.desk, message.author.id, route.fresh_request())


async def as_note(message: Message, lane: Lane, route: "Route", book: Book) -> rules.Go | rules.Stop:
    """The rule for private notes of ours."""
    del lane, route
    return rules.note(await book.by_request(message.request_id), message.request_id)


async def in_its_chat(message: Message, lane: Lane, route: "Route", book: Book) -> rules.Go | rules.Stop:
    """The rule for what concerns a chat alone, and no request."""
    del book
    return rules.Go(Conversation(lane.channel, lane.chat, "", route.desk, "", message.author.id))


@dataclass(frozen=True, slots=True)
class Route:
    """One source's way through the house: the same staircase for both directions, other furniture."""

    destination: str
    desk: str
    reader: Reader
    planner: Planner
    sender: Sender
    fresh_request: Callable[[], str]
    """mints an id for a new request"""
    looks_up: bool = False
    """the sender finds out whether a suspect has arrived, so that nothing need be held back"""
    rule: Ruling = by_direction
    notes: str = ""
    """the destination of private notes about what becomes of this route's messages; "" where nobody is told"""
    tells_late: bool = False
    """agents are told of this route's messages when they are late"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write down before, and what to send. `request_id` names the request whose agents are told of trouble."""

    conversation: Conversation
    facts: tuple[Fact, ...]
    calls: tuple[Call, ...]
    request_id: str = ""
    message: Message | None = None

    def left(self, entry: Entry) -> list[int]:
        """The calls from the entry's step on, without those that were delivered before an operator had it tried again."""
        return [number for number in range(entry.step, len(self.calls)) if number not in entry.delivered]


async def prepare(entry: Entry, lane: Lane, route: Route, book: Book) -> Plan | News | Skip | Dead | rules.Stop:
    """Translate an entry and find out where it goes.

    A bug in a pure part makes a dead letter, to be retried after the upgrade. Raises `JournalError` if the book can't be read.
    """
    try:
        reading = route.reader.read(entry.raw)
        match reading:
            case News() | Skip():
                return reading
            case Message():
                return await plan(reading, entry, lane, route, book)
            case _:
                assert_never(reading)
    except Unreadable as error:
        return Dead(f"unreadable: {error}", Cause.UNREADABLE)
    except JournalError:
        raise
    except Exception as error:  # noqa: BLE001 - a translation bug is a dead letter, whatever it raises
        structlog.get_logger().exception("a translation failed", entry=entry.id, source=entry.source)
        return Dead(f"the translation failed: {type(error).__name__}", Cause.BUG)


async def plan(message: Message, entry: Entry, lane: Lane, route: Route, book: Book) -> Plan | Skip | Dead | rules.Stop:
    """Find the message's conversation and its calls."""
    used: tuple[Fact, ...] = ()
    press = choices.pressed(message)
    if press is not None:
        chosen = choices.choose(message, press, await book.offer(press.offer), lane, f"{lane.channel}/{entry.key}")
        if chosen is not None:
            message, used = chosen[0], (chosen[1],)
        elif lane.direction is Direction.INBOUND:
            return Skip("stale press")
    ruling = await route.rule(message, lane, route, book)
    if isinstance(ruling, rules.Stop):
        return Dead(ruling.reason, Cause.UNKNOWN_CHAT) if ruling.conversation is None else ruling
    author, opens = message.author, any(isinstance(fact, Opened) for fact in ruling.facts)
    if message.aside and press is None and opens:
        return Skip("aside")  # a reaction, say: no request is opened for it
    conversation = ruling.conversation
    calls = tuple(route.planner.plan(message, conversation, f"{entry.source}/{entry.key}"))
    if not calls:
        return Skip("empty")
    met = (Met(lane.channel, author.id, author.full_name, author.username),) if opens else ()
    facts = (*ruling.facts, *met, *used, *(sent_by(fact, author.id) for call in calls for fact in every(call)))
    return Plan(conversation, facts, calls, message.request_id or conversation.request_id, message)


def sent_by(fact: Fact, person: str) -> Fact:
    """A file's fact with who sent it: a group's file is forgotten with its sender."""
    return Filed(replace(fact.stored, person=person)) if isinstance(fact, Filed) else fact


def every(call: Call) -> tuple[Fact, ...]:
    """The facts of a call and of those that may be made instead."""
    return call.facts + (every(call.instead) if call.instead else ())
