"""A file server that answers as it is told, on the origin of a desk's Tiledesk: a proxy in front of the simulated one.

The daemon fetches files of private addresses from the desk's own origin alone, so what is served here is what agents could send.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Front:
    """The proxy; `files` are served at `/served/{name}`, everything else goes on to Tiledesk."""

    url: str = ""
    files: dict[str, Handler] = field(default_factory=dict)

    def address(self, name: str) -> str:
        return f"{self.url}/served/{name}"


@asynccontextmanager
async def in_front_of(tiledesk: str) -> AsyncIterator[Front]:
    front = Front()
    async with aiohttp.ClientSession(auto_decompress=False) as session:

        async def served(request: web.Request) -> web.StreamResponse:
            return await front.files[request.match_info["name"]](request)

        async def passed_on(request: web.Request) -> web.StreamResponse:
            headers = {k: v for k, v in request.headers.items() if k.lower() not in {"host", "content-length"}}
            url = f"{tiledesk}{request.rel_url}"
            async with session.request(
                request.method, url, headers=headers, data=await request.read(), allow_redirects=False
            ) as answer:
                kind = {"Content-Type": answer.headers["Content-Type"]} if "Content-Type" in answer.headers else {}
                return web.Response(status=answer.status, body=await answer.read(), headers=kind)

        app = web.Application(client_max_size=2**26)
        app.router.add_get("/served/{name}", served)
        app.router.add_route("*", "/{rest:.*}", passed_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        front.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield front
        finally:
            await runner.cleanup()


def streamed(chunk: bytes, times: int | None, **headers: str) -> Handler:
    """A body of so many chunks (None: it never ends), sent as they are taken."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"} | headers)
        if "Content-Length" not in headers:
            response.enable_chunked_encoding()
        await response.prepare(request)
        sent = 0
        try:
            while times is None or sent < times:
                await response.write(chunk)
                sent += 1
            await response.write_eof()
        except ConnectionError:
            pass
        return response

    return handle
