"""An operator at a shell, beside a daemon with a configuration file and its secrets in files."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bridge.observe.network import INSTANCE_HEADER
from bridge.sandbox.daemon import Daemon
from bridge.sandbox.stage import Stage
from bridge.sandbox.telegram_people import User
from tests.acceptance.world import until
from tests.as_toml import as_toml, secret_files
from tests.patience import PATIENCE


@dataclass
class Operator:
    stage: Stage
    daemon: Daemon
    user: User

    # ------------------------------------------------------------ files

    @property
    def folder(self) -> Path:
        return self.stage.folder

    def configure(self, **more: str) -> None:
        """Write `bridge.toml`, and its secrets beside it."""
        settings = self.stage.environment(LOG__FORMAT="json") | {
            f"BRIDGE_{name}": value for name, value in more.items()
        }
        (self.folder / "bridge.toml").write_text(as_toml(settings, secrets=False))
        for name, value in secret_files(settings).items():
            self.put_secret(name, value)

    def put_secret(self, name: str, value: str) -> None:
        folder = self.folder / "secrets"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / name).write_text(f"{value}\n")
        (folder / name).chmod(0o600)

    # ------------------------------------------------------------ commands

    async def types(self, *words: str) -> tuple[int, str]:
        """`python -m` so: its exit code, and what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *words,
            env=dict(os.environ) | self.daemon.environment | {"COLUMNS": "200"}, cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    async def does(self, *words: str) -> str:
        """The same, which must succeed."""
        code, out = await self.types(*words)
        assert code == 0, f"{words}: {code}\n{out}"
        return out

    async def sql(self, file: Path, statement: str) -> str:
        """A statement, by the SQLite that the bridge brings."""
        return (await self.does("apsw", str(file), statement)).strip()

    async def backup(self, target: Path) -> None:
        await self.sql(self.stage.journal, f"VACUUM INTO '{target}'")

    async def sees(self, *words: str) -> Any:
        return json.loads((await self.types("bridge", *words, "--json"))[1])

    async def reload(self) -> None:
        """SIGHUP, until another life answers."""
        before = await self.life()
        assert self.daemon.pid is not None
        os.kill(self.daemon.pid, signal.SIGHUP)

        async def changed() -> bool:
            return await self.life() != before

        await until(changed)

    async def life(self) -> str:
        async with aiohttp.ClientSession() as session, session.get(f"{self.daemon.url}/livez") as answer:
            return answer.headers[INSTANCE_HEADER]

    async def ready(self) -> bool:
        async with aiohttp.ClientSession() as session, session.get(f"{self.daemon.url}/readyz") as answer:
            return answer.status == 200

    async def parts(self) -> dict[str, str]:
        """What `/readyz` says is not well."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.daemon.url}/readyz") as answer:
            return {name: part["reason"] for name, part in (await answer.json())["parts"].items() if not part["ok"]}

    # ------------------------------------------------------------ messages

    def says(self, text: str) -> None:
        self.stage.telegram.user_says(self.stage.bot, self.user, text)

    def replies(self, text: str) -> None:
        """An agent, in the newest request."""
        self.stage.tiledesk.agent_replies(self.stage.tiledesk.requests()[-1]["request_id"], text)

    def arrived(self) -> list[str]:
        """What the user wrote, as it stands at the desk."""
        told = [
            message
            for request in self.stage.tiledesk.requests()
            for message in self.stage.tiledesk.messages(request["request_id"])
        ]
        return [one["text"] for one in told if "bridge" in (one.get("attributes") or {})]

    def received(self) -> list[str]:
        """What came to the user's phone."""
        return [message.get("text", "") for message in self.stage.telegram.sent(self.stage.bot)]

    async def passes(self, text: str) -> None:
        """From the user to the desk."""
        self.says(text)
        await self.stage.tiledesk.wait_for(lambda: text in self.arrived(), PATIENCE)

    async def answers(self, text: str) -> None:
        """From the desk to the user."""
        count = self.received().count(text)
        self.replies(text)
        await self.stage.telegram.wait_for(lambda: self.received().count(text) > count, PATIENCE)

    async def waits(self, count: int) -> None:
        """Until so many entries wait."""

        async def look() -> bool:
            told = await self.sees("status")
            return bool(sum(one["waiting"] + one["sending"] for one in told["census"]) == count)

        await until(look)


@asynccontextmanager
async def operating(folder: Path, **settings: str) -> AsyncIterator[Operator]:
    """A daemon that runs with its files in `folder`, and one user."""
    async with await Stage.open(folder) as stage:
        stage.tiledesk.weather.time_scale = 0.1
        file = folder / "bridge.toml"
        daemon = Daemon({"BRIDGE_CONFIG": str(file), "BRIDGE_SERVER__PORT": str(stage.port)}, folder)
        operator = Operator(stage, daemon, stage.telegram.add_user("Ada", "Ames"))
        stage.telegram.meet(stage.bot, operator.user)
        operator.configure(**settings)
        async with daemon:
            await until(operator.ready)
            yield operator
