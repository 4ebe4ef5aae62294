"""Everything that `check` tries: this machine first, then all that is outside, at the same time and each within bounds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import aiohttp

from bridge.doctor import disk, extras, hosts, permits
from bridge.media.probe import probe as try_media
from bridge.observe import Finding
from bridge.settings import Desk, Settings
from bridge.setup import roundtrip
from bridge.setup.daemon import whose
from bridge.setup.here import Here, held_by
from bridge.store.probe import probe as try_journal
from bridge.telegram.probe import probe as try_channel
from bridge.tiledesk.probe import probe as try_desk
from bridge.tiledesk.probe import sign_in
from bridge.web import probe as web
from bridge.web.glance import glance
from bridge.web.stand_in import StandIn, local_url, standing_in

BOUND = 60.0
"""seconds for everything about one thing"""

Probe = Callable[[], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Named:
    """A probe and what it is busy with, in words for who waits."""

    busy: str
    probe: Probe


def local(settings: Settings, here: Here) -> list[Finding]:
    """What can be said without a network."""
    file, journal = here.config, settings.store.path
    where = f"{file} has no mistakes" if file else "all from the environment, without mistakes"
    private = permits.private_files(file, config_holds_secrets=bool(here.within), journal=journal)
    drop_in = str(here.unit.drop_in) if here.unit and here.unit.listens else ""
    return [
        Finding(ok=True, subject="configuration", detail=where),
        *permits.probe(private, here.commands),
        *(permits.legible(file, here.unit, here.within) if file else []),
        *permits.owners(journal.parent, [f"{journal.name}{end}" for end in permits.JOURNAL]),
        *try_journal(journal, here.commands),
        *here.of_the_daemon(),
        *disk.probe(journal.parent),
        *try_media(settings.media_folder),
        *web.console(settings.console, settings.server, here.addresses(settings), here.commands, drop_in),
        *extras.probe(settings.traces),
    ]


async def outside(
    settings: Settings,
    here: Here,
    *,
    with_event: bool = False,
    busy: Callable[[list[str]], None] = lambda _: None,
) -> list[Finding]:
    """What only calls can tell, in the order of the configuration. `busy` is told what is still under way.

    With `with_event` a message is written in Tiledesk, and removed again; nothing else is changed.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        server = settings.server
        port, instance = await who_listens(session, settings, here)
        stand_in = None
        if port.ok and not instance:
            stand_in = await stack.enter_async_context(standing_in(server.host, server.port))
            instance = stand_in.alive.instance if stand_in else ""
        probes = list(probes_of(settings, session, instance, here))
        found = [port, *[one async for one in side_by_side(probes, busy)]]
        if with_event:
            for name, desk in settings.desks.items():
                if not sound(name, found):
                    continue
                busy([f"an event of desks.{name}"])
                found.append(await try_event(session, settings, here, name, desk, stand_in))
        return hosts.once(found, ways_of(settings))


async def who_listens(session: aiohttp.ClientSession, settings: Settings, here: Here) -> tuple[Finding, str]:
    """What there is to say of our port, and the name of this configuration's daemon if it answers there."""
    if here.unit and here.unit.listens:
        port, instance = await web.behind_systemd(session, here.unit.listens, here.commands)
    else:
        port, instance = await web.who_listens(session, settings.server, here.commands)
    # Our call may have started the daemon, so we look at it again.
    told = await asyncio.to_thread(glance, here.journal)
    return whose(port, instance, told, held_by(here.journal), here.journal)


def sound(desk: str, found: list[Finding]) -> bool:
    """Whether there is any sense in writing something at this desk."""
    return all(one.ok for one in found if one.subject.startswith(f"desks.{desk}"))


def probes_of(settings: Settings, session: aiohttp.ClientSession, instance: str, here: Here) -> Iterator[Named]:
    """A probe for each thing of the configuration."""
    public_url, commands = settings.server.public_url, here.commands
    for way in ways_of(settings):
        yield Named(f"the way to {way.url}", partial(hosts.probe, session, way))
    yield Named("the way to ourselves", partial(web.probe, session, public_url, instance, commands))
    for name, channel in settings.channels.items():
        looking = partial(try_channel, session, name, channel, public_url, commands, looked_after=here.answers)
        yield Named(f"channels.{name}", looking)
    for name, desk in settings.desks.items():
        departments = settings.departments_of(name)
        yield Named(
            f"desks.{name}", partial(try_desk, session, name, desk, public_url, departments, commands, here.kept(name))
        )


def ways_of(settings: Settings) -> list[hosts.Way]:
    """The hosts that the configuration names."""
    public_url = settings.server.public_url
    addresses = [("server.public_url", public_url)]
    addresses += [(f"desks.{name}.api_url", desk.api_url) for name, desk in settings.desks.items()]
    addresses += [(f"channels.{name}.api_url", channel.api_url) for name, channel in settings.channels.items()]
    return hosts.ways(addresses, public_url)


async def side_by_side(probes: list[Named], busy: Callable[[list[str]], None]) -> AsyncIterator[Finding]:
    """All findings in the order of the probes, which run at the same time."""
    waiting = [one.busy for one in probes]

    async def bounded(one: Named) -> list[Finding]:
        busy(waiting)
        try:
            async with asyncio.timeout(BOUND):
                return list(await one.probe())
        except TimeoutError:
            detail = f"nothing came of it within {BOUND:g} seconds"
            return [Finding(ok=False, subject=one.busy, detail=detail, advice="check the network, try again later")]
        finally:
            waiting.remove(one.busy)
            busy(waiting)

    for found in await asyncio.gather(*map(bounded, probes)):
        for finding in found:
            yield finding


async def try_event(
    session: aiohttp.ClientSession, settings: Settings, here: Here, name: str, desk: Desk, stand_in: StandIn | None
) -> Finding:
    """Whether a message in Tiledesk comes back to us, to the daemon or to who stands in for it."""
    authorization = desk.authorization or await sign_in(session, name, desk, here.commands)
    if isinstance(authorization, Finding):
        return authorization
    if stand_in is not None:
        public_url = settings.server.public_url
        return await roundtrip.to_a_stand_in(session, name, desk, authorization, public_url, stand_in)
    daemon = here.url or local_url(settings.server.host, settings.server.port)
    return await roundtrip.to_the_daemon(session, name, desk, authorization, daemon)
