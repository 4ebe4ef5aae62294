"""What outlives one life of the daemon: a reload ends a life and begins another, the process goes on."""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.observe import Metrics, Scrubber, Troubles
from bridge.systemd import Supervisor
from bridge.web.console import Sessions


@dataclass(slots=True)
class Process:
    """Whoever watches us, what we must not say, the sockets that callers stand at, and what operators have before them."""

    scrubber: Scrubber = field(default_factory=Scrubber)
    supervisor: Supervisor = field(default_factory=Supervisor)
    sockets: Sequence[socket.socket] = ()
    started_at: float = field(default_factory=time.time)
    metrics: Metrics = field(default_factory=Metrics)
    """what was counted since the start, in every life"""
    troubles: Troubles = field(init=False)
    """the last warnings and errors, if the log hands them over"""
    sessions: Sessions = field(default_factory=lambda: Sessions(""))
    """who is logged in at the console"""

    def __post_init__(self) -> None:
        self.troubles = Troubles(self.scrubber.scrub)

    def sessions_of(self, token: str) -> Sessions:
        """The console's sessions; another token ends those of the one before."""
        if self.sessions.token != token:
            self.sessions = Sessions(token)
        return self.sessions
