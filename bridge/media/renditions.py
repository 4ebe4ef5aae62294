"""Makes renditions: each in a child process that has a limited life and knows nothing of ours."""

import asyncio
import contextlib
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from bridge.media.kinds import true_mime
from bridge.media.tools import Tools
from bridge.ports import Rendition

PATIENCE = 20.0
"""seconds for one rendition"""

CHILD = Path(__file__).with_name("render.py")


class Recipe(StrEnum):
    """How a rendition is made; the child's words."""

    STILL = "still"
    ANIMATION = "animation"
    FILM = "film"
    SOUND = "sound"


RESULTS = {Rendition.PNG: "image/png", Rendition.M4A: "audio/mp4"}

RECIPES = {
    (Rendition.PNG, "image/webp"): Recipe.STILL,
    (Rendition.PNG, "image/jpeg"): Recipe.STILL,
    (Rendition.PNG, "application/gzip"): Recipe.ANIMATION,
    (Rendition.PNG, "video/webm"): Recipe.FILM,
    (Rendition.M4A, "audio/ogg"): Recipe.SOUND,
}


class NotRendered(Exception):
    """This rendition can't be made of this file."""


def is_already(rendition: Rendition, head: bytes) -> bool:
    """Whether a file that begins so is what the rendition would be."""
    return rendition not in RESULTS or true_mime(head, "") == RESULTS[rendition]


def recipe_for(rendition: Rendition, head: bytes, tools: Tools) -> Recipe | None:
    """How to make the rendition of a file that begins so; its name and what others say of it don't count."""
    recipe = RECIPES.get((rendition, true_mime(head, "")))
    there = {
        Recipe.STILL: tools.pillow,
        Recipe.ANIMATION: tools.rlottie,
        Recipe.FILM: tools.ffmpeg,
        Recipe.SOUND: tools.ffmpeg,
    }
    return recipe if recipe is not None and there[recipe] else None


async def render(recipe: Recipe, source: BinaryIO, target: BinaryIO, patience: float = PATIENCE) -> None:
    """Convert `source` into `target`, both real files at their start. Raises `NotRendered`; no child outlives this call."""
    # No environment but the path: ours may hold secrets.
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(CHILD), recipe,
            stdin=source, stdout=target, stderr=asyncio.subprocess.DEVNULL, env=surroundings, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise NotRendered(f"no process can be started: {os.strerror(error.errno or 0)}") from None
    try:
        async with asyncio.timeout(patience):
            status = await child.wait()
    except TimeoutError:
        raise NotRendered(f"it took longer than {patience:g} seconds") from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if status:
        raise NotRendered(f"the converter ended with status {status}")
