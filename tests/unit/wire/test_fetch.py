import asyncio
import contextlib
import gzip
import io
import tempfile
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, cast

import pytest

from bridge.wire.address import Origin
from bridge.wire.fetch import Fetched, Fetcher, Patience, open_fetcher
from bridge.wire.refusals import Failed, FetchError, Forbidden, Missing, TooLarge
from tests.unit.wire.world import PUBLIC, Serving, World, redirect, response, server

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


# ---------------------------------------------------------------- what comes


async def test_a_file_comes_with_its_type_and_name() -> None:
    answer = response(
        "200 OK", b"%PDF-1.7", "Content-Type: Application/PDF; x=1", 'Content-Disposition: x; filename="a.pdf"'
    )
    into = io.BytesIO()
    async with standing(answer) as (fetcher, address):
        assert await fetcher.fetch(f"{address}/files/b.bin?x", into, LIMIT) == Fetched(8, "application/pdf", "a.pdf")
    assert into.getvalue() == b"%PDF-1.7"


async def test_a_file_of_which_nothing_is_said_is_named_by_its_address() -> None:
    async with standing(b"HTTP/1.1 200 OK\r\n\r\nuntil the end") as (fetcher, address):
        assert await fetcher.fetch(f"{address}/files/%D1%84.bin", io.BytesIO(), LIMIT) == Fetched(13, "", "\u0444.bin")


async def test_a_file_in_pieces_is_put_together() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    into = io.BytesIO()
    async with standing(answer) as (fetcher, address):
        assert (await fetcher.fetch(address, into, LIMIT)).size == 7
    assert into.getvalue() == b"abcdefg"


async def test_a_file_of_just_the_limit_is_not_too_large() -> None:
    async with standing(response(body=bytes(LIMIT))) as (fetcher, address):
        assert (await fetcher.fetch(address, io.BytesIO(), LIMIT)).size == LIMIT


async def test_nothing_of_ours_goes_along() -> None:
    heads: list[bytes] = []
    serve = asked(heads, response("302 Found", b"", "Location: /b", "Set-Cookie: a=b"), response(body=b"x"))
    async with standing(serve) as (fetcher, address):
        await fetcher.fetch(f"{address}/a", io.BytesIO(), LIMIT)
    for head in heads:
        names = {line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:] if line}
        assert names - {b"connection"} == {b"host", b"user-agent", b"accept", b"accept-encoding"}
        assert b"User-Agent: tiledesk-bridge\r\n" in head
        assert b"Accept-Encoding: identity\r\n" in head
    assert [head.split()[1] for head in heads] == [b"/a", b"/b"]


async def test_the_environment_sends_nothing_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with standing(response(body=b"x")) as (fetcher, address):
        assert (await fetcher.fetch(address, io.BytesIO(), LIMIT)).size == 1


async def test_a_public_file_comes_through_the_guarded_session() -> None:
    world = World({"files.test": [["10.0.0.1", PUBLIC]]})
    into = io.BytesIO()
    async with server(response(body=b"fine")) as port:
        world.servers[PUBLIC, 8080] = port
        async with open_fetcher(resolver=world, make_socket=world.make_socket) as fetcher:
            await fetcher.fetch("http://files.test:8080/a.txt", into, LIMIT)
    assert into.getvalue() == b"fine"
    assert world.dialled == [(PUBLIC, 8080)]


# ---------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_three_redirects_are_followed_and_a_fourth_is_not(status: str) -> None:
    heads: list[bytes] = []
    hops = [redirect(f"/{hop}", status) for hop in range(4)]
    async with standing(asked(heads, *hops[:3], response(body=b"x"))) as (fetcher, address):
        assert (await fetcher.fetch(address, io.BytesIO(), LIMIT)).name == "2"
    async with standing(asked(heads, *hops, response(body=b"x"))) as (fetcher, address):
        with pytest.raises(Missing, match=r"^it is redirected too often$"):
            await fetcher.fetch(address, io.BytesIO(), LIMIT)
    assert len(heads) == 8


async def test_a_redirect_to_itself_ends() -> None:
    assert await refusal(redirect("/f"), Missing) == "it is redirected too often"


@pytest.mark.parametrize("status", ["300 Choices", "304 Not Modified", "302 Found"])
async def test_a_redirect_to_nowhere_is_an_answer_without_a_file(status: str) -> None:
    assert await refusal(response(status), Missing) == f"its server answers {status[:3]}"


async def test_a_redirect_from_a_trusted_server_outwards_is_guarded_and_back_is_not() -> None:
    world = World({"files.test": [[PUBLIC]]})
    heads: list[bytes] = []
    answers = asked(heads, redirect("http://files.test/"), response(body=b"home"))
    async with server(answers) as home, server(redirect(f"http://127.0.0.1:{home}/back")) as away:
        world.servers[PUBLIC, 80] = away
        trusted = {Origin("http", "127.0.0.1", home)}
        async with open_fetcher(trusted, resolver=world, make_socket=world.make_socket) as fetcher:
            await fetcher.fetch(f"http://127.0.0.1:{home}/", io.BytesIO(), LIMIT)
    assert world.dialled == [("127.0.0.1", home), (PUBLIC, 80), ("127.0.0.1", home)]


async def test_a_trusted_server_may_speak_http_where_the_world_must_speak_https() -> None:
    async with server(asked([], response(body=b"home"), redirect("http://8.8.8.8/"))) as home:
        world = World()
        trusted = {Origin("http", "127.0.0.1", home)}
        async with open_fetcher(trusted, https_only=True, resolver=world, make_socket=world.make_socket) as fetcher:
            await fetcher.fetch(f"http://127.0.0.1:{home}/", io.BytesIO(), LIMIT)
            with pytest.raises(Forbidden, match=r"^only https addresses are fetched$"):
                await fetcher.fetch(f"http://127.0.0.1:{home}/", io.BytesIO(), LIMIT)


# ---------------------------------------------------------------- answers without a file


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 201, 204, 206])
async def test_a_server_that_does_not_hand_it_out_is_not_asked_again(status: int) -> None:
    assert await refusal(response(f"{status} Odd"), Missing) == f"its server answers {status}"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_server_in_trouble_may_be_asked_again(status: int) -> None:
    assert await refusal(response(f"{status} Odd"), Failed) == f"its server answers {status}"


async def test_an_empty_file_is_none() -> None:
    assert await refusal(response(), Missing) == "the file is empty"


@pytest.mark.parametrize(
    "header", ["Content-Encoding: gzip", "Content-Encoding: identity, br", "Transfer-Encoding: gzip"]
)
async def test_a_compressed_body_is_refused_unread(header: str) -> None:
    bomb = gzip.compress(bytes(10 * MEGABYTE))
    reason = await refusal(b"HTTP/1.1 200 OK\r\n" + header.encode() + b"\r\n\r\n" + bomb, Missing)
    assert reason == "its server sends it compressed, which was not asked for"


# ---------------------------------------------------------------- lengths that lie, bodies without an end


async def test_a_length_above_the_limit_is_refused_without_reading() -> None:
    serve = saying("HTTP/1.1 200 OK\nContent-Length: 5000000000")
    assert await refusal(serve, TooLarge) == "larger than 100 kB"


@pytest.mark.parametrize(
    ("limit", "words"), [(50 * MEGABYTE, "50 MB"), (50_000_000, "50 MB"), (10_240, "10 kB"), (7, "7 bytes")]
)
def test_a_limit_is_told_in_a_unit_that_fits(limit: int, words: str) -> None:
    assert str(TooLarge(limit)) == f"larger than {words}"


async def test_a_body_that_is_shorter_than_told_was_cut_and_may_be_tried_again() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\nonly this"
    assert await refusal(cut, Failed) == "the connection to its server broke off"


async def test_of_a_body_that_is_longer_than_told_the_rest_is_never_taken() -> None:
    into = io.BytesIO()
    async with standing(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour" + bytes(MEGABYTE)) as (fetcher, address):
        with contextlib.suppress(Failed):  # aiohttp may see the rest in time to call it nonsense
            await fetcher.fetch(address, into, LIMIT)
    assert into.getvalue() in {b"", b"four"}


async def test_pieces_without_the_last_one_were_cut() -> None:
    cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    assert await refusal(cut, Failed) == "the connection to its server broke off"


@pytest.mark.parametrize(
    ("piece", "head"),
    [
        (b"4000\r\n" + bytes(0x4000) + b"\r\n", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked"),
        (b"1\r\nx\r\n" * 1000, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked"),
        (bytes(0x4000), "HTTP/1.1 200 OK"),
    ],
    ids=["in pieces", "in tiny pieces", "without a length"],
)
async def test_an_endless_body_ends_at_the_limit_and_so_does_its_connection(piece: bytes, head: str) -> None:
    serve, ended = endless(piece, head)
    into = io.BytesIO()
    async with standing(serve) as (fetcher, address):
        with pytest.raises(TooLarge):
            await fetcher.fetch(address, into, LIMIT)
        await asyncio.wait_for(ended.wait(), 5)
    assert len(into.getvalue()) <= LIMIT


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\nx",
        b"this is no HTTP\r\n\r\n",
        b"HTTP/1.1 200",
        b"",
    ],
)
async def test_an_answer_that_makes_no_sense_may_be_tried_again(answer: bytes) -> None:
    assert await refusal(answer, Failed) in {
        "its server's answer makes no sense",
        "the connection to its server broke off",
    }


# ---------------------------------------------------------------- slowness


async def test_silence_instead_of_an_answer_ends() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    assert await refusal(serve, Failed, patience=Patience(idle=0.05)) == "its server is too slow"


async def test_silence_within_a_body_ends() -> None:
    serve = saying("HTTP/1.1 200 OK\nContent-Length: 100", b"a few bytes")
    assert await refusal(serve, Failed, patience=Patience(idle=0.05)) == "its server is too slow"


async def test_a_body_that_never_pauses_ends_when_the_time_is_over() -> None:
    serve, ended = endless(bytes(0x4000), "HTTP/1.1 200 OK")
    async with standing(serve, Patience(total=0.1)) as (fetcher, address):
        with pytest.raises(Failed, match=r"^its server is too slow$"):
            await fetcher.fetch(address, io.BytesIO(), 1 << 40)
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_body_ends_when_more_of_it_should_have_come_by_now() -> None:
    serve, ended = endless(bytes(0x4000), "HTTP/1.1 200 OK")
    async with standing(serve, Patience(grace=0.05, slowest=1 << 40)) as (fetcher, address):
        with pytest.raises(Failed, match=r"^its server is too slow$"):
            await fetcher.fetch(address, io.BytesIO(), 1 << 40)
        await asyncio.wait_for(ended.wait(), 5)


async def test_who_gives_up_waiting_is_let_go() -> None:
    async with standing(saying("HTTP/1.1 200 OK\nContent-Length: 100", b"x")) as (fetcher, address):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(fetcher.fetch(address, io.BytesIO(), LIMIT), 0.05)


# ---------------------------------------------------------------- no connection, no disk


async def test_a_refused_connection_may_be_tried_again() -> None:
    async with server(b"") as port:
        pass
    async with open_fetcher({Origin("http", "127.0.0.1", port)}, resolver=World()) as fetcher:
        with pytest.raises(Failed, match=r"^its server can't be reached: Connection refused$"):
            await fetcher.fetch(f"http://127.0.0.1:{port}/", io.BytesIO(), LIMIT)


@pytest.mark.parametrize("addresses", [[PUBLIC], [PUBLIC, "8.8.8.8", "2606:4700::1111"], ["10.0.0.1", PUBLIC, "::1"]])
async def test_a_refused_connection_is_not_taken_for_a_refusal_of_ours(addresses: list[str]) -> None:
    world = World({"down.test": [addresses]})
    async with open_fetcher(resolver=world, make_socket=world.make_socket) as fetcher:
        with pytest.raises(Failed, match=r"^its server can't be reached"):
            await fetcher.fetch("http://down.test/", io.BytesIO(), LIMIT)
    assert {address for address, _ in world.dialled} == set(addresses) - {"10.0.0.1", "::1"}


@pytest.mark.parametrize("names", [{}, {"lost.test": [[]]}], ids=["no name", "no address"])
async def test_a_name_that_is_not_found_may_be_tried_again(names: dict[str, list[list[str]]]) -> None:
    async with open_fetcher(resolver=World(names)) as fetcher:
        with pytest.raises(Failed, match=r"^its server's name can't be resolved$"):
            await fetcher.fetch("http://lost.test/", io.BytesIO(), LIMIT)


async def test_tls_with_a_server_that_speaks_none_may_be_tried_again() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(response("400 Bad Request"))
        await reader.read(-1)

    async with server(serve) as port, open_fetcher({Origin("https", "127.0.0.1", port)}, resolver=World()) as fetcher:
        with pytest.raises(Failed, match=r"^its server can't be reached: no TLS connection came about$"):
            await fetcher.fetch(f"https://127.0.0.1:{port}/", io.BytesIO(), LIMIT)


async def test_a_full_disk_is_not_its_servers_fault() -> None:
    class Full(io.BytesIO):
        def write(self, *_: object) -> int:
            raise OSError(28, "No space left on device", "/var/lib/secret/path")

    async with standing(response(body=b"x")) as (fetcher, address):
        with pytest.raises(Failed, match=r"^it can't be written to our disk: No space left on device$"):
            await fetcher.fetch(address, Full(), LIMIT)


# ---------------------------------------------------------------- memory


@pytest.mark.timeout(60)
async def test_fifty_megabytes_pass_through_little_memory() -> None:
    size = 50 * MEGABYTE
    piece = bytes(1 << 16)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // len(piece)):
            writer.write(piece)
            await writer.drain()

    with tempfile.TemporaryFile() as file:
        async with standing(serve) as (fetcher, address):
            tracemalloc.start()
            try:
                fetched = await fetcher.fetch(address, cast("BinaryIO", file), size)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert fetched.size == size == file.tell()
    assert peak < 16 * MEGABYTE
    print(f"peak while 50 MB passed: {peak / MEGABYTE:.1f} MB")
