"""The simulated Telegram against what others know of the real one: aiogram's types and PTB's client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from aiogram import types as aio
from pydantic import TypeAdapter
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from bridge.sandbox.telegram_answers import Json, Upload
from bridge.sandbox.telegram_world import Change
from tests.telegram_api import Stage, stage

KEYBOARD = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}, {"text": "More", "url": "https://a.org"}]]}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


async def everything_users_do(s: Stage) -> None:
    """Let users and the bot do one of everything."""
    telegram, bot, ann = s.telegram, s.bot, s.ann
    await s.ask("getUpdates", allowed_updates=["message", "edited_message", "callback_query", "my_chat_member"])
    await s.ask("getUpdates", allowed_updates=[*(bot.backlog.allowed or []), "message_reaction"])
    telegram.user_says(bot, ann, "/start see https://example.org or ann@example.org 😀 #tag @support_bot")
    first = telegram.chat_history(bot, ann.id)[0]
    telegram.user_says(bot, ann, "bold", [{"type": "bold", "offset": 0, "length": 4}], reply_to=first)
    telegram.user_edits(bot, first, "changed")
    telegram.user_sends(bot, ann, photo=PNG, caption="a picture")
    telegram.user_sends(bot, ann, document=Upload("ü.pdf", b"%PDF", "application/pdf"))
    telegram.user_sends(bot, ann, voice=b"OggS", duration=3)
    telegram.user_sends(bot, ann, audio=b"ID3", title="Song", performer="Band")
    telegram.user_sends(bot, ann, video=b"mp4", width=10, height=10, duration=1)
    telegram.user_sends(bot, ann, animation=b"mp4")
    telegram.user_sends(bot, ann, video_note=b"mp4")
    telegram.user_sends(bot, ann, sticker=Upload("s.tgs", b"tgs"), emoji="👍")
    telegram.user_sends(bot, ann, location={"latitude": 45.0, "longitude": 9.0})
    telegram.user_sends(bot, ann, contact={"phone_number": "+1 555 0100", "first_name": "Bob"})
    asked = await s.result("sendMessage", chat_id=ann.id, text="Sure?", reply_markup=KEYBOARD)
    telegram.user_presses(asked, "yes")
    telegram.user_reacts(bot, ann, asked, "👍")
    group = telegram.add_group("Team", [ann])
    telegram.user_says(bot, ann, "hello all", chat=group)
    telegram.migrate_group(group)
    forum = telegram.add_group("Forum", [ann], forum=True)
    telegram.user_says(bot, ann, "in a topic", chat=forum, thread=7)
    telegram.kick_bot(bot, forum, ann)
    telegram.user_blocks(bot, ann)
    telegram.user_unblocks(bot, ann)


async def test_every_update_parses_with_the_types_of_aiogram_and_of_python_telegram_bot() -> None:
    async with stage() as s, ptb(s) as bot:
        changes: list[Change] = []
        s.telegram.subscribe(changes.append)
        await everything_users_do(s)
        updates = await s.result("getUpdates", offset=0)
        assert updates == [change.body for change in changes if change.kind == "update"]
        assert len(updates) == 22
        for update in updates:
            assert aio.Update.model_validate(update).model_extra in (None, {})
            parsed = Update.de_json(update, bot)
            assert parsed is not None
            assert not parsed.api_kwargs
            if parsed.effective_message is not None:
                assert not parsed.effective_message.api_kwargs
        kinds = {kind for update in updates for kind in update if kind != "update_id"}
        wanted = {"message", "edited_message", "callback_query", "my_chat_member", "message_reaction"}
        assert kinds == wanted
        assert any(update["message"]["from"]["id"] > 2**32 for update in await third_user_writes(s))


async def third_user_writes(s: Stage) -> list[Json]:
    """Let a user with a wide id write."""
    s.telegram.add_user("Bob")
    carl = s.telegram.add_user("Carl")
    s.telegram.user_says(s.bot, carl, "hi")
    return [update for update in await s.result("getUpdates", offset=-1) if "message" in update]


async def test_every_result_parses_with_the_types_of_aiogram() -> None:
    async with stage() as s:
        s.telegram.user_says(s.bot, s.ann, "hi")
        to = {"chat_id": s.ann.id}
        sends: list[tuple[str, Json]] = [
            ("sendMessage", {"text": "*b*", "parse_mode": "MarkdownV2", "reply_parameters": {"message_id": 1}}),
            ("sendMessage", {"text": "x https://a.org", "link_preview_options": {"is_disabled": True}}),
            ("sendPhoto", {"photo": "https://example.org/a.png", "caption": "<i>c</i>", "parse_mode": "HTML"}),
            ("sendDocument", {"document": "https://example.org/a.pdf"}),
            ("sendVideo", {"video": "https://example.org/a.mp4"}),
            ("sendAudio", {"audio": "https://example.org/a.mp3", "title": "T"}),
            ("sendVoice", {"voice": "https://example.org/a.ogg"}),
            ("sendAnimation", {"animation": "https://example.org/a.mp4"}),
            ("sendSticker", {"sticker": "https://example.org/a.webp"}),
            ("sendVideoNote", {"video_note": "https://example.org/a.mp4"}),
            ("sendLocation", {"latitude": 1.5, "longitude": 2}),
            ("sendVenue", {"latitude": 1.5, "longitude": 2, "title": "Cafe", "address": "Main St"}),
            ("sendContact", {"phone_number": "+15550100", "first_name": "Bob"}),
        ]
        for method, params in sends:
            message = aio.Message.model_validate(await s.result(method, **to, **params))
            assert message.content_type == method.removeprefix("send").lower().replace("videon", "video_n").replace(
                "message", "text"
            )
        album = [{"type": "photo", "media": "https://a.org/1.jpg"}, {"type": "video", "media": "https://a.org/2.mp4"}]
        sent = TypeAdapter(list[aio.Message]).validate_python(await s.result("sendMediaGroup", **to, media=album))
        assert len({message.media_group_id for message in sent}) == 1
        edited = await s.result("editMessageText", **to, message_id=2, text="new", reply_markup=KEYBOARD)
        assert aio.Message.model_validate(edited).reply_markup is not None
        aio.User.model_validate(await s.result("getMe"))
        aio.ChatFullInfo.model_validate(await s.result("getChat", **to))
        aio.WebhookInfo.model_validate(await s.result("getWebhookInfo"))
        assert await s.result("sendChatAction", **to, action="typing") is True
        assert await s.result("setMyCommands", commands=[{"command": "start", "description": "Begin"}]) is True
        assert [c["command"] for c in await s.result("getMyCommands")] == ["start"]
        reaction = [{"type": "emoji", "emoji": "👍"}]
        assert await s.result("setMessageReaction", **to, message_id=1, reaction=reaction) is True
        assert [m["message_id"] for m in s.telegram.sent(s.bot)] == list(range(2, 2 + len(sends) + 2))


# ---------------------------------------------------------------- python-telegram-bot's client


@asynccontextmanager
async def ptb(s: Stage, token: str = "") -> AsyncIterator[Bot]:
    """Start PTB's Bot against the simulator."""
    base = s.telegram.base_url
    bot = Bot(token or s.bot.token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot")
    async with bot:
        yield bot


async def test_the_client_of_python_telegram_bot_sends_and_downloads() -> None:
    async with stage() as s, ptb(s) as bot:
        assert (await bot.get_me()).username == "support_bot"
        s.telegram.user_says(s.bot, s.ann, "hi")
        sent = await bot.send_message(
            s.ann.id,
            "😀 bold",
            entities=[MessageEntity("bold", 3, 4)],
            reply_parameters=ReplyParameters(1),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        assert sent.parse_entities() == {MessageEntity("bold", 3, 4): "bold"}
        assert sent.reply_to_message is not None
        document = (await bot.send_document(s.ann.id, BytesIO(b"content"), caption="c", filename="ü.txt")).document
        assert document is not None
        assert (document.file_name, document.file_size) == ("ü.txt", 7)
        again = (await bot.send_document(s.ann.id, document.file_id)).document
        assert again is not None
        assert again.file_id == document.file_id
        file = await bot.get_file(document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"content"
        updates = await bot.get_updates()
        assert [update.message.text for update in updates if update.message is not None] == ["hi"]


async def test_the_client_of_python_telegram_bot_raises_what_the_reference_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it, reading retry_after warns
    async with stage() as s, ptb(s) as bot:
        faults, ann = s.telegram.faults, s.ann.id
        wide = InlineKeyboardButton("x", callback_data="y" * 65)
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(ann, "x")
        s.telegram.user_says(s.bot, s.ann, "hi")
        faults.too_many = 7
        with pytest.raises(RetryAfter) as slow:
            await bot.send_message(ann, "x")
        assert slow.value.retry_after == timedelta(seconds=7)
        faults.clear()
        with pytest.raises(BadRequest, match="not modified"):
            await bot.edit_message_text("x", ann, (await bot.send_message(ann, "x")).message_id)
        with pytest.raises(BadRequest, match="Button_data_invalid"):
            await bot.send_message(ann, "x", reply_markup=InlineKeyboardMarkup.from_button(wide))
        faults.status = 502
        with pytest.raises(NetworkError):
            await bot.send_message(ann, "x")
        faults.clear()
        faults.lose_answer = 1
        with pytest.raises(NetworkError):
            await bot.send_message(ann, "lost answer")
        faults.clear()
        assert s.telegram.sent(s.bot)[-1]["text"] == "lost answer"
        s.telegram.user_blocks(s.bot, s.ann)
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(ann, "x")
        group = s.telegram.add_group("Team", [s.ann])
        s.telegram.user_says(s.bot, s.ann, "hi", chat=group)
        moved = s.telegram.migrate_group(group)
        with pytest.raises(ChatMigrated) as migrated:
            await bot.send_message(group.id, "x")
        assert migrated.value.new_chat_id == moved.id
        await bot.set_webhook("http://127.0.0.1:9/hook")
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        s.telegram.revoke(s.bot)
        with pytest.raises(InvalidToken):
            await bot.get_me()
