"""A network of our own for the fetcher: names, public servers that really stand on loopback, and a list of every connection."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

PUBLIC = "93.184.216.34"
"""an address that is public; what is dialled is a server of ours, or nothing"""

Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Detour(socket.socket):
    """A socket that reaches one server of ours whatever it is told, or none."""

    port: int | None = None

    def connect(self, address: Any) -> None:
        if self.port is None:
            raise ConnectionRefusedError(111, "Connection refused")
        super().connect(("127.0.0.1", self.port))


@dataclass
class World(AbstractResolver):
    """`names` gives one list of addresses for each look-up in turn, the last one for ever; `servers` a port on loopback."""

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    servers: dict[tuple[str, int], int] = field(default_factory=dict)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.looked_up.append(host)
        answers = self.names.get(host)
        if not answers:
            raise OSError(None, f"no such name: {host}")
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family_of(one), proto=socket.IPPROTO_TCP, flags=0)
            for one in found
        ]

    async def close(self) -> None:
        return None

    def make_socket(self, addr_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = addr_info
        self.dialled.append((where[0], where[1]))
        made = Detour(family, kind, protocol)
        made.port = where[1] if where[0] == "127.0.0.1" else self.servers.get((where[0], where[1]))
        return made


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


# ---------------------------------------------------------------- servers


@asynccontextmanager
async def server(serve: Serving | bytes) -> AsyncIterator[int]:
    """A server on loopback that answers every request on any connection like that; its port."""
    connections: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        try:
            if isinstance(serve, bytes):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(serve)
                await writer.drain()
                writer.close()
            else:
                await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for writer in connections:
            writer.transport.abort()
        await listening.wait_closed()


def response(status: str = "200 OK", body: bytes = b"", *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return response(status, b"", f"Location: {location}")


# ---------------------------------------------------------------- what the process really connects to


class Watch:
    """Sees every `connect` and name look-up of the process while it is on; a hook can't be taken out again."""

    def __init__(self) -> None:
        self.on = False
        self.connects: list[Any] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, values: Sequence[Any]) -> None:
        if self.on and event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
            self.connects.append(values[1] if event == "socket.connect" else values[0])
