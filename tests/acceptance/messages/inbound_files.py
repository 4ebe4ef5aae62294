"""Files that end users send."""

import zlib

import pytest

from bridge.media.tools import available
from bridge.sandbox import samples
from bridge.sandbox.telegram_answers import Upload
from tests.acceptance.messages.row import row
from tests.acceptance.messages.talk import Talk

PNG = b"\x89PNG\r\n\x1a\n"
TOOLS = available()
SMALLER = "the sizes that Telegram makes beside the largest"


def needs(tool: str) -> None:
    """Skip what can't be converted here; the row's file then arrives as it is."""
    if not getattr(TOOLS, tool):
        pytest.skip(f"this machine has no {tool} to convert with; the original would be shown")


@row("photo", "a photo", "an image with `📷 Photo`, shown in the chat", SMALLER)
async def photo(talk: Talk) -> None:
    talk.sends(photo=Upload("p.jpg", samples.PARCEL, "image/jpeg"))
    [message] = await talk.stored()
    assert (message["type"], message["text"], message["metadata"]["type"]) == ("image", "📷 Photo", "image/jpeg")
    assert message["metadata"]["width"] > 0
    shown = await talk.sees(message)
    assert (shown.content, shown.kind) == (samples.PARCEL, "image/jpeg")


@row("photo with caption", "a photo with formatted words", "an image with the words as Markdown", SMALLER)
async def captioned(talk: Talk) -> None:
    bold = [{"type": "bold", "offset": 3, "length": 6}]
    talk.sends(photo=Upload("p.jpg", samples.PARCEL, "image/jpeg"), caption="my parcel", caption_entities=bold)
    [message] = await talk.stored()
    assert (message["type"], message["text"]) == ("image", "my **parcel**")
    assert (await talk.sees(message)).content == samples.PARCEL


@row(
    "album",
    "several photos at once, the first with a caption",
    "one image each, in their order, with the same `media_group_id`",
    "that they stood side by side, for which Tiledesk has no form",
)
async def album(talk: Talk) -> None:
    pictures = [samples.PARCEL, samples.MAP]
    files = [Upload(f"{n}.jpg", content, "image/jpeg") for n, content in enumerate(pictures)]
    talk.telegram.user_sends_album(talk.bot, talk.user, [{"photo": files[0], "caption": "both"}, {"photo": files[1]}])
    messages = await talk.stored(2)
    assert [one["text"] for one in messages] == ["both", "📷 Photo"]
    assert len({one["attributes"]["telegram"]["media_group_id"] for one in messages}) == 1
    assert [(await talk.sees(one)).content for one in messages] == pictures


@row(
    "document",
    "a PDF with words",
    "a file: a link with its name, and the words below",
    "the small preview of its first page",
)
async def document(talk: Talk) -> None:
    talk.sends(document=Upload("invoice.pdf", samples.INVOICE, "application/pdf"), caption="please check")
    [message] = await talk.stored()
    file = message["metadata"]
    assert message["type"] == "file"
    assert message["text"] == f"[invoice.pdf]({file['src']})\nplease check"
    assert (file["name"], file["type"], file["size"]) == ("invoice.pdf", "application/pdf", len(samples.INVOICE))
    shown = await talk.sees(message)
    assert (shown.content, shown.kind) == (samples.INVOICE, "application/pdf")
    assert "invoice.pdf" in shown.headers["Content-Disposition"]


@row(
    "document with a hostile name",
    r"`..\../[x](https://evil/).html`, with signs that turn the reading direction; a page with a script in it",
    "a file whose name is harmless and whose link leads to us; browsers save it or show it without its scripts",
    "path separators and invisible signs of the name",
)
async def hostile(talk: Talk) -> None:
    page = b"<script>alert(1)</script>"
    name = "..\\../[x](https://evil.example/)\u202egpj.html"
    talk.sends(document=Upload(name, page, "text/html"))
    [message] = await talk.stored()
    file = message["metadata"]
    assert not set(file["name"]) & set("/\\\u202e")
    label, _, rest = message["text"].partition(f"]({file['src']})")
    assert (label.startswith("["), "](" in label, rest) == (True, False, "")
    shown = await talk.sees(message)
    assert shown.content == page
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Content-Disposition"].startswith("attachment")


@row(
    "file of more than 20 MB",
    "a film of 21 MB",
    "its name and size in words, and why there is no more",
    "its content: Telegram gives bots no file above 20 MB (unless `fetch_mb` says that a server of one's own does)",
)
async def too_large(talk: Talk) -> None:
    talk.sends(document=Upload("film.mkv", b"\x1aE\xdf\xa3", "video/x-matroska", size=21 << 20))
    [message] = await talk.stored()
    assert message["type"] == "text"
    assert message["text"] == "📄 film.mkv, 21 MB: too large for bots to fetch from Telegram (20 MB at most)"


@row("video", "a film with words", "a file: a link, `🎬 Video` with its length, and the words", "its thumbnail")
async def video(talk: Talk) -> None:
    talk.sends(
        video=Upload("clip.mp4", samples.CLIP, "video/mp4"), caption="look", duration=62, thumbnail=samples.SMALL
    )
    [message] = await talk.stored()
    assert message["type"] == "file"
    assert message["text"] == f"[clip.mp4]({message['metadata']['src']})\n🎬 Video 1:02\nlook"
    shown = await talk.sees(message)
    assert (shown.content, shown.kind) == (samples.CLIP, "video/mp4")


@row("animation", "a GIF, which Telegram keeps as a silent film", "a file: a link and `🎞 Animation`")
async def animation(talk: Talk) -> None:
    talk.sends(animation=Upload("wave.mp4", samples.SILENT, "video/mp4"))
    [message] = await talk.stored()
    assert message["text"] == f"[wave.mp4]({message['metadata']['src']})\n🎞 Animation"
    assert (await talk.sees(message)).content == samples.SILENT


@row("video message", "a round film", "a file: a link and `⏺ Video message` with its length", "that it is round")
async def video_message(talk: Talk) -> None:
    talk.sends(video_note=Upload("note.mp4", samples.CLIP, "video/mp4"), duration=10)
    [message] = await talk.stored()
    assert message["text"].endswith("\n⏺ Video message 0:10")
    shown = await talk.sees(message)
    assert (shown.content, shown.kind) == (samples.CLIP, "video/mp4")


@row(
    "voice message",
    "a voice message",
    "a sound with `🎤 Voice` and its length, as M4A, which every browser plays (as it is where there is no ffmpeg)",
    "the picture of the wave",
)
async def voice(talk: Talk) -> None:
    needs("ffmpeg")
    talk.sends(voice=Upload("v.ogg", samples.VOICE, "audio/ogg"), duration=12)
    [message] = await talk.stored()
    assert (message["type"], message["text"]) == ("file", "🎤 Voice 0:12")
    assert (message["metadata"]["type"], message["metadata"]["name"]) == ("audio/mp4", "voice.m4a")
    shown = await talk.sees(message)
    assert (shown.kind, shown.content[4:8]) == ("audio/mp4", b"ftyp")


@row("music", "an MP3 with performer and title", "a sound with `🎵 Performer – Title` and its length", "its cover")  # noqa: RUF001
async def music(talk: Talk) -> None:
    song = Upload("song.mp3", samples.SONG, "audio/mpeg")
    talk.sends(audio=song, performer="The Band", title="Song", duration=200)
    [message] = await talk.stored()
    assert message["text"] == "🎵 The Band – Song 3:20"  # noqa: RUF001 - a dash
    shown = await talk.sees(message)
    assert (shown.content, shown.kind) == (samples.SONG, "audio/mpeg")


async def sticker_arrives(talk: Talk, name: str, content: bytes) -> None:
    talk.sends(sticker=Upload(name, content), emoji="😀")
    [message] = await talk.stored()
    assert (message["type"], message["text"], message["metadata"]["type"]) == ("image", "😀 Sticker", "image/png")
    shown = await talk.sees(message)
    assert shown.kind == "image/png"
    assert shown.content.startswith(PNG)
    assert zlib.crc32(shown.content[12:29]) == int.from_bytes(shown.content[29:33], "big")


@row("sticker", "a still sticker (WebP)", "an image (PNG) with its emoji and `Sticker`", "the name of its set")
async def still_sticker(talk: Talk) -> None:
    needs("pillow")
    await sticker_arrives(talk, "s.webp", samples.SMILE)


@row(
    "animated sticker",
    "a sticker that is drawn (TGS)",
    "a still image of it (its thumbnail where rlottie is not installed)",
    "that it moves: no browser draws it",
)
async def animated_sticker(talk: Talk) -> None:
    needs("rlottie")
    await sticker_arrives(talk, "s.tgs", samples.BALL)


@row(
    "video sticker",
    "a sticker that is filmed (WebM)",
    "a still image of it (its thumbnail without ffmpeg)",
    "that it moves",
)
async def video_sticker(talk: Talk) -> None:
    needs("ffmpeg")
    await sticker_arrives(talk, "s.webm", samples.MOVING)


@row("edit of a caption", "other words under a photo", "the image again, with the new words, marked `✏️ edited:`")
async def caption_edited(talk: Talk) -> None:
    first = talk.sends(photo=Upload("p.jpg", samples.PARCEL, "image/jpeg"), caption="on Monday")
    await talk.stored()
    talk.telegram.user_edits(talk.bot, first, "on Tuesday")
    messages = await talk.stored(2)
    assert [one["text"] for one in messages] == ["on Monday", "✏️ edited: on Tuesday"]
    assert messages[1]["attributes"]["telegram"]["edit_of"] == first["message_id"]
    assert [(await talk.sees(one)).content for one in messages] == [samples.PARCEL] * 2


@row("another file in a message's place", "a photo that replaces one", "the new image, below `✏️ edited:`")
async def file_replaced(talk: Talk) -> None:
    first = talk.sends(photo=Upload("p.jpg", samples.PARCEL, "image/jpeg"))
    await talk.stored()
    talk.telegram.user_replaces_media(talk.bot, first, photo=Upload("m.jpg", samples.MAP, "image/png"))
    [old, new] = await talk.stored(2)
    assert (await talk.sees(old)).content == samples.PARCEL
    assert new["text"].startswith("✏️ edited:")
    assert (await talk.sees(new)).content == samples.MAP


@row(
    "file that Telegram has lost",
    "a document that is gone before anybody opened it",
    "a file, whose link says in words that it is gone",
    "its content: bots are given it only while Telegram has it",
)
async def lost(talk: Talk) -> None:
    sent = talk.sends(document=Upload("old.pdf", samples.INVOICE, "application/pdf"))
    talk.telegram.lose_file(talk.bot, sent["document"]["file_id"])
    [message] = await talk.stored()
    shown = await talk.sees(message, 410)
    assert b"no longer there" in shown.content
