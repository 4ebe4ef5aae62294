"""The real Tiledesk server, for tests that want it: found, started, described, and ended again.

Its starter (`start.mjs`) lies in `$TILEDESK_SERVER`, or in `shared/tiledesk-server` beside the checkout.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.sandbox.tiledesk import Person, SimulatedProject

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class RealTiledesk:
    """A running server with one project; `control_url` takes `POST /server/stop|start|kill|pause|resume`."""

    base_url: str
    control_url: str
    project: SimulatedProject


def starter() -> Path:
    """Where the script that starts the server should be."""
    folder = os.environ.get("TILEDESK_SERVER")
    return (Path(folder) if folder else ROOT.parent / "shared" / "tiledesk-server") / "start.mjs"


def reason_to_skip() -> str | None:
    """Why there can be no real server here, or None."""
    if not starter().is_file():
        return (
            "these run against the real Tiledesk server as well: set TILEDESK_SERVER to the folder that holds its start.mjs "
            f"(there is none at {starter()})"
        )
    if shutil.which("node") is None:
        return "these run against the real Tiledesk server as well: install Node 18 or newer"
    return None


@contextmanager
def real_tiledesk() -> Iterator[RealTiledesk]:
    """Start a server with a world of its own, some 7 to 15 seconds; RuntimeError if it doesn't come up."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            ["node", str(starter())], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()  # the one line it prints, once it is ready
            if not line:
                complaints.seek(0)
                raise RuntimeError(f"the real Tiledesk did not start: {complaints.read().decode()[-2000:]}")
            yield described(json.loads(line))
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def described(world: dict[str, object]) -> RealTiledesk:
    """The starter's line of JSON in the words of the simulator."""

    def person(key: str) -> Person:
        told = world[key]
        assert isinstance(told, dict)
        return Person(told["id"], told["email"], told["password"], told["fullname"], told["token"])

    def text(key: str) -> str:
        return str(world[key])

    project = SimulatedProject(
        id=text("project_id"),
        department_id=text("department_id"),
        jwt_secret=text("project_jwt_secret"),
        owner=person("owner"),
        agent=person("agent"),
    )
    return RealTiledesk(text("base_url"), text("control_url"), project)


if __name__ == "__main__":
    with real_tiledesk() as running:
        print(running)
        sys.stdin.read()
