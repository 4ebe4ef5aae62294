"""How the operations of one batch share a connection: all in one commit, or each read by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.errors import JournalUnavailable
from bridge.fault import point
from bridge.store.database import WORLD, Database, unavailable

Operation = Callable[[Database], Any]
"""may be run twice, so all its effects are in the database"""


@dataclass(frozen=True, slots=True)
class Value:
    """What an operation returned."""

    of: Any


Result = Value | Exception
RunBatch = Callable[[Database, Sequence[Operation]], list[Result]]
"""raises if the whole batch came to nothing"""


def write_together(database: Database, batch: Sequence[Operation]) -> list[Result]:
    """One transaction for all; an operation that fails changes nothing and spoils no other."""
    database.script("BEGIN IMMEDIATE")
    results = straight(database, batch)
    if results is None:
        database.script("BEGIN IMMEDIATE")
        results = one_by_one(database, batch)
    point("committing")
    database.script("COMMIT")
    return results


def read_each(database: Database, batch: Sequence[Operation]) -> list[Result]:
    """Every operation for itself, without a transaction around it."""
    results: list[Result] = []
    for operation in batch:
        try:
            results.append(Value(operation(database)))
        except WORLD:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is handed to the operation's caller
            results.append(error)
    return results


def straight(database: Database, batch: Sequence[Operation]) -> list[Result] | None:
    """Run all operations without savepoints; None, and nothing done, if one of them fails.

    Every statement lets go of the interpreter's lock and has to wait for it while the loop is busy, so savepoints would
    halve what a busy daemon can write.
    """
    try:
        return [Value(operation(database)) for operation in batch]
    except Exception:  # noqa: BLE001 - it comes up again in `one_by_one`, where its caller is known
        database.roll_back()
        return None


def one_by_one(database: Database, batch: Sequence[Operation]) -> list[Result]:
    """Run each operation in a savepoint of its own; raises if SQLite gave up the whole transaction."""
    results: list[Result] = []
    for operation in batch:
        database.script("SAVEPOINT operation")
        try:
            results.append(Value(operation(database)))
        except Exception as error:
            if not database.connection.in_transaction:
                raise JournalUnavailable(f"the whole transaction was rolled back: {error}") from error
            database.roll_back(to="operation")
            results.append(unavailable(error) if isinstance(error, WORLD) else error)
        database.script("RELEASE operation")
    return results
