"""Hundreds of seeded histories of the whole bridge in virtual time: green as it is, red without any of its safeguards.

More of them: python -m tests.sim --help.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.figures import PROOF, publish, scaled
from tests.sim.ablate import ABLATIONS
from tests.sim.campaign import Totals, campaign, many, replay
from tests.sim.ledger import WRONG, Tally

ROOT = Path(__file__).parents[2]
WITHIN = 200
"""seeds in which the lack of a safeguard must show"""


def right(totals: Totals) -> None:
    """Every promise was kept, and the histories were rough enough to break it."""
    assert totals.red == []
    assert totals.fewest_messages >= 120
    assert totals.fewest_kills >= 8
    assert totals.sums["suspect"] > totals.seeds, "answers are lost, and daemons die in the middle of calls"
    assert totals.sums["inversions"] > 0, "webhooks come late"


@pytest.mark.skipif(PROOF, reason="the proof plays them all")
@pytest.mark.parametrize("batch", range(10))
def test_every_history_keeps_every_promise(batch: int) -> None:
    totals = Totals()
    for tally in many(range(batch * 50, (batch + 1) * 50)):
        totals.add(tally)
    right(totals)


@pytest.mark.skipif(not PROOF, reason="100,000 histories: make proof")
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_histories_keep_every_promise() -> None:
    began = time.monotonic()
    totals = campaign(0, scaled(500, 100_000), os.cpu_count() or 1)
    publish("S1: histories", began, **totals.figures(time.monotonic() - began))
    right(totals)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", sorted(ABLATIONS))
def test_without_any_safeguard_some_history_is_red(name: str) -> None:
    began = time.monotonic()
    for tally in many(range(WITHIN), ablate=name):
        if not tally.green:
            assert not tally.crashed, f"{tally.failed}: {replay(tally.seed, name)}"
            publish(f"S2: {name}", began, first_red=tally.seed, wrong=tally.wrong)
            return
    pytest.fail(f"nothing is wrong without {name} in {WITHIN} histories")


@pytest.mark.timeout(600)
def test_a_history_is_the_same_in_every_interpreter() -> None:
    """Whatever the order of hashes: no set and no address decides what happens."""
    began, seeds = time.monotonic(), scaled(4, 100)
    code = (
        "import json, sys\n"
        "from tests.sim.campaign import many\n"
        "print(json.dumps([tally.trace for tally in many(range(int(sys.argv[1])))]))\n"
    )
    interpreters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(seeds)],
            env=os.environ | {"PYTHONHASHSEED": str(hashes), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hashes in range(10)
    ]
    found = {interpreter.communicate()[0] for interpreter in interpreters}
    assert all(interpreter.returncode == 0 for interpreter in interpreters)
    publish("S3: the same in 10 interpreters", began, seeds=seeds, outcomes=len(found))
    assert len(found) == 1
    assert len(set(json.loads(found.pop()))) == seeds


def test_a_tally_is_green_only_if_nothing_is_wrong() -> None:
    assert Tally(1, doubled=3, suspect=3, inversions=2, dead=1).green
    for name in WRONG:
        assert not Tally(1, **{name: 1}).green  # type: ignore[arg-type]  # a count
