"""Both simulators with a bot and a project on them, and the configuration that puts a bridge between; for tests and the page."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_world import BotAccount
from bridge.sandbox.tiledesk import SimulatedProject, TiledeskSimulator

TOKEN = "1234567:SANDBOX-token-of-the-simulated-bot-0001"


@dataclass(slots=True)
class Stage:
    """The world around one bridge. `folder` holds its journal, `port` is where it will listen."""

    telegram: TelegramSimulator
    tiledesk: TiledeskSimulator
    bot: BotAccount
    project: SimulatedProject
    folder: Path
    port: int

    @classmethod
    async def open(cls, folder: Path, *, strict: bool = False) -> Self:
        """Start both simulators; close with `close`."""
        telegram = await TelegramSimulator(strict=strict).start()
        tiledesk = await TiledeskSimulator().start()
        bot = telegram.add_bot(TOKEN, "sandbox_bot", "Sandbox")
        return cls(telegram, tiledesk, bot, tiledesk.add_project(), folder, free_port())

    async def close(self) -> None:
        """Stop both simulators."""
        await self.telegram.close()
        await self.tiledesk.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """Where the bridge listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def journal(self) -> Path:
        """The bridge's journal."""
        return self.folder / "bridge.db"

    def environment(
        self,
        *,
        intake: Literal["polling", "webhook"] = "polling",
        identity: Literal["anonymous", "signed"] = "anonymous",
        **more: str,
    ) -> dict[str, str]:
        """The bridge's configuration as environment variables; `more` overrides, without the prefix `BRIDGE_`."""
        settings = {
            "SERVER__PORT": str(self.port),
            "SERVER__PUBLIC_URL": self.url,
            "STORE__URL": f"sqlite:///{str(self.journal).lstrip('/')}",
            "DESKS__MAIN__API_URL": self.tiledesk.base_url,
            "DESKS__MAIN__PROJECT_ID": self.project.id,
            "DESKS__MAIN__USERNAME": self.project.owner.email,
            "DESKS__MAIN__PASSWORD": self.project.owner.password,
            "DESKS__MAIN__IDENTITY": identity,
            "CHANNELS__SUPPORT__TOKEN": TOKEN,
            "CHANNELS__SUPPORT__INTAKE": intake,
            "CHANNELS__SUPPORT__API_URL": self.telegram.base_url,
        }
        return {f"BRIDGE_{name}": value for name, value in (settings | more).items()}


def free_port() -> int:
    """A port of this machine that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
