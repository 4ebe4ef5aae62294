"""What a probe found out about something outside."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave a finding is; warnings don't fail a check."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is what was tried, `detail` what came of it, `advice` what to do (empty if nothing); none holds a secret.

    A `warning` is of something that works, but may not for long, or not well.
    """

    ok: bool
    subject: str
    detail: str
    advice: str = ""
    warning: bool = False

    @property
    def level(self) -> Level:
        """How grave it is."""
        if not self.ok:
            return Level.ERROR
        return Level.WARNING if self.warning else Level.OK
