"""`check`: try everything that the configuration names."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bridge.cli.common import FAILED, ConfigPath, complete, configured

if TYPE_CHECKING:
    from bridge.observe import Finding
    from bridge.settings import Settings


def check(config: ConfigPath = None) -> None:
    """Try everything that the configuration names.

    Tries each bot token and its webhook, each Tiledesk sign-in with its project, departments and subscriptions, the public
    address, and the folder for files. Says what to do, changes nothing, and fails if anything does not work.
    """
    settings = configured(config)
    from bridge.media.probe import probe as try_media
    from bridge.observe import Scrubber

    findings = [*files(config), *complete(survey(settings)), *try_media(settings.media_folder)]
    scrub = Scrubber(settings.secrets()).scrub
    for finding in findings:
        show(finding, scrub)
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        typer.echo(f"\n{wrong} of {len(findings)} checks failed.")
        raise typer.Exit(FAILED)
    typer.echo(f"\nAll {len(findings)} checks passed.")


def files(config: Path | None) -> "list[Finding]":
    """The configuration file was read; secrets in it are nobody else's business."""
    from bridge.observe import Finding
    from bridge.settings import find

    file = find(config, os.environ)
    if file is None:
        return [Finding(ok=True, subject="configuration", detail="all from the environment, without mistakes")]
    open_to_all = file.stat().st_mode & 0o004
    advice = f"everybody on this machine can read its secrets: chmod o-r {file}" if open_to_all else ""
    return [Finding(ok=True, subject="configuration", detail=f"{file} has no mistakes", advice=advice)]


async def survey(settings: "Settings") -> "list[Finding]":
    """Try everything outside that the configuration names, at the same time."""
    import aiohttp

    from bridge.telegram.probe import probe as try_channel
    from bridge.tiledesk.probe import probe as try_desk
    from bridge.web.probe import probe as try_ourselves

    public_url = settings.server.public_url
    async with aiohttp.ClientSession() as session:
        found = await asyncio.gather(
            try_ourselves(session, public_url),
            *(
                try_desk(session, name, desk, public_url, settings.departments_of(name))
                for name, desk in settings.desks.items()
            ),
            *(try_channel(session, name, channel, public_url) for name, channel in settings.channels.items()),
        )
    return [finding for findings in found for finding in findings]


def show(finding: "Finding", scrub: Callable[[str], str]) -> None:
    """One line; colours only on a terminal."""
    mark = typer.style("✓", fg="green") if finding.ok else typer.style("✗", fg="red", bold=True)
    advice = f" → {finding.advice}" if finding.advice else ""
    typer.echo(f"{mark} {scrub(f'{finding.subject}: {finding.detail}{advice}')}")
