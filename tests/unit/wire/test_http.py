import asyncio
import math
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bridge.wire import AnswerLost, Reply, Unsent, Wire, http, seconds

TOKEN = "123456:A-SECRET-TOKEN"

Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@asynccontextmanager
async def far_side(serve: Serving) -> AsyncIterator[str]:
    """A server that treats every connection like that; its address, with a token in the path as Telegram has it."""
    connections: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/bot{TOKEN}/sendMessage"
    finally:
        server.close()
        for writer in connections:
            writer.transport.abort()
        await server.wait_closed()


def answering(*answers: bytes) -> Serving:
    """Read a request and answer it, one after the other; then the connection is closed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length")),
                0,
            )
            await reader.readexactly(length)
            writer.write(answer)
            await writer.drain()
        writer.close()

    return serve


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take everything and say nothing."""
    while await reader.read(65536):
        pass


def response(status: str = "200 OK", body: bytes = b"{}", *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, ""))
    return head.encode() + body


def assert_tells_nothing(error: BaseException, url: str) -> None:
    """Neither the error's text nor its traceback holds the token or the address."""
    whole = "".join(traceback.format_exception(error))
    assert TOKEN not in whole
    assert "A-SECRET" not in repr(error) + str(error)
    assert url not in whole
    assert error.__cause__ is None


async def failure(session: aiohttp.ClientSession, url: str, kind: type[Exception], **values: Any) -> str:
    """The text of the error that a request ends with."""
    with pytest.raises(kind) as caught:
        await Wire(session, "Telegram").request("POST", url, body=b"{}", **values)
    assert_tells_nothing(caught.value, url)
    return str(caught.value)


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "429 Too Many Requests", "502 Bad Gateway"])
async def test_every_status_is_an_answer(session: aiohttp.ClientSession, status: str) -> None:
    async with far_side(answering(response(status, b'{"ok":1}'))) as url:
        reply = await Wire(session, "Telegram").request("POST", url, body=b"{}")
    assert reply == Reply(int(status[:3]), b'{"ok":1}')


async def test_a_redirect_is_not_followed(session: aiohttp.ClientSession) -> None:
    async with far_side(answering(response("302 Found", b"", "Location: http://127.0.0.1:1/"))) as url:
        assert (await Wire(session, "Telegram").request("POST", url, body=b"{}")).status == 302


async def test_bytes_are_sent_as_json_with_the_headers_given(session: aiohttp.ClientSession) -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        heads.append(await reader.readexactly(7))
        writer.write(response())

    async with far_side(serve) as url:
        await Wire(session, "Telegram").request("PUT", url, body=b'{"a":1}', headers={"Authorization": "JWT x"})
    head = heads[0].lower()
    assert head.startswith(b"put /bot")
    assert b"content-type: application/json" in head
    assert b"authorization: jwt x" in head
    assert heads[1] == b'{"a":1}'


async def test_a_wait_that_the_far_side_asks_for_is_read(session: aiohttp.ClientSession) -> None:
    async with far_side(answering(response("429 Too Many Requests", b"", "Retry-After: 17"))) as url:
        assert (await Wire(session, "Telegram").request("GET", url)).retry_after == 17.0


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("17", 17.0),
        ("0", 0.0),
        ("", 0.0),
        ("-1", 0.0),
        ("1.5", 0.0),
        ("Fri, 31 Dec 2027 23:59:59 GMT", 0.0),
        ("²", 0.0),
    ],
)
def test_only_whole_seconds_are_a_wait(header: str, wait: float) -> None:
    assert seconds(header) == wait


@pytest.mark.parametrize("header", ["9" * 10, "9" * 1000])
def test_a_wait_is_finite_whatever_the_far_side_says(header: str) -> None:
    assert math.isfinite(seconds(header))
    assert seconds(header) <= 86400


# ---------------------------------------------------------------- surely not sent


async def test_a_refused_connection_has_sent_nothing(session: aiohttp.ClientSession) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/bot{TOKEN}/sendMessage"
        text = await failure(session, url, Unsent)
    assert text.startswith("no connection to Telegram: ")


async def test_a_name_that_can_not_be_resolved_has_sent_nothing() -> None:
    class Lost(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            raise OSError(None, "no such host")

        async def close(self) -> None:
            return None

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Lost())) as session:
        text = await failure(session, f"http://telegram.invalid/bot{TOKEN}/sendMessage", Unsent)
    assert text == "no connection to Telegram: its name can't be resolved"


async def test_tls_with_a_server_that_speaks_none_has_sent_nothing(session: aiohttp.ClientSession) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(response("400 Bad Request"))
        await silent(reader, writer)

    async with far_side(serve) as url:
        text = await failure(session, url.replace("http:", "https:"), Unsent)
    assert text == "no connection to Telegram: no TLS connection came about"


async def test_a_server_that_hangs_up_during_the_tls_handshake_got_nothing(session: aiohttp.ClientSession) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    async with far_side(serve) as url:
        await failure(session, url.replace("http:", "https:"), Unsent)


async def test_a_tls_handshake_that_never_ends_has_sent_nothing(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "CONNECT_TIMEOUT", 0.05)
    async with far_side(silent) as url:
        text = await failure(session, url.replace("http:", "https:"), Unsent)
    assert text == "no connection to Telegram: timed out"


@pytest.mark.parametrize("url", [f"http:///bot{TOKEN}", f"bot{TOKEN}", f"http://127.0.0.1:99999/bot{TOKEN}"])
async def test_an_address_that_is_none_has_sent_nothing(session: aiohttp.ClientSession, url: str) -> None:
    await failure(session, url, Unsent)


# ---------------------------------------------------------------- perhaps sent


async def test_a_connection_that_is_closed_after_the_request_is_an_answer_lost(session: aiohttp.ClientSession) -> None:
    async with far_side(answering(b"")) as url:
        text = await failure(session, url, AnswerLost)
    assert text == "no answer from Telegram: it closed the connection"


async def test_a_connection_that_is_reset_after_the_request_is_an_answer_lost(session: aiohttp.ClientSession) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with far_side(serve) as url:
        await failure(session, url, AnswerLost)


async def test_silence_is_an_answer_lost(session: aiohttp.ClientSession) -> None:
    async with far_side(silent) as url:
        text = await failure(session, url, AnswerLost, timeout=0.05)
    assert text == "no answer from Telegram: timed out"


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"this is no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n",
    ],
)
async def test_an_answer_that_breaks_off_or_makes_no_sense_is_lost(session: aiohttp.ClientSession, cut: bytes) -> None:
    async with far_side(answering(cut)) as url:
        await failure(session, url, AnswerLost)


async def test_an_answer_whose_body_stops_is_lost(session: aiohttp.ClientSession) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await silent(reader, writer)

    async with far_side(serve) as url:
        await failure(session, url, AnswerLost, timeout=0.05)


async def test_a_post_into_a_connection_that_was_kept_alive_is_not_repeated_behind_our_back(
    session: aiohttp.ClientSession,
) -> None:
    requests = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            requests += 1
            if requests > 1:
                writer.close()
                return
            writer.write(response())

    async with far_side(serve) as url:
        await Wire(session, "Telegram").request("POST", url, body=b"{}")
        await failure(session, url, AnswerLost)
    assert requests == 2
