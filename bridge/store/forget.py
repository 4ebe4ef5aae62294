"""Erases one person from an open database, and knows what is theirs."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.message import File, Lane
from bridge.ports import Forgotten
from bridge.store.database import Database


def chat_of(person: str) -> str:
    """The private chat of a person (pure): networks number it like the person."""
    return person.rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Theirs:
    """What belongs to a person on a channel: their private chat, and what they wrote in groups."""

    channel: str
    person: str
    chat: str

    def wrote(self, lane: Lane, raw: bytes) -> bool:
        """Whether an entry of a group's lane is from them, or speaks of them (pure)."""
        if lane.chat == self.chat:
            return False  # the whole lane goes
        return re.search(rb'"(id|user_id)"\s*:\s*"?' + re.escape(self.chat).encode() + rb"\b", raw) is not None


def erase(db: Database, theirs: Theirs, written: Sequence[int], now: float) -> Forgotten:
    """Erase what is theirs, and the entries `written` by them in groups; whoever holds a lane of theirs loses it."""
    channel, chat = theirs.channel, theirs.chat
    place = {"channel": channel, "chat": chat}
    owned = db.all("conversations_of_person", channel=channel, person=theirs.person)
    requests = [(desk, request) for one, _, desk, request in owned if one != chat]
    desk = next((desk for one, _, desk, _ in owned if one == chat), "")
    requests += [(desk, request) for (request,) in db.all("requests_of_chat", **place)]
    erased = Counter[str]()
    for (lane,) in db.all("lanes_of_chat", **place):
        erased["entries"] += db.run("erase_lane_entries", lane=lane)
        db.run("erase_lane", lane=lane)
    db.lanes.clear()
    for number in written:
        for lane, state in db.all("erase_entry", entry=number):
            db.run("recount_lane", lane=lane, done=state == "done", dead=state == "dead", now=now)
            erased["entries"] += 1
    erased["offers of buttons"] += db.run("erase_offers", **place)
    files = db.all("erase_files", **place)
    erased["addresses of files"] += len(files)
    erased["requests"] += db.run("erase_requests", **place)
    erased["conversations"] += db.run("erase_conversations", **place)
    db.run("disown_conversations", channel=channel, person=theirs.person)
    erased["sign-ins"] += db.run("erase_guests", person=theirs.person)
    erased["names"] += db.run("erase_person", channel=channel, person=theirs.person)
    ids = dict.fromkeys(one for row in files for one in row if one)
    return Forgotten(dict(+erased), tuple(dict.fromkeys(requests)), tuple(File(channel, chat, one) for one in ids))
