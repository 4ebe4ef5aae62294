"""Who is logged in: one token for all operators, sessions in memory, and few attempts (pure but for chance).

Sessions end with the daemon: what an upgrade or a new token shuts out is shut out at once, and nothing is kept on disk.
"""

import hmac
import secrets
from collections import deque
from dataclasses import dataclass, field

LIFE = 12 * 3600.0
"""seconds that a session lasts without being used"""

MOST_SESSIONS = 100

TRIES, WINDOW = 5, 300.0
"""wrong tokens from one address within so many seconds; a limit for all of them would let any stranger lock operators out"""

MOST_ADDRESSES = 1000


@dataclass(slots=True)
class Session:
    """One browser's; `csrf` stands in every form that it gets, `said` is what its next page tells of the last deed."""

    csrf: str
    used_at: float
    said: str = ""

    def tell(self) -> str:
        """What there is to tell, once."""
        said, self.said = self.said, ""
        return said


@dataclass(slots=True)
class Sessions:
    """All of them, by the value of their cookie. Times are of a clock that nobody sets."""

    token: str = field(repr=False)
    open: dict[str, Session] = field(default_factory=dict, repr=False)
    wrong: dict[str, deque[float]] = field(default_factory=dict)

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address may try again; 0 if it may now."""
        own = self.wrong.get(address, ())
        return max(0.0, own[-TRIES] + WINDOW - now) if len(own) >= TRIES else 0.0

    def log_in(self, given: str, address: str, now: float) -> str | None:
        """A new session's cookie; None if the token is wrong or it was tried too often."""
        if self.wait(address, now) > 0:
            return None
        # Constant time; a lone surrogate of a form is a wrong token, no error.
        if not hmac.compare_digest(given.encode(errors="replace"), self.token.encode()):
            self.count(address, now)
            return None
        self.wrong.pop(address, None)
        cookie = secrets.token_urlsafe(32)
        self.open[cookie] = Session(secrets.token_urlsafe(32), now)
        while len(self.open) > MOST_SESSIONS:
            del self.open[min(self.open, key=lambda one: self.open[one].used_at)]
        return cookie

    def count(self, address: str, now: float) -> None:
        """Remember a wrong token."""
        if address not in self.wrong and len(self.wrong) >= MOST_ADDRESSES:
            del self.wrong[next(iter(self.wrong))]
        self.wrong.setdefault(address, deque(maxlen=TRIES)).append(now)

    def find(self, cookie: str, now: float, *, used: bool = True) -> Session | None:
        """The session of a cookie; it lasts longer for being `used`."""
        session = self.open.get(cookie)
        if session is None:
            return None
        if now - session.used_at > LIFE:
            del self.open[cookie]
            return None
        if used:
            session.used_at = now
        return session

    def log_out(self, cookie: str) -> None:
        """End a session."""
        self.open.pop(cookie, None)
