"""Whose files are whose: what root makes in a folder of somebody else's belongs to that one.

systemd gives the daemon's folder to the daemon's user only once. A journal that root makes in there afterwards (the trial of
`init`, a command while no daemon runs) would keep the daemon out of its own journal.
"""

import os
import stat
from pathlib import Path


def adopt(path: Path) -> None:
    """Give a file or folder to the owner of the folder that it stands in; only root can, nobody else need.

    A link, and a file with a second name, stay as they are: they may be somebody's trap. Raises `OSError`.
    """
    if os.geteuid() != 0:
        return
    told, above = path.lstat(), path.parent.stat()
    ours = stat.S_ISDIR(told.st_mode) or (stat.S_ISREG(told.st_mode) and told.st_nlink == 1)
    if ours and told.st_uid != above.st_uid:
        os.chown(path, above.st_uid, above.st_gid, follow_symlinks=False)


def make_folder(path: Path) -> None:
    """Make a folder for one user alone, and those above it: for the owner of the folder that was there. Raises `OSError`."""
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700 if one is missing[0] else 0o777, exist_ok=True)
        adopt(one)
    if not path.is_dir():
        raise NotADirectoryError(20, "is no folder", str(path))
