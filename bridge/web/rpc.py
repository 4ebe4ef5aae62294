"""The office over a local socket: which questions may be asked, and how values become JSON and back.

A question is `POST /office/NAME` with the arguments as a JSON object; `stored` answers with one JSON line for each entry.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from bridge.ports import ConversationView, Deed, EntryView, Filter, Forgotten, LaneView, Moment

VERSION_HEADER = "X-Tiledesk-Bridge"

BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

STORED: TypeAdapter[tuple[EntryView, bytes]] = TypeAdapter(tuple[EntryView, bytes], config=BYTES)
FILTER: TypeAdapter[Filter] = TypeAdapter(Filter)

ANSWERS: dict[str, TypeAdapter[Any]] = {
    "conversations": TypeAdapter(list[ConversationView]),
    "conversation_view": TypeAdapter(ConversationView | None),
    "entries": TypeAdapter(list[EntryView]),
    "entry": TypeAdapter(tuple[EntryView, bytes] | None, config=BYTES),
    "timeline": TypeAdapter(list[Moment]),
    "find": TypeAdapter(list[EntryView]),
    "waiting_lanes": TypeAdapter(list[LaneView]),
    "dead": TypeAdapter(list[EntryView]),
    "retry": TypeAdapter(list[int]),
    "drop": TypeAdapter(list[int]),
    "deeds": TypeAdapter(list[Deed]),
    "note_deed": TypeAdapter(None),
    "person_called": TypeAdapter(list[str]),
    "forget": TypeAdapter(Forgotten),
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
    try:
        with short(path) as address:
            sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock
