"""What agents and bots write, as words."""

import json
from typing import Any

from bridge.sandbox import samples
from bridge.sandbox.telegram_keyboard import buttons
from tests.acceptance.messages.row import row
from tests.acceptance.messages.talk import Json, Talk

MARKDOWN = """# Your order

**bold _both_** ~~gone~~ `code` ||secret|| [site](https://example.org/a_(b))

- first
- second
  - within

1. one
2. two

> quoted

```python
x = 1
```

| what | price |
|------|-------|
| soup | 5     |
"""


def marked(message: Json) -> list[tuple[str, str]]:
    """The stretches of a message that are formatted: how, and what."""
    wide = message["text"].encode("utf-16-le")
    return [
        (one["type"], wide[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le"))
        for one in message["entities"]
    ]


def waits(*steps: int | dict[str, Any]) -> dict[str, Any]:
    """The attributes of a bot's answer: waits in milliseconds, and messages."""
    commands = [
        {"type": "wait", "time": one}
        if isinstance(one, int)
        else {"type": "message", "message": {"type": "text", **one}}
        for one in steps
    ]
    return {"commands": commands}


@row("text", "words", "the same words")
async def text(talk: Talk) -> None:
    await talk.agent("Your order is ready, Ж 👍")
    [message] = await talk.gets()
    assert message["text"] == "Your order is ready, Ж 👍"
    assert "entities" not in message


@row(
    "Markdown",
    "heading, bold, nested italic, strike-through, code, spoiler, link, lists, quote, code block with its language, table",
    "Telegram's own formatting; headings in bold, lists with bullets and numbers, tables as columns of fixed width",
    "the size of headings and the lines of tables, which Telegram does not have",
)
async def markdown(talk: Talk) -> None:
    await talk.agent(MARKDOWN)
    [message] = await talk.gets()
    found = marked(message)
    for kind, piece in (
        ("bold", "Your order"),
        ("bold", "bold both"),
        ("italic", "both"),
        ("strikethrough", "gone"),
        ("code", "code"),
        ("spoiler", "secret"),
        ("text_link", "site"),
        ("blockquote", "quoted"),
        ("pre", "x = 1"),
    ):
        assert (kind, piece) in [(one, what.strip()) for one, what in found], (kind, piece, found)
    [table] = [what for kind, what in found if kind == "pre" and "soup" in what]
    assert "price" in table
    lines = [one.strip() for one in message["text"].splitlines()]
    assert {"1. one", "2. two"} <= set(lines), lines
    assert not any(one.startswith(("- ", "# ", "> ", "|--")) for one in lines), lines


@row(
    "long text", "more than 4096 characters", "several messages, cut between words; formatting goes on in the next one"
)
async def long_text(talk: Talk) -> None:
    words = " ".join(f"word{number}" for number in range(900))
    await talk.agent(f"**{words}**")
    messages = await talk.gets(2)
    assert " ".join(one["text"].strip() for one in messages) == words
    assert {one["type"] for message in messages for one in message["entities"]} == {"bold"}


@row("text from right to left", "Hebrew with figures, in bold", "the same signs in the same order, in bold")
async def right_to_left(talk: Talk) -> None:
    await talk.agent("**שלום** 123")
    [message] = await talk.gets()
    assert (message["text"], marked(message)) == ("שלום 123", [("bold", "שלום")])


@row(
    "html",
    "a message of the type `html`",
    "its words with Telegram's formatting; pictures as links",
    "scripts, styles and forms, which Telegram has not",
)
async def html(talk: Talk) -> None:
    style = "<style>b{color:red}</style><script>x()</script>"
    body = "<p>Dear <b>Ann</b>,</p>see <a href='https://example.org/x'>here</a><br>"
    await talk.agent(f"{style}{body}<img src='https://example.org/i.png' alt='our house'>", type="html")
    [message] = await talk.gets()
    assert [one.strip() for one in message["text"].splitlines() if one.strip()] == [
        "Dear Ann,",
        "see here",
        "our house",
    ]
    assert marked(message) == [("bold", "Ann"), ("text_link", "here"), ("text_link", "our house")]


@row(
    "frame",
    "a page to be shown inside the chat",
    "its words and a button `Open`",
    "that it is shown inside: Telegram does not",
)
async def frame(talk: Talk) -> None:
    await talk.agent(
        "Our map", type="frame", metadata={"src": "https://maps.example/e", "width": "100%", "height": 300}
    )
    [message] = await talk.gets()
    assert message["text"] == "Our map"
    assert message["reply_markup"]["inline_keyboard"] == [[{"text": "Open", "url": "https://maps.example/e"}]]


@row(
    "frame with a film",
    "an embedded YouTube film",
    "its words and the address of the film, which Telegram shows as a player",
)
async def film(talk: Talk) -> None:
    src = {"src": "https://www.youtube.com/embed/dQw4w9WgXcQ?start=7", "type": "video"}
    await talk.agent("Watch this", type="frame", metadata=src)
    [message] = await talk.gets()
    assert message["text"] == "Watch this\nhttps://www.youtube.com/watch?v=dQw4w9WgXcQ&t=7"


@row(
    "redirect",
    "the order to open a page",
    "the page's address (or the words) and a button `Open`",
    "that it opens by itself",
)
async def redirect(talk: Talk) -> None:
    src = {"src": "https://shop.example/x", "target": "blank", "type": "redirect"}
    await talk.agent("", type="redirect", metadata=src)
    [message] = await talk.gets()
    assert message["text"] == "https://shop.example/x"
    assert message["reply_markup"]["inline_keyboard"] == [[{"text": "Open", "url": "https://shop.example/x"}]]


@row(
    "sources",
    "`url_preview`: what a bot's answer is based on",
    "`Sources:` with up to five links, and how many more there are",
    "pictures and descriptions, so that the list stays short",
)
async def sources(talk: Talk) -> None:
    listed = [{"source_name": f"Doc {n}", "source_file_name": f"https://example.org/{n}"} for n in range(6)]
    await talk.agent(json.dumps(listed), type="url_preview")
    [message] = await talk.gets()
    assert message["text"].splitlines() == ["Sources:", *(f"• Doc {n}" for n in range(5)), "… and 1 more"]
    assert marked(message) == [("text_link", f"Doc {n}") for n in range(5)]


@row("spoken text", "`tts`: words to be spoken", "the words", "the voice, which says the same")
async def spoken(talk: Talk) -> None:
    await talk.agent("Welcome", type="tts", metadata={"src": "https://voice.example/a.mp3", "type": "audio/mpeg"})
    [message] = await talk.gets()
    assert message["text"] == "Welcome"


@row("link to a map", "nothing but a link to a point on Google's, Apple's or OpenStreetMap's map", "a location")
async def map_link(talk: Talk) -> None:
    await talk.agent("https://www.google.com/maps?q=45.0703,7.6869")
    [message] = await talk.gets()
    assert message["location"] == {"latitude": 45.0703, "longitude": 7.6869}


@row(
    "a bot's answer of several bubbles",
    "`commands`: messages with waits between them",
    "one message each, in order, with “typing …” during the waits",
    "waits above 5 seconds each or 15 in all are cut: nobody reads that slowly",
)
async def bubbles(talk: Talk) -> None:
    steps = waits(500, {"text": "Hi"}, 100, {"text": "How are you?"}, 100, {"text": "Pick one"})
    await talk.agent("Hi\r\nHow are you?\r\nPick one", attributes=steps)
    assert [one["text"] for one in await talk.gets(3)] == ["Hi", "How are you?", "Pick one"]
    assert talk.done() == ["sendmessage", "sendchataction", "sendmessage", "sendchataction", "sendmessage"]


@row(
    "micro-language of a bot",
    r"lines such as `* Yes`, `* Site https://…`, `tdImage:…`, `\agent`",
    "buttons, links and pictures; orders to Tiledesk are not shown",
)
async def micro_language(talk: Talk) -> None:
    src = await talk.file("a.png", "image/png", samples.MAP)
    lines = [
        "Shall I go on?",
        f"tdImage:{src}",
        "* Yes",
        "* Site https://example.org/",
        "* Later tdAction:later",
        "\\agent",
    ]
    await talk.bot_says("\n".join(lines))
    [message] = await talk.gets()
    assert (message["caption"], talk.holds(message["photo"][-1])) == ("Shall I go on?", samples.MAP)
    assert [one["text"] for one in buttons(message)] == ["Yes", "Site", "Later"]
    assert buttons(message)[1]["url"] == "https://example.org/"


@row("micro-language of an agent", "the same lines, typed by a person", "a list, as anybody would read it")
async def typed_list(talk: Talk) -> None:
    await talk.agent("You need\n\n* milk\n* bread")
    [message] = await talk.gets()
    assert "reply_markup" not in message
    assert [one.strip() for one in message["text"].splitlines() if one.strip()] == ["You need", "• milk", "• bread"]
