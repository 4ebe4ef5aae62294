"""The signs of life that systemd's watchdog is fed with: not that a timer runs, but that messages can move on."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

USUAL_WATCHDOG = 30.0
"""seconds, if no watchdog is set: the log tells of a standstill all the same"""

BEATS = 3
"""looks within the watchdog's time: one bad look kills nobody"""

HURRY = 10
"""how much sooner the next look comes after a bad one"""


class Journal(Protocol):
    """What is asked of the journal."""

    async def answer(self) -> None:
        """Return when every thread of the journal has answered, be it that it can't serve."""
        ...


class Turning(Protocol):
    """A destination's lanes, which are looked after again and again."""

    @property
    def destination(self) -> str:
        """Whose lanes they are."""
        ...

    @property
    def turned_at(self) -> float:
        """When they were last looked after, in `loop.time()` seconds."""
        ...


class Supervisor(Protocol):
    """Who wants to know that we live."""

    @property
    def watchdog_seconds(self) -> float | None:
        """After how long a silence we are killed; None: never."""
        ...

    def alive(self) -> bool:
        """We live."""
        ...


def standstill(answered: bool, idle: Mapping[str, float], limit: float) -> str:  # noqa: FBT001 - a sign among signs
    """Why messages can't move on; empty if they can (pure).

    `answered` says whether the journal's threads did within `limit` seconds, `idle` how long ago each destination's lanes were
    looked after, which happens every second while there is nothing to do. A far side that is down is no standstill: its lanes are
    looked after all the same. Nor is a call that takes long: it is cut off by the loop, whose turning we see.
    """
    if not answered:
        return f"the journal has not answered for {limit:.0f} s"
    late = sorted(destination for destination, seconds in idle.items() if seconds > limit)
    return f"nobody has looked after the lanes of {', '.join(late)} for {limit:.0f} s" if late else ""


@dataclass(slots=True)
class Pulse:
    """Feeds the watchdog of one daemon as long as messages can move on."""

    journal: Journal
    lanes: Sequence[Turning]
    supervisor: Supervisor
    still: str = ""
    """why nothing moves right now"""

    @property
    def interval(self) -> float:
        """Seconds between looks, and what is too long."""
        return (self.supervisor.watchdog_seconds or USUAL_WATCHDOG) / BEATS

    async def run(self) -> None:
        """Look again and again, more often while nothing moves: it must be seen when that is over; until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(self.interval / HURRY if self.still else self.interval)

    async def beat(self) -> None:
        """Look once, and feed the watchdog or say why not."""
        answered = await self.answered()
        now = asyncio.get_running_loop().time()
        still = standstill(answered, {one.destination: now - one.turned_at for one in self.lanes}, self.interval)
        if not still:
            self.supervisor.alive()
        if still != self.still:
            self.still = still
            log = structlog.get_logger()
            if still:
                log.critical("nothing moves, the watchdog is not fed", reason=still)
            else:
                log.warning("messages move again")

    async def answered(self) -> bool:
        """Whether the journal answers in time, be it that it can't serve: a full disk is no reason to be killed."""
        try:
            async with asyncio.timeout(self.interval):
                await self.journal.answer()
        except TimeoutError:
            return False
        return True
