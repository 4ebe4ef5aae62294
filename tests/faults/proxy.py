"""A TCP proxy that spoils what passes through it, on the level of bytes and connections."""

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit

CHUNK = 16 * 1024
PAGE_BODY = b"<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"
PAGE = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nConnection: close\r\n"
    + f"Content-Length: {len(PAGE_BODY)}\r\n\r\n".encode()
    + PAGE_BODY
)

Side = Literal["request", "answer"]


@dataclass(frozen=True)
class Weather:
    """What happens to each chunk that passes; a fresh one is fair.

    * `latency`: seconds by which each chunk is late, at most (drawn).
    * `cut_request`, `cut_answer`: a connection is reset after at most so many bytes of that side (drawn for each connection).
    * `half_close`: the answer's side is closed, as if it were complete, after at most so many bytes (drawn).
    * `blackhole`: everything is taken, nothing is passed on.
    * `page`: every request is answered with a gateway's page, and goes nowhere.
    * `drip`: bytes are passed on one at a time, so many seconds apart.
    * `reset`: whoever connects is reset at once, and so is every connection that says anything.
    * `odds`: the share of connections that all of this concerns.
    """

    latency: float = 0.0
    cut_request: int = 0
    cut_answer: int = 0
    half_close: int = 0
    blackhole: bool = False
    page: bool = False
    drip: float = 0.0
    reset: bool = False
    odds: float = 1.0


FAIR = Weather()


@dataclass(eq=False)
class Pair:
    """One client's connection and ours behind it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    draw: float
    passed: dict[Side, int] = field(default_factory=lambda: {"request": 0, "answer": 0})
    limits: dict[str, int] = field(default_factory=dict)
    spoiled: bool = False

    def reset(self) -> None:
        """Cut both, so that the peers get a reset and no end of file."""
        for writer in (self.client, self.server):
            sock = writer.get_extra_info("socket")
            if sock is not None:
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class Proxy:
    """Stands before one server; `weather` may be changed at any moment, by `turn`."""

    def __init__(self, target: str, seed: int = 0) -> None:
        parts = urlsplit(target)
        assert parts.hostname is not None
        assert parts.port is not None
        self.target = parts.hostname, parts.port
        self.weather = FAIR
        self.spoiled = 0
        """connections that something happened to"""
        self.tripwire: Callable[[Side, int], None] | None = None
        """told of every chunk: its side, and how many bytes of it have come"""
        self.dice = random.Random(seed)
        self.pairs: set[Pair] = set()
        self.pumps: set[asyncio.Task[None]] = set()
        self.server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.close()
        await asyncio.sleep(0)  # who was accepted just now is among the pumps after it
        for pair in list(self.pairs):
            pair.reset()
        for pump in list(self.pumps):
            pump.cancel()
        await asyncio.gather(*self.pumps, return_exceptions=True)
        await self.server.wait_closed()
        await asyncio.sleep(0)  # what was aborted is closed in the loop's next turn

    def turn(self, weather: Weather) -> None:
        """Change the weather; connections that the old one has spoiled are cut, as a network does that comes back."""
        self.weather = weather
        for pair in list(self.pairs):
            pair.limits.clear()
            pair.passed = {"request": 0, "answer": 0}
            if pair.spoiled:
                pair.reset()

    # ------------------------------------------------------------ what passes

    async def serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        """Take one connection and pass it on until either side has enough."""
        task = asyncio.current_task()
        assert task is not None
        self.pumps.add(task)
        pair: Pair | None = None
        try:
            answers, server = await asyncio.open_connection(*self.target)
            pair = Pair(client, server, self.dice.random())
            self.pairs.add(pair)
            if self.weather.reset and self.concerns(pair):
                pair.reset()
                return
            await asyncio.gather(self.pump(pair, "request", reader, server), self.pump(pair, "answer", answers, client))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            if pair is not None:
                self.pairs.discard(pair)
                pair.server.transport.abort()
            client.transport.abort()
            self.pumps.discard(task)

    def concerns(self, pair: Pair) -> bool:
        """Whether the weather is bad for this connection, which is counted."""
        if self.weather == FAIR or pair.draw >= self.weather.odds:
            return False
        if not pair.spoiled:
            pair.spoiled = True
            self.spoiled += 1
        return True

    async def pump(self, pair: Pair, side: Side, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one side on until its end."""
        while chunk := await reader.read(CHUNK):
            pair.passed[side] += len(chunk)
            if self.tripwire is not None:
                self.tripwire(side, pair.passed[side])
            if self.concerns(pair):
                if not await self.spoil(pair, side, chunk, writer):
                    return
            else:
                writer.write(chunk)
                await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def spoil(self, pair: Pair, side: Side, chunk: bytes, writer: asyncio.StreamWriter) -> bool:
        """Pass one chunk on in bad weather; False if the side is over with it."""
        weather = self.weather
        if weather.reset:
            pair.reset()
            return False
        if weather.blackhole:
            return True
        if weather.page and side == "request":
            pair.client.write(PAGE)
            await pair.client.drain()
            pair.client.write_eof()
            return False
        if weather.latency:
            await asyncio.sleep(self.dice.uniform(0.0, weather.latency))
        limit = self.limit(pair, side)
        if limit is not None and pair.passed[side] > limit:
            writer.write(chunk[: max(0, len(chunk) - (pair.passed[side] - limit))])
            with suppress(OSError):
                await writer.drain()
            if weather.half_close and side == "answer":
                pair.client.write_eof()
            else:
                pair.reset()
            return False
        if weather.drip:
            for position in range(len(chunk)):
                if self.weather is not weather:
                    break
                writer.write(chunk[position : position + 1])
                await writer.drain()
                await asyncio.sleep(weather.drip)
            else:
                return True
            return False
        writer.write(chunk)
        await writer.drain()
        return True

    def limit(self, pair: Pair, side: Side) -> int | None:
        """After how many bytes this connection's side ends, if it does."""
        most = self.weather.cut_request if side == "request" else self.weather.cut_answer or self.weather.half_close
        if not most:
            return None
        return pair.limits.setdefault(side, self.dice.randint(0, most))
