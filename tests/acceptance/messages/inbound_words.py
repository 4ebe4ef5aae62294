"""What end users write, and what stands around it."""

from bridge.sandbox.telegram_contents import (
    forwarded_from_channel,
    forwarded_from_group,
    forwarded_from_hidden,
    forwarded_from_user,
    quote,
)
from tests.acceptance.messages.row import row
from tests.acceptance.messages.talk import Talk
from tests.patience import PATIENCE

YESTERDAY = 1_760_000_000


@row("text", "words", "the same words; the first message opens a request, with the user's name and language")
async def text(talk: Talk) -> None:
    talk.says("hello there")
    [message] = await talk.stored()
    assert (message["text"], message["type"]) == ("hello there", "text")
    assert message["senderFullname"] == f"{talk.user.first_name} Guest"
    request = await talk.world.desk.request(await talk.request())
    assert (request["language"], request["lead"]["fullname"]) == ("it", f"{talk.user.first_name} Guest")


@row(
    "formatted text",
    "bold, nested italic, strike-through, code, code block with its language, quote, spoiler, link, mention, custom emoji",
    "the same as Markdown, which agents see formatted; a spoiler between `||`",
    "underline and the picture of a custom emoji, for which Markdown has no sign; the plain emoji stays",
)
async def formatted(talk: Talk) -> None:
    words = "bold both strike mono plain x=1 quoted secret site Ann 🙂 under"

    def mark(kind: str, piece: str, **more: object) -> dict[str, object]:
        head = words[: words.index(piece)]
        sizes = [len(one.encode("utf-16-le")) // 2 for one in (head, piece)]
        return {"type": kind, "offset": sizes[0], "length": sizes[1], **more}

    person = {"id": 4711, "is_bot": False, "first_name": "Ann"}
    talk.says(
        words,
        [
            mark("bold", "bold both"),
            mark("italic", "both"),
            mark("strikethrough", "strike"),
            mark("code", "mono"),
            mark("pre", "x=1", language="python"),
            mark("blockquote", "quoted"),
            mark("spoiler", "secret"),
            mark("text_link", "site", url="https://example.org/a_(b)"),
            mark("text_mention", "Ann", user=person),
            mark("custom_emoji", "🙂", custom_emoji_id="53"),
            mark("underline", "under"),
        ],
    )
    [message] = await talk.stored()
    said = message["text"]
    for piece in (
        "**bold _both_**",
        "~~strike~~",
        "`mono`",
        "```python\nx=1\n```",
        "> quoted",
        "||secret||",
        "[site](https",
    ):
        assert piece in said, said
    assert "🙂" in said
    assert "under" in said


@row("long text", "4096 characters, as much as Telegram lets people send", "all of them in one message")
async def long_text(talk: Talk) -> None:
    words = ("all work and no play " * 200)[:4096].strip()
    talk.says(words)
    [message] = await talk.stored()
    assert message["text"] == words


@row("right-to-left text", "Hebrew and Arabic with figures and an emoji", "the same signs in the same order")
async def right_to_left(talk: Talk) -> None:
    words = "שלום 123 — مرحبا، 2 👨‍👩‍👧"
    talk.says(words)
    [message] = await talk.stored()
    assert message["text"] == words


@row(
    "text that looks like an order",
    r"`\close`, `\agent`, `${KEY}`",
    "the same signs to read, which neither Tiledesk nor its bots obey",
)
async def orders(talk: Talk) -> None:
    talk.says("please \\close and ${NAME}")
    [message] = await talk.stored()
    assert "\\close" not in message["text"]
    assert "${" not in message["text"]
    assert "close" in message["text"]
    talk.says("still there?")
    await talk.stored(2)


@row("edit of a text", "a text, and then another one in its place", "the new text as a message, marked `✏️ edited:`")
async def edit(talk: Talk) -> None:
    first = talk.says("at five")
    await talk.stored()
    talk.telegram.user_edits(talk.bot, first, "at six")
    [_, message] = await talk.stored(2)
    assert message["text"] == "✏️ edited: at six"
    assert message["attributes"]["telegram"]["edit_of"] == first["message_id"]


@row("reply", "an answer to a message", "a line `↩️` with the beginning of that message, and the answer")
async def reply(talk: Talk) -> None:
    await talk.open()
    await talk.agent("Which colour would you like?")
    [asked] = await talk.gets()
    talk.says("blue", reply_to=asked)
    [_, message] = await talk.stored(2)
    assert message["text"] == "↩️ Which colour would you like?\nblue"
    assert message["attributes"]["telegram"]["reply_to"] == asked["message_id"]


@row("reply with a quote", "an answer to a part of a message", "a line `↩️` with that part, and the answer")
async def reply_with_quote(talk: Talk) -> None:
    first = talk.says("red or blue or green")
    talk.sends(text="this one", reply_to=first, **quote("blue", 7))
    [_, message] = await talk.stored(2)
    assert message["text"] == "↩️ blue\nthis one"


@row(
    "forward from a person",
    "somebody else's words, from an account that may be seen or is hidden",
    "a line `➡️ from …` with the name, and the words",
    "who it is that hides: Telegram gives a name and nothing else",
)
async def forward_from_people(talk: Talk) -> None:
    talk.sends(text="hi from Bob", **forwarded_from_user(talk.world.user("Bob"), YESTERDAY))
    talk.sends(text="hi from nobody", **forwarded_from_hidden("Somebody Shy", YESTERDAY))
    [seen, hidden] = await talk.stored(2)
    assert seen["text"].startswith("➡️ from Bob")
    assert seen["text"].endswith(" Guest\nhi from Bob")
    assert hidden["text"] == "➡️ from Somebody Shy\nhi from nobody"


@row(
    "forward from a group or channel",
    "a post of a group's or a channel's",
    "a line `➡️ from …` with its name, its @username and the signature, and the post",
)
async def forward_from_chats(talk: Talk) -> None:
    talk.sends(text="rules", **forwarded_from_group("Club", YESTERDAY, "Ann"))
    talk.sends(text="news", **forwarded_from_channel("Daily", YESTERDAY, "daily"))
    [group, channel] = await talk.stored(2)
    assert group["text"] == "➡️ from Club, signed Ann\nrules"
    assert channel["text"] == "➡️ from Daily (@daily)\nnews"


@row(
    "/start with a payload",
    "a press on `https://t.me/bot?start=…`",
    "`/start …` to read; the payload, decoded, as `telegram_start` among the variables of Tiledesk's bots",
)
async def start(talk: Talk) -> None:
    talk.says("/start cHJvbW8tMTc", [{"type": "bot_command", "offset": 0, "length": 6}])
    [message] = await talk.stored()
    assert message["text"] == "/start cHJvbW8tMTc"
    assert message["attributes"]["payload"] == {"telegram_start": "promo-17"}
    assert message["attributes"]["telegram"]["start_decoded"] == "promo-17"


@row("another command", "`/help me`", "the same as text; its name in the attributes")
async def another_command(talk: Talk) -> None:
    talk.says("/help me", [{"type": "bot_command", "offset": 0, "length": 5}])
    [message] = await talk.stored()
    assert message["text"] == "/help me"
    assert message["attributes"]["telegram"]["command"] == "help"


@row(
    "reaction",
    "an emoji put to a message",
    "`👍 reacted`, as information that nobody need answer; only where the channel's `reactions` is on",
    "all of it where the option is off, for agents rarely want it; it opens no request",
)
async def reaction(talk: Talk) -> None:
    await talk.open()
    await talk.agent("done")
    [done] = await talk.gets()
    talk.telegram.user_reacts(talk.bot, talk.user, done, "👍")
    [_, message] = await talk.stored(2)
    assert (message["text"], message["attributes"]["subtype"]) == ("👍 reacted", "info")
    assert message["attributes"]["telegram"]["reaction_to"] == done["message_id"]


@row("the user blocks the bot", "the bot is blocked", "a private note to the agents, who can't reach the user any more")
async def blocked(talk: Talk) -> None:
    await talk.open()
    talk.telegram.user_blocks(talk.bot, talk.user)
    [note] = await talk.notes()
    assert note == "🚫 The user has blocked the bot: replies can't reach them until they unblock it."


@row("the user unblocks the bot", "the bot is allowed again", "a private note; replies reach the user again")
async def unblocked(talk: Talk) -> None:
    await talk.open()
    talk.telegram.user_blocks(talk.bot, talk.user)
    await talk.notes()
    talk.telegram.user_unblocks(talk.bot, talk.user)
    [_, note] = await talk.notes(2)
    assert note == "✅ The user has unblocked the bot: replies reach them again."
    await talk.agent("welcome back")
    [message] = await talk.gets()
    assert message["text"] == "welcome back"


@row(
    "message in a group's topic", "words in a topic", "the words, in a request of that topic's; replies go back into it"
)
async def topic(talk: Talk) -> None:
    club = talk.telegram.add_group("Club", [talk.user], forum=True)
    talk.says("in the topic", chat=club, thread=7)
    [message] = await talk.stored()
    ids = message["attributes"]["telegram"]
    assert (message["text"], ids["chat_id"], ids["message_thread_id"]) == ("in the topic", club.id, 7)
    await talk.agent("seen")
    answered = await talk.telegram.wait_for(lambda: talk.last(club)["from"]["is_bot"] and talk.last(club), PATIENCE)
    assert (answered["text"], answered["message_thread_id"]) == ("seen", 7)


@row(
    "service message",
    "what Telegram itself writes: a message was pinned, a title changed",
    "nothing",
    "it: nobody said it",
)
async def service(talk: Talk) -> None:
    first = talk.says("hello")
    talk.sends(pinned_message=first)
    talk.sends(message_auto_delete_timer_changed={"message_auto_delete_time": 86400})
    [message] = await talk.nothing_but(1)
    assert message["text"] == "hello"
