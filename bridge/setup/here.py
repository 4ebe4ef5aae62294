"""What this machine tells of one configuration's daemon: its files, its unit, its commands, how it is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bridge.doctor import units
from bridge.doctor.ports import listening
from bridge.doctor.units import Unit
from bridge.observe import Commands, Finding
from bridge.settings import SECRETS, Settings, find, origins, secrets_within
from bridge.setup import daemon
from bridge.store.probe import holder, remembered
from bridge.tiledesk.probe import Kept
from bridge.unit import unit_of
from bridge.web.glance import Told, Unheard, glance
from bridge.web.stand_in import local_url


@dataclass(frozen=True, slots=True)
class Here:
    """One configuration on this machine. `config` is None if everything comes from the environment."""

    journal: Path
    config: Path | None = None
    unit: Unit | None = None
    """None if systemd does not run its daemon"""
    commands: Commands = field(default_factory=Commands)
    told: Told | Unheard = Unheard.NOBODY
    holder: int | None = None
    """the process that holds the journal; 0 if it can't be told"""
    within: tuple[str, ...] = ()
    """the secrets that stand in the configuration itself"""

    @property
    def answers(self) -> bool:
        """Whether its daemon runs and says how it is."""
        return isinstance(self.told, Told)

    @property
    def runs(self) -> bool:
        """Whether a daemon looks after this configuration."""
        return self.answers or self.holder is not None

    @property
    def url(self) -> str:
        """Where this machine reaches the daemon behind a port that systemd keeps; '' if it keeps none."""
        return next((f"http://{one}" for one in map(reached, self.unit.listens if self.unit else ()) if one), "")

    def kept(self, desk: str) -> Kept:
        """What is known of a desk's subscriptions."""
        return Kept(looked_after=self.answers, ids=remembered(self.journal, desk))

    def of_the_daemon(self, now: float | None = None) -> list[Finding]:
        """What there is to say of the daemon."""
        # Without systemd a daemon reads the files themselves, at every reload: nothing tells which it has seen.
        secrets = self.commands.secrets if self.unit else None
        started_at = self.told.started_at if isinstance(self.told, Told) else 0.0
        try:
            names = sorted(one.name for one in secrets.iterdir()) if secrets else []
        except OSError:
            names = []
        changed = daemon.newer(secrets, [name for name in names if not name.startswith(".")], started_at)
        return daemon.judged(self.told, self.holder, self.unit, self.commands, changed, now or time.time())

    def addresses(self, settings: Settings) -> list[str]:
        """Where the console is really listened at; none if no daemon runs, so that the configuration alone can tell."""
        listens = self.unit.listens if self.unit else ()
        if settings.console.port:
            return listening(settings.console.port) if self.runs else []
        ports = {one.rpartition(":")[2] for one in listens if not one.startswith(("/", "@"))}
        if listens:
            return [address for port in sorted(ports) for address in listening(int(port))] or list(listens)
        return listening(settings.server.port) if self.runs else []


def around(settings: Settings, config: Path | None, environ: Mapping[str, str]) -> Here:
    """Look around. Blocks for some seconds at most."""
    file, journal = find(config, environ), settings.store.path
    unit = units.look(unit_of(file.absolute()), file.absolute()) if file else None
    return Here(
        journal,
        file,
        unit,
        commands_of(config, environ, service=unit is not None),
        glance(journal),
        held_by(journal),
        tuple(secrets_within(file)) if file else (),
    )


def reached(listens: str) -> str:
    """The address of this machine that leads to where systemd listens; '' for a socket in the file system."""
    host, _, port = listens.rpartition(":")
    return local_url(host.strip("[]"), int(port)).removeprefix("http://") if port.isdecimal() else ""


def held_by(journal: Path) -> int | None:
    """The process that holds the journal; 0 if we may not know, None if there is none."""
    try:
        return holder(journal)
    except OSError:
        return 0


def commands_of(config: Path | None, environ: Mapping[str, str], *, service: bool = True) -> Commands:
    """The commands that advice names for this configuration; `service` is whether systemd runs its daemon."""
    file = find(config, environ)
    if file is None:
        return Commands("")
    usual = find(None, {})
    named = None if usual is not None and usual.absolute() == file.absolute() else file.absolute()
    elsewhere = tuple(
        (key, told)
        for key, told in origins(config, environ).items()
        if not told.startswith(("from secret file", "from credential file"))
    )
    return Commands(unit_of(file.absolute()) if service else "", named, file.absolute().parent / SECRETS, elsewhere)
