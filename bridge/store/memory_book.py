"""The book in dictionaries, with the rules themselves as its memory of facts."""

import secrets
from collections.abc import Iterable
from dataclasses import replace

from bridge.conversation import rules
from bridge.message import Conversation, Fact, Filed, Met, Moved, Offer, Offered, Opened, StoredFile, Used
from bridge.ports import Guest, Subscription

Place = tuple[str, str, str]
"""channel, chat, topic"""


class MemoryBook:
    """`bridge.ports.Book` without a disk."""

    def __init__(self) -> None:
        self._conversations: dict[Place, Conversation] = {}
        self._requests: dict[str, Place] = {}
        self._guests: dict[tuple[str, str], Guest] = {}
        self._subscriptions: dict[tuple[str, str], Subscription] = {}
        self._secrets: dict[str, str] = {}
        self._offers: dict[str, Offer] = {}
        self._files: dict[str, StoredFile] = {}
        self._heard: dict[Place, float] = {}
        """when each chat had its last arrival"""

    def learn(self, facts: Iterable[Fact]) -> None:
        """Apply facts, one after the other."""
        for fact in facts:
            match fact:
                case Opened(c):
                    self._conversations[c.channel, c.chat, c.topic] = c
                    self._requests[c.request_id] = (c.channel, c.chat, c.topic)
                case Moved(channel, chat, to):
                    self._move(channel, chat, to)
                case Offered(offer):
                    self._offers.setdefault(offer.id, offer)
                case Used(offer_id, by):
                    known = self._offers.get(offer_id)
                    if known is not None and not known.chosen_by:
                        self._offers[offer_id] = replace(known, chosen_by=by)
                case Filed(stored):
                    kept = self._files.setdefault(stored.id, stored)
                    ends = (kept.expires, stored.expires)
                    self._files[stored.id] = replace(kept, expires=0.0 if 0 in ends else max(ends))
                case Met():
                    pass  # nobody searches here
                case _:
                    for place, conversation in self._conversations.items():
                        self._conversations[place] = rules.learn(conversation, fact)

    def _move(self, channel: str, chat: str, to: str) -> None:
        def moved(place: Place) -> Place:
            return (channel, to, place[2]) if place[:2] == (channel, chat) else place

        self._requests = {request: moved(place) for request, place in self._requests.items()}
        learned = {moved(place): rules.learn(c, Moved(channel, chat, to)) for place, c in self._conversations.items()}
        # A conversation that was already opened under the new id is the younger one and stays.
        stayed = {place: c for place, c in self._conversations.items() if moved(place) == place}
        self._conversations = learned | stayed
        for offer in self._offers.values():
            if (offer.channel, offer.chat) == (channel, chat):
                self._offers[offer.id] = replace(offer, chat=to)

    async def conversation(self, channel: str, chat: str, topic: str) -> Conversation | None:
        """The chat's conversation."""
        return self._conversations.get((channel, chat, topic))

    async def by_request(self, request_id: str) -> Conversation | None:
        """The conversation of the chat that has or once had this request."""
        place = self._requests.get(request_id)
        return None if place is None else self._conversations.get(place)

    async def open_conversations(self, desk: str, since: float) -> list[Conversation]:
        """The desk's conversations whose request is stored and open, and which had an arrival after `since`."""
        return [
            one
            for place, one in self._conversations.items()
            if one.desk == desk
            and one.confirmed
            and not one.closed
            and (since <= 0 or self._heard.get(place, 0) > since)
        ]

    async def guest(self, desk: str, person: str) -> Guest | None:
        """The end user's sign-in at this desk."""
        return self._guests.get((desk, person))

    async def keep_guest(self, guest: Guest) -> None:
        """Remember a sign-in (replaces an older one)."""
        self._guests[guest.desk, guest.person] = guest

    async def forget_guest(self, desk: str, person: str) -> None:
        """Forget a sign-in that the desk no longer honours."""
        self._guests.pop((desk, person), None)

    async def subscriptions(self, desk: str) -> list[Subscription]:
        """The desk's subscriptions that are ours."""
        return [self._subscriptions[key] for key in sorted(self._subscriptions) if key[0] == desk]

    async def keep_subscription(self, subscription: Subscription) -> None:
        """Remember a subscription; there is one for each (desk, event)."""
        self._subscriptions[subscription.desk, subscription.event] = subscription

    async def secret(self, name: str) -> str:
        """An unguessable URL-safe string, made at the first call and the same ever after."""
        return self._secrets.setdefault(name, secrets.token_urlsafe(32))

    async def offer(self, id: str) -> Offer | None:  # noqa: A002 - the port's word
        """The buttons that were sent under this id."""
        return self._offers.get(id)

    def forget_files(self, before: float, limit: int) -> None:
        """Forget files whose addresses opened nothing any more at that time."""
        for id_ in [one.id for one in self._files.values() if 0 < one.expires < before][:limit]:
            del self._files[id_]

    async def stored_file(self, id: str) -> StoredFile | None:  # noqa: A002 - the port's word
        """The file that has this address of ours."""
        return self._files.get(id)
