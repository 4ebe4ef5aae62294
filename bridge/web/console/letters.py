"""Dead letters: shown, tried again, dropped."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.ports import EntryView
from bridge.web.console.frame import BY, FORM, SESSION, Frame
from bridge.web.console.guard import see_other
from bridge.web.console.pages import PAGE, number

HERE = "/console/dead"

MOST = 100_000
"""letters that are meant by 'all of them'"""

DONE = {"retry": "tried again", "drop": "dropped"}


@dataclass(frozen=True, slots=True)
class Letters:
    """The dead letters' pages and forms."""

    frame: Frame

    async def show(self, request: web.Request) -> web.Response:
        """Dead letters, those that died last first; with `reason` only those with these words in their reason."""
        words, office = request.query.get("reason", "").strip()[:200], self.frame.seen.office
        if words:
            found = await self.matching(words)
            total, found = len(found), found[:PAGE]
        else:
            found = await office.dead(PAGE, number(request.query, "before"))
            total = 0
        lines = [await self.frame.seen.line(one) for one in found]
        return self.frame.page(request, "dead", lines=lines, words=words, total=total, page=PAGE)

    async def matching(self, words: str) -> list[EntryView]:
        """All dead letters with these words in their reason."""
        return [
            one for one in await self.frame.seen.office.dead(MOST) if words.casefold() in one.reason.casefold()
        ]  # fmt: skip

    async def act(self, request: web.Request) -> web.Response:
        """Retry or drop the chosen ones; dropping, and doing anything to all of them, is asked once more."""
        form, office = request[FORM], self.frame.seen.office
        what, every = str(form.get("what", "")), form.get("every") == "yes"
        words = str(form.get("reason", "")).strip()[:200]
        if what not in DONE:
            raise web.HTTPBadRequest
        ids = chosen(form.getall("id", []))
        if every:
            ids = [one.id for one in await self.matching(words)]
        if not ids:
            return self.back(request, "No letter was chosen.")
        if form.get("sure") != "yes" and (every or what == "drop"):
            listed = [] if every else ids
            return self.frame.page(request, "sure", what=what, ids=listed, count=len(ids), every=every, words=words)
        done = await (office.retry(ids, BY) if what == "retry" else office.drop(ids, BY))
        return self.back(request, told(len(done), len(ids), DONE[what]))

    def back(self, request: web.Request, said: str) -> web.Response:
        """To the list, which tells what was done."""
        request[SESSION].said = said
        return see_other(HERE)


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
