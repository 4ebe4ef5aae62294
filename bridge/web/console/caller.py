"""Whose browser calls, be it through a proxy on this machine."""

from dataclasses import dataclass
from ipaddress import ip_address

from aiohttp import web

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call comes from; `secure`: the browser came by https."""

    address: str
    secure: bool


def caller_of(request: web.Request) -> Caller:
    """Who calls. What a proxy says is believed if it runs on this machine: others could say anything.

    Proxies add the address that they see at the end of `X-Forwarded-For`; what stands before came from the caller. Who has no
    address came through a socket in the file system.
    """
    peer = request.remote or UNKNOWN
    if peer != UNKNOWN and not is_ours(peer):
        return Caller(peer, request.secure)
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    scheme = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
    return Caller(told if is_address(told) else peer, request.secure or scheme == "https")


def is_ours(address: str) -> bool:
    """Whether it is an address of this machine."""
    return is_address(address) and ip_address(address).is_loopback


def is_address(text: str) -> bool:
    """Whether it is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
