"""A process that has imported the daemon and forks one on demand: imports are two thirds of a daemon's start.

Run as `python -m tests.crash.hatchery`; it speaks JSON lines on its standard streams. What it forks is the real daemon with a
process id of its own: it reads its settings, opens its journal and is killed like any other.
"""

import ctypes
import gc
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from types import FrameType
from typing import Any

from bridge import fault
from bridge.app import run as daemon  # with it comes everything that a daemon imports
from bridge.cli import app

DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG"""


def live(environment: Mapping[str, str], folder: str, log: str) -> None:
    """Become the daemon; never returns."""
    os.setsid()
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 64)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    code = 1
    try:
        importlib.reload(fault)  # it read its variable when it was imported
        app(["run"], prog_name="tiledesk-bridge")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except Exception:  # noqa: BLE001 - as the interpreter does, which is not ours to end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def answer(asked: Mapping[str, Any]) -> dict[str, int]:
    """Fork a daemon, or tell how one ended."""
    if "reap" in asked:
        _, status = os.waitpid(asked["reap"], 0)
        return {"code": os.waitstatus_to_exitcode(status)}
    pid = os.fork()
    if pid == 0:
        live(asked["environment"], asked["folder"], asked["log"])
    return {"pid": pid}


def give_up(number: int, frame: FrameType | None) -> None:
    """Ctrl-C is for whoever started us."""


def main() -> None:
    """Serve until the other side is gone."""
    assert callable(daemon)
    assert threading.active_count() == 1, "a fork takes no threads along"
    signal.signal(signal.SIGINT, give_up)
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": 1}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
