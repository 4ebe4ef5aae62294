"""What a campaign came to, as one line that people and programs read."""

import json
import os
import shlex
import time
from pathlib import Path

PROOF = bool(os.environ.get("BRIDGE_PROOF"))
SEED = int(os.environ.get("BRIDGE_TEST_SEED", "1"))
SCALE = float(os.environ.get("BRIDGE_TEST_SCALE", "1"))
"""a factor on the length of the campaigns of a proof"""

Figure = int | float | str | dict[str, int]


def scaled(small: int, whole: int) -> int:
    """How many: `whole` in a proof, `small` in every other run."""
    return max(1, round(whole * SCALE)) if PROOF else small


def replay() -> str:
    """The command that runs this test again, the same way."""
    proof = f"BRIDGE_PROOF=1 BRIDGE_TEST_SCALE={SCALE:g} " if PROOF else ""
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    return f"{proof}BRIDGE_TEST_SEED={SEED} .venv/bin/python -m pytest -s {shlex.quote(test)}"


def publish(campaign: str, started: float, **figures: Figure) -> None:
    """Print the figures, and append them to the proof's log; `started` is of `time.monotonic`."""
    line = {
        "campaign": campaign,
        "seed": SEED,
        **figures,
        "seconds": round(time.monotonic() - started, 1),
        "replay": replay(),
    }
    text = json.dumps(line)
    print(f"\n{text}")
    log = os.environ.get("BRIDGE_PROOF_LOG")
    if log:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(text + "\n")
