"""Whether the parts of the daemon work right now, for /readyz and for people."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part's state; `reason` says what is wrong, or what it waits for."""

    ok: bool
    reason: str = ""
    tried: bool = True
    """whether anything is known of it yet; a daemon that begins is no reason to worry"""


class Health:
    """The parts by name, such as `intake support`; ready when there are some and all are well."""

    def __init__(self, scrub: Callable[[str], str] = str) -> None:
        self.parts: dict[str, Part] = {}
        self.scrub = scrub

    def set(self, name: str, *, ok: bool, reason: str = "") -> None:
        """Say how a part is. The reason may be shown to anybody, so it is scrubbed."""
        self.parts[name] = Part(ok, self.scrub(reason))

    def begins(self, name: str, reason: str) -> None:
        """The part is to be tried in a moment; we are not ready before that."""
        self.parts[name] = Part(ok=False, reason=reason, tried=False)

    def forget(self, name: str) -> None:
        """The part is gone for good."""
        self.parts.pop(name, None)

    @property
    def ready(self) -> bool:
        """Whether everything works."""
        return bool(self.parts) and all(part.ok for part in self.parts.values())

    def report(self) -> dict[str, object]:
        """The state, JSON-able: `{"ready": …, "parts": {name: {"ok": …, "reason": …}}}`."""
        parts = {name: {"ok": part.ok, "reason": part.reason} for name, part in sorted(self.parts.items())}
        return {"ready": self.ready, "parts": parts}
