"""Tries whether files of the networks can be kept here, and which of them can be shown in every browser."""

import os
from pathlib import Path

from bridge.media.tools import Tools, available
from bridge.observe import Finding

SUBJECT = "media"


def probe(folder: Path, tools: Tools | None = None) -> list[Finding]:
    """What there is to say about the folder and this machine's tools; nothing is made."""
    missing = (available() if tools is None else tools).missing
    advice = (
        f"originals are shown where these are missing, install what you need: {', '.join(missing)}" if missing else ""
    )
    made = "some files are shown as they are" if missing else "stickers and voice messages are shown in every browser"
    return [kept(folder), Finding(ok=True, subject=f"{SUBJECT}: tools", detail=made, advice=advice)]


def kept(folder: Path) -> Finding:
    """Whether we may write into the folder, or make it."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding(ok=True, subject=f"{SUBJECT}: folder", detail=f"{folder} can be used")
    advice = "give the daemon's account the folder, or name another one in media.folder"
    return Finding(ok=False, subject=f"{SUBJECT}: folder", detail=f"{folder} can't be written", advice=advice)
