"""How an end user signs in at the desk: as an anonymous guest whose token we keep, or with a token that we sign."""

import asyncio
from collections.abc import Mapping
from typing import Protocol
from weakref import WeakSet, WeakValueDictionary

import jwt

from bridge.message import Person
from bridge.ports import Book, Clock, Guest
from bridge.tiledesk.guard import neutralise
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.transport import DeskApi, content, said

MANY_GUESTS = 10_000
"""sign-ins that are held in memory; the others are read from the book again"""

HALF_HOUR = 1800.0
LIFETIME = 2 * HALF_HOUR
"""seconds that a token of ours is valid; it is made anew at half of them, so clocks may differ by as much"""


class SignInFailed(Exception):
    """The desk did not take the sign-in; `status` is the HTTP status."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


class NoKeyYet(Exception):
    """A signed identity needs the secret of our subscription, and there is none yet."""


class Identity(Protocol):
    """Gives an end user's Authorization header. Raises `SignInFailed`, `NoKeyYet`, and what the wire raises."""

    async def authorization(self, person: Person) -> str:
        """The header, after a sign-in if it must be."""
        ...

    async def reject(self, person: Person) -> None:
        """The desk no longer honours it: sign in anew next time."""
        ...

    def forget(self, person: str) -> None:
        """The book has forgotten a person: so do we."""
        ...


class Turns:
    """One sign-in at a time for a person, and who was forgotten during theirs."""

    def __init__(self) -> None:
        self.locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.ended: WeakSet[asyncio.Lock] = WeakSet()

    def of(self, person: str) -> asyncio.Lock:
        """The person's turn; it lasts as long as somebody holds it or waits for it."""
        return self.locks.setdefault(person, asyncio.Lock())

    def forget(self, person: str) -> None:
        """Let whoever is about to sign them in keep nothing of it."""
        if (turn := self.locks.get(person)) is not None:
            self.ended.add(turn)


class Anonymous:
    """Each end user is a guest: one sign-in for each, its token (which never expires) kept in the book.

    Every sign-in makes a new guest, so there is only one at a time for a person.
    """

    def __init__(self, desk: str, api: DeskApi, book: Book) -> None:
        self.desk = desk
        self.api = api
        self.book = book
        self.known: dict[str, str] = {}
        self.turns = Turns()

    async def authorization(self, person: Person) -> str:
        """The guest's token."""
        if person.id in self.known:
            return self.known[person.id]
        turn = self.turns.of(person.id)
        async with turn:
            guest = await self.book.guest(self.desk, person.id) or await self.sign_in(person)
            if turn in self.turns.ended:
                await self.book.forget_guest(self.desk, person.id)
                return guest.token
            if len(self.known) >= MANY_GUESTS:
                self.known.clear()
            self.known[person.id] = guest.token
            return guest.token

    async def sign_in(self, person: Person) -> Guest:
        """Become a new guest of the project."""
        names = {"firstname": neutralise(person.first_name or person.full_name)}
        if person.last_name:
            names["lastname"] = neutralise(person.last_name)
        reply = await self.api.post("/auth/signinAnonymously", {"id_project": self.api.project_id} | names)
        told = content(reply)
        token, user = told.get("token"), told.get("user")
        if reply.status != 200 or not isinstance(token, str) or not isinstance(user, Mapping):
            raise SignInFailed(f"the desk does not let guests in: {said(reply)}", reply.status)
        guest = Guest(self.desk, person.id, str(user.get("_id", "")), token)
        await self.book.keep_guest(guest)
        return guest

    async def reject(self, person: Person) -> None:
        """Forget the token."""
        self.known.pop(person.id, None)
        await self.book.forget_guest(self.desk, person.id)

    def forget(self, person: str) -> None:
        """Hold no token of theirs."""
        self.known.pop(person, None)
        self.turns.forget(person)


class Signed:
    """Each end user has the stable id `telegram-<user id>`, in tokens that we sign with our subscription's secret."""

    def __init__(self, desk: str, api: DeskApi, book: Book, keys: Keys, clock: Clock) -> None:
        self.desk = desk
        self.api = api
        self.book = book
        self.keys = keys
        self.clock = clock
        self.made: dict[str, tuple[float, str]] = {}
        self.turns = Turns()

    async def authorization(self, person: Person) -> str:
        """A token of ours; the first one of a person is shown at the sign-in, which makes the membership."""
        made_at, token = self.made.get(person.id, (float("-inf"), ""))
        if 0 <= self.clock.now() - made_at < HALF_HOUR:
            return token
        token, turn = self.sign(person), self.turns.of(person.id)
        async with turn:
            if await self.book.guest(self.desk, person.id) is None:
                await self.join(person, token)
            if turn in self.turns.ended:
                await self.book.forget_guest(self.desk, person.id)
                return token
            if len(self.made) >= MANY_GUESTS:
                self.made.clear()
            self.made[person.id] = (self.clock.now(), token)
        return token

    def sign(self, person: Person) -> str:
        """Make a token. Its claims are Tiledesk's names."""
        subscription = self.keys.signing
        if subscription is None:
            raise NoKeyYet
        now = int(self.clock.now())
        claims = {
            "_id": person.id,
            "firstname": neutralise(person.first_name or person.full_name),
            "lastname": neutralise(person.last_name),
            "sub": "userexternal",
            "aud": f"https://tiledesk.com/subscriptions/{subscription.id}",
            "iat": now - int(HALF_HOUR),
            "exp": now + int(LIFETIME),
        }
        return "JWT " + jwt.encode(claims, subscription.secret, algorithm="HS256")

    async def join(self, person: Person, token: str) -> None:
        """Become a member of the project, once; without it every message is a 403."""
        reply = await self.api.call("POST", "/auth/signinWithCustomToken", None, token)
        if reply.status != 200:
            raise SignInFailed(f"the desk does not take our signature: {said(reply)}", reply.status)
        await self.book.keep_guest(Guest(self.desk, person.id, person.id, ""))

    async def reject(self, person: Person) -> None:
        """Sign and join anew."""
        self.made.pop(person.id, None)
        await self.book.forget_guest(self.desk, person.id)

    def forget(self, person: str) -> None:
        """Hold no token of theirs: the next one is shown at the sign-in again."""
        self.made.pop(person, None)
        self.turns.forget(person)
