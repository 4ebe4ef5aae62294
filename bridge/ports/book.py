"""What is known of conversations, end users, their files and buttons, and the desks' subscriptions."""

from dataclasses import dataclass, field
from typing import Protocol

from bridge.message import (
    Conversation,
    Offer,
    StoredFile,
)


@dataclass(frozen=True, slots=True)
class Guest:
    """One end user as a desk knows them: the id and token we got at the first sign-in."""

    desk: str
    person: str
    user_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook that we made at a desk; its secret is told only once, at creation."""

    desk: str
    event: str
    id: str
    target: str = field(repr=False)
    secret: str = field(repr=False)


class Book(Protocol):
    """What is known of conversations, end users and the desk's subscriptions; reads see every finished commit."""

    async def conversation(self, channel: str, chat: str, topic: str) -> Conversation | None:
        """The chat's conversation."""
        ...

    async def by_request(self, request_id: str) -> Conversation | None:
        """The conversation of the chat that has or once had this request; its current `request_id` may be a newer one."""
        ...

    async def open_conversations(self, desk: str, since: float) -> list[Conversation]:
        """The desk's conversations whose request is stored and open, and which had an arrival, either way, after `since`."""
        ...

    async def guest(self, desk: str, person: str) -> Guest | None:
        """The end user's sign-in at this desk."""
        ...

    async def keep_guest(self, guest: Guest) -> None:
        """Remember a sign-in (replaces an older one)."""
        ...

    async def forget_guest(self, desk: str, person: str) -> None:
        """Forget a sign-in that the desk no longer honours."""
        ...

    async def subscriptions(self, desk: str) -> list[Subscription]:
        """The desk's subscriptions that are ours."""
        ...

    async def keep_subscription(self, subscription: Subscription) -> None:
        """Remember a subscription; there is one for each (desk, event)."""
        ...

    async def secret(self, name: str) -> str:
        """An unguessable URL-safe string, made at the first call and the same ever after."""
        ...

    async def offer(self, id: str) -> Offer | None:  # noqa: A002 - the offer's own word
        """The buttons that were sent under this id."""
        ...

    async def stored_file(self, id: str) -> StoredFile | None:  # noqa: A002 - the file's own word
        """The file that has this address of ours; None if there is none, or it was revoked."""
        ...
