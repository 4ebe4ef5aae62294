"""Which tools are there to make renditions with."""

import shutil
from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class Tools:
    """What this machine can convert with."""

    pillow: bool = False
    """still pictures"""
    rlottie: bool = False
    """animated stickers, drawn by rlottie and saved by Pillow"""
    ffmpeg: bool = False
    """films and sounds"""

    @property
    def missing(self) -> tuple[str, ...]:
        """What to install for every rendition, in an operator's words."""
        wanted = (
            (self.pillow, "pillow (still stickers)"),
            (self.rlottie, "rlottie-python (animated stickers)"),
            (self.ffmpeg, "ffmpeg (video stickers, voice messages in Safari)"),
        )
        return tuple(name for there, name in wanted if not there)


def available() -> Tools:
    """Look what there is."""
    pillow = find_spec("PIL") is not None
    return Tools(pillow, pillow and find_spec("rlottie_python") is not None, shutil.which("ffmpeg") is not None)
