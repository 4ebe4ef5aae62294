"""What `init` was told before it asks."""

from dataclasses import dataclass, field
from pathlib import Path

from bridge.setup.answers import Running


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line, files and the environment say; None for what they don't."""

    bot_token: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    username: str | None = None
    telegram_url: str | None = None
    tiledesk_url: str | None = None
    project: str | None = None
    department: str | None = None
    public_url: str | None = None
    intake: str | None = None
    host: str | None = None
    port: int | None = None
    data: Path | None = None
    config: Path | None = None
    console: bool | None = None
    running: Running | None = None
    offline: bool = False
