"""Listening sockets that outlive one life of the daemon: nobody is refused while it reads its configuration anew."""

import asyncio
import errno
import os
import socket

from bridge.errors import CannotListen

BACKLOG = 4096
"""callers that wait to be let in, as many as come during a restart; the kernel takes it as an upper bound"""


async def listeners(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of `host`; port 0 is any free one. Raises `CannotListen`."""
    sockets: list[socket.socket] = []
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, *_, address in dict.fromkeys(found):
            sock = socket.socket(family, socket.SOCK_STREAM)
            sockets.append(sock)
            sock.settimeout(0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # IPv4 has a socket of its own
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(address)
            sock.listen(BACKLOG)
    except OSError as error:
        for sock in sockets:
            sock.close()
        raise unheard(host, port, error) from None
    return sockets


def unheard(host: str, port: int, error: OSError) -> CannotListen:
    """Why nobody can be heard there, and what to do."""
    named = isinstance(error, socket.gaierror) or not error.errno
    reason = "its name can't be resolved" if named else os.strerror(error.errno or 0)
    return CannotListen(f"can't listen on {host}:{port}: {reason}. {advice(error.errno, port, 'server')}")


def advice(number: int | None, port: int, section: str) -> str:
    """What to do about an address that can't be had; `section` holds its host and port."""
    told = f"Set {section}.host and {section}.port"
    if number == errno.EADDRINUSE:
        return f"{told}, or see who has it: ss -ltnp 'sport = :{port}' (systemd keeps it for the service: start that instead)"
    return told


def address_of(sock: socket.socket) -> str:
    """Where a socket listens, for people: `127.0.0.1:8080`, `[::1]:8080` or the path of a file."""
    name = sock.getsockname()
    if not isinstance(name, tuple):
        return str(name)
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
