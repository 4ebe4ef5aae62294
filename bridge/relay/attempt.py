"""One call, made within bounds: whatever a sender does, there is an outcome."""

import asyncio
from dataclasses import dataclass

import structlog

from bridge.message import Call
from bridge.outcome import Outcome, Unknown
from bridge.relay.prepare import Route

LONGEST = 1500.0
"""seconds that a call may take with all its files: less than a lane's lease, or another holder would make it as well"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that was made: what it came to, when it began and ended (`loop.time()`), and whether a bug of ours ended it."""

    outcome: Outcome
    began: float
    ended: float
    bug: bool = False


async def attempt(route: Route, call: Call, *, suspect: bool) -> Attempt:
    """Make the call; a bug in a sender is an unknown outcome, since it may have come after the sending."""
    loop, bug = asyncio.get_running_loop(), False
    began = loop.time()
    bounds = asyncio.timeout(LONGEST)
    outcome: Outcome
    try:
        async with bounds:
            outcome = await route.sender.send(call, suspect=suspect)
    except Exception as error:  # noqa: BLE001 - a sender's bug must not stop the other lanes
        if bounds.expired():
            outcome = Unknown(f"it was not done within {LONGEST / 60:.0f} min")
        else:
            structlog.get_logger().exception("a sender failed", destination=route.destination)
            outcome, bug = Unknown(f"a bug: {type(error).__name__}"), True
    return Attempt(outcome, began, loop.time(), bug)
