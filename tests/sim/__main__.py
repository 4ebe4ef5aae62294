"""python -m tests.sim: many seeds on all cores, one seed in detail, or what is wrong without a safeguard."""

import argparse
import os
import sys
import time
from dataclasses import asdict

from tests.sim.ablate import ABLATIONS, NOTHING
from tests.sim.campaign import SQL_EVERY, campaign, on_sql, replay
from tests.sim.quiet import quiet
from tests.sim.story import history


def alone(seed: int, ablate: str, *, sql: bool | None, verbose: bool) -> int:
    """Play one seed and print its tally, or all that happened."""
    real = on_sql(seed, ablate, sql)
    with quiet():
        tally, stage = history(seed, ABLATIONS[ablate] if ablate else NOTHING, sql=real)
    if verbose:
        for at, *what in stage.told:
            print(f"{at:10.4f}  {' '.join(map(str, what))}")
    for name, value in asdict(tally).items():
        print(f"{name:>16}  {value}")
    print(f"{'store':>16}  {'SQL' if real else 'memory'}")
    print(f"{'replay':>16}  {replay(seed, ablate)}")
    print("green" if tally.green else f"RED: {tally.wrong}")
    return 0 if tally.green else 1


def main() -> int:
    """0 if every history was green."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one")
    parser.add_argument("-v", "--verbose", action="store_true", help="and print everything that happened")
    parser.add_argument("--seeds", type=int, default=1000, help="play so many (default 1000)")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ablate", choices=sorted(ABLATIONS), default="", help="take a safeguard away")
    parser.add_argument("--sql", action=argparse.BooleanOptionalAction, help=f"default: every {SQL_EVERY}th seed")
    given = parser.parse_args()
    if given.seed is not None:
        return alone(given.seed, given.ablate, sql=given.sql, verbose=given.verbose)
    began = time.monotonic()
    totals = campaign(given.first, given.seeds, given.workers, given.ablate, given.sql)
    seconds = time.monotonic() - began
    for name, value in (totals.figures(seconds) | {"seconds": round(seconds, 1)}).items():
        print(f"{name:>16}  {value}")
    for line in totals.red[:20]:
        print(f"red: {line}")
    return 1 if totals.red else 0


if __name__ == "__main__":
    sys.exit(main())
