"""How an answer is come by: from a flag if it will do, else by asking, and again while it does not work."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

from bridge.cli.prompts import Asker, Check, Unanswered

T = TypeVar("T")


class GivenUp(Exception):
    """An answer does not work and nobody can be asked for another."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks `asker`; `heading`, `good` and `bad` show lines, `wait` runs a look-up while something turns."""

    asker: Asker
    heading: Callable[[str], None]
    good: Callable[[str], None]
    bad: Callable[[str], None]
    wait: Callable[[str, Coroutine[Any, Any, Any]], Any]

    def line(self, question: str, given: str | None, default: str, check: Check, flag: str) -> str:
        """A flag's answer if it will do; what does not is asked again, or the end where nobody sits."""
        if given is not None:
            told = check(given)
            if not told:
                return given.strip()
            if not (self.asker.alive and question):
                raise Unanswered(f"{flag}: {told}")
            self.bad(told)
        if not question:
            raise Unanswered(f"{flag} is needed")
        return self.asker.text(question, default, check, flag)

    def hidden(self, question: str, given: str | None, check: Check, flag: str) -> str:
        """The same for a secret."""
        if given is not None:
            told = check(given)
            if not told:
                return given.strip()
            if not self.asker.alive:
                raise Unanswered(f"{flag}: {told}")
            self.bad(told)
        return self.asker.secret(question, check, flag)

    def again(self, reason: str, flag: str) -> None:
        """Say why an answer does not work; raises `GivenUp` where nobody can give another one."""
        if not self.asker.alive:
            raise GivenUp(f"{reason} ({flag})")
        self.bad(reason)

    def looked_up(self, words: str, question: Callable[[aiohttp.ClientSession], Coroutine[Any, Any, T]]) -> T:
        """The answer of somebody outside."""

        async def asked() -> T:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                return await question(session)

        found: T = self.wait(words, asked())
        return found
