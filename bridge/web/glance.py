"""A look at the daemon of a journal, through its socket for commands: it changes nothing and makes no file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bridge import __version__
from bridge.web.rpc import VERSION_HEADER, reach, socket_of

PATIENCE = 5.0
"""seconds for a daemon to say how it is"""


class Unheard(StrEnum):
    """Why no daemon told anything."""

    NOBODY = "nobody is there"
    SILENT = "somebody is there and says nothing"
    FORBIDDEN = "its folder is not ours to enter"


@dataclass(frozen=True, slots=True)
class Told:
    """What a daemon says of itself; one of another version says its version alone."""

    version: str
    pid: int = 0
    started_at: float = 0.0
    """seconds since the epoch, of the process"""
    instance: str = ""
    parts: int = 0
    unwell: tuple[tuple[str, str], ...] = ()
    """the parts that are not well, with the reason of each"""


class Doorbell(HTTPConnection):
    """HTTP at a socket in the file system."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("bridge", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        """Connect to it."""
        self.sock = reach(self.path)
        self.sock.settimeout(self.timeout)


def glance(journal: Path, patience: float = PATIENCE) -> Told | Unheard:
    """How the daemon of this journal is. Blocks for up to `patience` seconds."""
    bell = Doorbell(socket_of(journal), patience)
    try:
        bell.request("GET", "/status", headers={VERSION_HEADER: __version__})
        return told(json.loads(bell.getresponse().read()))
    except PermissionError:
        return Unheard.FORBIDDEN
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        return Unheard.NOBODY
    except (OSError, HTTPException, ValueError):
        return Unheard.SILENT
    finally:
        bell.close()


def told(answer: object) -> Told | Unheard:
    """What the answer says."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get("version"), str):
        return Unheard.SILENT
    parts = answer.get("parts")
    named = parts if isinstance(parts, Mapping) else {}
    unwell = [(str(name), str(part.get("reason") or "")) for name, part in named.items() if not part.get("ok")]
    return Told(
        answer["version"],
        int(answer.get("pid") or 0),
        float(answer.get("started_at") or 0.0),
        str(answer.get("instance") or ""),
        len(named),
        tuple(unwell),
    )
