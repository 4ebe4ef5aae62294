"""What every page of the console stands on: what it may look at, who looks, and how a page is made."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import jinja2
from aiohttp import web
from markupsafe import Markup, escape
from multidict import MultiDictProxy

from bridge.observe import Latencies, Troubles
from bridge.ports import EntryView, Office
from bridge.times import lasting, when
from bridge.web.console import shown
from bridge.web.console.caller import Proxies
from bridge.web.console.session import Session, Sessions

SESSION = web.RequestKey("session", Session)
FORM = web.RequestKey("form", MultiDictProxy)

BY = "console"
"""the way it came, in the list of what operators did"""


LONGEST_IN_LIST, LONGEST = 4000, 200_000
"""characters of a message that are shown among others, and on its own page"""

LARGEST_IN_LIST = 64 * 1024
"""bytes of an entry that is read for a list at all"""

SMALL = 8 * 1024
"""bytes of an entry that is read on the loop: a page must not hold up messages"""

T = TypeVar("T")


async def apart(raw: bytes, read: Callable[..., T], *values: object) -> T:
    """What `read` makes of an entry's content; of a large one in a thread."""
    return read(*values) if len(raw) <= SMALL else await asyncio.to_thread(read, *values)


class Spoken(Protocol):
    """What an entry says."""

    @property
    def kind(self) -> str:
        """Message, note, news, skipped or unreadable."""
        ...

    @property
    def author(self) -> str:
        """Who said it."""
        ...

    @property
    def text(self) -> str:
        """The words."""
        ...

    @property
    def links(self) -> Sequence[str]:
        """Where files are."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What the console looks at: the office, the daemon's report, its last minutes, what entries say, its settings.

    `settings` are tables within tables, whose secrets are `SecretStr`; `scrub` takes every secret of ours out of a page.
    """

    office: Office
    report: Callable[[], Awaitable[dict[str, Any]]]
    latencies: Latencies
    troubles: Troubles
    spoken: Callable[[EntryView, bytes], Spoken]
    settings: Callable[[], Mapping[str, Any]]
    scrub: Callable[[str], str]

    async def line(self, entry: EntryView) -> shown.Line:
        """An entry of a list and what it says, as far as there is room for it."""
        found = await self.office.entry(entry.id)
        if found is None:
            return shown.Line(entry, "gone", "", "It was forgotten meanwhile.")
        entry, raw = found
        if len(raw) > LARGEST_IN_LIST:
            return shown.Line(entry, "large", "", f"{len(raw) // 1024:,} KB", whole=False)
        return await apart(raw, self.said, entry, raw, LONGEST_IN_LIST)

    async def page_of(self, entry: EntryView, raw: bytes) -> tuple[shown.Line, Markup]:
        """What an entry says on a page of its own, and its content."""
        return await apart(raw, lambda: (self.said(entry, raw, LONGEST), self.content(raw)))

    def said(self, entry: EntryView, raw: bytes, longest: int) -> shown.Line:
        """What it says."""
        said = self.spoken(entry, raw)
        text = self.scrub(said.text)
        links = tuple(filter(shown.is_link, said.links))
        return shown.Line(entry, said.kind, said.author, shown.cut(text, longest), links, len(text) <= longest)

    def content(self, raw: bytes) -> Markup:
        """Its content as HTML, without secrets."""
        return escape(shown.cut(self.scrub(shown.pretty(raw)), LONGEST))


@dataclass(slots=True)
class Frame:
    """Makes pages. `clock` is one that nobody sets."""

    seen: Seen
    sessions: Sessions
    proxies: Proxies = ()
    public_url: str = ""
    clock: Callable[[], float] = time.monotonic
    templates: jinja2.Environment = field(init=False)

    def __post_init__(self) -> None:
        self.templates = jinja2.Environment(
            loader=jinja2.PackageLoader("bridge.web.console"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            auto_reload=False,
            # Values are scrubbed before they are escaped, and the page's own words never are.
            finalize=self.shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters |= {"when": when, "iso": shown.iso, "lasting": lasting, "cut": self.cut}
        for name in self.templates.list_templates():  # an upgrade replaces the files of a daemon that runs
            self.templates.get_template(name)

    def cut(self, text: str, longest: int) -> str:
        """The beginning of a text, without secrets."""
        return shown.cut(self.seen.scrub(text), longest)

    def shown(self, value: object) -> object:
        """A value as it stands in a page; what a macro made holds such values already."""
        return value if value is None or isinstance(value, Markup | int | float) else self.seen.scrub(str(value))

    def page(self, request: web.Request, name: str, status: int = 200, **values: Any) -> web.Response:
        """One page, without any secret of ours."""
        session = request.get(SESSION)
        common = {
            "csrf": session.csrf if session else "",
            "said": session.tell() if session else "",
            "here": name,
            "now": time.time(),
            "zone": time.strftime("%Z"),
        }
        text = self.templates.get_template(f"{name}.html").render(common | values)
        return web.Response(text=text, content_type="text/html", charset="utf-8", status=status)
