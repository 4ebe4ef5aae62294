"""The child process that converts one file, stdin to stdout: a program of its own, which is given nothing but these two.

Started by path in Python's isolated mode: it imports no room of the bridge and holds no secret. What it reads was made by
strangers, so it limits itself first; whatever goes wrong ends it with a status that is not 0.
"""

import os
import resource
import sys
import zlib
from typing import BinaryIO

SECONDS = 15
MEMORY = 1 << 30
LARGEST_OUTPUT = 64 << 20

WIDEST = 4096
"""pixels in each direction"""

LONGEST_ANIMATION = 8 << 20
"""bytes of an animated sticker once it is unpacked; Telegram takes 64 kB of them packed"""

STICKER = 512
"""pixels in each direction: what an animated sticker is drawn for"""

SOURCE, TARGET = "file:/proc/self/fd/0", "file:/proc/self/fd/1"
"""as files, not as pipes: both can be sought in"""

# The format is named, never guessed: a playlist that is called a sound could make ffmpeg open other files.
FFMPEG = ("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file", "-threads", "1")
FILM = ("-max_pixels", str(WIDEST * WIDEST), "-c:v", "libvpx-vp9", "-f", "matroska", "-i", SOURCE)
STILL = ("-map", "0:v:0", "-frames:v", "1", "-pix_fmt", "rgba", "-c:v", "png", "-f", "image2", "-update", "1")
SOUND = ("-f", "ogg", "-i", SOURCE)
AAC = ("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-c:a", "aac", "-b:a", "64k")
M4A = ("-fflags", "+bitexact", "-flags:a", "+bitexact", "-movflags", "+faststart", "-f", "ipod")

COMMANDS = {
    "film": (*FFMPEG, *FILM, *STILL, "-y", TARGET),
    "sound": (*FFMPEG, *SOUND, *AAC, *M4A, "-y", TARGET),
}


def limit() -> None:
    """Take no more memory, time and disk than one small file needs."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def still(raw: BinaryIO, target: BinaryIO) -> None:
    """Save a picture as PNG; the first one, if it moves."""
    from PIL import Image  # noqa: PLC0415 - only after the limits are set

    with Image.open(raw, formats=("WEBP", "JPEG", "PNG")) as picture:
        if max(picture.size) > WIDEST:
            raise ValueError("too many pixels")
        picture.convert("RGBA").save(target, "PNG")


def animation(raw: BinaryIO, target: BinaryIO) -> None:
    """Draw the first frame of an animated sticker, or the middle one if the first is empty."""
    from PIL import Image  # noqa: PLC0415 - only after the limits are set
    from rlottie_python.rlottie_wrapper import LottieAnimation  # noqa: PLC0415 - only after the limits are set

    unpacking = zlib.decompressobj(wbits=31)
    content = unpacking.decompress(raw.read(), LONGEST_ANIMATION)
    if not unpacking.eof:
        raise ValueError("too long, or cut")
    with LottieAnimation.from_data(content.decode()) as drawing:
        frames = drawing.lottie_animation_get_totalframe()
        if not frames:
            raise ValueError("no animation")
        drawn = drawing.render_pillow_frame(0, width=STICKER, height=STICKER)
        if drawn.getchannel("A").getbbox() is None:
            drawn = drawing.render_pillow_frame(frames // 2, width=STICKER, height=STICKER)
        # rlottie multiplies colours by their opacity, which Pillow calls RGBa.
        Image.frombytes("RGBa", drawn.size, drawn.tobytes()).convert("RGBA").save(target, "PNG")


def main(recipe: str) -> None:
    """Convert stdin to stdout."""
    limit()
    if recipe in COMMANDS:
        command = COMMANDS[recipe]
        os.execvp(command[0], command)  # noqa: S606 - no shell, and every word of it is ours
    convert = {"still": still, "animation": animation}[recipe]
    convert(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
