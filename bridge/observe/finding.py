"""What a probe found out about something outside."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is what was tried, `detail` what came of it, `advice` what to do (empty if nothing); none holds a secret."""

    ok: bool
    subject: str
    detail: str
    advice: str = ""
