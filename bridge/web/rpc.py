"""The office over a local socket: which questions may be asked, and how values become JSON and back.

A question is `POST /office/NAME` with the arguments as a JSON object; `stored` answers with one JSON line for each entry, and
with a last one that says how many they were, or what went wrong: without it, the answer is not whole.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from bridge.ports import ConversationView, Deed, EntryView, Filter, Forgotten, LaneView, Moment

VERSION_HEADER = "X-Tiledesk-Bridge"

PATIENCE = 5.0
"""seconds to be let in: one that hangs lets nobody in once enough callers wait"""

BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

STORED: TypeAdapter[tuple[EntryView, bytes]] = TypeAdapter(tuple[EntryView, bytes], config=BYTES)
FILTER: TypeAdapter[Filter] = TypeAdapter(Filter)


@dataclass(frozen=True, slots=True)
class LastLine:
    """How `stored` ended: after so many entries, with an `error` unless these are all."""

    count: int
    error: str = ""


LAST_LINE: TypeAdapter[LastLine] = TypeAdapter(LastLine)
ENTRY_BEGINS = b"["
"""how the line of an entry begins, and no last one"""

CONVERSATIONS: TypeAdapter[list[ConversationView]] = TypeAdapter(list[ConversationView])
CONVERSATION: TypeAdapter[ConversationView | None] = TypeAdapter(ConversationView | None)
ENTRIES: TypeAdapter[list[EntryView]] = TypeAdapter(list[EntryView])
ENTRY: TypeAdapter[tuple[EntryView, bytes] | None] = TypeAdapter(tuple[EntryView, bytes] | None, config=BYTES)
MOMENTS: TypeAdapter[list[Moment]] = TypeAdapter(list[Moment])
LANES: TypeAdapter[list[LaneView]] = TypeAdapter(list[LaneView])
IDS: TypeAdapter[list[int]] = TypeAdapter(list[int])
COUNT: TypeAdapter[int] = TypeAdapter(int)
DEEDS: TypeAdapter[list[Deed]] = TypeAdapter(list[Deed])
PEOPLE: TypeAdapter[list[str]] = TypeAdapter(list[str])
FORGOTTEN: TypeAdapter[Forgotten] = TypeAdapter(Forgotten)
NOTHING: TypeAdapter[None] = TypeAdapter(None)

ANSWERS: dict[str, TypeAdapter[Any]] = {
    "conversations": CONVERSATIONS,
    "conversation_view": CONVERSATION,
    "entries": ENTRIES,
    "entry": ENTRY,
    "timeline": MOMENTS,
    "find": ENTRIES,
    "waiting_lanes": LANES,
    "dead": ENTRIES,
    "count_dead": COUNT,
    "retry": IDS,
    "drop": IDS,
    "deeds": DEEDS,
    "note_deed": NOTHING,
    "person_called": PEOPLE,
    "forget": FORGOTTEN,
}
"""what each method of `bridge.ports.Office` answers with"""


def socket_of(journal: Path) -> Path:
    """Where the daemon of this journal listens: beside it, in a folder that is its user's alone."""
    return journal.with_name(f"{journal.name}.sock")


@contextmanager
def short(path: Path) -> Iterator[str]:
    """The same path in few characters: a socket's address holds a hundred of them."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen(path: Path) -> socket.socket:
    """A socket for our user alone; one that a dead daemon left is replaced. The caller holds the journal. Raises `OSError`."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX)
    try:
        with short(path) as address:
            sock.bind(address)
        path.chmod(0o600)
    except OSError:
        sock.close()
        raise
    return sock


def reach(path: Path) -> socket.socket:
    """A connection to the daemon. Raises `OSError` if there is none."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(PATIENCE)
    try:
        with short(path) as address:
            sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock
