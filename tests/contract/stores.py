"""The stores that keep the contract of `Journal` and `Book`; another one is one more line in `STORES`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridge.message import Arrival, Direction, Lane
from bridge.ports import Book, Claim, Clock, Journal, Recovery
from bridge.store import MemoryStore, SqliteStore


class Store(Journal, Book, Protocol):
    """Both promises, and what the contract needs around them."""

    recovery: Recovery
    lost: int
    inversions: int

    async def close(self) -> None: ...


@dataclass
class Shelf:
    """An open store, which `restart` closes and opens again as a new process does after a crash."""

    store: Store
    again: Callable[[Store], Awaitable[Store]]

    async def restart(self) -> Store:
        self.store = await self.again(self.store)
        return self.store


@asynccontextmanager
async def memory(_path: Path, clock: Clock) -> AsyncIterator[Shelf]:
    async def again(store: Store) -> Store:
        assert isinstance(store, MemoryStore)
        store.restart()
        return store

    yield Shelf(MemoryStore(clock), again)


@asynccontextmanager
async def sqlite(path: Path, clock: Clock) -> AsyncIterator[Shelf]:
    async def again(store: Store) -> Store:
        await store.close()
        return await SqliteStore.open(path / "journal.db", clock)

    shelf = Shelf(await SqliteStore.open(path / "journal.db", clock), again)
    try:
        yield shelf
    finally:
        await shelf.store.close()


STORES: dict[str, Callable[[Path, Clock], AbstractAsyncContextManager[Shelf]]] = {"memory": memory, "sqlite": sqlite}

DESK = "desk/main"


def lane(chat: str = "1") -> Lane:
    return Lane("support", chat, "", Direction.INBOUND)


def arrival(key: str, *, chat: str = "1", order: int = 0, destination: str = DESK, source: str = "tg") -> Arrival:
    return Arrival(source, key, lane(chat), order, f"raw {key}".encode(), destination)


def keys(claims: list[Claim]) -> list[list[str]]:
    return [[entry.key for entry in claim.entries] for claim in claims]


async def only(store: Journal, *, destination: str = DESK, lease: float = 30.0) -> Claim:
    """Claim the one lane that is ready."""
    [claim] = await store.claim(destination, 9, lease)
    return claim
