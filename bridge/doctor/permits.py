"""Who may read what holds secrets or people's words."""

import os
import pwd
import shlex
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bridge.doctor.units import Unit
from bridge.observe import Commands, Finding
from bridge.settings import SECRETS

SUBJECT = "files"

USUAL = Commands()

JOURNAL = ("", "-wal", "-shm", ".lock")
"""the ends of the names of the files that a journal consists of"""

GROUP, OTHERS = stat.S_IRWXG, stat.S_IRWXO


def probe(private: Iterable[Path], commands: Commands = USUAL) -> list[Finding]:
    """What there is to say of files and folders that are the daemon's (or root's) alone; those that don't exist are skipped."""
    found, seen = [], 0
    for path in private:
        try:
            mode = path.stat().st_mode & reached(path.parent.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError:
            found.append(unseen(path, commands))
            continue
        seen += 1
        found += judged(path, mode)
    if not found and seen:
        return [Finding(ok=True, subject=SUBJECT, detail="nobody else can read the secrets and the journal")]
    return found


def reached(folder: int) -> int:
    """Which bits of a file's mode matter in a folder of this mode: who may not enter it can't get at what lies there."""
    shut = (0 if folder & stat.S_IXOTH else OTHERS) | (0 if folder & (stat.S_IXGRP | stat.S_IXOTH) else GROUP)
    return ~shut


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


def unseen(path: Path, commands: Commands = USUAL) -> Finding:
    """A file whose folder we may not enter, which is as it should be."""
    who = "root" if os.geteuid() else "its owner"
    detail = f"{path} is not ours to look at, nor at what lies there"
    return Finding(
        ok=True, subject=SUBJECT, detail=detail, advice=f"check as {who}: sudo {commands.ours('check')}", warning=True
    )


def owners(folder: Path, names: Iterable[str]) -> list[Finding]:
    """Files of root in a folder of somebody else's, who is the daemon and can't open them: a command of root's left them."""
    try:
        owner = folder.stat()
        there = [folder / name for name in names if (folder / name).exists()]
        foreign = [path for path in there if path.stat().st_uid == 0 != owner.st_uid]
    except OSError:
        return []
    return [strange(folder, named(owner.st_uid), foreign)] if foreign else []


def strange(folder: Path, owner: str, foreign: Sequence[Path]) -> Finding:
    """Who can't open what, and the command that mends it; `folder/.`, because systemd's folder may be a link."""
    what = ", ".join(path.name for path in foreign)
    command = shlex.join(["chown", f"--reference={folder}/.", *map(str, foreign)])
    detail = f"{what} in {folder} belong to root: the daemon, which is {owner} there, can't open them"
    return Finding(ok=False, subject=SUBJECT, detail=detail, advice=command)


def named(uid: int) -> str:
    """A user, for people."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def legible(config: Path, unit: Unit | None, within: Sequence[str]) -> list[Finding]:
    """Whether the service's user can read the configuration; `within` are the secrets that stand in it."""
    if unit is None or unit.is_root:
        return []
    try:
        told, above = config.stat(), config.parent.stat()
    except OSError:
        return []
    if unit.user and not unit.dynamic and named(told.st_uid) == unit.user:
        return []
    shared = bool(unit.groups) and told.st_mode & stat.S_IRGRP
    if above.st_mode & stat.S_IXOTH and (told.st_mode & stat.S_IROTH or shared):
        return []
    detail = f"{unit.name} does not run as root and can't read {config} ({stat.filemode(told.st_mode)})"
    advice = f"chmod o+rx {shlex.quote(str(config.parent))}; chmod 644 {shlex.quote(str(config))}"
    if within:
        aside = config.parent / SECRETS
        advice = (
            f"put {', '.join(within)} into files of those names in {aside} (chmod 600) and out of it, then: {advice}"
        )
    return [Finding(ok=False, subject=SUBJECT, detail=detail, advice=advice)]


def private_files(config: Path | None, *, config_holds_secrets: bool, journal: Path) -> list[Path]:
    """What nobody else should read: the secrets' folder with its files, the configuration if secrets stand in it, the journal."""
    found = [config] if config and config_holds_secrets else []
    if config:
        secrets = config.parent / SECRETS
        found += [secrets, *listed(secrets)]
    names = (journal.name, f"{journal.name}-wal", f"{journal.name}-shm")
    return [*found, *(journal.with_name(name) for name in names)]


def listed(folder: Path) -> list[Path]:
    """The files of a folder; none if it can't be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
