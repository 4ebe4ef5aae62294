"""Places, people and whatever else end users send that is neither words nor a file."""

from bridge.sandbox import samples
from bridge.sandbox.telegram_answers import Upload
from bridge.sandbox.telegram_contents import (
    contact,
    dice,
    gift,
    of_the_future,
    own_contact,
    paid_media,
    poll,
    spot,
    story,
    venue,
)
from tests.acceptance.messages.row import row
from tests.acceptance.messages.talk import Json, Talk
from tests.unit.telegram.contents import CONTENTS

NAMED = "its content: bots get to see nothing of it"
MAP = "https://www.openstreetmap.org/?mlat=45.070300&mlon=7.686900#map=17/45.070300/7.686900"


async def arrives(talk: Talk, fields: Json, *lines: str) -> Json:
    """Send something that comes to so many lines of text."""
    talk.sends(**fields)
    [message] = await talk.stored()
    assert message["text"] == "\n".join(lines)
    return message


@row("location", "a point on the map", "`📍` with a link to OpenStreetMap; the coordinates in the attributes")
async def location(talk: Talk) -> None:
    message = await arrives(talk, spot(), f"📍 [45.070300, 7.686900]({MAP})")
    assert message["attributes"]["telegram"]["location"] == {"latitude": 45.0703, "longitude": 7.6869}


@row(
    "live location",
    "a point that moves three times within five minutes, and ends",
    "where it began, one of the moves in five minutes, and where it ended",
    "the moves between, which would fill the conversation",
)
async def live_location(talk: Talk) -> None:
    shared = talk.telegram.user_shares_location(talk.bot, talk.user, 45.0, 7.0, 900)
    for step in (1, 2, 3):
        talk.telegram.user_moves(talk.bot, shared, 45.0 + step, 7.0)
    talk.telegram.user_stops_sharing(talk.bot, shared)
    [began, moved, ended] = await talk.stored(3)
    assert began["text"].startswith("📍 Live location: [45.000000, 7.000000](https://")
    assert moved["text"].startswith("📍 Live location: [46.000000, 7.000000](https://")
    assert ended["text"].startswith("📍 Live location ended\n📍 [48.000000, 7.000000](https://")


@row("venue", "a place with a name", "`📍 name, address`, with a link to OpenStreetMap")
async def place(talk: Talk) -> None:
    await arrives(talk, venue("Cafe", "Main St 1"), "📍 Cafe, Main St 1", f"[45.070300, 7.686900]({MAP})")


@row("contact", "somebody's name and number", "`👤 name, +number`", "what else is on the card (vCard)")
async def somebody(talk: Talk) -> None:
    await arrives(talk, contact("39 333 1234567", "Bob", "Ross"), "👤 Bob Ross, +393331234567")
    request = await talk.world.desk.request(await talk.request())
    assert not request["lead"].get("phone")


@row("own number", "the user's own contact", "`👤 name, +number`; the number is kept in their contact at Tiledesk, too")
async def own_number(talk: Talk) -> None:
    said = f"👤 {talk.user.first_name} Guest, +393337654321"
    await arrives(talk, own_contact(talk.user, "+39 333 7654321"), said)
    await talk.lead_has(phone="+393337654321")


@row(
    "poll",
    "a question with options",
    "`📊 question` and a line for each option",
    "votes: bots see them only of their own polls",
)
async def question(talk: Talk) -> None:
    await arrives(talk, poll("Tea or coffee?", ["Tea", "Coffee"]), "📊 Tea or coffee?", "○ Tea", "○ Coffee")


@row("dice", "a throw", "the emoji and what was thrown", "the animation")
async def throw(talk: Talk) -> None:
    await arrives(talk, dice("🎯", 5), "🎯 5")


@row("story", "a story", "`[story] from …`", NAMED)
async def shared_story(talk: Talk) -> None:
    await arrives(talk, story(talk.user), f"[story] from {talk.user.first_name} Guest")


@row("paid media", "media that cost something to see", "`[paid media] for 5 Telegram Stars`", NAMED)
async def paid(talk: Talk) -> None:
    await arrives(talk, paid_media(5), "[paid media] for 5 Telegram Stars")


@row("checklist", "what there is to do", "`📋 title`, and a line for each point with `☐` or `☑`", "who ticked it off")
async def list_of_points(talk: Talk) -> None:
    await arrives(talk, CONTENTS["checklist"], "📋 Moving out", "☑ Keys", "☐ Windows")


@row("gift", "a gift with words", "`[gift]` and the words", "its picture and its price")
async def present(talk: Talk) -> None:
    sticker = {"file_id": "CAACAgIA", "file_unique_id": "AgAD", "width": 512, "height": 512, "type": "regular"}
    await arrives(talk, gift(sticker, "For you"), "[gift]", "For you")


@row(
    "a kind of the future",
    "a message of a kind that Telegram brings later",
    "a line in brackets that names the kind",
    "its content, until the bridge learns it; the journal keeps it as it came, to be run again",
)
async def future(talk: Talk) -> None:
    await arrives(talk, of_the_future(), "[hologram]")


@row(
    "a kind of the future with words",
    "such a message with a caption",
    "the line, and the caption",
    "the rest, as above",
)
async def future_with_caption(talk: Talk) -> None:
    await arrives(talk, of_the_future() | {"caption": "look"}, "[hologram]", "look")


@row(
    "game, invoice, giveaway, passport data …",
    "what only programs of Telegram's make",
    "a line in brackets that names the kind, with its title",
    "its content, which is of no use outside Telegram",
)
async def named(talk: Talk) -> None:
    for kind in ("game", "invoice", "giveaway", "passport data"):
        talk.sends(**CONTENTS[kind])
    said = [one["text"] for one in await talk.stored(4)]
    assert said == ["[game] Chess", "[invoice] Lamp", "[giveaway]", "[passport data]"]


@row(
    "rich message",
    "blocks of text, lists, tables, formulas and pictures",
    "`[rich message]` and the words, a block a line, with the addresses of links",
    "styles and pictures, for which one message of Tiledesk's has no room",
)
async def rich_message(talk: Talk) -> None:
    talk.sends(**CONTENTS["rich message"])
    [message] = await talk.stored()
    first, *rest = message["text"].splitlines()
    assert (first, rest[0]) == ("[rich message]", "Menu")
    assert {"1. Soup", "2. Fish"} <= set(rest)


@row(
    "reply to a photo",
    "an answer to a message without words",
    "a line `↩️` that names what it was, and the answer",
    "the picture in the quote; it stands further up",
)
async def reply_to_photo(talk: Talk) -> None:
    photo = talk.sends(photo=Upload("p.jpg", samples.PARCEL, "image/jpeg"))
    talk.says("this is it", reply_to=photo)
    [first, message] = await talk.stored(2)
    await talk.sees(first)
    assert message["text"] == "↩️ 📷 Photo\nthis is it"
