import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.tiledesk import SimulatedProject, TiledeskSimulator

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"
PASSWORD = "sesame-open-4711"
HEAVY = ("aiohttp", "telegram", "pydantic", "structlog", "prometheus_client", "apsw")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


async def command(
    *arguments: str, cwd: Path, environ: dict[str, str] | None = None, python: str = "-m bridge"
) -> Ended:
    """Run the command in a process of its own, with nothing of our environment that configures it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "CREDENTIALS_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *python.split(maxsplit=1), *arguments,
        cwd=cwd, env=clean | (environ or {}),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def configuration(
    path: Path, telegram: TelegramSimulator, tiledesk: TiledeskSimulator, project: SimulatedProject, password: str
) -> Path:
    port = free_port()
    path.parent.chmod(0o755)  # so that a file in it is others' to read, if its mode says so
    path.write_text(f"""
        server.public_url = "http://127.0.0.1:{port}"
        server.port = {port}
        store.url = "sqlite:{path.parent}/data/bridge.db"
        [desks.main]
        api_url = "{tiledesk.base_url}"
        project_id = "{project.id}"
        username = "{project.owner.email}"
        password = "{password}"
        [channels.support]
        api_url = "{telegram.base_url}"
        token = "{TOKEN}"
        """)
    path.chmod(0o600)
    return path


async def test_help_names_the_commands_without_loading_the_network(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom bridge.cli import app\napp(['--help'], standalone_mode=False)\n"
        f"print('LOADED', [name for name in {HEAVY} if name in sys.modules])"
    )
    ended = await command(script, cwd=tmp_path, python="-c")
    assert ended.code == 0, ended.err
    assert "LOADED []" in ended.out
    for name in ("run", "check", "sandbox", "--version"):
        assert name in ended.out


@pytest.mark.parametrize("name", ["run", "check", "sandbox"])
async def test_every_command_explains_itself(name: str, tmp_path: Path) -> None:
    ended = await command(name, "--help", cwd=tmp_path)
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: tiledesk-bridge {name} [OPTIONS]")
    assert "..." not in ended.out.replace("BRIDGE_...", "")


async def test_the_version_is_told(tmp_path: Path) -> None:
    ended = await command("--version", cwd=tmp_path)
    assert (ended.code, ended.out.split()[0], ended.err) == (0, "tiledesk-bridge", "")


@pytest.mark.parametrize("arguments", [("fly",), ("run", "--fast"), ("sandbox", "--port", "many")])
async def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = await command(*arguments, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "Usage: tiledesk-bridge" in ended.err


@pytest.mark.parametrize("name", ["run", "check"])
async def test_mistakes_in_the_configuration_end_with_78_and_are_told_all_at_once(name: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.toml").write_text(f"""
        [server]
        prot = 1
        [desks.main]
        pasword = "{PASSWORD}"
        [channels.support]
        token = "bot{TOKEN}"
        """)
    environ = {"BRIDGE_DESKS__MAIN__IDENTITY": PASSWORD}
    ended = await command(name, "--config", "bridge.toml", cwd=tmp_path, environ=environ)
    assert (ended.code, ended.out) == (78, "")
    heading, *mistakes, hint = ended.err.splitlines()
    assert heading == "The configuration has 7 mistakes:"
    assert len(mistakes) == 7
    assert all(mistake.startswith("  - ") for mistake in mistakes)
    assert "/bridge.example.toml" in hint
    assert PASSWORD not in ended.err
    assert TOKEN not in ended.err


async def test_check_passes_when_everything_answers_and_the_daemon_is_yet_to_start(tmp_path: Path) -> None:
    async with TelegramSimulator() as telegram, TiledeskSimulator() as tiledesk:
        telegram.add_bot(TOKEN)
        project = tiledesk.add_project("Sample project")
        file = configuration(tmp_path / "bridge.toml", telegram, tiledesk, project, project.owner.password)
        ended = await command("check", "--config", str(file), cwd=tmp_path)
    assert ended.code == 0, ended.out + ended.err
    *lines, empty, sum_ = ended.out.splitlines()
    assert all(line.startswith("✓ ") for line in lines)
    assert (empty, sum_) == ("", f"All {len(lines)} checks passed.")
    for part in ("has no mistakes", "leads here", "@sample_bot", "'Sample project'", "free to poll"):
        assert part in ended.out
    assert "\x1b" not in ended.out
    assert "chmod" not in ended.out
    assert project.owner.password not in ended.out + ended.err


async def test_check_fails_with_advice_and_without_secrets(tmp_path: Path) -> None:
    async with TelegramSimulator() as telegram, TiledeskSimulator() as tiledesk:
        project = tiledesk.add_project()
        file = configuration(tmp_path / "bridge.toml", telegram, tiledesk, project, PASSWORD)
        file.chmod(0o644)
        ended = await command("check", "--config", str(file), cwd=tmp_path)
        await telegram.refuse()
        file.chmod(0o600)
        refused = await command("check", "--config", str(file), cwd=tmp_path)
    assert (ended.code, refused.code) == (1, 1)
    wrong = [line for line in ended.out.splitlines() if line.startswith("✗ ")]
    assert len(wrong) == 3
    assert all(" → " in line for line in wrong)
    assert ended.out.splitlines()[-1].startswith("3 of ")
    assert f"chmod 600 {file}" in ended.out
    assert f"connection refused by {telegram.base_url.removeprefix('http://')}" in refused.out
    for text in (ended.out, ended.err, refused.out, refused.err):
        assert PASSWORD not in text
        assert TOKEN not in text
        assert TOKEN.partition(":")[2] not in text


async def test_check_as_json_is_a_list_of_findings_and_offline_calls_nobody(tmp_path: Path) -> None:
    async with TelegramSimulator() as telegram, TiledeskSimulator() as tiledesk:
        telegram.add_bot(TOKEN)
        project = tiledesk.add_project()
        file = configuration(tmp_path / "bridge.toml", telegram, tiledesk, project, project.owner.password)
        ended = await command("check", "--config", str(file), "--offline", "--json", cwd=tmp_path)
        assert not telegram.calls
    found = json.loads(ended.out)
    assert ended.code == 0, ended.out + ended.err
    assert {tuple(one) for one in found} == {("ok", "level", "subject", "detail", "advice")}
    assert {"configuration", "files", "SQLite", "journal", "disk"} <= {one["subject"] for one in found}
    assert ended.err == ""
    both = await command("check", "--config", str(file), "--offline", "--event", cwd=tmp_path)
    assert both.code == 2


async def test_run_says_in_one_line_why_it_can_not_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with TelegramSimulator() as telegram, TiledeskSimulator() as tiledesk:
        file = configuration(tmp_path / "bridge.toml", telegram, tiledesk, tiledesk.add_project(), PASSWORD)
        environ = {"BRIDGE_STORE__URL": f"sqlite:{tmp_path}/file/bridge.db", "BRIDGE_SERVER__PORT": str(free_port())}
        ended = await command("run", "--config", str(file), cwd=tmp_path, environ=environ)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1].startswith("tiledesk-bridge: ")
    assert "Traceback" not in ended.err


async def test_run_says_that_its_port_is_taken(tmp_path: Path) -> None:
    async with TelegramSimulator() as telegram, TiledeskSimulator() as tiledesk:
        file = configuration(tmp_path / "bridge.toml", telegram, tiledesk, tiledesk.add_project(), PASSWORD)
        taken = telegram.base_url.rpartition(":")[2]
        environ = {"BRIDGE_STORE__URL": f"sqlite:{tmp_path}/bridge.db", "BRIDGE_SERVER__PORT": taken}
        ended = await command("run", "--config", str(file), cwd=tmp_path, environ=environ)
    assert ended.code == 1
    wanted = (
        f"tiledesk-bridge: can't listen on 127.0.0.1:{taken}: Address already in use. Set server.host and server.port"
    )
    assert ended.err.splitlines()[-1].startswith(f"{wanted}, or see who has it: ss -ltnp 'sport = :{taken}'")
    assert "Traceback" not in ended.err


async def test_run_says_that_the_folder_for_files_can_not_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with TelegramSimulator() as telegram, TiledeskSimulator() as tiledesk:
        file = configuration(tmp_path / "bridge.toml", telegram, tiledesk, tiledesk.add_project(), PASSWORD)
        environ = {"BRIDGE_STORE__URL": f"sqlite:{tmp_path}/bridge.db", "BRIDGE_MEDIA__FOLDER": f"{tmp_path}/file"}
        ended = await command("run", "--config", str(file), cwd=tmp_path, environ=environ)
    assert ended.code == 78
    assert f"  - media.folder: {tmp_path}/file can't be used" in ended.err


async def test_run_tells_systemd_when_it_serves_and_ends_well_on_sigterm(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.setblocking(False)
        systemd.bind(str(tmp_path / "notify"))
        async with TelegramSimulator() as telegram, TiledeskSimulator() as tiledesk:
            telegram.add_bot(TOKEN)
            project = tiledesk.add_project()
            file = configuration(tmp_path / "bridge.toml", telegram, tiledesk, project, project.owner.password)
            environ = {
                "BRIDGE_STORE__URL": f"sqlite:{tmp_path}/bridge.db",
                "BRIDGE_SERVER__PORT": str(free_port()),
                "BRIDGE_LOG__LEVEL": "debug",
                "NOTIFY_SOCKET": str(tmp_path / "notify"),
            }
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bridge", "run", "--config", str(file),
                cwd=tmp_path, env=os.environ | environ, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            states = [b""]
            while states[-1] != b"READY=1":
                states.append(await asyncio.wait_for(loop.sock_recv(systemd, 1024), 20))
            process.send_signal(signal.SIGTERM)
            _, err = await process.communicate()
        while states[-1] != b"STOPPING=1":
            states.append(systemd.recv(1024))
    assert states[1].startswith(b"WATCHDOG=1\nEXTEND_TIMEOUT_USEC="), "a start may take long"
    assert process.returncode == 0, err.decode()
    assert TOKEN not in err.decode()
    assert project.owner.password not in err.decode()


async def test_a_daemon_that_can_not_begin_says_why_in_its_status(tmp_path: Path) -> None:
    address, journal = str(tmp_path / "notify"), tmp_path / "bridge.db"
    journal.write_bytes(b"Dear diary, " * 100)
    environ = {
        "NOTIFY_SOCKET": address, "BRIDGE_SERVER__PUBLIC_URL": "https://bridge.example.org", "BRIDGE_SERVER__PORT": "0",
        "BRIDGE_STORE__URL": f"sqlite:{journal}", "BRIDGE_CHANNELS__SUPPORT__TOKEN": TOKEN,
        "BRIDGE_DESKS__MAIN__PROJECT_ID": "5e2c35c8f0dbc10017bb3aac", "BRIDGE_DESKS__MAIN__USERNAME": "o@example.org",
        "BRIDGE_DESKS__MAIN__PASSWORD": PASSWORD,
    }  # fmt: skip
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.setblocking(False)
        systemd.bind(address)
        for more, code, reason in (
            ({}, 65, f"{journal} is not an SQLite file. Nothing was changed. Is store.url right?"),
            ({"BRIDGE_SERVER__PORT": "many"}, 78, "server.port from BRIDGE_SERVER__PORT: "),
        ):
            ended = await command("run", cwd=tmp_path, environ=environ | more)
            assert ended.code == code, ended.err
            told = ""
            with suppress(BlockingIOError):
                while True:
                    told = systemd.recv(4096).decode()
            assert told.startswith(f"STATUS=ended: {reason}")
