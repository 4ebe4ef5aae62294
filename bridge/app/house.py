"""Every desk and channel of the configuration, built out of the rooms' classes."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import aiohttp

from bridge.app.furniture import furniture
from bridge.app.tracing import Follows
from bridge.conversation import notes
from bridge.media.cabinet import Cabinet, Source
from bridge.media.links import SignedLinks
from bridge.message import Direction
from bridge.observe import Health, Metrics, Scrubber
from bridge.ports import Accept, Clock, Door
from bridge.relay.decide import Policy
from bridge.relay.gate import Gate, Rate
from bridge.relay.intake import Intake
from bridge.relay.lanes import Lanes
from bridge.relay.prepare import Route, as_note, in_its_chat
from bridge.relay.step import Step
from bridge.relay.tardy import Tardy
from bridge.relay.unserved import Unserved
from bridge.settings import Settings
from bridge.store.sqlite import SqliteStore
from bridge.telegram.arrive import Address
from bridge.telegram.files import TelegramFiles
from bridge.telegram.hook import TelegramDoor
from bridge.telegram.poll import Poller
from bridge.telegram.read import wanted
from bridge.telegram.register import register_webhook
from bridge.telegram.send import TelegramSender
from bridge.telegram.transport import BotApi, make_bot
from bridge.telegram.upload import Porter
from bridge.telegram.watch import WebhookIntake
from bridge.tiledesk.catchup import CatchUp
from bridge.tiledesk.hook import TiledeskDoor, nothing_before
from bridge.tiledesk.identity import Anonymous, Identity, Signed
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.read import CLOSE_EVENT
from bridge.tiledesk.send import TiledeskSender
from bridge.tiledesk.subscribe import Login, Subscriber
from bridge.tiledesk.transport import DeskApi
from bridge.wire import Fetcher

TELEGRAM_RATES = {"bot": Rate(25, 5), "chat": Rate(1, 3), "group": Rate(15 / 60, 5)}
"""over any window a bot stays within 30 a second and a group within 20 a minute; a chat's 1 a second is an average"""


@dataclass(slots=True)
class House:
    """Everything that stands, before it runs."""

    settings: Settings
    store: SqliteStore
    clock: Clock
    metrics: Metrics
    health: Health
    scrubber: Scrubber
    telegram: aiohttp.ClientSession
    tiledesk: aiohttp.ClientSession
    fetcher: Fetcher
    links: SignedLinks
    cabinet: Cabinet
    sources: dict[str, Source]
    """where the cabinet gets the files of each channel"""
    traces: Follows
    doors: dict[str, Door] = field(default_factory=dict)
    routes: dict[tuple[str, str], Route] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    identities: list[Identity] = field(default_factory=list)
    catch_ups: list[CatchUp] = field(default_factory=list)
    chores: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
    """what runs for ever beside the lanes"""

    async def furnish(self) -> None:
        """Build every desk and every channel of the configuration."""
        intake = Intake(self.store, self.metrics)
        senders = {name: await self.desk(name, intake) for name in self.settings.desks}
        for name in self.settings.channels:
            await self.channel(name, intake.accept, senders[self.settings.desk_of(name)])

    def forget(self, person: str) -> None:
        """Hold nothing of a person in memory, so that they come as somebody new."""
        for identity in self.identities:
            identity.forget(person)
        for catch_up in self.catch_ups:
            catch_up.forget(person)

    async def desk(self, name: str, intake: Intake) -> TiledeskSender:
        """Build one desk: its door, its subscriptions, and the sender that its channels share."""
        desk = self.settings.desks[name]
        api = DeskApi(self.tiledesk, desk.api_url, desk.project_id, desk.timeout_seconds)
        keys = Keys()
        secret = await self.secret(f"hooks/tiledesk/{name}")
        path = f"/hooks/tiledesk/{name}/"
        gap, grace = asyncio.Event(), desk.grace_seconds
        gap.set()  # whatever came while there was no daemon
        means = (name, api, keys, self.store, intake.read_back, self.health, self.metrics, self.clock)
        catch_up = CatchUp(*means, desk.catch_up_hours, grace, gap)
        self.catch_ups.append(catch_up)
        before = catch_up.before if desk.catch_up_hours else nothing_before
        door = TiledeskDoor(desk.project_id, secret, keys, self.store, intake.accept, gap, grace, before)
        self.doors[path + "{secret}"] = door
        login = Login(desk.username, desk.password.get_secret_value(), desk.authorization)
        target, events = self.settings.server.public_url.rstrip("/") + path, (desk.event, CLOSE_EVENT)
        subscriber = Subscriber(name, api, login, events, target, secret, keys, self.store, self.health, self.clock)
        self.chores.append(subscriber.run)
        if desk.catch_up_hours:
            self.chores.append(catch_up.run)
        self.gates[f"desk/{name}"] = Gate()
        self.metrics.expect_desk(name)
        identity: Identity
        if desk.identity == "signed":
            identity = Signed(name, api, self.store, keys, self.clock)
        else:
            identity = Anonymous(name, api, self.store)
        self.identities.append(identity)
        return TiledeskSender(api, identity, keys, self.cabinet)

    async def channel(self, name: str, accept: Accept, to_desk: TiledeskSender) -> None:
        """Build one channel: its intake, and the routes in both directions."""
        channel, desk_name = self.settings.channels[name], self.settings.desk_of(name)
        project, token = self.settings.desks[desk_name].project_id, channel.token.get_secret_value()
        api = BotApi(self.telegram, channel.api_url, token)
        address = Address(name, channel.bot_id, f"desk/{desk_name}")
        kinds = wanted(reactions=channel.reactions)
        poller = Poller(address, api, accept, self.health, self.clock, channel.poll_seconds, kinds)
        if channel.intake == "polling":
            self.chores.append(poller.run)
        else:
            secret = await self.secret(f"hooks/telegram/{name}")
            self.metrics.expect_webhook(name)
            path = f"/hooks/telegram/{name}"
            self.doors[path] = TelegramDoor(address, secret, accept)
            url = self.settings.server.public_url.rstrip("/") + path
            register = partial(register_webhook, name, api, url, secret, self.health, self.clock, kinds)
            means = (self.health, self.metrics, self.clock, channel.falls_back)
            self.chores.append(WebhookIntake(name, api, url, register, poller.run, *means).run)

        def fresh_request() -> str:
            return f"support-group-{project}-{uuid.uuid4().hex}"

        fetched, sent = channel.fetch_mb * 2**20, channel.send_mb * 2**20
        self.sources[name] = TelegramFiles(self.telegram, channel.api_url, token, fetched)
        porter = Porter(
            self.fetcher, self.settings.media_folder, sent, partial(self.metrics.fetched, Direction.OUTBOUND)
        )
        to_channel = TelegramSender(name, make_bot(api, channel.api_url, token), porter)
        inbound, outbound = f"desk/{desk_name}", f"channel/{name}"
        self.gates[outbound] = Gate(TELEGRAM_RATES)
        offers = (await self.secret(f"offers/{name}")).encode()
        made = furniture(self.settings, name, offers, self.links)
        self.routes[address.source, name] = Route(
            inbound, desk_name, made.from_channel, made.to_desk, to_desk, fresh_request, looks_up=True, notes=inbound
        )
        self.routes[address.presses, name] = Route(
            outbound, desk_name, made.from_channel, made.presses, to_channel, fresh_request, rule=in_its_chat
        )
        self.routes[f"tiledesk/{project}", name] = Route(
            outbound,
            desk_name,
            made.from_desk,
            made.to_channel,
            to_channel,
            fresh_request,
            notes=inbound,
            tells_late=True,
        )
        self.routes[notes.SOURCE, name] = Route(
            inbound, desk_name, notes.NoteReader(), made.to_desk, to_desk, fresh_request, looks_up=True, rule=as_note
        )

    async def secret(self, name: str) -> str:
        """A secret of our own, which no log may show either."""
        value = await self.store.secret(name)
        self.scrubber.add(value)
        return value

    def lanes(self) -> list[Lanes]:
        """One loop of lanes for each destination."""
        relay = self.settings.relay
        policy = Policy(relay.deadline_hours * 3600, relay.attempts, relay.suspect)
        for destination in self.gates:
            self.metrics.expect_destination(destination)
        routes = {
            source: replace(route, sender=self.traces.sender(route.sender, route.destination))
            for source, route in self.routes.items()
        }
        step = Step(routes, self.gates, self.traces.ledger(self.store), self.store, self.clock, self.metrics, policy)
        if relay.late_seconds:
            tardy = Tardy(self.routes, self.gates, self.store, self.clock, self.metrics, relay.late_seconds)
            self.chores.append(tardy.run)
        self.chores.append(Unserved(self.store, step, self.clock).run)
        return [
            Lanes(destination, self.store, step, gate, self.clock, relay.lanes)
            for destination, gate in self.gates.items()
        ]
