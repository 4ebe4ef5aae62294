"""Small file systems for a journal, to be filled up and made read-only; and what the daemon says of itself."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.crash.stand import Stand

CHUNK = 64 * 1024


class SmallDisk:
    """A file system in memory, mounted at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def filler(self) -> Path:
        return self.path / "filler"

    def fill(self) -> None:
        """Leave not a byte."""
        for size in (CHUNK, 1):
            with self.filler.open("ab", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(b"\0" * size)

    def free(self) -> None:
        self.filler.unlink()

    def make(self, mode: str) -> None:
        """Make it `ro` or `rw`; nobody may have a file open for writing."""
        subprocess.run(["mount", "-o", f"remount,{mode}", self.path], check=True, capture_output=True)


def reason_for_no_disk() -> str:
    """Why this process may not mount anything; empty if it may."""
    if os.geteuid() != 0:
        return "only root can mount a small file system"
    done = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True)
    return "" if done.returncode == 0 else "this machine lets nobody mount a file system"


@contextmanager
def small_disk(path: Path, megabytes: int = 6) -> Iterator[SmallDisk]:
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path], check=True, capture_output=True)
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True, capture_output=True)


def settle_in(world: Stand, folder: Path) -> None:
    """Let the journal of a daemon that was not started yet be in this folder."""
    world.stage.folder = folder
    world.brood.environment["BRIDGE_STORE__URL"] = f"sqlite:///{str(world.stage.journal).lstrip('/')}"


async def metric(world: Stand, name: str, **labels: str) -> float:
    """The sum of a metric's samples with these labels."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    async with world.brood.session.get(f"{world.brood.url}/metrics") as page:
        lines = [line for line in (await page.text()).splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(line.rpartition(" ")[2]) for line in lines if all(label in line for label in wanted))


async def readiness(world: Stand) -> tuple[int, str]:
    """What /readyz answers."""
    async with world.brood.session.get(f"{world.brood.url}/readyz") as answer:
        return answer.status, await answer.text()
