"""Files that agents and bots send."""

import struct
import zlib
from typing import Any

from aiohttp import web

from bridge.sandbox import samples
from tests.acceptance.files import streamed
from tests.acceptance.messages.row import row
from tests.acceptance.messages.talk import Json, Talk

GIF = bytes.fromhex("47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b")
"""one white pixel"""

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
WAV = (
    b"RIFF" + struct.pack("<I", 36 + 800) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data"
)
WAV += struct.pack("<I", 800) + bytes([128]) * 800
REFUSED = "⚠️ Not delivered: the file can't be fetched: "


def picture(width: int, height: int) -> bytes:
    """A white PNG of one bit a pixel: large to look at, small to send."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress((b"\0" + b"\xff" * ((width + 7) // 8)) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


async def attached(talk: Talk, name: str, kind: str, content: bytes, says: str = "", **more: Any) -> Json:
    """Let an agent upload a file and send it, as the agents' page does; gives what the user got."""
    shape = more.pop("type", "file")
    src = await talk.file(name, more.pop("stored_as", kind), content)
    words = f"[{name}]({src})\n{says}".strip() if shape == "file" else says
    metadata = {"src": src, "name": name, "type": kind, "size": len(content)}
    if shape == "file":
        metadata["downloadURL"] = src.replace("/files?", "/files/download?")
    await talk.agent(words, type=shape, metadata=metadata, **more)
    [message] = await talk.gets(1)
    return message


@row("image", "a picture with formatted words", "a photo with the words as its caption")
async def image(talk: Talk) -> None:
    message = await attached(talk, "a.png", "image/png", samples.MAP, "see **here**", type="image")
    assert talk.holds(message["photo"][-1]) == samples.MAP
    assert (message["caption"], message["caption_entities"][0]["type"]) == ("see here", "bold")


@row(
    "image with a long caption",
    "a picture with more than 1024 characters",
    "the photo, and the words in a message of their own behind it",
)
async def long_caption(talk: Talk) -> None:
    words = ("all work and no play " * 60).strip()
    src = await talk.file("a.png", "image/png", samples.MAP)
    await talk.agent(words, type="image", metadata={"src": src, "name": "a.png", "type": "image/png"})
    [photo, said] = await talk.gets(2)
    assert talk.holds(photo["photo"][-1]) == samples.MAP
    assert ("caption" in photo, said["text"]) == (False, words)


@row(
    "image that is no photo for Telegram",
    "a picture of 9000 × 1001 pixels",  # noqa: RUF001 - the sign is meant
    "a document, which shows it in full; a private note tells the agents why",
    "the preview: photos have at most 10 MB, 10,000 pixels on both sides together, and one side 20 times the other",
)
async def large_image(talk: Talk) -> None:
    content = picture(9000, 1001)
    message = await attached(talk, "plan.png", "image/png", content, "the plan", type="image")
    assert talk.holds(message["document"]) == content
    assert (message["document"]["file_name"], message["caption"]) == ("plan.png", "the plan")
    [note] = await talk.notes()
    assert note.startswith("ℹ️ sent as a plain file: 9000 × 1001 pixels")  # noqa: RUF001 - the signs are meant


@row("vector image", "an SVG", "a document", "the preview: Telegram draws no SVG")
async def vector(talk: Talk) -> None:
    message = await attached(talk, "logo.svg", "image/svg+xml", SVG, type="image")
    assert talk.holds(message["document"]) == SVG


@row(
    "document",
    "a PDF with words, as the agents' page sends it",
    "a document with its name; the words as caption, without the link",
)
async def document(talk: Talk) -> None:
    message = await attached(talk, "offer.pdf", "application/pdf", samples.INVOICE, "please *sign*")
    assert talk.holds(message["document"]) == samples.INVOICE
    assert (message["document"]["file_name"], message["caption"]) == ("offer.pdf", "please sign")


@row("music", "an MP3", "a sound with Telegram's player")
async def music(talk: Talk) -> None:
    message = await attached(talk, "song.mp3", "audio/mpeg", samples.SONG)
    assert talk.holds(message["audio"]) == samples.SONG
    assert "caption" not in message


@row("voice message", "an OGG with Opus", "a voice message")
async def voice(talk: Talk) -> None:
    message = await attached(talk, "v.ogg", "audio/ogg", samples.VOICE, stored_as="audio/opus")
    assert talk.holds(message["voice"]) == samples.VOICE


@row("other sound", "a WAV", "a document", "the player: Telegram plays MP3, M4A and OGG")
async def other_sound(talk: Talk) -> None:
    message = await attached(talk, "v.wav", "audio/wav", WAV)
    assert talk.holds(message["document"]) == WAV


@row("video", "an MP4 with words", "a video that plays while it loads, with the words as caption")
async def video(talk: Talk) -> None:
    message = await attached(talk, "clip.mp4", "video/mp4", samples.CLIP, "look", type="video")
    assert talk.holds(message["video"]) == samples.CLIP
    assert message["caption"] == "look"


@row("GIF", "a GIF", "an animation")
async def gif(talk: Talk) -> None:
    message = await attached(talk, "wave.gif", "image/gif", GIF, type="image")
    assert talk.holds(message["animation"]) == GIF


@row("file of another kind", "a text file", "a document")
async def other_file(talk: Talk) -> None:
    message = await attached(talk, "ünï cöde.txt", "text/plain", b"words")
    assert talk.holds(message["document"]) == b"words"
    assert message["document"]["file_name"] == "ünï cöde.txt"


# ---------------------------------------------------------------- what can't be had


async def refused(talk: Talk, src: str, name: str = "a.pdf") -> str:
    """Send a file that does not arrive: the words behind it do; gives the private note."""
    await talk.agent(f"[{name}]({src})", type="file", metadata={"src": src, "name": name, "type": "application/pdf"})
    [note] = await talk.notes()
    await talk.agent("and a word behind it")
    [message] = await talk.gets()
    assert message["text"] == "and a word behind it"
    return note


@row(
    "file at a private address",
    "a file inside the operator's network",
    "nothing; a private note tells the agents",
    "the file: the bridge goes to public addresses and to Tiledesk itself, so that nobody looks around inside through it",
)
async def private_address(talk: Talk) -> None:
    assert await refused(talk, "http://127.0.0.1:8080/secret.pdf") == f"{REFUSED}the address is not public"


@row("file that is gone", "a file that its server has no more", "nothing; a private note tells the agents", "the file")
async def gone(talk: Talk) -> None:
    src = f"{talk.front.url}/files?path=uploads%2Fnothing.pdf"
    assert await refused(talk, src) == f"{REFUSED}its server answers 404"


@row(
    "file of more than 50 MB",
    "a file that does not end",
    "a link to it, if the user can open that; otherwise nothing. A private note tells the agents",
    "the file: Telegram takes 50 MB (unless `send_mb` says that a server of one's own takes more)",
)
async def endless(talk: Talk) -> None:
    talk.front.files["endless.pdf"] = streamed(bytes(1 << 20), None)
    note = await refused(talk, talk.front.address("endless.pdf"))
    assert note == "⚠️ Not delivered: the file can't be sent: larger than 50 MB"


@row(
    "file that redirects inside",
    "a file whose server leads to a private address",
    "nothing; a private note",
    "the file, as above",
)
async def redirected(talk: Talk) -> None:
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://127.0.0.1:8080/admin")

    talk.front.files["moved.pdf"] = elsewhere
    assert await refused(talk, talk.front.address("moved.pdf")) == f"{REFUSED}the address is not public"


@row("empty file", "a file without content", "nothing; a private note tells the agents", "nothing that could be read")
async def empty(talk: Talk) -> None:
    src = await talk.file("empty.txt", "text/plain", b"")
    assert await refused(talk, src, "empty.txt") == f"{REFUSED}the file is empty"
