"""Where commands ask: the daemon if it runs, its journal if not."""

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from bridge.cli.remote import Connector, RemoteOffice
from bridge.errors import BridgeError, JournalInUse, JournalUnavailable
from bridge.media.shelf import Shelf
from bridge.message import File
from bridge.observe import Scrubber, SteadyClock
from bridge.ports import Office
from bridge.settings import Settings
from bridge.store import open_journal
from bridge.store.office import SqliteOffice
from bridge.web.rpc import reach, socket_of

PATIENCE = aiohttp.ClientTimeout(total=None, sock_read=600.0)
"""a copy of everything takes long, and every single line of it not"""


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Office]:
    """The office, wherever it is. Raises `BridgeError`."""
    journal = settings.store.path
    try:
        exists, running = journal.exists(), can_reach(socket_of(journal))
    except PermissionError:
        raise JournalUnavailable(f"{journal.parent} is not yours to read: {command_of_root()}") from None
    if running:
        async with aiohttp.ClientSession(connector=Connector(socket_of(journal)), timeout=PATIENCE) as session:
            yield RemoteOffice(session, journal)
        return
    if not exists:
        raise JournalUnavailable(f"there is no journal {journal} yet: the daemon makes it when it is started first")
    try:
        clock = SteadyClock()
        async with open_journal(journal, clock) as store:
            yield SqliteOffice(store, clock, partial(erase_copies, settings))
    except JournalInUse as error:
        raise BridgeError(f"{error}, or wait until it answers at {socket_of(journal)}") from None


async def erase_copies(settings: Settings, _: Sequence[str], files: Sequence[File]) -> None:
    """Remove the copies of files that the daemon left behind."""
    if settings.media_folder.is_dir():
        Shelf(settings.media_folder, settings.media.cache_mb * 2**20).erase(files)


def can_reach(path: Path) -> bool:
    """Whether a daemon answers there. Raises `PermissionError`."""
    try:
        reach(path).close()
    except PermissionError:
        raise
    except OSError:
        return False
    return True


def command_of_root() -> str:
    """This command once more, as root."""
    return "sudo " + " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]) if os.geteuid() else "check the folder's owner"


def scrubbed(settings: Settings, raw: bytes) -> str:
    """Stored content without any secret of ours."""
    return Scrubber(settings.secrets()).scrub(raw.decode("utf-8", "replace"))


async def status_of(one: Office) -> dict[str, Any] | None:
    """What the daemon says of itself; None if none runs."""
    return await one.status() if isinstance(one, RemoteOffice) else None
