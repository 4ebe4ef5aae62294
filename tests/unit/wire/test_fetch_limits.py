import asyncio
import contextlib
import io
import tempfile
import tracemalloc
from typing import BinaryIO, cast

import pytest

from bridge.wire.address import Origin
from bridge.wire.fetch import Patience, open_fetcher
from bridge.wire.refusals import Failed, TooLarge
from tests.patience import PATIENCE
from tests.unit.wire.standing import LIMIT, MEGABYTE, endless, refusal, saying, standing
from tests.unit.wire.world import PUBLIC, World, response, server

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
        await asyncio.wait_for(ended.wait(), PATIENCE)
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
        await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_a_body_ends_when_more_of_it_should_have_come_by_now() -> None:
    serve, ended = endless(bytes(0x4000), "HTTP/1.1 200 OK")
    async with standing(serve, Patience(grace=0.05, slowest=1 << 40)) as (fetcher, address):
        with pytest.raises(Failed, match=r"^its server is too slow$"):
            await fetcher.fetch(address, io.BytesIO(), 1 << 40)
        await asyncio.wait_for(ended.wait(), PATIENCE)


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


@pytest.mark.timeout(180)
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
