"""Whose browser calls, be it through a proxy."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

HTTPS = 443
"""its usual port"""

UNKNOWN = "unknown"

HOUSEHOLD = 64
"""bits of an IPv6 address that its owner can't choose"""

Proxies = Sequence[IPv4Network | IPv6Network]


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call comes from; `secure`: the browser came by https."""

    address: str
    secure: bool

    @property
    def household(self) -> str:
        """Who is counted together: whoever has one IPv6 address has a whole network of them."""
        address = parsed(self.address)
        if isinstance(address, IPv6Address):
            return str(ip_network((address, HOUSEHOLD), strict=False))
        return self.address


def caller_of(request: web.Request, proxies: Proxies = ()) -> Caller:
    """Who calls. What a proxy says is believed if it runs on this machine or in one of these networks: others could say anything.

    Proxies add the address that they see at the end of `X-Forwarded-For`, some in a line of their own; what stands before came
    from the caller. Who has no address came through a socket in the file system.
    """
    peer = parsed(request.remote or "")
    if peer is not None and not believed(peer, proxies):
        return Caller(str(peer), request.secure)
    told = parsed(last(request, "X-Forwarded-For"))
    return Caller(str(told or peer or UNKNOWN), request.secure or last(request, "X-Forwarded-Proto").lower() == "https")


def last(request: web.Request, header: str) -> str:
    """What the last proxy added to a header of several values, which may stand in several lines."""
    return ",".join(request.headers.getall(header, ())).rpartition(",")[2].strip()


def is_public(host: str, public_url: str) -> bool:
    """Whether a `Host` header names host and port of `public_url`, and that speaks https (pure)."""
    url = urlsplit(public_url)
    try:
        told = urlsplit(f"//{host}")
        name, port = told.hostname, told.port or HTTPS
    except ValueError:  # no port, or half an address
        return False
    return url.scheme == "https" and (name, port) == (url.hostname, url.port or HTTPS)


def believed(peer: IPv4Address | IPv6Address, proxies: Proxies) -> bool:
    """Whether it is a proxy of ours."""
    return peer.is_loopback or any(peer in network for network in proxies)


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An IP address, None if it is none; one of IPv4 that was written as IPv6 is itself."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
