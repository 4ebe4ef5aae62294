"""The book on SQLite, and how facts change it."""

import secrets
from typing import assert_never

import orjson

from bridge.message import (
    Blocked,
    Button,
    ButtonKind,
    Closed,
    Confirmed,
    Conversation,
    Fact,
    File,
    Filed,
    Met,
    Moved,
    Offer,
    Offered,
    Opened,
    Reachable,
    StoredFile,
    Used,
)
from bridge.ports import Guest, Subscription
from bridge.store.database import Database
from bridge.store.writer import GroupCommit


def learn(db: Database, fact: Fact) -> None:
    """Apply a fact to every conversation that it speaks of, as `bridge.conversation.rules.learn` does to one."""
    match fact:
        case Opened(c):
            place = {"channel": c.channel, "chat": c.chat, "topic": c.topic, "request_id": c.request_id}
            rest = {"desk": c.desk, "person": c.person, "confirmed": c.confirmed, "closed": c.closed}
            db.run("open_conversation", **place, **rest, blocked=c.blocked)
            db.run("open_request", **place)
        case Met(channel, person, name, username):
            sought = f"{name} @{username}" if username else name
            who = {"channel": channel, "person": person, "name": name, "username": username}
            db.run("keep_person", sought=sought.casefold(), **who)
        case Confirmed(request_id):
            db.run("confirm", request_id=request_id)
        case Closed(request_id):
            db.run("close", request_id=request_id)
        case Blocked(channel, chat):
            db.run("block", channel=channel, chat=chat, blocked=True)
        case Reachable(channel, chat):
            db.run("block", channel=channel, chat=chat, blocked=False)
        case Moved(channel, chat, to):
            if to != chat:
                db.run("move_conversations", channel=channel, chat=chat, to=to)
                db.run("forget_conversations", channel=channel, chat=chat)
                db.run("move_requests", channel=channel, chat=chat, to=to)
                db.run("move_offers", channel=channel, chat=chat, to=to)
        case Offered(o):
            buttons = orjson.dumps([(b.kind, b.label, b.target, b.echo) for b in o.buttons]).decode()
            place = {"channel": o.channel, "chat": o.chat}
            db.run("keep_offer", id=o.id, buttons=buttons, chosen_by=o.chosen_by, at=o.at, **place)
        case Used(id, by):
            db.run("use_offer", id=id, by=by)
        case Filed(f):
            told = {
                "name": f.name,
                "mime": f.mime,
                "size": f.size,
                "at": f.at,
                "person": f.person,
                "expires": f.expires,
            }
            place = {"channel": f.file.channel, "chat": f.file.chat, "network_id": f.file.id}
            db.run("keep_file", id=f.id, thumbnail=f.thumbnail.id if f.thumbnail else "", **place, **told)
        case _:
            assert_never(fact)


def conversation(row: tuple[object, ...] | None) -> Conversation | None:
    """A conversation from its row."""
    if row is None:
        return None
    channel, chat, topic, desk, request_id, person = (str(value) for value in row[:6])
    confirmed, closed, blocked = (bool(value) for value in row[6:])
    return Conversation(channel, chat, topic, desk, request_id, person, confirmed, closed, blocked)


def offer(row: tuple[object, ...] | None) -> Offer | None:
    """An offer from its row."""
    if row is None:
        return None
    id, channel, chat, buttons, at, chosen_by = row  # noqa: A001 - the column's name
    made = (Button(ButtonKind(kind), label, target, echo) for kind, label, target, echo in orjson.loads(str(buttons)))
    return Offer(str(id), str(channel), str(chat), tuple(made), float(str(at)), str(chosen_by))


def stored_file(row: tuple[object, ...] | None) -> StoredFile | None:
    """A file from its row."""
    if row is None:
        return None
    id, channel, chat, network_id, name, mime, size, thumbnail, at, person, expires = row  # noqa: A001 - the column's name
    channel, chat = str(channel), str(chat)
    still = File(channel, chat, str(thumbnail)) if thumbnail else None
    file = File(channel, chat, str(network_id))
    times = {"at": float(str(at)), "expires": float(str(expires))}
    return StoredFile(str(id), file, str(name), str(mime), int(str(size)), still, person=str(person), **times)


def secret(db: Database, name: str) -> str:
    """The secret of that name, made now if there is none."""
    if db.one("secret", name=name) is None:
        db.run("make_secret", name=name, value=secrets.token_urlsafe(32))
    [(value,)] = db.all("secret", name=name)
    return str(value)


class SqliteBook:
    """`bridge.ports.Book` on two connections, one that writes and one that reads."""

    def __init__(self, writer: GroupCommit, reader: GroupCommit) -> None:
        self.writer = writer
        self.reader = reader

    async def conversation(self, channel: str, chat: str, topic: str) -> Conversation | None:
        """The chat's conversation."""
        place = {"channel": channel, "chat": chat, "topic": topic}
        return conversation(await self.reader.run(lambda db: db.one("conversation", **place)))

    async def by_request(self, request_id: str) -> Conversation | None:
        """The conversation of the chat that has or once had this request."""
        return conversation(await self.reader.run(lambda db: db.one("conversation_of_request", request_id=request_id)))

    async def open_conversations(self, desk: str, since: float) -> list[Conversation]:
        """The desk's conversations whose request is stored and open, and which had an arrival after `since`."""
        if since <= 0:
            rows = await self.reader.run(lambda db: db.all("open_conversations", desk=desk))
        else:
            rows = await self.reader.run(lambda db: db.all("active_conversations", desk=desk, since=since))
        return [found for row in dict.fromkeys(rows) if (found := conversation(row)) is not None]

    async def guest(self, desk: str, person: str) -> Guest | None:
        """The end user's sign-in at this desk."""
        row = await self.reader.run(lambda db: db.one("guest", desk=desk, person=person))
        return None if row is None else Guest(*row)

    async def keep_guest(self, guest: Guest) -> None:
        """Remember a sign-in (replaces an older one)."""
        await self.writer.run(
            lambda db: db.run(
                "keep_guest", desk=guest.desk, person=guest.person, user_id=guest.user_id, token=guest.token
            )
        )

    async def forget_guest(self, desk: str, person: str) -> None:
        """Forget a sign-in that the desk no longer honours."""
        await self.writer.run(lambda db: db.run("forget_guest", desk=desk, person=person))

    async def subscriptions(self, desk: str) -> list[Subscription]:
        """The desk's subscriptions that are ours."""
        return [Subscription(*row) for row in await self.reader.run(lambda db: db.all("subscriptions", desk=desk))]

    async def keep_subscription(self, subscription: Subscription) -> None:
        """Remember a subscription; there is one for each (desk, event)."""
        s = subscription
        row = {"desk": s.desk, "event": s.event, "id": s.id, "target": s.target, "secret": s.secret}
        await self.writer.run(lambda db: db.run("keep_subscription", **row))

    async def secret(self, name: str) -> str:
        """An unguessable URL-safe string, made at the first call and the same ever after."""
        return await self.writer.run(lambda db: secret(db, name))

    async def offer(self, id: str) -> Offer | None:  # noqa: A002 - the port's word
        """The buttons that were sent under this id."""
        return offer(await self.reader.run(lambda db: db.one("offer", id=id)))

    async def stored_file(self, id: str) -> StoredFile | None:  # noqa: A002 - the port's word
        """The file that has this address of ours."""
        return stored_file(await self.reader.run(lambda db: db.one("file", id=id)))
