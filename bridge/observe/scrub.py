"""Keeps secrets out of everything that is written for eyes."""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"

SHORTEST = 4
"""a known secret of fewer characters is masked nowhere: it would turn ordinary words into riddles"""

PATTERNS = (
    r"(?<=/bot)\d+(?::|%3A)[^\s/\"'\\]+",  # a token in a Bot API address, whatever its length
    r"\b\d{5,}(?::|%3A)[A-Za-z0-9_-]{30,}",  # a Telegram bot token
    r"\beyJ[A-Za-z0-9_-]{8,1000}+\.[A-Za-z0-9_-]{4,}+\.[A-Za-z0-9_-]*",  # a JWT; bounded: a text may begin like one for ever
    # HTTP Basic credentials: Base64 has a digit or a capital somewhere, "Basic rules" has not
    r"(?<=[Bb]asic )(?=[a-z/+]*[A-Z0-9=])[A-Za-z0-9+/]{4,}={0,2}",
)


class Scrubber:
    """Masks known secrets and whatever has the form of one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.known: set[str] = set()
        self.pattern = re.compile("|".join(PATTERNS))
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Learn further secrets."""
        fresh = {form for secret in secrets if len(secret) >= SHORTEST for form in forms(secret)} - self.known
        if fresh:
            self.known |= fresh
            # Longest first: an alternation takes the first that fits, and a rest of a secret must not stay behind.
            known = [re.escape(form) for form in sorted(self.known, key=len, reverse=True)]
            self.pattern = re.compile("|".join([*known, *PATTERNS]))

    def scrub(self, text: str) -> str:
        """The text with every secret masked."""
        return self.pattern.sub(MASK, text)


def forms(secret: str) -> set[str]:
    """The ways in which a secret may be written: as it is, in addresses, in JSON, in a repr, in Base64."""
    raw = secret.encode("utf-8", "surrogateescape")
    shown = {secret, repr(secret)[1:-1], ascii(secret)[1:-1], repr(raw)[2:-1]}
    quoted = {json.dumps(text, ensure_ascii=ascii_only)[1:-1] for text in shown for ascii_only in (True, False)}
    return {*shown, *quoted, quote(raw, safe=""), quote(raw), quote_plus(raw), base64.b64encode(raw).decode()}
