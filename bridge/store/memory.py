"""The journal and the book without a disk: for tests and simulations, and to check the contract twice."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import assert_never

from bridge.errors import JournalUnavailable
from bridge.message import Arrival, Lane
from bridge.outcome import Again, Dead, Done, Verdict
from bridge.ports import NO_CHANGES, Census, Changes, Claim, Clock, Entry, EntryId, Overdue, Recovery
from bridge.store.memory_book import MemoryBook
from bridge.store.memory_lane import Row, Track, count


class MemoryStore(MemoryBook):
    """`bridge.ports.Journal` and `bridge.ports.Book` in dictionaries; gone with the process, `restart` plays a crash."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.recovery = Recovery(0, 0)
        self.lost = 0
        self.inversions = 0
        self.closed = False
        self._clock = clock
        self._keys: set[tuple[str, str]] = set()
        self._tracks: dict[Lane, Track] = {}
        self._entries = self._numbers = self._tokens = 0
        self._events: dict[str, asyncio.Event] = {}

    def restart(self) -> Recovery:
        """Do what a new holder of a durable journal does when the last one died."""
        live = [row for track in self._tracks.values() for row in track.live()]
        sending = [row for row in live if row.state == "sending"]
        for row in sending:
            row.doubt()
        for track in self._tracks.values():
            track.token = None
        self.recovery = Recovery(len(sending), len(live) - len(sending))
        return self.recovery

    async def close(self) -> None:
        """Every later call of the journal raises `JournalUnavailable`."""
        self.closed = True

    # ------------------------------------------------------------ the journal

    async def accept(self, arrivals: Sequence[Arrival]) -> int:
        """Write arrivals down and return how many were new."""
        now, before = self._now(), self._entries
        for arrival in sorted(arrivals, key=lambda arrival: arrival.lane):
            if (arrival.source, arrival.key) in self._keys:
                continue
            self._keys.add((arrival.source, arrival.key))
            track = self._tracks.get(arrival.lane)
            if track is None:
                self._numbers += 1
                track = self._tracks[arrival.lane] = Track(arrival.lane, self._numbers, arrival.destination)
            self._entries += 1
            number = EntryId(self._entries)
            what = (arrival.source, arrival.key, arrival.raw)
            entry = Entry(number, *what, 0, 0, 0, doubt=False, accepted_at=now, since=0.0)
            track.rows[entry.id] = Row(entry, arrival.order, now + arrival.grace)
            self._heard[arrival.lane.channel, arrival.lane.chat, arrival.lane.topic] = now
            track.destination = arrival.destination
            if track.ready_at is None or track.ready_at > now:
                track.rest(now)
            self.wake(arrival.destination).set()
            if arrival.grace > 0:
                asyncio.get_running_loop().call_later(arrival.grace, self.wake(arrival.destination).set)
        return self._entries - before

    async def claim(self, destination: str, lanes: int, lease: float, depth: int = 16) -> list[Claim]:
        """Hold up to `lanes` idle lanes with ready work for `destination`, longest waiting first."""
        now = self._now()
        ready = [
            (track.ready_at, track.number, track)
            for track in self._tracks.values()
            if track.destination == destination
            and (track.ready_at is not None and track.ready_at <= now)
            and (track.token is None or track.lease_until <= self._clock.tick())
        ]
        return list(
            self._hold([track for _, _, track in sorted(ready, key=lambda r: r[:2])][:lanes], lease, depth, now)
        )

    def _hold(self, tracks: list[Track], lease: float, depth: int, now: float) -> Iterator[Claim]:
        for track in tracks:
            rows = list(takewhile(lambda row: row.due_at <= now, track.live()[:depth]))
            for row in rows:
                if row.state == "sending":
                    row.doubt()
            if rows:
                self._tokens += 1
                track.token, track.lease, track.lease_until = self._tokens, lease, self._clock.tick() + lease
                lead = self._clock.tick() - now
                entries = (replace(row.entry, since=row.entry.accepted_at + lead, begun=row.begun) for row in rows)
                yield Claim(track.lane, self._tokens, tuple(entries))

    async def begin(self, claim: Claim, entry: EntryId, step: int, changes: Changes = NO_CHANGES) -> bool:
        """Write down that call `step` is being sent; False: the lease was lost."""
        self._now()
        held = self._held(claim, entry)
        if held is None:
            self.lost += 1
            return False
        track, row = held
        track.lease_until = self._clock.tick() + track.lease
        row.state, row.begun = "sending", True
        self.inversions += 0 < row.order < track.begun_order
        track.begun_order = max(track.begun_order, row.order)
        if step > row.entry.step:
            row.entry = replace(row.entry, step=step, attempts=0, doubt=False)
        await self._note(row, changes)
        return True

    async def settle(
        self, claim: Claim, entry: EntryId, verdict: Verdict, changes: Changes = NO_CHANGES, *, release: bool = False
    ) -> bool:
        """Write a verdict down, and let the lane go with it if it is the claim's last; False: the lease was lost."""
        now = self._now()
        held = self._held(claim, entry)
        if held is None:
            self.lost += 1
            return False
        track, row = held
        match verdict:
            case Done():
                row.state, row.settled_at = "done", now
            case Dead(_, _, suspect):
                row.state, row.settled_at = "dead", now
                row.entry = replace(row.entry, suspect=row.entry.suspect + suspect)
            case Again(delay, reason, spent, suspect):
                row.state, row.due_at, row.reason = "waiting", now + delay, reason
                known = row.entry
                attempts, suspects = known.attempts + spent, known.suspect + suspect
                row.entry = replace(known, attempts=attempts, suspect=suspects, doubt=known.doubt or suspect)
            case _:
                assert_never(verdict)
        await self._note(row, changes)
        track.rest(now)
        if release:
            await self.release(claim)
        return True

    async def release(self, claim: Claim) -> None:
        """Let a lane go; no matter if it was lost already."""
        now = self._now()
        track = self._tracks.get(claim.lane)
        if track is None or track.token != claim.token:
            self.lost += 1
            return
        track.token = None
        track.rest(now)
        if track.ready_at is not None and track.ready_at <= now:
            self.wake(track.destination).set()

    def wake(self, destination: str) -> asyncio.Event:
        """The event that is set when `destination` may have ready work; whoever waits for it clears it."""
        return self._events.setdefault(destination, asyncio.Event())

    async def census(self) -> list[Census]:
        """Counts for every destination."""
        self._now()
        rows: dict[str, list[Row]] = {}
        for track in self._tracks.values():
            rows.setdefault(track.destination, []).extend(track.rows.values())
        return [count(destination, rows[destination]) for destination in sorted(rows)]

    async def overdue(self, destination: str, before: float, limit: int = 100) -> list[Overdue]:
        """Up to `limit` live entries for `destination` that were accepted before that time and are not marked as late."""
        self._now()
        found = [
            Overdue(one.id, one.source, one.key, one.raw, row.reason, one.accepted_at, track.lane)
            for track in self._tracks.values()
            if track.destination == destination
            for row in track.live()
            if (one := row.entry).accepted_at < before and not one.late
        ]
        return found[:limit]

    async def mark_late(self, entries: Sequence[EntryId], arrivals: Sequence[Arrival]) -> None:
        """Mark live entries as late, and accept what there is to tell of them."""
        for track in self._tracks.values():
            for row in track.live():
                if row.entry.id in entries:
                    row.entry = replace(row.entry, late=True)
        await self.accept(arrivals)

    async def shift(self, seconds: float) -> None:
        """Move every time that is still to come by so many seconds."""
        for track in self._tracks.values():
            for row in track.live():
                row.due_at += min(seconds, 0.0)
                accepted_at = min(row.entry.accepted_at + seconds, self._clock.now())
                row.entry = replace(row.entry, accepted_at=accepted_at)
            if track.ready_at is not None:
                track.ready_at += min(seconds, 0.0)

    async def prune(self, before: float, limit: int = 1000) -> int:
        """Forget up to `limit` entries that were settled as done before that time, and files whose addresses had ended."""
        self._now()
        self.forget_files(before, limit)
        old = [
            (row.settled_at, track, row)
            for track in self._tracks.values()
            for row in track.rows.values()
            if row.state == "done" and row.settled_at is not None and row.settled_at < before
        ]
        chosen = sorted(old, key=lambda o: (o[0], o[2].entry.id))[:limit]
        for _, track, row in chosen:
            del track.rows[row.entry.id]
            self._keys.remove((row.entry.source, row.entry.key))
            if not track.rows and track.token is None:
                del self._tracks[track.lane]
        return len(chosen)

    # ------------------------------------------------------------ within

    def _now(self) -> float:
        if self.closed:
            raise JournalUnavailable("the journal is closed")
        return self._clock.now()

    async def _note(self, row: Row, changes: Changes) -> None:
        self.learn(changes.facts)
        if changes.missed:
            row.entry = replace(row.entry, missed=changes.missed)
        await self.accept((*changes.arrivals, *(changes.if_late if row.entry.late else ())))

    def _held(self, claim: Claim, entry: EntryId) -> tuple[Track, Row] | None:
        track = self._tracks.get(claim.lane)
        row = track.rows.get(entry) if track is not None else None
        if track is None or row is None or track.token != claim.token or row.settled_at is not None:
            return None
        return track, row
