"""Addresses of ours for files of the networks: signed, so that nobody can make one, and without a token; pure."""

import base64
import hmac
import math

from bridge.media.shown import shown
from bridge.media.tools import Tools
from bridge.message import File, Filed, Media, StoredFile
from bridge.ports import Address, Rendition, Ticket

DAY = 86400

LONGEST = 200
"""characters of an address' last part that are looked at: ours are much shorter"""

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class SignedLinks:
    """Implements `bridge.ports.Links`.

    `key` is a secret of ours, `link_days` how long an address lives after its message was sent (0: for ever).
    """

    def __init__(self, public_url: str, key: str, link_days: int, tools: Tools) -> None:
        self.base = f"{public_url.rstrip('/')}/media/"
        # One key for each purpose: an id tells nothing about a signature.
        self.naming = derived(key, "id")
        self.signing = derived(key, "signature")
        self.link_days = link_days
        self.tools = tools

    def to(self, media: Media, sent_at: float) -> Address:
        """The address of what can be shown of this media; the same for the same message at every attempt."""
        if not isinstance(media.source, File):
            raise TypeError("only a file of a network's gets an address of ours")
        choice = shown(media, media.source, self.tools)
        expires = math.ceil(sent_at) + self.link_days * DAY if self.link_days else 0
        stored = StoredFile(
            self.id(choice.file, sent_at),
            choice.file,
            choice.stored_name,
            choice.stored_mime,
            choice.size,
            choice.thumbnail,
            sent_at,
            expires=expires,
        )
        url = self.base + self.signed(Ticket(stored.id, choice.rendition, expires))
        return Address(url, f"{url}?dl=1", choice.name, choice.mime, (Filed(stored),))

    def id(self, file: File, sent_at: float) -> str:
        """The id of a file in one message, not to be guessed by those who know both.

        A file that comes again has another: what was revoked stays revoked, and the new message's address opens.
        """
        parts = [part.encode() for part in (file.channel, file.chat, file.id, str(int(sent_at)))]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return base64url(hmac.digest(self.naming, message, "sha256")[:12])

    def signed(self, ticket: Ticket) -> str:
        """A ticket as one segment of a path."""
        rest = f"{ticket.id}.{ticket.rendition}.{base36(ticket.expires)}"
        return f"{rest}.{self.signature(rest)}"

    def signature(self, rest: str) -> str:
        """128 bits."""
        return base64url(hmac.digest(self.signing, rest.encode(errors="surrogatepass"), "sha256")[:16])

    def verify(self, signed: str, now: float) -> Ticket | None:
        """What the last part of an address stands for; None, after the same work, if it is not ours or not true any more."""
        rest, _, signature = signed[:LONGEST].rpartition(".")
        expected = self.signature(rest).encode()
        # The very text is compared, not the bits in it: base64 has several spellings for the same bits.
        if not hmac.compare_digest(signature.encode(errors="surrogatepass"), expected) or len(signed) > LONGEST:
            return None
        try:
            id_, rendition, expiry = rest.split(".")
            ticket = Ticket(id_, Rendition(rendition), int(expiry, 36))
        except ValueError:  # ours, but of a version that knew other renditions
            return None
        return None if ticket.expires and now >= ticket.expires else ticket


def derived(key: str, purpose: str) -> bytes:
    """A key for one purpose."""
    return hmac.digest(key.encode(), f"bridge media {purpose}".encode(), "sha256")


def base64url(raw: bytes) -> str:
    """Letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def base36(number: int) -> str:
    """Digits and small letters; what `int(text, 36)` reads."""
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"
