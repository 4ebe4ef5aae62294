"""Dead letters: shown, tried again, dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from bridge.web.console.frame import BY, FORM, SESSION, Frame
from bridge.web.console.guard import see_other
from bridge.web.console.pages import PAGE, number, whole

HERE = "/console/dead"

PORTION = 500
"""letters of 'all of them' that are read at once"""

DONE = {"retry": "tried again", "drop": "dropped"}


@dataclass(frozen=True, slots=True)
class Letters:
    """The dead letters' pages and forms."""

    frame: Frame

    async def show(self, request: web.Request) -> web.Response:
        """Dead letters, those that died last first; with `reason` only those with these words in their reason."""
        words, office = request.query.get("reason", "").strip()[:200], self.frame.seen.office
        skip = whole(request.query, "skip") or 0
        found, total = await office.dead(PAGE, skip, words), await office.count_dead(words)
        if skip and not found:  # they live again, or were dropped
            return see_other(listed(words))
        lines = [await self.frame.seen.line(one) for one in found]
        return self.frame.page(request, "dead", lines=lines, words=words, total=total, skip=skip, more=skip + PAGE)

    async def act(self, request: web.Request) -> web.Response:
        """Retry or drop the chosen ones; dropping, and doing anything to all of them, is asked once more."""
        form = request[FORM]
        what, every, sure = str(form.get("what", "")), form.get("every") == "yes", form.get("sure") == "yes"
        words = str(form.get("reason", "")).strip()[:200]
        if what not in DONE:
            raise web.HTTPBadRequest
        if every:
            return await (self.all_of_them(request, what, words) if sure else self.ask_for_all(request, what, words))
        ids = chosen(form.getall("id", []))
        if not ids:
            return self.back(request, "No letter was chosen.")
        if what == "drop" and not sure:
            return self.frame.page(request, "sure", what=what, ids=ids, count=len(ids), until=None, words=words)
        return self.back(request, told(await self.done(what, ids), len(ids), DONE[what]))

    async def ask_for_all(self, request: web.Request, what: str, words: str) -> web.Response:
        """Ask about those that are dead by now: those that die later are not meant."""
        office = self.frame.seen.office
        newest = await office.dead(1, words=words)
        if not newest:
            return self.back(request, "No letter was chosen.")
        until = newest[0].settled_at
        count = await office.count_dead(words, until)
        return self.frame.page(request, "sure", what=what, ids=[], count=count, until=until, words=words)

    async def all_of_them(self, request: web.Request, what: str, words: str) -> web.Response:
        """Do it to all that were asked about."""
        form, office = request[FORM], self.frame.seen.office
        until = number(form, "until")
        if until is None:
            raise web.HTTPBadRequest
        ids = list[int]()
        for skip in range(0, await office.count_dead(words, until), PORTION):
            ids += [one.id for one in await office.dead(PORTION, skip, words, until)]
        return self.back(request, told(await self.done(what, ids), len(ids), DONE[what]))

    async def done(self, what: str, ids: list[int]) -> int:
        """Retry or drop them; how many were."""
        office = self.frame.seen.office
        return len(await (office.retry(ids, BY) if what == "retry" else office.drop(ids, BY)))

    def back(self, request: web.Request, said: str) -> web.Response:
        """To the list that the form came from, which tells what was done."""
        request[SESSION].said = said
        return see_other(listed(str(request[FORM].get("reason", "")).strip()[:200]))


def listed(words: str) -> str:
    """The address of the letters with these words in their reason."""
    return f"{HERE}?reason={quote(words, safe='', errors='replace')}" if words else HERE


def chosen(values: Sequence[object]) -> list[int]:
    """The ids of a form; what is none is left out."""
    texts = [str(one) for one in values]
    return list(dict.fromkeys(int(one) for one in texts if one.isascii() and one.isdecimal() and len(one) < 16))


def told(done: int, wanted: int, word: str) -> str:
    """What came of it: somebody else may have been quicker."""
    if not done:
        return "Nothing was done: somebody else was quicker, these are no dead letters any more."
    said = f"1 letter was {word}." if done == 1 else f"{done:,} letters were {word}."
    rest = wanted - done
    return said if not rest else f"{said} {rest:,} of the chosen were no dead letters any more."
