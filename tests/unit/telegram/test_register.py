import asyncio
from collections.abc import Iterator

import pytest

from bridge.observe import Health
from bridge.sandbox.telegram import TelegramSimulator
from bridge.telegram.register import register_webhook
from tests.hurried import Hurried
from tests.scripted import Answer, Asked, Odd, answer, scripted
from tests.unit.telegram.bots import SECRET_HALF, TOKEN, bot_at

PART = "intake support"
URL = "https://bridge.example.org/hooks/telegram/support"


async def test_the_webhook_is_set_with_its_secret_and_what_we_can_read() -> None:
    health, clock = Health(), Hurried()
    async with TelegramSimulator() as telegram:
        account = telegram.add_bot(TOKEN)
        async with bot_at(telegram.base_url) as under:
            await register_webhook("support", under.api, URL, "a_secret", health, clock)
        assert account.webhook is not None
        assert (account.webhook.target.url, account.webhook.target.secret) == (URL, "a_secret")
        assert account.backlog.allowed == ["message", "edited_message", "callback_query", "my_chat_member"]
        assert "drop_pending_updates" not in telegram.called("setWebhook")[0].params
    assert health.parts[PART].ok
    assert clock.slept == []


async def test_it_is_tried_until_telegram_has_taken_it() -> None:
    slow = {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 90}}
    told: Iterator[Answer] = iter(
        [Odd.CUT, answer(b"", 502), answer(b"[]"), answer(slow, 429), answer({"ok": True, "result": True})]
    )
    health, clock = Health(), Hurried(naps=10)

    def respond(asked: Asked) -> Answer:
        return next(told)

    async with scripted(respond) as server, bot_at(server.url) as under:
        await register_webhook("support", under.api, URL, "a_secret", health, clock)
        assert len(server.asked) == 5
    assert clock.slept == [30.0, 30.0, 30.0, 90.0]
    assert health.parts[PART].ok


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (answer({"ok": False, "description": "Unauthorized"}, 401), "refuses the bot token"),
        (
            answer({"ok": False, "description": "Bad Request: bad webhook: HTTPS URL must be provided"}, 400),
            "HTTPS URL",
        ),
        (Odd.CUT, "no answer from Telegram"),
    ],
)
async def test_while_it_is_not_taken_the_operator_is_told(told: Answer, word: str) -> None:
    health, clock = Health(), Hurried()
    async with scripted(told) as server, bot_at(server.url) as under:
        setting = asyncio.create_task(register_webhook("support", under.api, URL, "a_secret", health, clock))
        await clock.tired.wait()
        setting.cancel()
        await asyncio.gather(setting, return_exceptions=True)
    assert not health.parts[PART].ok
    assert word in health.parts[PART].reason
    assert SECRET_HALF not in health.parts[PART].reason
