"""Addresses that must never be reached: what counts is which sockets are made, and what the process connects to."""

import io
from collections.abc import Iterator

import pytest

from bridge.wire.address import Origin
from bridge.wire.fetch import open_fetcher
from bridge.wire.refusals import FetchError, Forbidden
from tests.unit.wire.inside import NAMES, REASONS
from tests.unit.wire.world import PUBLIC, Watch, World, redirect, response, server

LIMIT = 1000

ADDRESSES = [(url, reason) for reason, urls in REASONS.items() for url in urls]

WATCH = Watch()


@pytest.fixture
def watch() -> Iterator[Watch]:
    WATCH.connects.clear()
    WATCH.on = True
    yield WATCH
    WATCH.on = False


@pytest.fixture
def world() -> World:
    return World({name: [addresses] for name, addresses in NAMES.items()})


def test_there_are_enough_addresses_in_the_table() -> None:
    assert len({url for url, _ in ADDRESSES}) == len(ADDRESSES) >= 100


@pytest.mark.parametrize(("url", "reason"), ADDRESSES)
async def test_an_address_inside_is_refused_before_any_socket_is_made(
    url: str, reason: str, world: World, watch: Watch
) -> None:
    into = io.BytesIO()
    async with open_fetcher(resolver=world, make_socket=world.make_socket) as fetcher:
        with pytest.raises(Forbidden) as caught:
            await fetcher.fetch(url, into, LIMIT)
    assert world.dialled == []
    assert watch.connects == []
    assert into.getvalue() == b""
    assert str(caught.value) == reason


LOCATIONS = [
    *(url for url, _ in ADDRESSES if "://" in url and url.isprintable()),
    "//127.0.0.1/",
    "//127.0.0.1:8080/",
    "///127.0.0.1/",
    "//localhost/x",
    "/\\127.0.0.1/",
    "\\\\127.0.0.1/",
    "\t//127.0.0.1/",
    "//user@127.0.0.1/",
    "file:/etc/passwd",
]


@pytest.mark.parametrize("location", LOCATIONS)
async def test_a_trusted_server_can_not_send_us_inside(location: str, world: World, watch: Watch) -> None:
    async with server(redirect(location)) as port:
        trusted = Origin("http", "127.0.0.1", port)
        async with open_fetcher({trusted}, resolver=world, make_socket=world.make_socket) as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(f"http://127.0.0.1:{port}/files", io.BytesIO(), LIMIT)
    assert set(world.dialled) == {("127.0.0.1", port)} == set(watch.connects)
    assert isinstance(caught.value, Forbidden)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_public_server_can_not_send_us_inside(status: str, world: World, watch: Watch) -> None:
    async with server(redirect("http://10.0.0.1/secret", status)) as port:
        world.names["files.test"] = [[PUBLIC]]
        world.servers[PUBLIC, 80] = port
        async with open_fetcher(resolver=world, make_socket=world.make_socket) as fetcher:
            with pytest.raises(Forbidden, match=r"^the address is not public$"):
                await fetcher.fetch("http://files.test/", io.BytesIO(), LIMIT)
    assert world.dialled == [(PUBLIC, 80)]
    assert watch.connects == [("127.0.0.1", port)]


async def test_a_name_that_changes_its_mind_between_two_hops_is_judged_anew(world: World) -> None:
    async with server(redirect("http://rebind.test/secret")) as port:
        world.names["rebind.test"] = [[PUBLIC], ["127.0.0.1"]]
        world.servers[PUBLIC, 80] = port
        async with open_fetcher(resolver=world, make_socket=world.make_socket) as fetcher:
            with pytest.raises(Forbidden, match=r"^the address is not public$"):
                await fetcher.fetch("http://rebind.test/", io.BytesIO(), LIMIT)
    assert world.looked_up == ["rebind.test", "rebind.test"]
    assert world.dialled == [(PUBLIC, 80)]


async def test_a_name_that_changes_its_mind_between_two_files_is_judged_anew(world: World) -> None:
    async with server(response(body=b"fine")) as port:
        world.names["rebind.test"] = [[PUBLIC], ["169.254.169.254"]]
        world.servers[PUBLIC, 80] = port
        async with open_fetcher(resolver=world, make_socket=world.make_socket) as fetcher:
            await fetcher.fetch("http://rebind.test/", io.BytesIO(), LIMIT)
            with pytest.raises(Forbidden, match=r"^the address is not public$"):
                await fetcher.fetch("http://rebind.test/", io.BytesIO(), LIMIT)
    assert world.dialled == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1", PUBLIC, "::1"], [PUBLIC, "10.0.0.1"], ["64:ff9b::7f00:1", "127.0.0.1", PUBLIC]]
)
async def test_of_a_name_with_addresses_of_both_kinds_only_the_public_one_is_reached(
    addresses: list[str], world: World
) -> None:
    async with server(response(body=b"fine")) as port:
        world.names["both.test"] = [addresses]
        world.servers[PUBLIC, 80] = port
        async with open_fetcher(resolver=world, make_socket=world.make_socket) as fetcher:
            assert (await fetcher.fetch("http://both.test/", io.BytesIO(), LIMIT)).size == 4
    assert world.dialled == [(PUBLIC, 80)]


@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
async def test_ports_of_the_web_are_dialled_at_public_addresses(port: int, world: World, watch: Watch) -> None:
    """The table above refuses for the right reason: the same fetcher does dial what is public."""
    async with open_fetcher(resolver=world, make_socket=world.make_socket) as fetcher:
        with pytest.raises(FetchError, match=r"^its server can't be reached: Connection refused$"):
            await fetcher.fetch(f"http://8.8.8.8:{port}/", io.BytesIO(), LIMIT)
    assert set(world.dialled) == {("8.8.8.8", port)}
    assert watch.connects == []


NEIGHBOURS = [
    "http://127.0.0.1:{other}/",
    "https://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
]


@pytest.mark.parametrize("url", [*NEIGHBOURS, "http://127.0.0.2:{port}/", "http://[::ffff:127.0.0.1]:{port}/"])
async def test_only_the_very_origin_is_trusted_and_not_its_neighbours(url: str, world: World, watch: Watch) -> None:
    async with server(response(body=b"fine")) as port:
        trusted = Origin("http", "127.0.0.1", port)
        async with open_fetcher({trusted}, resolver=world, make_socket=world.make_socket) as fetcher:
            with pytest.raises(Forbidden):
                await fetcher.fetch(url.format(port=port, other=port - 1), io.BytesIO(), LIMIT)
    assert world.dialled == watch.connects == []


async def test_with_https_alone_nothing_else_is_dialled_outside(world: World) -> None:
    async with open_fetcher(https_only=True, resolver=world, make_socket=world.make_socket) as fetcher:
        with pytest.raises(Forbidden, match=r"^only https addresses are fetched$"):
            await fetcher.fetch("http://8.8.8.8/", io.BytesIO(), LIMIT)
        assert world.dialled == []
        with pytest.raises(FetchError, match="can't be reached"):
            await fetcher.fetch("https://8.8.8.8/", io.BytesIO(), LIMIT)
    assert set(world.dialled) == {("8.8.8.8", 443)}


async def test_an_internal_address_and_a_query_are_in_no_reason(world: World) -> None:
    async with server(redirect("http://10.9.8.7/?signature=SECRET")) as port:
        trusted = Origin("http", "127.0.0.1", port)
        async with open_fetcher({trusted}, resolver=world, make_socket=world.make_socket) as fetcher:
            with pytest.raises(Forbidden) as caught:
                await fetcher.fetch(f"http://127.0.0.1:{port}/?token=SECRET", io.BytesIO(), LIMIT)
    assert "SECRET" not in f"{caught.value!r}"
    assert "10.9.8.7" not in f"{caught.value!r}"
    assert caught.value.__cause__ is None
