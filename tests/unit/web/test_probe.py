import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bridge.observe import Finding
from bridge.observe.network import Reply, Silence, ask
from bridge.web.probe import judged, probe


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/livez", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def tried(public_url: str) -> list[Finding]:
    async with aiohttp.ClientSession() as session:
        return await probe(session, public_url)


async def test_a_daemon_that_answers_passes() -> None:
    async def alive(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async with serving(alive) as url:
        name, livez = await tried(url)
    assert name.detail == "127.0.0.1 is at 127.0.0.1"
    assert (livez.ok, livez.detail) == (True, "the daemon answers")


async def test_a_daemon_that_does_not_run_here_yet_is_no_failure() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        _, livez = await tried(f"http://127.0.0.1:{port}")
    assert livez.ok
    assert livez.detail == f"connection refused by 127.0.0.1:{port}"
    assert "start the daemon" in livez.advice


async def test_a_host_that_is_not_known_is_one_finding() -> None:
    (name,) = await tried("https://bridge.invalid")
    assert (name.ok, name.detail) == (False, "the host name bridge.invalid is not known")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Silence("connection refused by bridge.example.org:443", refused=True), "firewall"),
        (Silence("no answer"), "proxy"),
        (Reply(502), "start the daemon"),
        (Reply(301), "redirects"),
        (Reply(401), "without any sign-in"),
    ],
)
def test_whatever_else_comes_back_is_a_failure_with_advice(answer: Reply | Silence, words: str) -> None:
    finding = judged("https://bridge.example.org", answer)
    assert not finding.ok
    assert words in finding.advice


async def test_reasons_name_the_host_and_never_the_path() -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    asked_enough = asyncio.Event()

    async def sleep(_: web.Request) -> web.Response:
        await asked_enough.wait()
        return web.Response()

    async with serving(cut) as url, serving(sleep) as slow, aiohttp.ClientSession() as session:
        host, slow_host = url.removeprefix("http://"), slow.removeprefix("http://")
        closed = await ask(session, "GET", f"{url}/livez?secret")
        late = await ask(session, "GET", f"{slow}/livez?secret", patience=0.05)
        asked_enough.set()
        plain = await ask(session, "GET", f"https://{host}/livez?secret")
        unknown = await ask(session, "GET", "http://bridge.invalid/livez?secret")
    assert closed == Silence(f"{host} closed the connection without an answer")
    assert late == Silence(f"no answer from {slow_host} within 0.05 seconds")
    assert plain == Silence(f"no TLS with {host}: is it a plain http address?")
    assert unknown == Silence("the host name of bridge.invalid:80 is not known")
