import gzip
import io

import pytest

from bridge.wire.address import Origin
from bridge.wire.fetch import Fetched, open_fetcher
from bridge.wire.refusals import Failed, Forbidden, Missing
from tests.unit.wire.standing import LIMIT, MEGABYTE, asked, refusal, standing
from tests.unit.wire.world import PUBLIC, World, redirect, response, server

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
