"""The disk under the journal: whether we may write there, how much room there is, and how long a commit takes."""

import errno
import os
import pwd
import shlex
import tempfile
import time
from pathlib import Path
from statistics import median

from bridge.observe import Finding

SUBJECT = "disk"

LEAST, LITTLE = 100 * 2**20, 2**30
"""bytes: below the first the journal may stop at any moment, below the second it is time to make room"""

SLOW = 0.05
"""seconds for one write that is safe; a message waits for three of them"""

WRITES = 7

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def probe(folder: Path) -> list[Finding]:
    """What there is to say of the folder for the journal, or of the one that it would be made in. Leaves nothing behind."""
    there = standing(folder)
    if not there.is_dir():
        advice = "is store.url right? the journal lies in a folder"
        return [Finding(ok=False, subject=SUBJECT, detail=f"{there} is no folder", advice=advice)]
    if not os.access(there, os.W_OK | os.X_OK):
        who = pwd.getpwuid(os.geteuid()).pw_name if known(os.geteuid()) else str(os.geteuid())
        detail = f"{folder} can't be written by {who}"
        quoted = shlex.quote(str(folder))
        advice = f"check as the daemon's user or root, or give it the folder: install -d -m 700 -o {who} {quoted}"
        return [Finding(ok=False, subject=SUBJECT, detail=detail, advice=advice)]
    status = os.statvfs(there)
    free = status.f_bavail * status.f_frsize
    try:
        return [room(folder, free), speed(folder, seconds_of_a_write(there))]
    except OSError as error:
        return [unwritten(folder, free, error)]


def unwritten(folder: Path, free: int, error: OSError) -> Finding:
    """What it means that a small file could not be written."""
    if error.errno in FULL:
        told = room(folder, min(free, LEAST - 1))
        why = "quota exceeded" if error.errno == errno.EDQUOT else "no space left"
        return Finding(ok=False, subject=SUBJECT, detail=f"{why}, {told.detail}", advice=told.advice)
    why = os.strerror(error.errno).lower() if error.errno else type(error).__name__
    advice = "the kernel may know more: dmesg | tail; if it says that the disk fails, save the journal first"
    return Finding(ok=False, subject=SUBJECT, detail=f"nothing can be written for {folder}: {why}", advice=advice)


def room(folder: Path, free: int) -> Finding:
    """What so many free bytes mean."""
    detail = (
        f"{free / 2**30:.1f} GB free for {folder}" if free >= LITTLE else f"{free / 2**20:.0f} MB free for {folder}"
    )
    advice = (
        f"make room: du -xh {shlex.quote(str(standing(folder).resolve()))} | sort -h | tail; or less of media.cache_mb"
    )
    if free < LEAST:
        return Finding(ok=False, subject=SUBJECT, detail=f"only {detail}", advice=advice)
    if free < LITTLE:
        return Finding(ok=True, subject=SUBJECT, detail=f"only {detail}", advice=advice, warning=True)
    return Finding(ok=True, subject=SUBJECT, detail=detail)


def speed(folder: Path, seconds: float) -> Finding:
    """What it means that a write needs so long until it is safe."""
    detail = f"a write is safe after {seconds * 1000:.1f} ms"
    if seconds > SLOW:
        advice = f"put {folder} on a faster disk (not a network's): every message waits for some writes"
        return Finding(ok=True, subject=SUBJECT, detail=detail, advice=advice, warning=True)
    return Finding(ok=True, subject=SUBJECT, detail=detail)


def seconds_of_a_write(folder: Path) -> float:
    """How long a small write and its fsync take here, in the middle of some."""
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(WRITES):
            started = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - started)
    return median(taken)


def standing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    absolute = folder.absolute()
    for one in (absolute, *absolute.parents):
        try:
            if one.exists():
                return one
        except PermissionError:
            continue
    return Path("/")


def known(uid: int) -> bool:
    """Whether this user has a name."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
