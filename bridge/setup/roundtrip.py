"""Whether Tiledesk's events come back to us: a message of a guest's in a request that is there for it alone."""

import asyncio
import secrets
import time
from collections.abc import Awaitable

import aiohttp

from bridge.observe import Finding
from bridge.observe.network import Reply, ask
from bridge.settings import Desk
from bridge.tiledesk.hook import CHECKED
from bridge.tiledesk.trial import TrialFailed, TrialRequest, subscribed, trial_request
from bridge.web.stand_in import StandIn

PATIENCE = 20.0
"""seconds for an event: Tiledesk tries three times within some seconds"""

GLANCE = 0.1
"""seconds between looks at the daemon's counters"""

NO_EVENT = (
    "does server.public_url lead here from where Tiledesk runs? On a server of your own: is RESTHOOK_ENABLED=true set, "
    "and is the process for webhooks (queue) running? docker compose logs server | grep -i resthook"
)


async def to_the_daemon(
    session: aiohttp.ClientSession, name: str, desk: Desk, authorization: str, daemon: str, patience: float = PATIENCE
) -> Finding:
    """Try the subscriptions of a daemon that runs at `daemon`, a local address: it counts the event."""
    subject, started = f"desks.{name}: events", time.monotonic()
    before = await counted(session, daemon, name)
    if before is None:
        advice = "look at its log: journalctl -u tiledesk-bridge"
        return Finding(ok=False, subject=subject, detail="the daemon does not tell its metrics", advice=advice)
    try:
        async with trial_request(session, desk, authorization) as request:
            came = await within(patience, until_counted(session, daemon, name, before))
            taken = time.monotonic() - started
    except TrialFailed as error:
        return Finding(ok=False, subject=subject, detail=str(error), advice="try again in a minute")
    return judged(subject, taken if came else None, patience, request)


async def to_a_stand_in(
    session: aiohttp.ClientSession,
    name: str,
    desk: Desk,
    authorization: str,
    public_url: str,
    stand_in: StandIn,
    patience: float = PATIENCE,
) -> Finding:
    """Try a subscription that is made for it, while no daemon runs; it is removed again."""
    subject, started = f"desks.{name}: events", time.monotonic()
    stand_in.expect(f"/hooks/tiledesk/{name}/check-{secrets.token_urlsafe(16)}")
    try:
        async with (
            subscribed(session, desk, authorization, public_url + stand_in.path),
            trial_request(session, desk, authorization) as request,
        ):
            came = await within(patience, stand_in.came.wait())
            taken = time.monotonic() - started
    except TrialFailed as error:
        return Finding(ok=False, subject=subject, detail=str(error), advice="try again in a minute")
    return judged(subject, taken if came else None, patience, request)


async def within(patience: float, waiting: Awaitable[object]) -> bool:
    """Whether it came to its end in so many seconds."""
    try:
        async with asyncio.timeout(patience):
            await waiting
    except TimeoutError:
        return False
    return True


async def until_counted(session: aiohttp.ClientSession, daemon: str, desk: str, before: float) -> None:
    """Wait until the daemon has seen one test more."""
    while (await counted(session, daemon, desk) or 0.0) <= before:  # noqa: ASYNC110 - another process counts
        await asyncio.sleep(GLANCE)


def judged(subject: str, taken: float | None, patience: float, request: TrialRequest) -> Finding:
    """What it means that the event came after `taken` seconds, or not at all; what the test leaves behind is told."""
    stayed = f"; {' and '.join(request.left)} stayed in Tiledesk" if request.left else "; the test request was removed"
    if taken is None:
        detail = f"a message was written in Tiledesk, but no event of it came to us within {patience:g} seconds{stayed}"
        return Finding(ok=False, subject=subject, detail=detail, advice=NO_EVENT)
    detail = f"a message in Tiledesk came back to us after {taken:.1f} s{stayed}"
    advice = "remove it in the dashboard: only the project's owner may" if request.left else ""
    return Finding(ok=True, subject=subject, detail=detail, advice=advice, warning=bool(request.left))


async def counted(session: aiohttp.ClientSession, daemon: str, desk: str) -> float | None:
    """How many events of tests the daemon has seen; None if it does not say."""
    page = await ask(session, "GET", f"{daemon}/metrics")
    if not isinstance(page, Reply) or page.status != 200:
        return None
    return checks_seen(page.body.decode(errors="replace"), desk)


def checks_seen(page: str, desk: str) -> float:
    """The count in a page of metrics; 0 if it has none yet."""
    wanted = (f'desk="tiledesk/{desk}"', f'reason="{CHECKED}"')
    for line in page.splitlines():
        if line.startswith("bridge_webhook_ignored_total{") and all(one in line for one in wanted):
            return float(line.rpartition(" ")[2])
    return 0.0
