"""Who may read what holds secrets or people's words."""

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bridge.observe import Finding

SUBJECT = "files"

GROUP, OTHERS = stat.S_IRWXG, stat.S_IRWXO


def probe(private: Iterable[Path]) -> list[Finding]:
    """What there is to say of files and folders that are the daemon's (or root's) alone; those that don't exist are skipped."""
    found, seen = [], 0
    for path in private:
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            continue
        except PermissionError:
            found.append(unseen(path))
            continue
        seen += 1
        found += judged(path, mode)
    if not found and seen:
        return [Finding(ok=True, subject=SUBJECT, detail="nobody else can read the secrets and the journal")]
    return found


def judged(path: Path, mode: int) -> Iterator[Finding]:
    """Whether a file of this mode is open to anybody but its owner."""
    wanted = "700" if stat.S_ISDIR(mode) else "600"
    advice = f"chmod {wanted} {shlex.quote(str(path))}"
    if mode & OTHERS:
        detail = f"everybody on this machine can get at {path} ({stat.filemode(mode)})"
        yield Finding(ok=False, subject=SUBJECT, detail=detail, advice=advice)
    elif mode & GROUP:
        detail = f"its group can get at {path} ({stat.filemode(mode)})"
        yield Finding(ok=True, subject=SUBJECT, detail=detail, advice=f"if it need not: {advice}", warning=True)


def unseen(path: Path) -> Finding:
    """A file whose folder we may not enter, which is as it should be."""
    who = "root" if os.geteuid() else "its owner"
    detail = f"{path} is not ours to look at, nor at what lies there"
    return Finding(
        ok=True, subject=SUBJECT, detail=detail, advice=f"check as {who}: sudo tiledesk-bridge check", warning=True
    )


def private_files(config: Path | None, *, config_holds_secrets: bool, journal: Path) -> list[Path]:
    """What nobody else should read: the secrets' folder with its files, the configuration if secrets stand in it, the journal."""
    found = [config] if config and config_holds_secrets else []
    if config:
        secrets = config.parent / "secrets"
        found += [secrets, *listed(secrets)]
    names = (journal.name, f"{journal.name}-wal", f"{journal.name}-shm")
    return [*found, *(journal.with_name(name) for name in names)]


def listed(folder: Path) -> list[Path]:
    """The files of a folder; none if it can't be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
