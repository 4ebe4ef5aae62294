"""A Debian of its own with a real systemd, booted by systemd-nspawn; it shares this machine's network."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ("debootstrap", "systemd-nspawn", "nsenter", "dpkg-deb")
CACHE = Path(os.environ.get("BRIDGE_TEST_DEBIAN") or Path(tempfile.gettempdir()) / "tiledesk-bridge-bookworm")
"""a bare Debian, made once: booted are copies of it"""

PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-venv,ca-certificates"
BOOT_LIMIT = 60.0
GLANCE = 0.1


def reason_to_skip() -> str | None:
    """Why no machine can be booted here, and what to do."""
    if not os.environ.get("BRIDGE_PROOF"):
        return "a Debian is booted and the package installed there, which takes minutes: make proof, as root"
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return "only root can boot a machine: sudo make proof"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"missing: {', '.join(missing)}; apt install debootstrap systemd-container dpkg" if missing else None


def base() -> Path:
    """The bare Debian; made by debootstrap the first time, which needs a mirror."""
    if not CACHE.is_dir():
        fresh = CACHE.with_name(f"{CACHE.name}.{os.getpid()}")
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(fresh)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        fresh.rename(CACHE)
    return CACHE


def package(folder: Path) -> Path:
    """The Debian package of this very source."""
    subprocess.run(["sh", "systemd/deb/build.sh", str(folder)], cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.deb"))


@dataclass
class Machine:
    """A booted machine: `folder` is its /, `leader` the process id of its systemd."""

    folder: Path
    process: subprocess.Popen[bytes]
    leader: int

    @classmethod
    def boot(cls, folder: Path) -> "Machine":
        """Copy the bare Debian and boot it."""
        subprocess.run(["cp", "-a", "--reflink=auto", f"{base()}/.", str(folder)], check=True)
        with (folder.parent / "console.log").open("wb") as console:
            process = subprocess.Popen(
                ["systemd-nspawn", "-D", str(folder), "--register=no", "--keep-unit", "--quiet", "--boot"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
            )  # fmt: skip
        machine, until = cls(folder, process, 0), time.monotonic() + BOOT_LIMIT
        while time.monotonic() < until and process.poll() is None:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            if children:
                machine.leader = int(children[0])
                if machine.ask("systemctl", "is-system-running", check=False) in {"running", "degraded"}:
                    return machine
            time.sleep(GLANCE)
        process.kill()
        raise RuntimeError(
            f"the machine did not boot:\n{(folder.parent / 'console.log').read_text('utf-8', 'replace')}"
        )

    def end(self) -> None:
        """Switch it off."""
        self.ask("systemctl", "poweroff", "--force", "--force", check=False)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------ what is done inside

    def command(self, *words: str) -> list[str]:
        """The words as a command inside."""
        inside = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-p", "-r", "-w", "--"]
        return [*inside, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=dumb", "COLUMNS=200", *words]

    def ask(self, *words: str, check: bool = True) -> str:
        """Run a command inside and give what it printed; for what happens while nothing else does."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False, timeout=120)
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return (done.stdout + done.stderr).strip()

    async def tries(self, *words: str) -> tuple[int, str]:
        """Run a command inside, beside everything else: its code, and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*words), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode(errors="replace").strip()

    async def does(self, *words: str) -> str:
        """Run a command that must succeed."""
        code, out = await self.tries(*words)
        assert code == 0, f"{' '.join(words)}: {code}\n{out}"
        return out

    def put(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file, with the folders above it."""
        file = self.folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def marks(self) -> dict[str, tuple[int, int, int]]:
        """Every file of its disk, with what tells whether somebody touched it."""
        found = {}
        for above, _, names in os.walk(self.folder):
            for name in names:
                path = Path(above, name)
                told = path.lstat()
                found[f"/{path.relative_to(self.folder)}"] = (told.st_ino, told.st_size, told.st_mtime_ns)
        return found
