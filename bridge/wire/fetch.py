"""Files out of the world: fetched from addresses that strangers chose, in a stream, with limits on everything.

Two sessions: one is guarded at the socket (see `guard`), one is for the few origins that the operator named, which may be
private. Each hop of a redirect is judged anew. Nothing of ours goes along: no cookie, no credential, no referrer.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import aiohttp
from aiohttp import ClientResponse, ClientSession, SocketFactoryType
from aiohttp.abc import AbstractResolver
from yarl import URL

from bridge.wire.address import Origin, next_url, origin, read_url
from bridge.wire.guard import OwnThreads, PublicOnly, guarded_socket, plain_socket
from bridge.wire.http import CONNECT_TIMEOUT
from bridge.wire.naming import file_name, mime_type
from bridge.wire.refusals import Failed, FetchError, Forbidden, Missing, TooLarge, answered, broken

CHUNK = 1 << 16
"""bytes read and written at once"""

REDIRECTS = 3
ALLOWED_PORTS = frozenset({80, 443, 8080, 8443})

HEADERS = {"User-Agent": "tiledesk-bridge", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take, in seconds: for one silence, for everything, and until `slowest` bytes a second are due."""

    idle: float = 30.0
    total: float = 300.0
    grace: float = 10.0
    slowest: int = 2048


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: its size in bytes, and what its server said of it, "" where it said nothing; `name` is harmless."""

    size: int
    mime: str
    name: str


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches files: from `trusted` origins plainly, from everywhere else guarded, and then by https alone if `https_only`."""

    guarded: ClientSession
    plain: ClientSession
    trusted: frozenset[Origin]
    https_only: bool = False
    patience: Patience = PATIENCE

    async def fetch(self, url: str, into: BinaryIO, limit: int) -> Fetched:
        """Write what stands behind `url` into a buffered binary file; it never gets more than `limit` bytes.

        Raises `Forbidden`, `TooLarge`, `Missing` or `Failed`; the file may hold a part then.
        """
        try:
            async with asyncio.timeout(self.patience.total):
                return await self.follow(read_url(url), into, limit)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise broken(error) from None

    async def follow(self, url: URL, into: BinaryIO, limit: int) -> Fetched:
        """Fetch, through up to three redirects."""
        for _ in range(REDIRECTS + 1):
            async with self.session(url).get(url, allow_redirects=False) as answer:
                if answer.status in {301, 302, 303, 307, 308} and "Location" in answer.headers:
                    url = next_url(url, answer.headers["Location"])
                    continue
                size = await self.pour(answer, into, limit)
                kind = mime_type(answer.headers.get("Content-Type", ""))
                return Fetched(size, kind, file_name(answer.headers.get("Content-Disposition", ""), url.raw_path))
        raise Missing("it is redirected too often")

    def session(self, url: URL) -> ClientSession:
        """The session that may go there. Raises `Forbidden`."""
        server = origin(url)
        if server in self.trusted:
            return self.plain
        if self.https_only and server.scheme != "https":
            raise Forbidden("only https addresses are fetched")
        if server.port not in ALLOWED_PORTS:
            raise Forbidden("its port is not one of 80, 443, 8080 and 8443")
        return self.guarded

    async def pour(self, answer: ClientResponse, into: BinaryIO, limit: int) -> int:
        """Write the body of a good answer, and return its size."""
        if refusal := refused(answer, limit):
            raise refusal
        clock = asyncio.get_running_loop().time
        begun = clock()
        size = 0
        async for chunk in answer.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLarge(limit)
            write(chunk, into)
            spent = clock() - begun
            if spent > self.patience.grace and size < spent * self.patience.slowest:
                raise Failed("its server is too slow")
        if not size:
            raise Missing("the file is empty")
        return size


def refused(answer: ClientResponse, limit: int) -> FetchError | None:
    """What can be said against an answer before its body is read."""
    if answer.status not in {200, 203}:
        return answered(answer.status)
    if (answer.content_length or 0) > limit:
        return TooLarge(limit)
    codings = [*answer.headers.getall("Content-Encoding", []), *answer.headers.getall("Transfer-Encoding", [])]
    if {one.strip().lower() for one in ",".join(codings).split(",")} - {"", "identity", "chunked"}:
        return Missing("its server sends it compressed, which was not asked for")
    return None


def write(chunk: bytes, into: BinaryIO) -> None:
    """Write to our disk; its trouble is not its server's."""
    try:
        into.write(chunk)
    except OSError as error:
        raise Failed(f"it can't be written to our disk: {error.strerror}") from None


@asynccontextmanager
async def open_fetcher(
    trusted: Collection[Origin] = (),
    *,
    https_only: bool = False,
    patience: Patience = PATIENCE,
    resolver: AbstractResolver | None = None,
    make_socket: SocketFactoryType = plain_socket,
) -> AsyncIterator[Fetcher]:
    """A fetcher and its sessions; `resolver` (closed at the end) and `make_socket` are for tests and other kinds of networks."""
    async with AsyncExitStack() as stack:
        names = OwnThreads() if resolver is None else resolver
        stack.push_async_callback(names.close)

        async def session(make: SocketFactoryType, resolver: AbstractResolver) -> ClientSession:
            connector = aiohttp.TCPConnector(
                socket_factory=make, resolver=resolver, use_dns_cache=False, force_close=True
            )
            return await stack.enter_async_context(
                ClientSession(
                    connector=connector,
                    headers=HEADERS,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    trust_env=False,
                    timeout=aiohttp.ClientTimeout(
                        total=None, connect=patience.idle, sock_connect=CONNECT_TIMEOUT, sock_read=patience.idle
                    ),
                )
            )

        guarded = await session(partial(guarded_socket, make=make_socket), PublicOnly(names))
        plain = await session(make_socket, names)
        yield Fetcher(guarded, plain, frozenset(trusted), https_only, patience)
