"""Trusted servers that behave in one way, and a fetcher before them."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bridge.wire.address import Origin
from bridge.wire.fetch import Fetcher, Patience, open_fetcher
from bridge.wire.refusals import FetchError
from tests.unit.wire.world import Serving, World, server

LIMIT = 100_000
MEGABYTE = 1 << 20


@asynccontextmanager
async def standing(serve: Serving | bytes, patience: Patience | None = None) -> AsyncIterator[tuple[Fetcher, str]]:
    """A trusted server that answers like that, a fetcher, and the server's address."""
    async with server(serve) as port:
        trusted = {Origin("http", "127.0.0.1", port)}
        async with open_fetcher(trusted, patience=patience or Patience(), resolver=World()) as fetcher:
            yield fetcher, f"http://127.0.0.1:{port}"


async def refusal(serve: Serving | bytes, kind: type[FetchError], *, patience: Patience | None = None) -> str:
    """The reason why what this server answers is not fetched."""
    async with standing(serve, patience) as (fetcher, address):
        with pytest.raises(kind) as caught:
            await fetcher.fetch(f"{address}/f?token=SECRET", io.BytesIO(), LIMIT)
    assert "SECRET" not in f"{caught.value!r}"
    assert "127.0.0.1" not in f"{caught.value!r}"
    assert type(caught.value) is kind
    return str(caught.value)


def asked(heads: list[bytes], *answers: bytes) -> Serving:
    """Answer one request on each connection, the answers in turn, and keep the heads."""
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(left.pop(0))
        await writer.drain()
        writer.close()

    return serve


def saying(head: str, *pieces: bytes) -> Serving:
    """Send a head and pieces, and then nothing, with the connection open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        await reader.read()

    return serve


def endless(piece: bytes, head: str) -> tuple[Serving, asyncio.Event]:
    """Send pieces until the connection ends, and say when it did."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        try:
            while True:
                writer.write(piece)
                await writer.drain()
        finally:
            ended.set()

    return serve, ended
