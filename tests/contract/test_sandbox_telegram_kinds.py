"""Every kind of message that users of the simulated Telegram can send, against aiogram's types and PTB's."""

from collections.abc import Callable

import pytest
from aiogram import types as aio
from telegram import Update

from bridge.sandbox import samples
from bridge.sandbox.telegram_answers import Json, Upload
from bridge.sandbox.telegram_contents import (
    checklist,
    contact,
    dice,
    forwarded_from_channel,
    forwarded_from_group,
    forwarded_from_hidden,
    forwarded_from_user,
    gift,
    of_the_future,
    own_contact,
    paid_media,
    poll,
    quote,
    spot,
    story,
    venue,
)
from bridge.sandbox.telegram_people import User
from tests.telegram_api import Stage, stage

ANN = User(100_001, "Ann", "Lee", "ann_lee", "en")
WEBP = Upload("sticker.webp", samples.SMILE, "image/webp")
LOOKS = {"file_id": "g", "file_unique_id": "u", "type": "regular", "width": 512, "height": 512}
LOOKS |= {"is_animated": False, "is_video": False}

KINDS: dict[str, Json] = {
    "photo": {"photo": Upload("parcel.jpg", samples.PARCEL, "image/jpeg"), "caption": "the parcel"},
    "document": {"document": Upload("ü.pdf", samples.INVOICE, "application/pdf"), "thumbnail": samples.SMALL},
    "video": {"video": Upload("clip.mp4", samples.CLIP, "video/mp4"), "thumbnail": samples.SMALL, "duration": 2},
    "video_note": {"video_note": Upload("round.mp4", samples.SILENT, "video/mp4"), "length": 128, "duration": 1},
    "animation": {"animation": Upload("loop.mp4", samples.SILENT, "video/mp4")},
    "voice": {"voice": Upload("voice.ogg", samples.voice(3), "audio/ogg"), "duration": 3},
    "audio": {"audio": Upload("song.mp3", samples.SONG, "audio/mpeg"), "title": "Song", "performer": "Band"},
    "sticker": {"sticker": WEBP, "emoji": "🙂", "set_name": "faces", "thumbnail": samples.SMALL},
    "sticker animated": {"sticker": Upload("ball.tgs", samples.BALL), "emoji": "⚽", "thumbnail": samples.SMALL},
    "sticker video": {"sticker": Upload("m.webm", samples.MOVING, "video/webm"), "thumbnail": samples.SMALL},
    "location": spot(horizontal_accuracy=12.5),
    "location live": spot(live_period=900, heading=90),
    "venue": venue("Cafe", "Main St 1"),
    "contact": contact("+1 555 0100", "Bob", "Baker"),
    "contact own": own_contact(ANN, "+1 555 0101"),
    "poll": poll("Tea or coffee?", ["Tea", "Coffee"]),
    "dice": dice("🎯", 6),
    "story": story(ANN),
    "paid_media": paid_media(25),
    "checklist": checklist("To do", ["Call", "Write"]),
    "gift": gift(LOOKS),
    "text forwarded from a user": {"text": "hi", **forwarded_from_user(ANN, 1_700_000_000)},
    "text forwarded from somebody hidden": {"text": "hi", **forwarded_from_hidden("Bob", 1_700_000_000)},
    "text forwarded from a group": {"text": "hi", **forwarded_from_group("Team", 1_700_000_000, "admin")},
    "text forwarded from a channel": {"text": "hi", **forwarded_from_channel("News", 1_700_000_000, "news")},
}


async def sent(s: Stage, act: Callable[[], object]) -> list[Json]:
    """The updates that an act makes."""
    waiting = await s.result("getUpdates")
    act()
    offset = waiting[-1]["update_id"] + 1 if waiting else 0
    return list(await s.result("getUpdates", offset=offset))


@pytest.mark.parametrize("name", KINDS)
async def test_a_message_of_every_kind_is_one_of_the_bot_api(name: str) -> None:
    async with stage() as s:
        [update] = await sent(s, lambda: s.telegram.user_sends(s.bot, s.ann, **KINDS[name]))
        parsed = aio.Update.model_validate(update)
        assert parsed.message is not None
        assert not parsed.message.model_extra
        assert parsed.message.content_type.lower() == name.partition(" ")[0]
        again = Update.de_json(update, None)
        assert again is not None
        assert again.effective_message is not None
        # PTB is some versions of the Bot API behind: what it does not know must be inside, not beside.
        assert not again.effective_message.api_kwargs
        assert all("thumbnail" in update["message"][kind] for kind in KINDS[name] if "thumbnail" in KINDS[name] if
                   kind in update["message"] and kind != "caption")  # fmt: skip


async def test_an_album_is_several_messages_of_one_group() -> None:
    async with stage() as s:
        media: list[Json] = [{"photo": samples.PARCEL, "caption": "one"}, {"video": samples.CLIP}]
        updates = await sent(s, lambda: s.telegram.user_sends_album(s.bot, s.ann, media))
        messages = [aio.Message.model_validate(update["message"]) for update in updates]
        assert [message.content_type for message in messages] == ["photo", "video"]
        assert len({message.media_group_id for message in messages}) == 1
        assert messages[0].media_group_id
        assert messages[0].photo is not None
        assert (messages[0].photo[-1].width, messages[0].photo[-1].height) == (480, 360)


async def test_a_live_location_moves_and_ends_as_an_edited_message() -> None:
    async with stage() as s:
        telegram, bot = s.telegram, s.bot
        first = telegram.user_shares_location(bot, s.ann, 45.0, 9.0, 900)
        [moved] = await sent(s, lambda: telegram.user_moves(bot, first, 45.1, 9.1, heading=10))
        message = aio.Update.model_validate(moved).edited_message
        assert message is not None
        assert message.location is not None
        assert (message.location.latitude, message.location.live_period, message.location.heading) == (45.1, 900, 10)
        [ended] = await sent(s, lambda: telegram.user_stops_sharing(bot, first))
        assert ended["edited_message"]["location"] == {"latitude": 45.1, "longitude": 9.1}


async def test_captions_and_media_are_edited_and_replies_quote() -> None:
    async with stage() as s:
        telegram, bot = s.telegram, s.bot
        telegram.user_sends(bot, s.ann, photo=samples.PARCEL, caption="old")
        [photo] = telegram.chat_history(bot, s.ann.id)
        [update] = await sent(s, lambda: telegram.user_edits(bot, photo, "new words"))
        assert aio.Update.model_validate(update).edited_message.caption == "new words"  # type: ignore[union-attr]  # it is there
        [update] = await sent(s, lambda: telegram.user_replaces_media(bot, photo, document=samples.INVOICE))
        assert aio.Update.model_validate(update).edited_message.document is not None  # type: ignore[union-attr]  # it is there
        asked = await s.result("sendMessage", chat_id=s.ann.id, text="Tea or coffee?")
        fields = {"text": "this", **quote("coffee", 7)}
        [update] = await sent(s, lambda: telegram.user_sends(bot, s.ann, reply_to=asked, **fields))
        reply = aio.Update.model_validate(update).message
        assert reply is not None
        assert reply.quote is not None
        assert (reply.quote.text, reply.quote.position) == ("coffee", 7)
        assert reply.reply_to_message is not None


async def test_reactions_come_to_bots_that_asked_for_them() -> None:
    async with stage() as s:
        asked = await s.result("sendMessage", chat_id=s.telegram.meet(s.bot, s.ann).id, text="?")
        assert s.telegram.user_reacts(s.bot, s.ann, asked, "👍") == 0
        await s.ask("getUpdates", allowed_updates=["message", "message_reaction"])
        [update] = await sent(
            s, lambda: s.telegram.user_reacts(s.bot, s.ann, asked, "5368324170671202286", custom=True)
        )
        reaction = aio.Update.model_validate(update).message_reaction
        assert reaction is not None
        assert [one.type for one in reaction.old_reaction] == ["emoji"]
        assert [one.type for one in reaction.new_reaction] == ["custom_emoji"]


async def test_presses_carry_whatever_data_and_know_little_of_a_message_that_is_gone() -> None:
    async with stage() as s:
        telegram = s.telegram
        markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "Web", "url": "https://a.org"}]]}
        chat = telegram.meet(s.bot, s.ann).id
        asked = await s.result("sendMessage", chat_id=chat, text="Sure?", reply_markup=markup)
        [update] = await sent(s, lambda: telegram.user_presses_label(asked, "Yes"))
        query = aio.Update.model_validate(update).callback_query
        assert query is not None
        assert (query.data, type(query.message)) == ("y", aio.Message)
        with pytest.raises(KeyError):
            telegram.user_presses_label(asked, "Web")
        assert await s.result("answerCallbackQuery", callback_query_id=query.id) is True
        assert "query is too old" in await s.refusal("answerCallbackQuery", callback_query_id=query.id)
        await s.result("deleteMessage", chat_id=chat, message_id=asked["message_id"])
        [update] = await sent(s, lambda: telegram.user_presses(asked, "forged"))
        query = aio.Update.model_validate(update).callback_query
        assert query is not None
        assert (query.data, type(query.message)) == ("forged", aio.InaccessibleMessage)


async def test_a_kind_of_the_future_is_a_field_that_nobody_knows() -> None:
    async with stage() as s:
        [update] = await sent(s, lambda: s.telegram.user_sends(s.bot, s.ann, **of_the_future()))
        parsed = aio.Update.model_validate(update).message
        assert parsed is not None
        assert parsed.model_extra == of_the_future()
