"""In and out of the console."""

from dataclasses import dataclass

import structlog
from aiohttp import web

from bridge.errors import JournalError
from bridge.times import lasting
from bridge.web.console.caller import caller_of, is_public
from bridge.web.console.frame import BY, FORM, Frame
from bridge.web.console.guard import cookie_name, cookie_of, see_other, wanted_page

WRONG = "This is not the token. It is the configuration's console.token."


@dataclass(frozen=True, slots=True)
class Entrance:
    """Asks for the token."""

    frame: Frame

    async def ask(self, request: web.Request) -> web.Response:
        """Ask for the token."""
        return self.frame.page(request, "login", wrong="", to=wanted_page(request.query.get("to", "")))

    async def log_in(self, request: web.Request) -> web.Response:
        """Compare the token; after too many wrong ones from an address, that one waits."""
        caller, now, sessions = caller_of(request, self.frame.proxies), self.frame.clock(), self.frame.sessions
        to = wanted_page(str(request[FORM].get("to", "")))
        wait = sessions.wait(caller.household, now)
        if wait > 0:
            wrong = f"Too many wrong tokens. Try again in {lasting(wait)}."
            response = self.frame.page(request, "login", 429, wrong=wrong, to=to)
            response.headers["Retry-After"] = str(round(wait) + 1)
            return response
        given = str(request[FORM].get("token", "")).strip()
        cookie = sessions.log_in(given, caller.household, now)
        if cookie is None:
            structlog.get_logger().warning("a wrong token at the console", address=caller.address)
            return self.frame.page(request, "login", 401, wrong=WRONG, to=to)
        try:
            await self.frame.seen.office.note_deed(BY, "logged in", f"from {caller.address}")
        except JournalError as error:  # then it is needed most: what it shows from memory says what is wrong
            structlog.get_logger().warning("a login could not be written down", reason=str(error))
        response = see_other(to)
        # A proxy may not tell that it speaks https.
        secure = caller.secure or is_public(request.host, self.frame.public_url)
        response.set_cookie(
            cookie_name(request), cookie, path="/console", httponly=True, samesite="Strict", secure=secure
        )  # no max_age: it ends with the browser
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        """End the session."""
        self.frame.sessions.log_out(cookie_of(request))
        response = see_other("/console/login")
        response.del_cookie(cookie_name(request), path="/console")
        return response
