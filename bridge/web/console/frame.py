"""What every page of the console stands on: what it may look at, who looks, and how a page is made."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import jinja2
from aiohttp import web
from markupsafe import Markup
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
        """An entry and what it says."""
        found = await self.office.entry(entry.id)
        if found is None:
            return shown.Line(entry, "gone", "", "It was forgotten meanwhile.")
        return self.said(*found)

    def said(self, entry: EntryView, raw: bytes) -> shown.Line:
        """What it says."""
        said = self.spoken(entry, raw)
        return shown.Line(entry, said.kind, said.author, said.text, tuple(filter(shown.is_link, said.links)))


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
        self.templates.filters |= {"when": when, "iso": shown.iso, "lasting": lasting}
        for name in self.templates.list_templates():  # an upgrade replaces the files of a daemon that runs
            self.templates.get_template(name)

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
        }
        text = self.templates.get_template(f"{name}.html").render(common | values)
        return web.Response(text=text, content_type="text/html", charset="utf-8", status=status)
