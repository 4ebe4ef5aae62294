"""What agents and bots write that users must not see, or can't."""

from tests.acceptance.messages.row import row
from tests.acceptance.messages.talk import Talk


@row(
    "WhatsApp template",
    "a template of another network",
    "nothing; a private note tells the agents",
    "all of it: its text is its name and its blanks, which only WhatsApp can fill",
)
async def template(talk: Talk) -> None:
    filled = {"type": "wa_template", "template": {"name": "hello", "language": "en"}}
    await talk.agent("whatsapp template: hello\r\nbody", attributes={"attachment": filled})
    [note] = await talk.notes()
    assert note.startswith("⚠️ Not delivered: this is a template for WhatsApp")
    assert talk.world.received(talk.user) == []


@row("private note", "a note of an agent's for agents", "nothing", "it is not meant for the user")
async def private(talk: Talk) -> None:
    await talk.quiet("private", "he is a VIP", attributes={"subtype": "private"})


@row("information", "what Tiledesk tells its own pages, such as who joined", "nothing", "it is not meant for the user")
async def information(talk: Talk) -> None:
    label = {"messagelabel": {"key": "MEMBER_JOINED_GROUP"}}
    await talk.quiet("info", "Ann joined", attributes={"subtype": "info", **label})


@row("a subtype that nobody knows yet", "a message with another `subtype`", "nothing", "all of it, for safety; counted")
async def unknown_subtype(talk: Talk) -> None:
    await talk.quiet("unknown subtype", "for whom is this?", attributes={"subtype": "secret"})


@row("system message", "a message in the name of `system`", "nothing", "it is not meant for the user")
async def system(talk: Talk) -> None:
    await talk.quiet("system", "the server says", sender="system", senderFullname="System")


@row(
    "reply to a user who blocked the bot",
    "words",
    "nothing; a private note tells the agents",
    "the reply: it stands among the dead letters, to be sent again when the user is back",
)
async def to_a_blocked_user(talk: Talk) -> None:
    talk.telegram.user_blocks(talk.bot, talk.user)
    await talk.notes()
    await talk.agent("are you there?")
    [_, note] = await talk.notes(2)
    assert note == "⚠️ Not delivered: the user has blocked the bot"
    assert talk.done() == []


@row(
    "reply to a user who has left Telegram",
    "words",
    "nothing; a private note tells the agents",
    "the reply: there is nobody to read it",
)
async def to_a_deleted_user(talk: Talk) -> None:
    talk.telegram.user_leaves_telegram(talk.bot, talk.user)
    await talk.agent("are you there?")
    assert await talk.notes() == ["⚠️ Not delivered: the user has deleted their account"]
    assert talk.world.received(talk.user) == []
