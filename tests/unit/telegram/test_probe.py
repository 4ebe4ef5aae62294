import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bridge.observe import Commands, Finding
from bridge.sandbox.telegram import TelegramSimulator
from bridge.settings import Channel
from bridge.telegram.probe import hooked, last_error, limits, polled, probe

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"
COMMANDS = Commands("tiledesk-bridge@one", secrets=Path("/etc/tiledesk-bridge/one/secrets"))
PUBLIC = "https://bridge.example.org"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as telegram:
        telegram.add_bot(TOKEN, "sample_bot", "Sample")
        yield telegram


def channel(api_url: str, intake: str = "polling", token: str = TOKEN) -> Channel:
    return Channel.model_validate({"token": token, "api_url": api_url, "intake": intake})


async def tried(settings: Channel) -> list[Finding]:
    async with aiohttp.ClientSession() as session:
        findings = await probe(session, "support", settings, PUBLIC, COMMANDS)
    assert settings.token.get_secret_value() not in str(findings)
    return findings


async def ask(telegram: TelegramSimulator, method: str, **body: object) -> None:
    async with aiohttp.request("POST", f"{telegram.base_url}/bot{TOKEN}/{method}", json=body) as answer:
        assert answer.status == 200


async def test_a_bot_that_is_free_to_poll_passes(telegram: TelegramSimulator) -> None:
    bot, files, polling = await tried(channel(telegram.base_url))
    assert bot == Finding(ok=True, subject="channels.support: bot token", detail="this is @sample_bot (Sample)")
    assert (files.level, files.detail) == ("ok", "up to 20 MB from users, 50 MB to them")
    assert polling == Finding(ok=True, subject="channels.support: polling", detail="free to poll, nothing waits")


async def test_a_webhook_stands_in_the_way_of_polling(telegram: TelegramSimulator) -> None:
    await ask(telegram, "setWebhook", url="https://other.example/hidden-path")
    *_, polling = await tried(channel(telegram.base_url))
    assert not polling.ok
    assert "other.example:443" in polling.detail
    assert "hidden-path" not in str(polling)


async def test_a_webhook_that_is_not_set_yet_will_be_set(telegram: TelegramSimulator) -> None:
    *_, webhook = await tried(channel(telegram.base_url, "webhook"))
    assert webhook.ok
    assert webhook.advice == "the daemon sets it when it starts"


async def test_a_webhook_that_is_not_set_though_the_daemon_runs_is_a_warning(telegram: TelegramSimulator) -> None:
    settings = channel(telegram.base_url, "webhook")
    async with aiohttp.ClientSession() as session:
        *_, webhook = await probe(session, "support", settings, PUBLIC, COMMANDS, looked_after=True)
    assert (webhook.level, webhook.detail) == ("warning", "not set, though the daemon runs: nothing comes in by it")
    assert "systemctl reload tiledesk-bridge@one" in webhook.advice


async def test_our_own_webhook_passes(telegram: TelegramSimulator) -> None:
    await ask(telegram, "setWebhook", url=f"{PUBLIC}/hooks/telegram/support")
    *_, webhook = await tried(channel(telegram.base_url, "webhook"))
    assert webhook == Finding(ok=True, subject="channels.support: webhook", detail="set, nothing waits")


async def test_somebody_elses_webhook_is_told(telegram: TelegramSimulator) -> None:
    await ask(telegram, "setWebhook", url="https://other.example/hidden-path")
    *_, webhook = await tried(channel(telegram.base_url, "webhook"))
    assert not webhook.ok
    assert "hidden-path" not in str(webhook)


async def test_an_unknown_token_is_told_with_what_to_do(telegram: TelegramSimulator) -> None:
    (bot,) = await tried(channel(telegram.base_url, token="987654321:BBE-abcdefghijklmnopqrstuvwxyz_012"))
    assert (bot.ok, bot.detail) == (False, "Telegram does not know it (401)")
    assert bot.advice == (
        "copy the current token from @BotFather to /etc/tiledesk-bridge/one/secrets/channels.support.token, "
        "then: systemctl restart tiledesk-bridge@one"
    )


async def test_a_refused_connection_is_told_without_the_address(telegram: TelegramSimulator) -> None:
    await telegram.refuse()
    (bot,) = await tried(channel(telegram.base_url))
    assert bot.detail == f"connection refused by {telegram.base_url.removeprefix('http://')}"


async def test_another_kind_of_server_is_not_taken_for_telegram() -> None:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        (bot,) = await tried(channel(f"http://{host}:{port}"))
    finally:
        await runner.cleanup()
    assert not bot.ok
    assert bot.detail.endswith("answered 200, but not as a Bot API server does")


def test_a_failing_webhook_is_told_with_telegrams_words() -> None:
    info = {
        "url": f"{PUBLIC}/hooks/telegram/support",
        "pending_update_count": 3,
        "last_error_message": "Connection refused",
    }
    (webhook,) = hooked("support", channel("http://127.0.0.1:1", "webhook"), PUBLIC, info)
    assert (webhook.ok, webhook.detail) == (False, "3 updates wait, Telegram's last call failed: Connection refused")


def test_an_error_that_telegram_got_over_is_no_trouble() -> None:
    info = {
        "url": f"{PUBLIC}/hooks/telegram/support",
        "pending_update_count": 0,
        "last_error_message": "Connection refused",
    }
    (webhook,) = hooked("support", channel("http://127.0.0.1:1", "webhook"), PUBLIC, info)
    assert webhook.ok


def test_a_recent_error_that_telegram_got_over_is_a_warning_with_its_age() -> None:
    info = {"last_error_message": "Connection timed out", "last_error_date": 1_000_000}
    assert last_error(info, 1_000_000 + 7 * 60) == "7 minutes ago Telegram's call failed: Connection timed out"
    assert last_error(info, 1_000_000 + 2 * 3600) == ""
    now = {"url": f"{PUBLIC}/hooks/telegram/support", "last_error_message": "x", "last_error_date": int(time.time())}
    (webhook,) = hooked("support", channel("http://127.0.0.1:1", "webhook"), PUBLIC, now)
    assert (webhook.ok, webhook.level) == (True, "warning")


def test_files_larger_than_telegrams_own_server_takes_are_a_warning_there_alone() -> None:
    larger = {"fetch_mb": 100, "token": TOKEN}
    assert limits("support", Channel.model_validate(larger)).level == "warning"
    assert limits("support", Channel.model_validate(larger | {"api_url": "http://127.0.0.1:8081"})).level == "ok"


def test_telegram_calls_only_some_ports() -> None:
    findings = hooked("support", channel("https://api.telegram.org", "webhook"), "https://bridge.example.org:9000", {})
    assert [finding.ok for finding in findings] == [False, True]
    assert "443, 80, 88 or 8443" in findings[0].advice


def test_waiting_updates_are_counted() -> None:
    (polling,) = polled("support", {"url": "", "pending_update_count": 12})
    assert polling.detail == "free to poll, 12 updates wait"
