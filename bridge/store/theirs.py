"""What is one person's in the entries of groups, where others write as well (pure).

They are known by their ids: their number on the network, and what a desk calls them. The names of fields are those of the Bot
API and of Tiledesk.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson

SPEAKERS = ("sender_chat", "actor_chat", "from", "user")
"""who writes, presses or reacts, the first of them that an update has"""

MENTIONS = (("text", "entities"), ("caption", "caption_entities"))
"""texts, and where they name somebody by a link to them"""

BLANK = "█"

FILE_ID = re.compile(rb'"file_id"\s*:\s*"([^"\\]+)"')

QUOTES = frozenset({"reply_to_message", "external_reply", "quote"})
"""what somebody else wrote, within a message that answers it"""


@dataclass(frozen=True, slots=True)
class Theirs:
    """One person on a channel: `aliases` are their ids at desks, `requests` those that they opened in groups."""

    channel: str
    number: str
    persons: tuple[str, ...]
    aliases: frozenset[str] = frozenset()
    requests: frozenset[str] = frozenset()

    @classmethod
    def of(cls, channel: str, person: str) -> Self:
        """Whoever has this id, e.g. `telegram-4711`; tiny numbers are known with zeros before them as well."""
        network, _, number = person.partition("-")
        if number.isdecimal():
            number = str(int(number))
            return cls(
                channel, number, tuple(dict.fromkeys((person, f"{network}-{number}", f"{network}-{number:0>6}")))
            )
        return cls(channel, number or person, (person,))

    @property
    def chat(self) -> str:
        """Their private chat, which networks number like the person; "" if it is no person, but a group that speaks."""
        return self.number if self.number.isdecimal() else ""

    def known_as(self, aliases: frozenset[str], requests: frozenset[str]) -> Self:
        """The same person, of whom more is known."""
        return replace(self, aliases=self.aliases | aliases, requests=self.requests | requests)

    # ------------------------------------------------------------ an entry's content

    def wrote(self, raw: bytes) -> bool:
        """Whether it is a message, a press or a reaction of theirs."""
        if self.number.encode() not in raw:
            return False
        who = speaker(read(raw)).get("id")
        return isinstance(who, int | str) and str(who) == self.number

    def named(self, raw: bytes) -> bool:
        """Whether one of their ids is a value in it. It may be a megabyte, and need not be parsed for that."""
        ids = (*self.persons, *self.aliases, *self.requests)
        if not any(one.encode() in raw for one in (self.number, *ids)):
            return False
        whole = b'"(?:' + b"|".join(re.escape(one.encode()) for one in ids) + b')"'
        if self.chat:  # a group that speaks is named by everything that is written there
            whole += rb'|"(?:id|user_id)"\s*:\s*"?' + self.number.encode() + rb"(?!\d)"
        return re.search(whole, raw) is not None

    def remains(self, raw: bytes) -> bytes | None:
        """What others may keep of it: all, the same without what this person wrote, or nothing (None)."""
        if self.wrote(raw):
            return None
        if not self.named(raw):
            return raw
        told = read(raw)
        rest = orjson.dumps(self.pared(told)) if told else raw
        return None if self.named(rest) else rest

    def learned(self, raw: bytes) -> tuple[frozenset[str], frozenset[str]]:
        """What a desk's event in a group tells of them: what else they are called, and which other requests are theirs."""
        request, owner = owned(raw) if self.named(raw) else ("", "")
        if request and owner and (request in self.requests or owner in (*self.persons, *self.aliases)):
            return frozenset({owner}) - set(self.persons), frozenset({request})
        return frozenset(), frozenset()

    # ------------------------------------------------------------ its parts

    def pared(self, told: dict[str, Any]) -> dict[str, Any]:
        """Without what is quoted of them; a desk's event without all that it says of its request, but for whose it is."""
        if "payload" in told:
            payload = within(told, "payload")
            lead = within(within(payload, "request"), "lead").get("lead_id")
            return told | {"payload": {**payload, "request": {"lead": {"lead_id": lead}}}}
        return {field: self.unquoted(one) for field, one in told.items()}

    def unquoted(self, message: Any) -> Any:
        """A message without what it answers, if that is theirs, and with their name blanked out where it links to them."""
        if not isinstance(message, dict):
            return message
        answered = {field: message[field] for field in QUOTES & message.keys()}
        drop = QUOTES if answered and self.named(orjson.dumps(answered)) else frozenset[str]()
        kept = {field: one for field, one in message.items() if field not in drop}
        for text, entities in MENTIONS:
            if isinstance(kept.get(text), str) and isinstance(kept.get(entities), list):
                theirs = [one for one in kept[entities] if self.named(orjson.dumps(one))]
                kept |= {
                    text: blanked(kept[text], theirs),
                    entities: [one for one in kept[entities] if one not in theirs],
                }
        return kept | {"message": self.unquoted(kept["message"])} if "message" in kept else kept


def blanked(text: str, entities: Iterable[Any]) -> str:
    """A text in which the entities' parts can't be read; as long as before, as Telegram counts: in units of UTF-16."""
    units = text.encode("utf-16-le")
    for one in entities:
        first, length = (one.get(field) for field in ("offset", "length"))
        if isinstance(first, int) and isinstance(length, int) and 0 <= 2 * first <= 2 * (first + length) <= len(units):
            units = units[: 2 * first] + (BLANK * length).encode("utf-16-le") + units[2 * (first + length) :]
    return units.decode("utf-16-le", "replace")


def own_words(raw: bytes) -> bytes:
    """A message without what it answers: somebody else wrote that."""
    told = read(raw)
    for one in told.values():
        for message in (one, within(one, "message")):
            if isinstance(message, dict):
                for field in QUOTES & message.keys():
                    del message[field]
    return orjson.dumps(told)


def owned(raw: bytes) -> tuple[str, str]:
    """Which request a desk's event belongs to, and who opened that; empty if it is none."""
    payload = within(read(raw), "payload")
    request, owner = payload.get("recipient"), within(within(payload, "request"), "lead").get("lead_id")
    return request if isinstance(request, str) else "", owner if isinstance(owner, str) else ""


def files_of(raw: bytes) -> frozenset[str]:
    """The network's ids of the files in an update."""
    return frozenset(one.decode() for one in FILE_ID.findall(raw))


def read(raw: bytes) -> dict[str, Any]:
    """The JSON object that it is; empty if it is none."""
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def speaker(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who wrote, pressed or reacted; empty if nobody did."""
    for one in update.values():
        for field in SPEAKERS:
            if who := within(one, field):
                return who
    return {}


def within(value: Any, field: str) -> Mapping[str, Any]:
    """An object that stands in another; empty if it does not."""
    found = value.get(field) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}
