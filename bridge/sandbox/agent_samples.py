"""What agents and bots send besides words, ready to be sent: fields of Tiledesk's messages."""

from collections.abc import Callable
from typing import Any

from bridge.sandbox import samples
from bridge.sandbox.telegram_answers import Json

Host = Callable[[str, str, bytes], str]
"""puts a file (name, type, content) where the desk keeps such files, and gives its address"""

SHOP = "https://shop.example.org"

LONG = "\n\n".join(
    f"**Step {number}.** "
    + "Open the settings, look for the entry that carries this number, and compare every value with the one on your "
    "delivery note. If one differs, write it down; if none does, go on with the next step. " * 4
    for number in range(1, 10)
)

RICH = """# Your order
It is **on its *way***, ~~late~~ just in time, see `4711` or [the tracker](https://shop.example.org/track/4711).

- printed
- packed

| what | when |
|---|---|
| Turin | 09:30 |
| Milan | 14:00 |

> We never sleep.

```python
print("hello")
```"""


def template(*buttons: Json) -> Json:
    """The attributes that put buttons under a message."""
    return {"attachment": {"type": "template", "buttons": list(buttons)}}


def said(label: str) -> Json:
    """A button that says its label."""
    return {"type": "text", "value": label}


def leads(label: str, url: str) -> Json:
    """A button that opens a page."""
    return {"type": "url", "value": label, "link": url, "target": "blank"}


def acts(label: str, action: str, *, echo: bool = True) -> Json:
    """A button that sends a bot on to another of its blocks."""
    return {"type": "action", "value": label, "action": action, "show_echo": echo}


def image(host: Host) -> Json:
    """A picture that an agent uploaded."""
    metadata = {"src": host("map.png", "image/png", samples.MAP), "name": "map.png", "type": "image/png"}
    return {"type": "image", "text": "It is **here**", "metadata": metadata | {"width": 360, "height": 240}}


def file(host: Host, name: str, mime: str, content: bytes, words: str) -> Json:
    """A file that an agent uploaded: a link, then the words."""
    url = host(name, mime, content)
    download = url.replace("/files?", "/files/download?")
    metadata = {"src": url, "downloadURL": download, "name": name, "type": mime, "size": len(content)}
    return {"type": "file", "text": f"[{name}]({url})\n{words}", "metadata": metadata}


def bot(_: Host) -> Json:
    """Several bubbles with pauses between them."""
    asked: Json = {"type": "text", "text": "Your parcel is in **Turin**. What now?"}
    asked |= {"attributes": template(said("Deliver it tomorrow"), said("I will fetch it"))}
    return {
        "text": "One moment, I am looking…\r\nYour parcel is in Turin. What now?",
        "attributes": {
            "commands": [
                {"type": "message", "message": {"type": "text", "text": "One moment, I am looking…"}},
                {"type": "wait", "time": 3000},
                {"type": "message", "message": asked},
            ]
        },
    }


def cards(host: Host) -> Json:
    """A gallery."""
    first: Json = {"preview": {"src": host("parcel.jpg", "image/jpeg", samples.PARCEL)}, "title": "Standard"}
    first |= {"description": "Three days, 4 EUR", "buttons": [said("Standard, please")]}
    second: Json = {"preview": {"src": host("map.png", "image/png", samples.MAP)}, "title": "Express"}
    second |= {"description": "Tomorrow, 9 EUR", "buttons": [said("Express, please"), leads("Terms", f"{SHOP}/terms")]}
    third: Json = {"preview": {"src": ""}, "title": "Fetch it", "description": "Free of charge", "buttons": []}
    return {
        "type": "gallery",
        "text": "",
        "attributes": {"attachment": {"type": "gallery", "gallery": [first, second, third]}},
    }


def preview(_: Host) -> Json:
    """Where a bot's answer comes from."""
    sources = (
        f'[{{"source_name":"Delivery times","source_file_name":"{SHOP}/times","source_description":"all countries"}}]'
    )
    return {"type": "url_preview", "text": sources}


AGENT_SAMPLES: dict[str, Callable[[Host], dict[str, Any]]] = {
    "image": image,
    "document": lambda host: file(host, "invoice.pdf", "application/pdf", samples.INVOICE, "Your invoice"),
    "video": lambda host: file(host, "clip.mp4", "video/mp4", samples.CLIP, "How to open it"),
    "audio": lambda host: file(host, "four-notes.mp3", "audio/mpeg", samples.SONG, ""),
    "voice": lambda host: file(host, "voice.ogg", "audio/opus", samples.voice(3), ""),
    "choices": lambda _: {
        "text": "When shall we come?",
        "attributes": template(said("Morning"), said("Afternoon"), said("Never, I will fetch it myself")),
    },
    "actions": lambda _: {
        "text": "Shall I connect you?",
        "attributes": template(
            acts("Yes, with a person", '#0f7aaefd-3147-466b-82a4-06756f36eea5{"queue":"parcels"}'),
            acts("No, thank you", "#goodbye", echo=False),
        ),
    },
    "links": lambda _: {
        "text": "Read on here:",
        "attributes": template(
            leads("Track it", f"{SHOP}/track/4711"), leads("Nowhere", "not a link"), said("None of these")
        ),
    },
    "sixty": lambda _: {
        "text": "Which locker?",
        "attributes": template(*(said(f"Locker {number}") for number in range(1, 61))),
    },
    "cards": cards,
    "bot": bot,
    "html": lambda _: {
        "type": "html",
        "text": f"<p>It is <b>on</b> its <i>way</i>.</p><ul><li>one</li><li>two</li></ul><a href='{SHOP}'>Shop</a>",
    },
    "redirect": lambda _: {
        "type": "redirect",
        "text": "",
        "metadata": {"src": f"{SHOP}/track/4711", "target": "blank", "type": "redirect"},
    },
    "frame": lambda _: {
        "type": "frame",
        "text": "Our shop on the map",
        "metadata": {
            "src": "https://www.openstreetmap.org/export/embed.html?bbox=7.68,45.06,7.70,45.08",
            "height": 300,
        },
    },
    "preview": preview,
    "rich": lambda _: {"text": RICH},
    "long": lambda _: {"text": LONG},
}
"""by name: fields of a message, its files put where the desk keeps them"""


def attached(name: str, mime: str, content: bytes, url: str, size: tuple[int, int] | None, words: str) -> Json:
    """A file from the agent's own disk, as Tiledesk's dashboard sends it."""
    if size is not None:
        metadata = {"src": url, "name": name, "type": mime, "width": size[0], "height": size[1], "size": len(content)}
        return {"type": "image", "text": words, "metadata": metadata}
    return file(lambda *_: url, name, mime, content, words)
