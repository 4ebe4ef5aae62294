"""Many seeds: on one core or on several, with or without a safeguard."""

import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tests.sim.ablate import ABLATIONS, NOTHING
from tests.sim.ledger import Tally
from tests.sim.quiet import quiet
from tests.sim.story import run

SQL_EVERY = 10
"""every tenth seed runs on the real SQL, the others on the store in memory, which costs half as much"""

SUMS = (
    "messages", "kills", "calls", "lost", "reordered", "inversions", "doubled", "doubled_at_desk", "excess", "suspect",
    "undone", "together", "unbegun", "torn", "given_up", "dead",
)  # fmt: skip


def one(seed: int, ablate: str = "", sql: bool | None = None) -> Tally:
    """Play one seed; without a safeguard always on the real SQL, where safeguards can be taken away."""
    with quiet():
        return run(seed, ABLATIONS[ablate] if ablate else NOTHING, sql=on_sql(seed, ablate, sql))


def on_sql(seed: int, ablate: str = "", wanted: bool | None = None) -> bool:
    """Whether a seed runs on the real SQL."""
    return bool(ablate) or (seed % SQL_EVERY == 0 if wanted is None else wanted)


def replay(seed: int, ablate: str = "") -> str:
    """The command that plays a seed again."""
    return f"python -m tests.sim --seed {seed}" + (f" --ablate {ablate}" if ablate else "")


def many(seeds: Iterable[int], workers: int = 1, ablate: str = "", sql: bool | None = None) -> Iterator[Tally]:
    """Play seeds, on several cores in any order."""
    play = partial(one, ablate=ablate, sql=sql)
    if workers == 1:
        yield from map(play, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(play, seeds, chunksize=50)


@dataclass
class Totals:
    """What many seeds came to."""

    ablate: str = ""
    sql: bool | None = None
    seeds: int = 0
    on_sql: int = 0
    red: list[str] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUMS, 0))
    fewest_messages: int = sys.maxsize
    fewest_kills: int = sys.maxsize

    def add(self, tally: Tally) -> None:
        """One more."""
        self.seeds += 1
        self.on_sql += on_sql(tally.seed, self.ablate, self.sql)
        for name in SUMS:
            self.sums[name] += getattr(tally, name)
        self.fewest_messages = min(self.fewest_messages, tally.messages)
        self.fewest_kills = min(self.fewest_kills, tally.kills)
        if not tally.green:
            self.red.append(f"{replay(tally.seed, self.ablate)}  # {tally.wrong} {tally.failed}".rstrip())

    def figures(self, seconds: float) -> dict[str, int | float]:
        """For the log."""
        return {
            "seeds": self.seeds,
            "on_real_sql": self.on_sql,
            "red": len(self.red),
            **self.sums,
            "fewest_messages": self.fewest_messages,
            "fewest_kills": self.fewest_kills,
            "seeds_a_second": round(self.seeds / max(seconds, 0.001), 1),
        }


def campaign(first: int, count: int, workers: int, ablate: str = "", sql: bool | None = None) -> Totals:
    """Play so many seeds and add them up; tells how far it is on standard error."""
    totals, began, told = Totals(ablate, sql), time.monotonic(), time.monotonic()
    for tally in many(range(first, first + count), workers, ablate, sql):
        totals.add(tally)
        now = time.monotonic()
        if now - told >= 10 or totals.seeds == count:
            told = now
            rate = totals.seeds / (now - began)
            left = (count - totals.seeds) / rate
            print(
                f"{totals.seeds:>7} of {count} seeds, {len(totals.red)} red, {rate:.1f} a second, {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
    return totals
