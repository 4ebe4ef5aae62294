"""What it means how the daemon of this configuration is, as far as it, systemd and the files tell (pure)."""

from collections.abc import Sequence
from pathlib import Path

from bridge import __version__
from bridge.doctor.units import Unit
from bridge.errors import BAD_CONFIGURATION, BAD_JOURNAL
from bridge.observe import Commands, Finding
from bridge.times import lasting
from bridge.web.glance import Told, Unheard

SUBJECT = "daemon"

REASONS = {BAD_CONFIGURATION: "the configuration has mistakes", BAD_JOURNAL: "the journal can't be used"}
"""what the codes mean with which a daemon ends for good"""

YOUNG = 30.0
"""seconds after its start in which a daemon may still be on its way to work"""


def judged(
    told: Told | Unheard, holder: int | None, unit: Unit | None, commands: Commands, changed: Sequence[str], now: float
) -> list[Finding]:
    """What there is to say of the daemon itself; nothing if none runs and none has to.

    `holder` is the process that holds the journal, `changed` are the secrets whose files are newer than the daemon.
    """
    match told:
        case Told(version=version) if version != __version__:
            detail = f"the daemon that runs is of version {version}, this command of {__version__}"
            return [Finding(ok=True, subject=SUBJECT, detail=detail, advice=commands.restart, warning=True)]
        case Told():
            return [*how_it_is(told, commands, now), *outdated(changed, commands)]
        case Unheard.SILENT:
            advice = f"{commands.log}; if it stays so, {commands.restart}"
            return [Finding(ok=False, subject=SUBJECT, detail="the daemon runs, but answers nothing", advice=advice)]
        case Unheard.NOBODY:
            return absent(holder, unit, commands)
        case _:
            return []


def how_it_is(told: Told, commands: Commands, now: float) -> list[Finding]:
    """Its parts."""
    age = max(0.0, now - told.started_at)
    since = f"process {told.pid} runs for {lasting(age)}"
    if not told.unwell:
        return [Finding(ok=True, subject=SUBJECT, detail=f"{since}, all of its {told.parts} parts are well")]
    young = age < YOUNG
    advice = f"{since}, look again in a moment" if young else f"see more: {commands.log}"
    return [
        Finding(ok=young, subject=f"{SUBJECT}: {name}", detail=reason or "not well", advice=advice, warning=young)
        for name, reason in told.unwell
    ]


def outdated(changed: Sequence[str], commands: Commands) -> list[Finding]:
    """Secrets that the daemon has not seen."""
    if not changed:
        return []
    detail = f"{', '.join(changed)} changed after the daemon started, which holds the old copy"
    advice = f"have it take what is new: {commands.restart}"
    return [Finding(ok=True, subject=SUBJECT, detail=detail, advice=advice, warning=True)]


def absent(holder: int | None, unit: Unit | None, commands: Commands) -> list[Finding]:
    """Why nobody is there."""
    if unit is not None and unit.loops:
        often = (
            f"systemd started it again {unit.restarts} times" if unit.restarts else "systemd starts it again and again"
        )
        detail = f"the daemon does not stay up, it ends as soon as it begins: {often}"
        return [Finding(ok=False, subject=SUBJECT, detail=detail, advice=f"see why: {commands.log}")]
    if holder is not None:
        detail = f"process {holder or '?'} holds the journal and takes no commands: it begins or ends"
        advice = f"look again in a moment; a large journal is read as a whole first; otherwise {commands.log}"
        return [Finding(ok=True, subject=SUBJECT, detail=detail, advice=advice, warning=True)]
    if unit is None:
        return []
    if unit.active == "failed":
        why = REASONS.get(unit.status, unit.result)
        detail = f"no daemon runs, the last one failed ({why})"
        return [Finding(ok=False, subject=SUBJECT, detail=detail, advice=f"{commands.log}; then {commands.start}")]
    if unit.active in {"activating", "active", "reloading"}:
        detail, advice = "the daemon is about to start", f"look again in a moment; if it stays so: {commands.log}"
    else:
        detail, advice = "no daemon runs", commands.start
    return [Finding(ok=True, subject=SUBJECT, detail=detail, advice=advice, warning=True)]


def whose(port: Finding, instance: str, told: Told | Unheard, holder: int | None, journal: Path) -> tuple[Finding, str]:
    """Whether the daemon that answers at our port is the one of this journal; with its name, '' if it is another one."""
    foreign = isinstance(told, Told) and told.instance not in {"", instance}
    nobody = told is Unheard.NOBODY and holder is None
    if not instance or not (foreign or nobody):
        return port, instance
    detail = f"{port.detail}, but it is another bridge, not that of {journal}"
    advice = "give each bridge a server.port of its own (behind a socket unit: a ListenStream=), or stop the other one"
    return Finding(ok=False, subject=port.subject, detail=detail, advice=advice), ""


def newer(secrets: Path | None, names: Sequence[str], started_at: float) -> list[str]:
    """The secrets whose files were written after that moment (seconds since the epoch)."""
    if secrets is None or started_at <= 0:
        return []
    found = []
    for name in names:
        try:
            if (secrets / name).stat().st_mtime > started_at:
                found.append(name)
        except OSError:
            continue
    return found
