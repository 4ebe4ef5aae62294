"""What an outcome means for an entry (pure); `now` is of `Clock.tick()`, which nobody sets."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from bridge.outcome import (
    Again,
    Blame,
    Busy,
    Cause,
    Dead,
    Delivered,
    Done,
    NotSent,
    Outcome,
    Refused,
    Unknown,
    Verdict,
    cause_of,
)
from bridge.ports import Entry
from bridge.relay import retry


@dataclass(frozen=True, slots=True)
class Policy:
    """How long and how often to try. `deadline` is in seconds from acceptance, `attempts` counts what speaks of the message."""

    deadline: float = 24 * 3600.0
    attempts: int = 10
    suspect: Literal["resend", "hold"] = "resend"
    lately: float = 60.0
    """a destination that took a call within so many seconds is up"""


def expired(entry: Entry, policy: Policy, now: float, why: str = "") -> Dead | None:
    """Say that it is too late for this entry, if it is."""
    if now - entry.since < policy.deadline:
        return None
    last = f"; the last reason: {why}" if why else ""
    return Dead(f"not delivered within {policy.deadline / 3600:g} h{last}", Cause.EXPIRED)


def held_back(entry: Entry, policy: Policy, calls: int) -> Dead | None:
    """Leave an entry of so many calls that was in flight when its holder died to the operator, if that is the policy."""
    if not entry.doubt or policy.suspect == "resend" or entry.step >= calls:
        return None
    return Dead("held back, it may have arrived: its holder died while it was being sent", Cause.HELD_BACK)


def postponed(entry: Entry, again: Again, policy: Policy, now: float) -> Again | Dead:
    """Let the entry wait, but not beyond its deadline: the far side may ask for years."""
    # A little longer than what is left: rounded down, it would be one more attempt before its time.
    left = entry.since + policy.deadline - now + retry.SHORTEST
    dead = expired(entry, policy, now, again.reason)
    return replace(dead, suspect=again.suspect) if dead else replace(again, delay=min(again.delay, left))


def decide(
    entry: Entry, outcome: Outcome, policy: Policy, now: float, *, up: bool = True, draw: float = 0.5
) -> Verdict:
    """Turn the outcome of the entry's current call into a verdict.

    `up`: the destination has taken other calls lately, so a lost answer speaks of this message. `draw` in [0, 1) is the jitter.
    Attempts are not spent on what speaks of the destination: a long outage must not kill messages, only their deadline does.
    """
    match outcome:
        case Delivered():
            return Done()
        case Refused(reason):
            return Dead(reason, cause_of(outcome))
        case Busy(retry_after, reason):
            again = Again(max(retry_after, retry.SHORTEST), reason)
        case NotSent(reason, blame):
            spent = blame is Blame.MESSAGE
            again = Again(retry.delay(entry.attempts, draw) if spent else 0.0, reason, spent=spent)
        case Unknown(reason):
            if policy.suspect == "hold":
                return Dead(f"held back, it may have arrived: {reason}", Cause.HELD_BACK, suspect=True)
            again = Again(retry.delay(entry.attempts + entry.suspect, draw), reason, spent=up, suspect=True)
        case _:
            assert_never(outcome)
    if again.spent and entry.attempts + 1 >= policy.attempts:
        return Dead(f"given up after {policy.attempts} attempts: {again.reason}", Cause.GIVEN_UP, again.suspect)
    return postponed(entry, again, policy, now)


def together(missed: Dead | None, dead: Dead) -> Dead:
    """The dead letter of a message whose earlier calls were `missed`, one by one.

    The last cause is the letter's, but for a chat that shut us out in the end: that would hide the loss of what came before.
    """
    if missed is None:
        return dead
    cause = missed.cause if dead.cause is Cause.BLOCKED else dead.cause
    return replace(dead, reason=f"{missed.reason}; {dead.reason}", cause=cause)


def named(dead: Dead, number: int, calls: int) -> Dead:
    """Say which call of several a dead letter speaks of."""
    return replace(dead, reason=f"{dead.reason} (call {number + 1} of {calls})") if calls > 1 else dead
