"""Sending, editing and refusing, as the Bot API does it."""

from typing import Any

import pytest
from aiohttp import ClientError, FormData

from tests.telegram_api import TOKEN, Stage, stage


async def talk(s: Stage) -> int:
    """Let the user and the bot know each other, and give the chat's id."""
    s.telegram.meet(s.bot, s.ann)
    return s.ann.id


async def test_every_form_of_a_call_says_the_same() -> None:
    async with stage() as s:
        chat = str(await talk(s))
        url = f"{s.telegram.base_url}/bot{TOKEN}/SENDmessage"
        params = {"chat_id": chat, "text": "bold", "entities": '[{"type":"bold","offset":0,"length":4}]'}
        form = FormData(params, default_to_multipart=True)
        calls: list[dict[str, Any]] = [{"params": params}, {"data": params}, {"data": form}, {"json": params}]
        for call in calls:
            async with s.session.post(url, **call) as answer:
                assert (await answer.json())["result"]["entities"] == [{"type": "bold", "offset": 0, "length": 4}]
        async with s.session.get(url, params=params) as answer:
            assert (await answer.json())["result"]["message_id"] == 5
        assert [call.status for call in s.telegram.called("sendMessage")] == [200] * 5


async def test_unknown_tokens_methods_and_paths_are_refused() -> None:
    async with stage() as s:
        assert await s.refusal("sendNothing") == "Not Found: method not found"
        for path, status in (("/bot1:x/getMe", 401), ("/nowhere", 404), (f"/file/bot{TOKEN}/x/y", 404)):
            async with s.session.get(s.telegram.base_url + path) as answer:
                assert answer.status == status
                assert (await answer.json())["error_code"] == status


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "a", "chat_id": 5}, "chat not found"),
        ({"text": "<b>a", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
        ({"text": "a", "parse_mode": "LaTeX"}, "unsupported parse_mode"),
        (
            {"text": "😀", "entities": [{"type": "bold", "offset": 1, "length": 1}]},
            "entity begins in a middle of a UTF-16",
        ),
        ({"text": "a", "reply_parameters": {"message_id": 9}}, "message to be replied not found"),
        ({"text": "a", "message_thread_id": 3}, "message thread not found"),
        ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b"}]]}}, "can't parse inline keyboard button"),
    ],
)
async def test_a_text_that_telegram_refuses_is_refused(params: dict[str, Any], said: str) -> None:
    async with stage() as s:
        refusal = await s.refusal("sendMessage", **({"chat_id": await talk(s)} | params))
        assert refusal.startswith(f"Bad Request: {said}")
        assert s.telegram.sent(s.bot) == []


async def test_a_text_is_trimmed_measured_in_utf16_and_gets_at_most_100_entities() -> None:
    async with stage() as s:
        chat = await talk(s)
        longest = await s.result("sendMessage", chat_id=chat, text=f"  {'😀' * 2048}\n\n")
        assert longest["text"] == "😀" * 2048
        many = [{"type": "bold", "offset": 2 * i, "length": 1} for i in range(150)]
        sent = await s.result("sendMessage", chat_id=chat, text="a-" * 150, entities=many)
        assert len(sent["entities"]) == 100
        found = await s.result("sendMessage", chat_id=chat, text="😀 /go https://a.org")
        assert [(e["type"], e["offset"]) for e in found["entities"]] == [("bot_command", 3), ("url", 7)]


async def test_an_edit_changes_the_message_and_the_same_edit_again_does_not() -> None:
    async with stage() as s:
        chat = await talk(s)
        s.telegram.user_says(s.bot, s.ann, "mine")
        message = await s.result("sendMessage", chat_id=chat, text="old")
        where = {"chat_id": chat, "message_id": message["message_id"]}
        edited = await s.result("editMessageText", **where, text="new")
        assert (edited["text"], edited["edit_date"]) == ("new", int(s.clock.now))
        assert "message is not modified" in await s.refusal("editMessageText", **where, text="new")
        assert "message can't be edited" in await s.refusal("editMessageText", chat_id=chat, message_id=1, text="x")
        assert "message to edit not found" in await s.refusal("editMessageText", chat_id=chat, message_id=9, text="x")
        assert [m["text"] for m in s.telegram.chat_history(s.bot, chat)] == ["mine", "new"]
        assert await s.result("deleteMessage", **where) is True
        assert "message to delete not found" in await s.refusal("deleteMessage", **where)
        s.clock.now += 49 * 3600
        assert "can't be deleted" in await s.refusal("deleteMessage", chat_id=chat, message_id=1)


async def test_numbers_of_messages_are_the_accounts_in_private_chats_and_the_chats_own_in_supergroups() -> None:
    async with stage() as s:
        bob, forum = s.telegram.add_user("Bob"), s.telegram.add_group("Forum", forum=True)
        s.telegram.user_says(s.bot, s.ann, "1")
        s.telegram.user_says(s.bot, bob, "2")
        s.telegram.user_says(s.bot, bob, "1", chat=forum, thread=4)
        sent = await s.result("sendMessage", chat_id=forum.id, text="in the topic", message_thread_id=4)
        assert (sent["message_id"], sent["message_thread_id"], sent["is_topic_message"]) == (2, 4, True)
        assert (await s.result("sendMessage", chat_id=s.ann.id, text="3"))["message_id"] == 3


async def test_a_blocked_bot_may_write_again_once_the_user_does() -> None:
    async with stage() as s:
        chat = await talk(s)
        s.telegram.user_blocks(s.bot, s.ann)
        assert await s.refusal("sendMessage", chat_id=chat, text="x") == "Forbidden: bot was blocked by the user"
        s.telegram.user_says(s.bot, s.ann, "back")
        assert (await s.result("sendMessage", chat_id=chat, text="x"))["text"] == "x"
        kinds = [next(key for key in update if key != "update_id") for update in await s.result("getUpdates")]
        assert kinds == ["my_chat_member", "my_chat_member", "message"]


async def test_files_come_back_as_they_were_sent_up_to_20_megabytes() -> None:
    async with stage() as s:
        s.telegram.user_sends(s.bot, s.ann, document=b"bytes")
        document = s.telegram.chat_history(s.bot, s.ann.id)[0]["document"]
        file = await s.result("getFile", file_id=document["file_id"])
        async with s.session.get(f"{s.telegram.base_url}/file/bot{TOKEN}/{file['file_path']}") as answer:
            assert await answer.read() == b"bytes"
        s.telegram.user_sends(s.bot, s.ann, video=bytes((20 << 20) + 1))
        video = s.telegram.chat_history(s.bot, s.ann.id)[1]["video"]
        assert await s.refusal("getFile", file_id=video["file_id"]) == "Bad Request: file is too big"
        assert await s.refusal("getFile", file_id="x") == "Bad Request: invalid file_id"


async def test_flood_control_allows_short_bursts_and_says_when_to_go_on() -> None:
    async with stage() as s:
        chat = await talk(s)
        s.telegram.faults.flood = True
        for _ in range(3):
            await s.result("sendMessage", chat_id=chat, text="x")
        slow = await s.ask("sendMessage", chat_id=chat, text="x")
        assert (slow["error_code"], slow["parameters"]) == (429, {"retry_after": 1})
        s.clock.now += 1
        await s.result("sendMessage", chat_id=chat, text="x")
        group = s.telegram.add_group("Team")
        s.telegram.meet(s.bot, group)
        said = [(await s.ask("sendMessage", chat_id=group.id, text="x"))["ok"] for _ in range(22)]
        assert said == [True] * 20 + [False] * 2


async def test_one_chat_can_be_slowed_until_an_instant() -> None:
    async with stage() as s:
        chat, bob = await talk(s), s.telegram.add_user("Bob")
        s.telegram.meet(s.bot, bob)
        s.telegram.faults.too_many_until[chat] = s.clock.now + 5
        url = f"{s.telegram.base_url}/bot{TOKEN}/sendMessage"
        async with s.session.post(url, json={"chat_id": chat, "text": "x"}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
        await s.result("sendMessage", chat_id=bob.id, text="x")
        s.clock.now += 5
        await s.result("sendMessage", chat_id=chat, text="x")


async def test_a_lost_answer_is_a_message_sent_and_a_server_that_is_down_sends_nothing() -> None:
    async with stage() as s:
        chat, faults = await talk(s), s.telegram.faults
        faults.down = True
        with pytest.raises(ClientError):
            await s.ask("sendMessage", chat_id=chat, text="down")
        faults.clear()
        faults.lose_answer = 1
        faults.only = lambda path: path.endswith("/sendMessage")
        with pytest.raises(ClientError):
            await s.ask("sendMessage", chat_id=chat, text="lost")
        assert (await s.result("getMe"))["username"] == "support_bot"
        faults.clear()
        await s.telegram.refuse()
        with pytest.raises(ClientError):
            await s.ask("sendMessage", chat_id=chat, text="refused")
        await s.telegram.accept()
        await s.result("sendMessage", chat_id=chat, text="through")
        assert [message["text"] for message in s.telegram.sent(s.bot)] == ["lost", "through"]


async def test_logs_keep_only_the_newest() -> None:
    async with stage(keep=3) as s:
        chat = await talk(s)
        for text in "12345":
            await s.result("sendMessage", chat_id=chat, text=text)
        assert [message["text"] for message in s.telegram.chat_history(s.bot, chat)] == ["3", "4", "5"]
        assert [message["text"] for message in s.telegram.sent(s.bot)] == ["3", "4", "5"]
        assert len(s.telegram.calls) == 3
