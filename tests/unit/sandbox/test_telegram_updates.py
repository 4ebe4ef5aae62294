"""getUpdates: confirmation, long poll, conflicts, retention."""

import asyncio
from typing import Any

from tests.telegram_api import Stage, stage


async def ids(s: Stage, **params: Any) -> list[int]:
    """Fetch update numbers."""
    return [update["update_id"] for update in await s.result("getUpdates", **params)]


async def poll_waits(s: Stage) -> None:
    """Wait until a long poll hangs at the server."""
    await s.telegram.wait_for(lambda: s.bot.polling.waits)


async def test_an_update_stays_until_a_higher_offset_confirms_it() -> None:
    async with stage() as s:
        sent = [s.telegram.user_says(s.bot, s.ann, text) for text in "abc"]
        assert await ids(s) == sent
        assert await ids(s) == sent
        assert await ids(s, offset=sent[1], limit=1) == [sent[1]]
        assert await ids(s) == sent[1:]
        assert await ids(s, offset=sent[2] + 1) == []
        assert await ids(s) == []


async def test_a_negative_offset_forgets_all_but_the_last() -> None:
    async with stage() as s:
        sent = [s.telegram.user_says(s.bot, s.ann, text) for text in "abc"]
        assert await ids(s, offset=-2) == sent[1:]
        assert await ids(s) == sent[1:]


async def test_a_long_poll_ends_with_the_first_update() -> None:
    async with stage() as s:
        poll = asyncio.create_task(ids(s, timeout=20))
        await poll_waits(s)
        sent = s.telegram.user_says(s.bot, s.ann, "hi")
        assert await poll == [sent]


async def test_a_second_poll_ends_the_first_with_409() -> None:
    async with stage() as s:
        first = asyncio.create_task(s.refusal("getUpdates", timeout=20))
        await poll_waits(s)
        assert await ids(s) == []
        assert (await first).startswith("Conflict: terminated by other getUpdates request")


async def test_a_webhook_refuses_polls_and_ends_the_one_that_waits() -> None:
    async with stage() as s:
        first = asyncio.create_task(s.refusal("getUpdates", timeout=20))
        await poll_waits(s)
        await s.result("setWebhook", url="http://127.0.0.1:9/")
        assert await first == "Conflict: terminated by setWebhook request"
        assert "can't use getUpdates method while webhook is active" in await s.refusal("getUpdates")
        assert await s.result("deleteWebhook") is True
        assert await ids(s) == []


async def test_the_same_offset_again_is_slowed_and_cut_to_one_update() -> None:
    async with stage(strict=True) as s:
        sent = [s.telegram.user_says(s.bot, s.ann, text) for text in "abc"]
        assert await ids(s) == sent
        assert await ids(s) == sent[:1]
        assert await ids(s, offset=sent[2]) == sent[2:]


async def test_kinds_of_updates_are_chosen_when_they_arise_and_the_choice_is_remembered() -> None:
    async with stage() as s:
        s.telegram.user_says(s.bot, s.ann, "hi")
        message = s.telegram.chat_history(s.bot, s.ann.id)[0]
        assert s.telegram.user_reacts(s.bot, s.ann, message, "👍") == 0
        await s.result("getUpdates", allowed_updates=["message_reaction"])
        assert s.telegram.user_says(s.bot, s.ann, "unheard") == 0
        reacted = s.telegram.user_reacts(s.bot, s.ann, message, None)
        assert (await ids(s))[-1] == reacted
        await s.result("getUpdates", allowed_updates=[])
        assert s.telegram.user_says(s.bot, s.ann, "heard") == reacted + 1


async def test_button_presses_are_kept_150_seconds_and_messages_a_day() -> None:
    async with stage() as s:
        said = s.telegram.user_says(s.bot, s.ann, "hi")
        keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}
        asked = await s.result("sendMessage", chat_id=s.ann.id, text="?", reply_markup=keyboard)
        pressed = s.telegram.user_presses(asked, "y")
        s.clock.now += 149
        assert await ids(s) == [said, pressed]
        query = s.bot.backlog.held[pressed].update["callback_query"]["id"]
        assert await s.result("answerCallbackQuery", callback_query_id=query) is True
        s.clock.now += 2
        assert await ids(s) == [said]
        assert "query is too old" in await s.refusal("answerCallbackQuery", callback_query_id=query)
        s.clock.now += 24 * 3600
        assert await ids(s) == []


async def test_poison_is_handed_over_as_it_is() -> None:
    async with stage() as s:
        number = s.telegram.push_raw_update(s.bot, {"message": {"text": "no chat"}})
        assert await s.result("getUpdates") == [{"update_id": number, "message": {"text": "no chat"}}]
