"""The guard at the socket: no connection to an address that the whole Internet can't reach.

A URL that was checked says little about where its connection goes: names resolve anew at every look, redirects lead elsewhere,
and aiohttp asks no resolver about addresses in digits. So the address itself is judged, when its socket is about to be made.
"""

import asyncio
import errno
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp import AddrInfoType, SocketFactoryType
from aiohttp.abc import AbstractResolver, ResolveResult

LOOKUPS = 4
"""names looked up at once"""

UNICAST = ipaddress.IPv6Network("2000::/3")
"""every other IPv6 range is local, reserved, or wraps IPv4 addresses: ::/96, ::ffff:0:0/96, 64:ff9b::/96, fec0::/10 and more"""

# What `is_global` of some Python still lets pass. Tunnels and translations (6to4, Teredo, NAT64) can end at any IPv4 address.
NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarks, identifiers that are no places
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)

NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks like any other; within Azure it is the host of the machine
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "198.18.0.0/15",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)


class NotPublic(OSError):
    """The address is not public."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "the address is not public")


def public(address: str) -> bool:
    """Whether this is an IP address, in its usual spelling, that the whole Internet can reach; a name or a zone is none."""
    if "%" in address:
        return False
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not found.is_global:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in NOT_PUBLIC_4)
    return found in UNICAST and not any(found in network for network in NOT_PUBLIC_6)


def plain_socket(addr_info: AddrInfoType) -> socket.socket:
    """A socket for this address, as aiohttp makes it."""
    family, kind, protocol, _, _ = addr_info
    return socket.socket(family, kind, protocol)


def guarded_socket(addr_info: AddrInfoType, make: SocketFactoryType = plain_socket) -> socket.socket:
    """A socket for this address, if it is public; for aiohttp's `TCPConnector(socket_factory=…)`. Raises `NotPublic`."""
    if not public(str(addr_info[4][0])):
        raise NotPublic
    return make(addr_info)


class OwnThreads(AbstractResolver):
    """Resolves names as the system does, in a few threads of its own.

    Names that strangers chose, with servers that never answer, must not use up the threads that everybody else's lookups run in.
    """

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(LOOKUPS, "lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of this name; a zone stays with its address."""
        ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self.threads, ask)
        return [
            ResolveResult(
                hostname=host,
                host=f"{where[0]}%{where[3]}" if len(where) > 3 and where[3] else str(where[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, where in found
        ]

    async def close(self) -> None:
        """Let the threads go; what is looked up comes to nothing."""
        self.threads.shutdown(wait=False, cancel_futures=True)


class PublicOnly(AbstractResolver):
    """Keeps only the public addresses of a name; raises `NotPublic` if there are none but others.

    The guard at the socket would stop the others as well. But if one address is refused there and the next does not answer,
    aiohttp makes one error of both, and nobody can say any more which it was.
    """

    def __init__(self, resolver: AbstractResolver) -> None:
        self.resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The public addresses of this name; nobody need be asked about this machine's own."""
        if f".{host.rstrip('.').lower()}".endswith(".localhost"):
            raise NotPublic
        found = await self.resolver.resolve(host, port, family)
        kept = [one for one in found if public(one["host"])]
        if not kept:
            raise NotPublic if found else OSError(None, "no address")
        return kept

    async def close(self) -> None:
        """Close the resolver that is asked."""
        await self.resolver.close()
