"""What we and systemd tell each other: readiness, signs of life, sockets handed over."""

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bridge.errors import BridgeError

FIRST_FD = 3
"""systemd hands over sockets from this file descriptor on"""

PATIENCE_USEC = 60_000_000
"""microseconds"""


@dataclass(slots=True)
class Supervisor:
    """systemd, as far as the environment says that it is there; all methods do nothing otherwise."""

    address: str = ""
    watchdog_seconds: float | None = None
    """systemd kills us if we stay silent for so long; None: it never does"""
    remark: str = ""
    """what stands before every status line until it is cleared"""

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int | None = None) -> "Supervisor":
        """Read `$NOTIFY_SOCKET`, `$WATCHDOG_USEC` and `$WATCHDOG_PID`."""
        micros, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
        for_us = meant in {"", str(pid or os.getpid())}
        limit = int(micros) / 1e6 if for_us and micros.isdecimal() and int(micros) > 0 else None
        return cls(environ.get("NOTIFY_SOCKET", ""), limit)

    def ready(self) -> bool:
        """We serve."""
        return self.notify("READY=1")

    def reloading(self) -> bool:
        """We read the configuration anew; `ready` ends it."""
        return self.notify(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> bool:
        """We are about to end."""
        return self.notify("STOPPING=1")

    def alive(self) -> bool:
        """Feed the watchdog; to be called at least twice in `watchdog_seconds`."""
        return self.notify("WATCHDOG=1")

    def busy(self) -> bool:
        """We live, and what we begin or end takes longer than usual: nobody shall lose patience for another minute."""
        return self.notify(f"WATCHDOG=1\nEXTEND_TIMEOUT_USEC={PATIENCE_USEC}")

    def status(self, text: str) -> bool:
        """One line for `systemctl status`."""
        return self.notify(f"STATUS={' '.join(f'{self.remark} {text}'.split())}")

    @contextmanager
    def told_why(self) -> Iterator[None]:
        """Have `systemctl status` say why we end, unless it is a bug: who sees it start again and again looks there first."""
        try:
            yield
        except BridgeError as error:
            first, *more = str(error).splitlines()
            self.remark = ""
            self.status(f"ended: {first}" + (f" (and {len(more)} more)" if more else ""))
            raise

    def notify(self, state: str) -> bool:
        """Send a state; False if nobody listens. Never blocks and never raises: a deaf supervisor must not stop messages."""
        if not self.address.startswith(("/", "@")):
            return False
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        try:
            with socket.socket(
                socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
            ) as sender:
                sender.sendto(state.encode(), address)
        except OSError:
            return False
        return True


def inherited_sockets(environ: Mapping[str, str], pid: int | None = None, first: int = FIRST_FD) -> list[socket.socket]:
    """The listening sockets that systemd opened for us (`$LISTEN_FDS`, if `$LISTEN_PID` means this process)."""
    count = environ.get("LISTEN_FDS", "")
    if environ.get("LISTEN_PID") != str(pid or os.getpid()) or not count.isdecimal():
        return []
    sockets = [socket.socket(fileno=number) for number in range(first, first + int(count))]
    for one in sockets:
        one.set_inheritable(False)
        one.settimeout(0)
    return sockets
