"""Finds what is one person's, and erases it from an open database."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bridge.message import File
from bridge.ports import FOREVER, EntryView, Filter, Forgotten
from bridge.store.database import Database
from bridge.store.theirs import Theirs, files_of, owned
from bridge.store.views import view
from bridge.store.walk import last_entry, walk
from bridge.store.writer import GroupCommit

PORTION, BYTES = 200, 4 * 2**20
"""entries of groups that are erased in one transaction, and how much they may hold together: arrivals wait meanwhile"""

NONE: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one entry tells of a person: their other names and requests; and in a group, whether it `speaks` of them."""

    entry: int
    size: int
    speaks: bool
    aliases: frozenset[str] = NONE
    requests: frozenset[str] = NONE


async def find(reader: GroupCommit, channel: str, person: str) -> tuple[Theirs, list[Sighting], int]:
    """All that a person is known by, the entries of groups that speak of them, and the id after which more may.

    An event may tell of another name or request of theirs: then all is looked through once more.
    """
    theirs = await reader.run(partial(known, channel=channel, person=person))
    while True:
        last = await reader.run(last_entry)
        found, more = list[Sighting](), theirs
        async for one in walk(reader, Filter(channel=channel), partial(sighting, theirs)):
            more = more.known_as(one.aliases, one.requests)
            if one.speaks:
                found.append(one)
        if more == theirs:
            return theirs, found, last
        theirs = more


def sighting(theirs: Theirs, one: EntryView, raw: bytes) -> Sighting | None:
    """What an entry tells of them; None if that is nothing."""
    if one.lane.chat == theirs.chat:
        _, owner = owned(raw)
        return Sighting(one.id, 0, speaks=False, aliases=frozenset({owner}) - {*theirs.persons}) if owner else None
    if not (theirs.named(raw) or theirs.wrote(raw)):
        return None
    aliases, requests = theirs.learned(raw)
    return Sighting(one.id, len(raw), speaks=True, aliases=aliases, requests=requests)


def known(db: Database, channel: str, person: str) -> Theirs:
    """What the book knows of a person."""
    theirs = Theirs.of(channel, person)
    requests, aliases = set[str](), set[str]()
    for one in theirs.persons:
        owned = db.all("conversations_of_person", channel=channel, person=one)
        requests |= {request for chat, *_, request in owned if chat != theirs.chat}
        aliases |= {user for (user,) in db.all("guests_of_person", person=one) if user}
    return theirs.known_as(frozenset(aliases) - set(theirs.persons), frozenset(requests))


def portions(sighted: Iterable[Sighting]) -> Iterator[list[int]]:
    """The entries in portions, each for one transaction (pure)."""
    some, held = list[int](), 0
    for one in sighted:
        if some and (len(some) == PORTION or held + one.size > BYTES):
            yield some
            some, held = [], 0
        some.append(one.entry)
        held += one.size
    if some:
        yield some


def together(parts: Sequence[Forgotten]) -> Forgotten:
    """What was erased in several transactions (pure)."""
    erased = sum((Counter(part.erased) for part in parts), Counter[str]())
    files = dict.fromkeys(file for part in parts for file in part.files)
    return Forgotten(dict(erased), tuple(request for part in parts for request in part.requests), tuple(files))


def sign_ins(db: Database, theirs: Theirs) -> int:
    """Erase how they sign in at desks; how many of them that were."""
    return sum(db.run("erase_guests", person=person) for person in theirs.persons)


@dataclass(slots=True)
class Erasure:
    """Erases in one transaction what is `theirs`, and counts; whoever holds a lane of theirs loses it."""

    db: Database
    theirs: Theirs
    now: float
    erased: Counter[str] = field(default_factory=Counter)
    files: dict[File, None] = field(default_factory=dict)

    def in_groups(self, entries: Sequence[int]) -> Forgotten:
        """Erase what is theirs of these entries of groups."""
        for number in entries:
            self.entry_of_a_group(number)
        return Forgotten(dict(+self.erased), (), tuple(self.files))

    def all_else(self, after: int) -> Forgotten:
        """Erase what is left, what groups brought since `after`, and what they are known by: this comes last."""
        place: dict[str, object] = {"channel": self.theirs.channel, "chat": "", "since": 0.0, "until": FOREVER}
        since = self.db.each("stored_entries", after=after, last=FOREVER, **place)
        late = [one for row in since if (one := sighting(self.theirs, view(row[1:]), row[0])) is not None]
        for seen in late:
            if seen.speaks:
                self.entry_of_a_group(seen.entry)
        place = {"channel": self.theirs.channel, "chat": self.theirs.chat}
        own = [request for (request,) in self.db.all("requests_of_chat", **place)]
        requests = [(self.desk_of(one), one) for one in (*own, *sorted(self.theirs.requests))]
        self.private_chat()
        for _, request in requests:
            self.erased["requests"] += self.db.run("erase_request", request_id=request)
        self.erased["sign-ins"] += sign_ins(self.db, self.theirs)
        for person in self.theirs.persons:
            self.db.run("disown_conversations", channel=self.theirs.channel, person=person)
            for number, chat, *ids in self.db.all("files_of_person", channel=self.theirs.channel, person=person):
                self.file(number, chat, ids)
            self.erased["names"] += self.db.run("erase_person", channel=self.theirs.channel, person=person)
        return Forgotten(dict(+self.erased), tuple(requests), tuple(self.files))

    def desk_of(self, request: str) -> str:
        """The desk that holds a request of theirs; "" if the book does not know it any more."""
        row = self.db.one("conversation_of_request", request_id=request)
        return "" if row is None else str(row[3])

    def private_chat(self) -> None:
        """Their own chat goes as a whole."""
        place = {"channel": self.theirs.channel, "chat": self.theirs.chat}
        for (lane,) in self.db.all("lanes_of_chat", **place):
            self.erased["entries"] += self.db.run("erase_lane_entries", lane=lane)
            self.db.run("erase_lane", lane=lane)
        self.db.lanes.clear()
        self.erased["offers of buttons"] += self.db.run("erase_offers", **place)
        for number, *ids in self.db.all("files_of_chat", **place):
            self.file(number, self.theirs.chat, ids)
        self.erased["conversations"] += self.db.run("erase_conversations", **place)

    def entry_of_a_group(self, number: int) -> None:
        """Erase an entry, or what it quotes of them if somebody else wrote it."""
        row = self.db.one("content", entry=number)
        if row is None:
            return
        raw, chat = row
        rest = self.theirs.remains(raw)
        if rest is None:
            self.files_in(raw, chat)
            for lane, state in self.db.all("erase_entry", entry=number):
                done, dead = state == "done", state == "dead"
                self.db.run("recount_lane", lane=lane, done=done, dead=dead, now=self.now)
                self.erased["entries"] += 1
        elif rest is not raw:
            self.erased["quotes"] += self.db.run("rewrite_entry", entry=number, raw=rest)

    def files_in(self, raw: bytes, chat: str) -> None:
        """Erase the addresses of the files that an entry came with."""
        came = files_of(raw)
        if not came:
            return
        for number, *ids in self.db.all("files_of_chat", channel=self.theirs.channel, chat=chat):
            if came.intersection(ids):
                self.file(number, chat, ids)

    def file(self, number: str, chat: str, ids: Sequence[str]) -> None:
        """Erase an address; the copies of what it leads to go as well."""
        self.erased["addresses of files"] += self.db.run("erase_file", id=number)
        self.files |= dict.fromkeys(File(self.theirs.channel, chat, one) for one in ids if one)
