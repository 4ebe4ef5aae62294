"""From an entry to a plan: read, rules, plan; nothing is sent and nothing is written here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import structlog

from bridge.conversation import rules
from bridge.errors import JournalError, Unreadable
from bridge.message import Call, Conversation, Direction, Fact, Lane, Message, News, Skip
from bridge.outcome import Dead
from bridge.ports import Book, Entry, Planner, Reader, Sender


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write down before, and what to send."""

    conversation: Conversation
    facts: tuple[Fact, ...]
    calls: tuple[Call, ...]


async def prepare(entry: Entry, lane: Lane, route: Route, book: Book) -> Plan | News | Skip | Dead:
    """Translate an entry and find out where it goes.

    A bug in a pure part makes a dead letter, to be retried after the upgrade. Raises `JournalError` if the book can't be read.
    """
    try:
        reading = route.reader.read(entry.raw)
        match reading:
            case News() | Skip():
                return reading
            case Message():
                ruling = await rule(reading, lane, route, book)
            case _:
                assert_never(reading)
        if isinstance(ruling, rules.Stop):
            return Dead(ruling.reason)
        calls = route.planner.plan(reading, ruling.conversation, f"{entry.source}/{entry.key}")
    except Unreadable as error:
        return Dead(f"unreadable: {error}")
    except JournalError:
        raise
    except Exception as error:  # noqa: BLE001 - a translation bug is a dead letter, whatever it raises
        structlog.get_logger().exception("a translation failed", entry=entry.id, source=entry.source)
        return Dead(f"the translation failed: {type(error).__name__}")
    return Plan(ruling.conversation, ruling.facts, tuple(calls)) if calls else Skip("empty")


async def rule(message: Message, lane: Lane, route: Route, book: Book) -> rules.Go | rules.Stop:
    """Ask the rules which conversation a message belongs to."""
    if lane.direction is Direction.OUTBOUND:
        return rules.outbound(await book.by_request(message.request_id))
    known = await book.conversation(lane.channel, lane.chat, lane.topic)
    return rules.inbound(known, lane, route.desk, message.author.id, route.fresh_request())
