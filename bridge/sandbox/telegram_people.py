"""Who is there: end users, groups, and one bot's view of a chat."""

from dataclasses import dataclass, field

from bridge.sandbox.telegram_answers import Json

BLOCKED = "bot was blocked by the user"


@dataclass(frozen=True, slots=True)
class User:
    """An account; ids may exceed 32 bits."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    def as_json(self) -> Json:
        """The Bot API's ``User``."""
        named = (("last_name", self.last_name), ("username", self.username), ("language_code", self.language_code))
        known = {name: value for name, value in named if value}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, **known}

    def as_chat(self) -> Json:
        """The Bot API's ``Chat`` of a private conversation with the user."""
        known = {name: value for name, value in (("last_name", self.last_name), ("username", self.username)) if value}
        return {"id": self.id, "first_name": self.first_name, **known, "type": "private"}


@dataclass(frozen=True, slots=True)
class Group:
    """A basic group, or a supergroup, which alone may have topics (``forum``)."""

    id: int
    title: str
    members: tuple[User, ...]
    supergroup: bool = False
    forum: bool = False

    def as_chat(self) -> Json:
        """The Bot API's ``Chat``."""
        body: Json = {"id": self.id, "title": self.title, "type": "supergroup" if self.supergroup else "group"}
        return body | {"is_forum": True} if self.forum else body


@dataclass(slots=True, eq=False)
class Chat:
    """What one bot sees of a chat: its messages by number, oldest first, as they are now.

    ``barred`` is the 403 with which sends are refused; ``moved_to`` the supergroup that a group became.
    """

    owner: User | Group
    body: Json
    messages: dict[int, Json] = field(default_factory=dict)
    next_id: int = 1
    barred: str | None = None
    moved_to: int | None = None
    threads: set[int] = field(default_factory=set)
    reactions: dict[int, list[Json]] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The chat's id."""
        return self.owner.id

    @property
    def counts_itself(self) -> bool:
        """Supergroups number their own messages; for all other chats the account has one counter."""
        return isinstance(self.owner, Group) and self.owner.supergroup
