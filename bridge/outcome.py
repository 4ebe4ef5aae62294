"""Closed sums: what a call came to, and what that means for its entry.

The distinction that everything hangs on: `NotSent` and `Busy` are certain that nothing arrived, `Unknown` is not.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from bridge.message import Blocked, Fact, Receipt


class Blame(StrEnum):
    """What a failure speaks of."""

    MESSAGE = "message"
    """this message; others may well pass"""
    CHAT = "chat"
    """the chat (or request) that it goes to; whatever else is sent there would fail as well"""
    DESTINATION = "destination"
    """the far side as a whole; others would fail as well"""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The far side has it; `receipt` is its id there, empty if the answer did not say.

    `remark` tells agents what became of it, if that is not what they sent.
    """

    receipt: str = ""
    learned: tuple[Fact, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """The far side asked us to wait `retry_after` seconds; nothing arrived."""

    retry_after: float
    reason: str
    blame: Blame = Blame.MESSAGE


@dataclass(frozen=True, slots=True)
class NotSent:
    """It surely did not arrive, and may be tried again."""

    reason: str
    blame: Blame
    learned: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer was lost: it may have arrived."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The far side will never take it."""

    reason: str
    learned: tuple[Fact, ...] = ()
    blame: Blame = Blame.MESSAGE


Outcome = Delivered | Busy | NotSent | Unknown | Refused


def learned(outcome: Outcome) -> tuple[Fact, ...]:
    """The facts that an outcome brought."""
    match outcome:
        case Delivered(_, facts) | NotSent(_, _, facts) | Refused(_, facts):
            return facts
        case Busy() | Unknown():
            return ()
        case _:
            assert_never(outcome)


def receipts(outcome: Outcome, step: int) -> tuple[Receipt, ...]:
    """The receipt of a delivered call, if the far side gave an id."""
    return (Receipt(step, outcome.receipt),) if isinstance(outcome, Delivered) and outcome.receipt else ()


@dataclass(frozen=True, slots=True)
class Done:
    """The entry is settled; `note` names the reason if nothing was sent on purpose."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """The entry waits `delay` seconds at the head of its lane."""

    delay: float
    reason: str
    spent: bool = False
    """an attempt of this entry was used up"""
    suspect: bool = False
    """the call may have arrived: look before sending it again"""


class Cause(StrEnum):
    """The class of a dead letter's reason, by which they are counted."""

    BLOCKED = "blocked"
    """the person or the group does not let us write: nothing is wrong with the service"""
    REFUSED = "refused"
    """the far side will never take it, or a part of it"""
    GIVEN_UP = "given_up"
    """all attempts are spent"""
    EXPIRED = "expired"
    """its deadline has passed"""
    HELD_BACK = "held_back"
    """it may have arrived, and the operator wants to look first"""
    UNREADABLE = "unreadable"
    """what the door wrote down can't be understood"""
    BUG = "bug"
    """our own translation failed"""
    UNKNOWN_CHAT = "unknown_chat"
    """no chat belongs to its request"""
    UNROUTED = "unrouted"
    """nothing in the configuration takes what came from there"""


@dataclass(frozen=True, slots=True)
class Dead:
    """The entry is a dead letter, with a reason that an operator can read; `cause` is the class of that reason."""

    reason: str
    cause: Cause = field(default=Cause.REFUSED, compare=False)
    suspect: bool = False
    """its last call may have arrived: look before sending it again"""


Verdict = Done | Again | Dead


def cause_of(refusal: Refused) -> Cause:
    """Whether somebody has shut us out, or the message is not wanted (pure)."""
    return Cause.BLOCKED if any(isinstance(fact, Blocked) for fact in refusal.learned) else Cause.REFUSED
