"""Named points at which a test lets a real process die, freeze or stall; without `$BRIDGE_FAULT` passing one does nothing.

`BRIDGE_FAULT=begun:3` kills the process when it passes `begun` for the third time; `begun:3:stop` stops it there.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

POINTS: Final = {
    "polled": "a poll's updates are committed, the next offset is not sent",
    "accepted": "arrivals are committed, nobody is told",
    "answering": "a door has decided, the answer is not written",
    "read_back": "a history is read, nothing of it is accepted",
    "claimed": "lanes are held, nothing is done with them",
    "beginning": "a call is planned and paced, not begun",
    "begun": "a call is written down as being sent",
    "fetched": "a file lies here, on its way to Telegram",
    "deposited": "a file is stored at the desk, its message is not",
    "sending": "the sender is about to make the call",
    "sent": "the far side has answered",
    "stepping": "a call of several is delivered, that is not written down",
    "stepped": "the step was moved on, the next call is not begun",
    "settling": "the verdict is known, not written down",
    "settled": "the verdict is written down",
    "committing": "a batch of the journal is run, its commit is not",
    "migrating": "a migration's statements are run, their commit is not",
    "recovering": "what was in flight is put in doubt, the lanes are not released",
    "pruning": "old entries are deleted, the commit is not done",
    "draining": "the lanes are told to finish the calls in hand",
}
"""each point's name, and what it lies behind"""

STALL: Final = 40.0
"""seconds; longer than any watchdog waits"""

ACTS: Final[Mapping[str, Callable[[], None]]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "term": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "stall": lambda: time.sleep(STALL),
}


@dataclass(slots=True)
class Fault:
    """One thing to happen at the `left`-th passing of one point."""

    name: str
    left: int
    act: str = "kill"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Fault | None":
        """Read `$BRIDGE_FAULT`; raises ValueError if it makes no sense."""
        wanted = environ.get("BRIDGE_FAULT", "")
        if not wanted:
            return None
        name, count, act, *rest = [*wanted.split(":"), *("1", "kill")[wanted.count(":") :]]
        if rest or name not in POINTS or act not in ACTS or not count.isdecimal():
            raise ValueError("BRIDGE_FAULT is not of the form POINT, POINT:COUNT or POINT:COUNT:ACT")
        sys.stderr.write(f"BRIDGE_FAULT is set, this process is in a test: {act} at {name}\n")
        return cls(name, int(count), act)

    def passed(self, name: str) -> None:
        """Count, and act when it is time."""
        if name != self.name:
            return
        self.left -= 1
        if self.left == 0:
            ACTS[self.act]()


armed: Fault | None = Fault.of(os.environ)


def point(name: str) -> None:
    """Pass a point."""
    if armed is not None:
        armed.passed(name)
