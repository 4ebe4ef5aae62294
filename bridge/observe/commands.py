"""The commands that advice names, in the words of this machine: this configuration's unit, and `--config` where it is needed."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from bridge.unit import UNIT, command


@dataclass(frozen=True, slots=True)
class Commands:
    """What to type. `unit` is the service's name without its kind, '' if the daemon is no service.

    `config` is the file that our own commands must name, None if they find it. `secrets` is the folder with a file for each
    secret, None if there is none; `elsewhere` says of keys that stand in no such file where they do (`in /etc/…/bridge.toml`).
    """

    unit: str = UNIT
    config: Path | None = None
    secrets: Path | None = None
    elsewhere: tuple[tuple[str, str], ...] = ()

    def ours(self, words: str) -> str:
        """One of our own commands."""
        return command(words, self.config)

    @property
    def start(self) -> str:
        """Starts the daemon."""
        return f"systemctl start {self.unit}" if self.unit else self.ours("run")

    @property
    def restart(self) -> str:
        """Has the daemon take everything anew, secrets too."""
        return (
            f"systemctl restart {self.unit}" if self.unit else f"stop the daemon and start it again: {self.ours('run')}"
        )

    @property
    def reload(self) -> str:
        """Has the daemon read the configuration anew, and look after its subscriptions at once."""
        return f"systemctl reload {self.unit}" if self.unit else "send the daemon a SIGHUP: kill -HUP PID"

    @property
    def log(self) -> str:
        """Shows what the daemon said last."""
        return f"journalctl -u {self.unit} -n 20" if self.unit else "look at the daemon's output"

    def place_of(self, key: str) -> str:
        """Where a secret is kept, as the end of "copy it to"."""
        told = dict(self.elsewhere).get(key, "")
        if told or self.secrets is None:
            return f"{key} ({told})" if told else key
        return shlex.quote(str(self.secrets / key))

    def renewed(self, key: str) -> str:
        """Where a new secret goes and what has the daemon take it."""
        return f"{self.place_of(key)}, then: {self.restart}"
