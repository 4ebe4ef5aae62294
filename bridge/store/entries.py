"""The journal's operations on an open database; each runs inside the transaction of its batch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final, assert_never

from bridge.fault import point
from bridge.message import Arrival, Direction, Lane
from bridge.outcome import Again, Cause, Dead, Done, Verdict
from bridge.ports import Changes, Claim, Entry, EntryId, Overdue
from bridge.store.book import learn
from bridge.store.database import Database

LANES_REMEMBERED: Final = 10_000

OFFERS_LIVE: Final = 30 * 86400.0
"""seconds that buttons outlive the entry that brought them: people scroll back"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many arrivals were new, and whom they are bound for; the last of them is due after `grace` seconds."""

    new: int
    destinations: frozenset[str]
    grace: float = 0.0


@dataclass(frozen=True, slots=True)
class Written:
    """Whether the lane was still held, so that something was written, and the destinations that have ready work again.

    `inverted`: the entry that was begun comes after one of a larger order.
    """

    held: bool
    ready: frozenset[str] = frozenset()
    inverted: bool = False


def accept(db: Database, arrivals: Sequence[Arrival], now: float) -> Accepted:
    """Write down those that are new. Lanes are touched in one order everywhere, so that two writers can't deadlock."""
    by_lane: dict[Lane, list[Arrival]] = {}
    for arrival in arrivals:
        by_lane.setdefault(arrival.lane, []).append(arrival)
    new, destinations = 0, set[str]()
    for lane in sorted(by_lane):
        number = touch(db, lane, by_lane[lane][0].destination)
        fresh = [arrival for arrival in by_lane[lane] if insert(db, number, arrival, now)]
        if fresh:
            db.run("ready_lane", lane=number, destination=fresh[-1].destination, now=now)
            destinations.add(fresh[-1].destination)
            new += len(fresh)
        else:
            forget_empty(db, number)
    return Accepted(new, frozenset(destinations), max((arrival.grace for arrival in arrivals), default=0.0))


def touch(db: Database, lane: Lane, destination: str) -> int:
    """The lane's number, which the connection remembers."""
    known = db.lanes.get(lane)
    if known is not None:
        return known
    [(number,)] = db.all(
        "touch_lane",
        channel=lane.channel,
        chat=lane.chat,
        topic=lane.topic,
        direction=lane.direction,
        destination=destination,
    )
    if len(db.lanes) >= LANES_REMEMBERED:
        db.lanes.clear()
    db.lanes[lane] = number
    return int(number)


def insert(db: Database, lane: int, arrival: Arrival, now: float) -> bool:
    """Whether the arrival was new."""
    changed = db.run(
        "insert_entry",
        lane=lane,
        source=arrival.source,
        key=arrival.key,
        ord=arrival.order,
        raw=arrival.raw,
        now=now,
        grace=arrival.grace,
    )
    return changed > 0


def claim(db: Database, destination: str, lanes: int, lease: float, depth: int, now: float, tick: float) -> list[Claim]:
    """Hold the lanes that wait longest. Leases go by `tick`, which nobody sets."""
    ready: list[tuple[int, Lane, tuple[Entry, ...]]] = []
    for number, channel, chat, topic, direction in db.all(
        "claimable_lanes", destination=destination, now=now, tick=tick, lanes=lanes
    ):
        # Empty only if the clock was set back since the head was accepted.
        if entries := due_entries(db, number, depth, now, tick):
            ready.append((number, Lane(channel, chat, topic, Direction(direction)), entries))
    if not ready:
        return []
    [(last,)] = db.all("take_tokens", count=len(ready))
    claims = []
    for token, (number, lane, entries) in enumerate(ready, start=last - len(ready) + 1):
        db.run("hold_lane", lane=number, token=token, lease=lease, tick=tick)
        claims.append(Claim(lane, token, entries))
    return claims


def due_entries(db: Database, lane: int, depth: int, now: float, tick: float) -> tuple[Entry, ...]:
    """The lane's next entries, up to the first that is not due; one that its last holder left in flight gets in doubt."""
    rows = db.all("next_entries", lane=lane, depth=depth)
    return tuple(entry(db, row, now, tick) for row in takewhile(lambda row: row[9] <= now, rows))


def entry(db: Database, row: tuple[Any, ...], now: float, tick: float) -> Entry:
    """An entry from its row, for a new holder."""
    number, source, key, raw, step, attempts, suspect, doubt, accepted_at, _, state, *noted, late, retried, begun = row
    if state == "sending":
        db.run("doubt_entry", entry=number)
        db.run("note_moment", entry=number, what="suspect", detail="its holder was gone", now=now)
        doubt, suspect = True, suspect + 1
    tried = (step, attempts, suspect, bool(doubt))
    delivered = tuple(one for one, *_ in db.all("receipts", entry=number)) if retried else ()
    reason, cause = noted
    missed = Dead(reason, Cause(cause)) if reason else None
    times = (accepted_at, accepted_at - now + tick)
    # Whoever tries a letter again does not make a new message of it.
    known = bool(begun or retried)
    return Entry(EntryId(number), source, key, raw, *tried, *times, missed, bool(late), delivered, known, bool(retried))


def begin(db: Database, claim: Claim, entry: EntryId, step: int, changes: Changes, now: float, tick: float) -> Written:
    """Write down that a call is being sent."""
    held = db.one("held_entry", token=claim.token, entry=entry)
    if held is None:
        return Written(held=False)
    order, furthest = held
    db.run("renew_lease", token=claim.token, ord=order, tick=tick)
    db.run("begin_entry", entry=entry, step=step)
    return Written(held=True, ready=note(db, entry, changes, now), inverted=0 < order < furthest)


def settle(
    db: Database, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes, now: float, *, last: bool
) -> Written:
    """Write a verdict down; with the `last` one the lane is let go."""
    under = {"token": claim.token, "entry": entry, "now": now}
    done = dead = 0
    match verdict:
        case Done(reason):
            done = written = db.run("finish_entry", state="done", reason=reason, suspect=False, **under)
        case Dead(reason, _, suspect):
            if suspect:
                db.run("note_moment", entry=entry, what="suspect", detail=reason, now=now)
            dead = written = db.run("finish_entry", state="dead", reason=reason, suspect=suspect, **under)
        case Again(delay, reason, spent, suspect):
            what = "suspect" if suspect else "delayed"
            db.run("note_moment", entry=entry, what=what, detail=reason, now=now)
            written = db.run("delay_entry", delay=delay, reason=reason, spent=spent, suspect=suspect, **under)
        case _:
            assert_never(verdict)
    if not written:
        return Written(held=False)
    ready = note(db, entry, changes, now)
    db.run("settle_lane", token=claim.token, done=done, dead=dead, now=now)
    if not last:
        return Written(held=True, ready=ready)
    released = release(db, claim, now)
    return Written(released.held, released.ready | ready)


def note(db: Database, entry: EntryId, changes: Changes, now: float) -> frozenset[str]:
    """Write down what was learned, which ids the far side gave and what it refused; whom new arrivals are bound for."""
    for fact in changes.facts:
        learn(db, fact)
    for receipt in changes.receipts:
        db.run("keep_receipt", entry=entry, step=receipt.step, far_id=receipt.id, now=now)
    if changes.missed:
        reason, cause = changes.missed.reason, changes.missed.cause
        db.run("note_missed", entry=entry, missed=reason, cause=cause)
        db.run("note_moment", entry=entry, what="missed", detail=reason, now=now)
    arrivals = changes.arrivals
    if changes.if_late and db.one("late_entry", entry=entry) is not None:
        arrivals += changes.if_late
    return accept(db, arrivals, now).destinations if arrivals else frozenset()


def release(db: Database, claim: Claim, now: float) -> Written:
    """Let the lane go, unless it was lost already."""
    row = db.one("release_lane", token=claim.token, now=now)
    if row is None:
        return Written(held=False)
    destination, ready_at = row
    return Written(held=True, ready=frozenset([destination] if ready_at is not None and ready_at <= now else []))


def overdue(db: Database, destination: str, before: float, limit: int) -> list[Overdue]:
    """Live entries that agents should know are late."""
    found = []
    for number, source, key, raw, reason, accepted_at, channel, chat, topic, direction in db.all(
        "overdue", destination=destination, before=before, limit=limit
    ):
        lane = Lane(channel, chat, topic, Direction(direction))
        found.append(Overdue(EntryId(number), source, key, raw, reason, accepted_at, lane))
    return found


def mark_late(db: Database, entries: Sequence[EntryId], arrivals: Sequence[Arrival], now: float) -> Accepted:
    """Mark entries as late, and accept what there is to tell of them."""
    for entry in entries:
        db.run("mark_late", entry=entry)
    return accept(db, arrivals, now)


def shift(db: Database, seconds: float, now: float) -> None:
    """Move every time that is still to come, or tells an age, along with the clock."""
    db.run("shift_entries", seconds=seconds, now=now)
    db.run("shift_lanes", seconds=seconds)


def prune(db: Database, before: float, limit: int) -> int:
    """Forget entries that are done, lanes that nothing is left of, buttons too old to press, and files without an address."""
    db.run("forget_offers", before=before - OFFERS_LIVE)
    db.run("forget_files", before=before, limit=limit)
    forgotten = Counter(lane for (lane,) in db.all("forget_done", before=before, limit=limit))
    for lane, count in forgotten.items():
        db.run("count_forgotten", lane=lane, count=count)
        forget_empty(db, lane)
    point("pruning")
    return forgotten.total()


def forget_empty(db: Database, lane: int) -> None:
    """Forget a lane that has no entries, and that nobody holds."""
    if db.run("forget_lane", lane=lane):
        db.lanes.clear()
