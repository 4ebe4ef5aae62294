"""What operators ask of the store, and what they do to it: the console's and the commands' side of the journal.

Times are seconds since the epoch. Lists come newest first and in pages: `before` is the id or time of the last one seen.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bridge.message import Conversation, File, Lane

FOREVER = 9e15
"""later than everything, and a number in JSON"""


class State(StrEnum):
    """Where an entry stands."""

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry without its content. `reason` is that of the latest verdict, if it gave one."""

    id: int
    lane: Lane
    source: str
    key: str
    state: State
    reason: str
    step: int
    attempts: int
    suspect: int
    accepted_at: float
    settled_at: float | None
    destination: str = ""
    missed: str = ""
    late: bool = False
    due_at: float = 0.0


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as a list shows it; `name` and `username` are the person's on the network, '' if unknown."""

    conversation: Conversation
    name: str
    username: str
    heard_at: float
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane that waits: since when its head was accepted, until when it sleeps, why, and how many entries wait in it."""

    lane: Lane
    destination: str
    head: int
    reason: str
    since: float
    due_at: float
    held: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of an entry's timeline: `what` is a word (accepted, delayed, suspect, delivered, dead, retried, …).

    The same happened so many `times`, the last time at `until`.
    """

    at: float
    what: str
    detail: str = ""
    times: int = 1
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Deed:
    """What an operator did: `by` is the way it came (console, command), `what` a word, `subject` what it was done to."""

    at: float
    by: str
    what: str
    subject: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased of one person, table by table, and the requests that Tiledesk still holds, as (desk, request id).

    `files` are those whose copies are to go as well. Unless it was `scoured`, deleted rows can still be read in the journal's
    log, for another program holds it open: to be asked for once more when that has ended.
    """

    erased: dict[str, int]
    requests: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    scoured: bool = True


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: of a time (from `since` to before `until`), of one conversation, of one person on one channel.

    A person's are those of their private chat, and in groups what they wrote, without what they answered.
    """

    since: float = 0.0
    until: float = FOREVER
    channel: str = ""
    chat: str = ""
    person: str = ""
    request_id: str = ""


class Office(Protocol):
    """All raise `JournalUnavailable` when the store can't serve; nothing was changed then."""

    async def conversations(self, words: str, limit: int = 50, skip: int = 0) -> list[ConversationView]:
        """Conversations whose name, @username, request id or chat holds `words`, those that were heard last first."""
        ...

    async def conversation_view(self, channel: str, chat: str, topic: str) -> ConversationView | None:
        """One of them."""
        ...

    async def entries(
        self, channel: str, chat: str, topic: str, limit: int = 100, before: int | None = None
    ) -> list[EntryView]:
        """A conversation's entries in both directions."""
        ...

    async def entry(self, id: int) -> tuple[EntryView, bytes] | None:  # noqa: A002 - the field's name
        """One entry and its raw content, which may hold secrets of far sides: show it through the scrubber."""
        ...

    async def timeline(self, id: int) -> list[Moment]:  # noqa: A002 - the field's name
        """What happened to an entry, the earliest first."""
        ...

    async def find(self, word: str) -> list[EntryView]:
        """Entries by an id: ours, an update's or message's own at its source, that of the far side, or a request's."""
        ...

    async def dead(
        self, limit: int = 100, skip: int = 0, words: str = "", until: float | None = None
    ) -> list[EntryView]:
        """Dead letters with these words in their reason that died until then, those that died last first."""
        ...

    async def count_dead(self, words: str = "", until: float | None = None) -> int:
        """How many there are of them."""
        ...

    async def retry(self, ids: Sequence[int], by: str) -> list[int]:
        """Let dead letters live again with a new deadline; returns those that were dead, so that of two operators one retries.

        Calls that have a receipt are not made again.
        """
        ...

    async def drop(self, ids: Sequence[int], by: str) -> list[int]:
        """Settle dead letters for good, as done with the reason 'dropped by an operator'; returns those that were dead."""
        ...

    async def waiting_lanes(self, limit: int = 100) -> list[LaneView]:
        """Lanes with something to do, those whose head waits longest first."""
        ...

    async def deeds(self, limit: int = 100, before: int | None = None) -> list[Deed]:
        """What operators did."""
        ...

    async def note_deed(self, by: str, what: str, subject: str) -> None:
        """Write down what an operator did elsewhere than in the store (a login, a reload, an export)."""
        ...

    def stored(self, wanted: Filter) -> AsyncIterator[tuple[EntryView, bytes]]:
        """Every entry of the filter with its raw content, the earliest first, read in windows of bounded size."""
        ...

    async def person_called(self, channel: str, username: str) -> list[str]:
        """The ids of the people with this @username, for `forget`."""
        ...

    async def forget(self, channel: str, person: str, by: str) -> Forgotten:
        """Erase a person's data everywhere in the store; `person` is `telegram-4711`.

        Asked for once more it finds nothing to erase, and cleans the journal's files if that could not be done before.
        """
        ...
