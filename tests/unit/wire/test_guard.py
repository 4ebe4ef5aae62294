import asyncio
import socket
import threading
from typing import Any

import aiohttp
import pytest
from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from bridge.wire.guard import NotPublic, OwnThreads, PublicOnly, guarded_socket, plain_socket, public
from tests.unit.wire.world import PUBLIC, World, server

NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:53aa:64c:0:7fff:80ff:fffe",
    "2001:2::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
    "2606:4700::1111%eth0",
    "4000::1",
    "e000::1",
]

NO_ADDRESS = [
    "",
    "localhost",
    "example.org",
    "127.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "2130706433",
    "0",
    "08.8.8.8",
    " 8.8.8.8",
]
NO_ADDRESS += [
    "8.8.8.8 ",
    "8.8.8.8.",
    "\uff18.8.8.8",
    "[2606:4700::1111]",
    "8.8.8.8/32",
    "1.1.1",
    "256.1.1.1",
    "8.8.8.8%0",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_the_internet_can_not_reach_is_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", NO_ADDRESS)
def test_what_is_no_plain_address_is_not_public(address: str) -> None:
    assert not public(address)


REACHABLE = [
    PUBLIC,
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "9.255.255.255",
]
REACHABLE += ["2606:4700::1111", "2A00:1450:4001::1", "2001:4860:4860::8888", "2003::1", "2001:200::1"]


@pytest.mark.parametrize("address", REACHABLE)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert public(address)


def info(address: str) -> AddrInfoType:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    where = (address, 80, 0, 0) if ":" in address else (address, 80)
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where)


@pytest.mark.parametrize("address", NOT_PUBLIC + NO_ADDRESS)
def test_no_socket_is_made_for_an_address_that_is_not_public(address: str) -> None:
    made: list[AddrInfoType] = []

    def make(addr_info: AddrInfoType) -> socket.socket:
        made.append(addr_info)
        return plain_socket(addr_info)

    with pytest.raises(NotPublic):
        guarded_socket(info(address), make)
    assert made == []


def test_a_socket_for_a_public_address_is_an_ordinary_one() -> None:
    with guarded_socket(info(PUBLIC)) as made:
        assert (made.family, made.type) == (socket.AF_INET, socket.SOCK_STREAM)


def test_the_refusal_does_not_name_the_address() -> None:
    with pytest.raises(NotPublic) as caught:
        guarded_socket(info("10.1.2.3"))
    assert "10.1.2.3" not in f"{caught.value!r} {caught.value}"


# ---------------------------------------------------------------- beneath aiohttp, the guard alone


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "inside.test", "both.test"])
async def test_the_guard_alone_keeps_aiohttp_from_connecting_inside(host: str) -> None:
    world = World({"inside.test": [["10.0.0.1"]], "both.test": [["127.0.0.1", "::1", "10.0.0.1"]]})
    async with server(b"") as port:
        connector = aiohttp.TCPConnector(socket_factory=guarded_socket, resolver=world)
        async with aiohttp.ClientSession(connector=connector) as session:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                await session.get(f"http://{host}:{port}/")
    assert isinstance(caught.value.os_error, NotPublic)


async def test_of_a_name_with_addresses_of_both_kinds_only_the_public_ones_are_kept() -> None:
    world = World({"both.test": [["10.0.0.1", PUBLIC, "::1", "2606:4700::1111"]]})
    kept = await PublicOnly(world).resolve("both.test", 80)
    assert [one["host"] for one in kept] == [PUBLIC, "2606:4700::1111"]


async def test_a_name_with_private_addresses_alone_is_refused_and_one_without_any_is_not_found() -> None:
    world = World({"inside.test": [["10.0.0.1", "fe80::1%eth0"]], "empty.test": [[]]})
    with pytest.raises(NotPublic):
        await PublicOnly(world).resolve("inside.test", 80)
    with pytest.raises(OSError, match="no address"):
        await PublicOnly(world).resolve("empty.test", 80)


# ---------------------------------------------------------------- looking names up


async def test_names_are_looked_up_in_threads_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def system(host: str, port: int, *_: object, **__: object) -> list[object]:
        threads.append(threading.current_thread().name)
        where = [(socket.AF_INET, ("1.2.3.4", port)), (socket.AF_INET6, ("fe80::1", port, 0, 7))]
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address) for family, address in where]

    monkeypatch.setattr(socket, "getaddrinfo", system)
    names = OwnThreads()
    found = await names.resolve("example.test", 443)
    await names.close()
    assert [(one["host"], one["port"]) for one in found] == [("1.2.3.4", 443), ("fe80::1%7", 443)]
    assert [name.startswith("lookup") for name in threads] == [True]


async def test_a_lookup_without_an_end_does_not_hold_up_the_close(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def system(*_: object, **__: object) -> list[object]:
        answer.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", system)
    names = OwnThreads()
    asking = asyncio.ensure_future(names.resolve("slow.test", 80))
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asking), 0.02)
        await names.close()
    finally:
        answer.set()
    assert await asking == []


@pytest.mark.parametrize("name", ["localhost", "LocalHost.", "a.localhost"])
async def test_this_machines_own_name_is_refused_without_asking_anybody(name: str) -> None:
    class Unasked(AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
            raise AssertionError(host)

        async def close(self) -> None:
            """Nothing is open."""

    with pytest.raises(NotPublic):
        await PublicOnly(Unasked()).resolve(name, 80)
