"""One click from the page into the real bridge's console: its token is ours, so nobody has to copy it."""

from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from bridge.sandbox.page_guard import refusal

LIMIT = aiohttp.ClientTimeout(total=5.0)

DOWN = "the bridge does not run, so there is no console: start it first"


@dataclass(frozen=True, slots=True)
class ConsoleDoor:
    """Signs in at the daemon's `url` and hands the session's cookie to the browser.

    Cookies know hosts, not ports: one that this page sets is the daemon's as well.
    """

    url: str
    token: str = field(repr=False)

    async def enter(self, request: web.Request) -> web.Response:
        """Lead into the console; 409 if the daemon does not run."""
        try:
            async with (
                aiohttp.ClientSession(timeout=LIMIT) as session,
                session.post(f"{self.url}/console/login", data={"token": self.token}, allow_redirects=False) as answer,
            ):
                cookies = answer.headers.getall("Set-Cookie", [])
        except (aiohttp.ClientError, TimeoutError):
            raise refusal(409, DOWN) from None
        response = web.Response(status=303, headers={"Location": str(self.seen_from(request))})
        for cookie in cookies:
            response.headers.add("Set-Cookie", cookie)
        return response

    def seen_from(self, request: web.Request) -> URL:
        """The console's address under the name that the browser knows this machine by."""
        return URL(self.url).with_host(request.url.host or "127.0.0.1") / "console/"
