"""Where a file stands: URLs read strictly, so that nobody after us reads them differently."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from yarl import URL

from bridge.wire.refusals import MALFORMED, Forbidden

LONGEST = 8000
"""characters: what HTTP lets into one line"""

PORTS = {"http": 80, "https": 443}

ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
"""control characters are dropped by some readers; a backslash is a slash to some"""

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
WHOLE = re.compile(r"https?://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE)
AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:%\s]+))(?::([1-9][0-9]{0,4}))?", re.IGNORECASE)
NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""what systems take for an IPv4 address in one of its old spellings: the last label decides"""

KEPT = "/?:@!$&'()*+,;=[]~%"
"""what is sent as it is, beside letters and digits: signed addresses must arrive as they were signed"""

LONE_PERCENT = re.compile(r"%(?![0-9a-f]{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """A server: scheme, host in lower case, port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        """The server that this URL speaks of. Raises `Forbidden` if it is not a plain http(s) URL."""
        return origin(read_url(url))


def origin(url: URL) -> Origin:
    """The server of a URL from `read_url`."""
    return Origin(url.scheme, url.raw_host or "", url.port or 0)


def read_url(text: str) -> URL:
    """An http(s) URL with a well spelled host, ready to be sent, without its fragment. Raises `Forbidden`."""
    scheme = SCHEME.match(text)
    if scheme is None or len(text) > LONGEST or ODD.search(text):
        raise Forbidden(MALFORMED)
    if (kind := scheme[1].lower()) not in PORTS:
        raise Forbidden("only http and https addresses are fetched")
    whole = WHOLE.fullmatch(text)
    if whole is None:
        raise Forbidden(MALFORMED)
    if "@" in whole[1]:
        raise Forbidden("the address holds a user name")
    parts = AUTHORITY.fullmatch(whole[1])
    if parts is None:
        raise Forbidden(MALFORMED)
    digits, name, port = parts.groups()
    host = f"[{ipv6(digits)}]" if digits else host_name(name)
    number = int(port or PORTS[kind])
    if number > 65535:
        raise Forbidden(MALFORMED)
    place = host if number == PORTS[kind] else f"{host}:{number}"
    return URL(f"{kind}://{place}{tail(whole[2])}", encoded=True)


def next_url(base: URL, location: str) -> URL:
    """Where a redirect from `base` leads. Raises `Forbidden`."""
    if ODD.search(location):
        raise Forbidden(MALFORMED)
    if SCHEME.match(location):
        return read_url(location)
    if location.startswith("//"):
        return read_url(f"{base.scheme}:{location}")
    return read_url(urljoin(str(base), location))


def ipv6(digits: str) -> str:
    """An IPv6 address in its usual spelling."""
    try:
        return ipaddress.IPv6Address(digits).compressed
    except ValueError:
        raise Forbidden(MALFORMED) from None


def host_name(name: str) -> str:
    """A host name in ASCII and lower case, or an IPv4 address in its usual spelling."""
    try:
        host = name.lower() if name.isascii() else (URL.build(scheme="http", host=name).raw_host or "")
    except ValueError:
        raise Forbidden(MALFORMED) from None
    if not NAME.fullmatch(host) or (NUMBER.fullmatch(host) and not is_ipv4(name)):
        raise Forbidden(MALFORMED)
    return host


def is_ipv4(text: str) -> bool:
    """Whether this is an IPv4 address in its usual spelling."""
    try:
        return str(ipaddress.IPv4Address(text)) == text
    except ValueError:
        return False


def tail(text: str) -> str:
    """Path and query, quoted where that is needed."""
    rooted = text if text.startswith("/") else f"/{text}"
    try:
        return LONE_PERCENT.sub("%25", quote(rooted, KEPT, errors="surrogateescape"))
    except UnicodeEncodeError:
        raise Forbidden(MALFORMED) from None
