"""What operators do to dead letters on an open database, and how it is written down."""

from collections.abc import Iterator, Sequence
from typing import Final

from bridge.conversation.notes import SOURCE as NOTES
from bridge.store.database import Database

DROPPED: Final = "dropped by an operator"

PORTION: Final = 200
"""letters that are tried again or dropped in one transaction: arrivals wait meanwhile"""


def portions(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids, each once, in short lists, a message before the note that speaks of it: notes come later (pure)."""
    each = sorted(set(ids))
    for start in range(0, len(each), PORTION):
        yield each[start : start + PORTION]


def retry(db: Database, ids: Sequence[int], by: str, now: float) -> tuple[list[int], set[str]]:
    """Those that were dead, and the destinations that have work again."""
    done, ready = list[int](), set[str]()
    for number in ids:
        db.run("remember_death", entry=number)
        db.run("remember_acceptance", entry=number)
        row = db.one("retry_entry", entry=number, now=now)
        if row is None:
            continue
        db.run("note_moment", entry=number, what="retried", detail=f"by {by}", now=now)
        lane, source, key = row
        [(destination,)] = db.all("revive_lane", lane=lane, now=now)
        for (side,) in db.all("outdate_notes", source=NOTES, about=f"{source}/{key}", now=now):
            db.run("count_dropped", lane=side)
        done.append(number)
        ready.add(destination)
    if done:
        note_deed(db, by, "retried", in_words(done), now)
    return done, ready


def drop(db: Database, ids: Sequence[int], by: str, now: float) -> list[int]:
    """Those that were dead."""
    done = []
    for number in ids:
        db.run("remember_death", entry=number)
        row = db.one("drop_entry", entry=number, reason=DROPPED, now=now)
        if row is not None:
            db.run("count_dropped", lane=row[0])
            done.append(number)
    if done:
        note_deed(db, by, "dropped", in_words(done), now)
    return done


def note_deed(db: Database, by: str, what: str, subject: str, now: float) -> None:
    """Write it down; the oldest of very many are forgotten."""
    db.run("note_deed", by=by, what=what, subject=subject, now=now)
    db.run("forget_deeds")


def in_words(ids: Sequence[int]) -> str:
    """Which dead letters: `letter 7`, `letters 7, 9 and 12 more`."""
    shown, rest = ", ".join(map(str, ids[:20])), len(ids) - 20
    more = f" and {rest} more" if rest > 0 else ""
    return f"letter{'s' if len(ids) > 1 else ''} {shown}{more}"
