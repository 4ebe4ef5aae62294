import traceback
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from telegram import InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bridge.sandbox.stage import free_port
from bridge.sandbox.telegram import TelegramSimulator
from bridge.sandbox.telegram_people import User
from bridge.sandbox.telegram_world import BotAccount
from bridge.telegram.transport import AnswerLost, ApiError, BotRequest, Unsent
from tests.scripted import Odd, answer, scripted
from tests.unit.telegram.bots import SECRET_HALF, TOKEN, Under, bot_at, sender

Told = tuple[TelegramSimulator, BotAccount, User]


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    async with TelegramSimulator() as telegram:
        account, ann = telegram.add_bot(TOKEN), telegram.add_user("Ann")
        telegram.meet(account, ann)
        yield telegram, account, ann


# ---------------------------------------------------------------- what goes out


async def test_a_call_is_one_json_post_to_the_bots_own_path() -> None:
    async with scripted(answer({"ok": True, "result": [1]})) as server, bot_at(server.url + "/") as under:
        assert await under.api.call("getUpdates", {"offset": 7}) == [1]
    [asked] = server.asked
    assert (asked.method, asked.path, asked.json) == ("POST", f"/bot{TOKEN}/getUpdates", {"offset": 7})
    assert asked.headers["Content-Type"] == "application/json"


async def test_a_message_through_ptb_is_json_with_entities(told: Told) -> None:
    telegram, account, ann = told
    async with bot_at(telegram.base_url) as under:
        sent = await under.bot.send_message(ann.id, "háló 🙂 <b>")
    assert telegram.sent(account)[-1]["text"] == "háló 🙂 <b>"
    assert sent.message_id == telegram.sent(account)[-1]["message_id"]


@pytest.mark.parametrize(
    "name", ["ü.py", "отчёт №5.pdf", "報告 (最終).txt", 'a "quoted" name.txt', "100%.txt", "🙂.txt"]
)
async def test_a_file_goes_as_multipart_and_keeps_its_name(told: Told, name: str) -> None:
    telegram, account, ann = told
    async with bot_at(telegram.base_url) as under:
        sent = await under.bot.send_document(ann.id, InputFile(b"content", filename=name), caption="Ünder")
    assert sent.document is not None
    assert sent.document.file_name == name
    assert telegram.sent(account)[-1]["caption"] == "Ünder"


async def test_a_bot_that_is_made_calls_nobody(told: Told) -> None:
    telegram, _, _ = told
    async with bot_at(telegram.base_url):
        assert not telegram.calls


# ---------------------------------------------------------------- sent or not


async def both(under: Under, timeout: float = 5.0) -> tuple[Exception, Exception]:
    """What the two ways of calling say."""
    with pytest.raises((TelegramError, ApiError)) as raw:
        await under.api.call("getMe", {}, timeout=timeout)
    with pytest.raises(TelegramError) as through_ptb:
        await under.bot.send_message(1, "hello", read_timeout=timeout)
    return raw.value, through_ptb.value


async def test_a_refused_connection_is_surely_not_sent() -> None:
    async with bot_at(f"http://127.0.0.1:{free_port()}") as under:
        assert {type(error) for error in await both(under)} == {Unsent}


async def test_a_cut_connection_is_a_lost_answer(told: Told) -> None:
    telegram, account, ann = told
    telegram.faults.lose_answer = 1.0
    async with bot_at(telegram.base_url) as under:
        with pytest.raises(AnswerLost):
            await under.bot.send_message(ann.id, "hello")
        assert [message["text"] for message in telegram.sent(account)] == ["hello"]
        telegram.faults.clear()
        telegram.faults.down = True
        assert {type(error) for error in await both(under)} == {AnswerLost}


async def test_silence_is_a_lost_answer_after_the_timeout_that_was_asked_for() -> None:
    async with scripted(Odd.HANG) as server, bot_at(server.url) as under:
        assert {type(error) for error in await both(under, timeout=0.05)} == {AnswerLost}


async def test_a_redirect_is_not_followed_and_surely_not_acted_upon() -> None:
    async with scripted(answer(b"", 301, Location="/elsewhere")) as server, bot_at(server.url) as under:
        errors = await both(under)
        assert {type(error) for error in errors} == {Unsent}
        assert "api_url" in str(errors[0])
        assert len(server.asked) == 2


class Nowhere(AbstractResolver):
    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        raise OSError(None, "no such name")

    async def close(self) -> None:
        """Nothing to close."""


async def test_a_name_that_does_not_resolve_and_a_broken_tls_are_surely_not_sent() -> None:
    async with bot_at("http://telegram.invalid", aiohttp.TCPConnector(resolver=Nowhere())) as under:
        errors = await both(under)
        assert {type(error) for error in errors} == {Unsent}
        assert "resolved" in str(errors[0])
    async with scripted(answer(b"")) as server, bot_at(server.url.replace("http:", "https:")) as under:
        assert {type(error) for error in await both(under)} == {Unsent}


# ---------------------------------------------------------------- the token


@pytest.mark.parametrize(
    "respond",
    [
        Odd.CUT, Odd.HANG, answer(b"<html>Bad Gateway</html>", 502), answer({"ok": False, "description": "No"}, 400),
        answer(b"", 302, Location="/x"), answer(b"[]"), None,
    ],
)  # fmt: skip
async def test_no_error_tells_the_token(respond: Any) -> None:
    async with scripted(respond or answer(b"")) as server:
        url = server.url if respond is not None else "http://127.0.0.1:99999"
        async with bot_at(url) as under:
            for error in await both(under, timeout=0.05):
                shown = "".join(traceback.format_exception(error)) + repr(error) + str(error)
                assert SECRET_HALF not in shown, shown


async def test_nothing_of_ours_that_knows_the_token_shows_it() -> None:
    async with bot_at("http://127.0.0.1:1") as under:
        for thing in (under.api, BotRequest(under.api), under.api.wire, sender(under.bot)):
            assert SECRET_HALF not in f"{thing!r} {thing}"


# ---------------------------------------------------------------- what Telegram refuses


def no(status: int, description: str, **parameters: object) -> Any:
    body = {"ok": False, "error_code": status, "description": description}
    return answer(body | ({"parameters": parameters} if parameters else {}), status)


CLASSES = [
    (no(400, "Bad Request: chat not found"), BadRequest),
    (no(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1009), ChatMigrated),
    (no(401, "Unauthorized"), InvalidToken),
    (no(403, "Forbidden: bot was blocked by the user"), Forbidden),
    (no(404, "Not Found"), InvalidToken),
    (no(409, "Conflict: terminated by other getUpdates request"), Conflict),
    (answer(b"<html>413 Request Entity Too Large</html>", 413), NetworkError),
    (no(429, "Too Many Requests: retry after 9", retry_after=9), RetryAfter),
    (no(500, "Internal Server Error: restart"), NetworkError),
    (answer(b"<html><h1>502 Bad Gateway</h1></html>", 502), NetworkError),
    (answer(b'"bad gateway"', 502), NetworkError),
    (answer(b"[1]", 400), BadRequest),
    (answer(b"<html>all is well</html>"), TelegramError),
    (answer(b"null"), TelegramError),
]


@pytest.mark.parametrize(("respond", "kind"), CLASSES)
async def test_ptbs_classes_of_errors_come_out_right(
    respond: Any, kind: type[TelegramError], caplog: pytest.LogCaptureFixture
) -> None:
    async with scripted(respond) as server, bot_at(server.url) as under:
        with pytest.raises(TelegramError) as caught:
            await under.bot.send_message(1, "hello")
    assert type(caught.value) is kind
    spoken = [record for record in caplog.records if record.name != "asyncio"]  # asyncio tells of slow callbacks
    assert not spoken, "PTB logs bodies that it can't parse"


async def test_the_migrated_chat_and_the_wait_are_told() -> None:
    async with scripted(CLASSES[1][0]) as server, bot_at(server.url) as under:
        with pytest.raises(ChatMigrated) as caught:
            await under.bot.send_message(-9, "hello")
    assert caught.value.new_chat_id == -1009
    async with scripted(no(429, "Too Many Requests", retry_after=17)) as server, bot_at(server.url) as under:
        with pytest.raises(ApiError) as raw:
            await under.api.call("getUpdates", {})
    assert (raw.value.status, raw.value.retry_after) == (429, 17.0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200), (b"<html>", 502), (b"[]", 200), (b'"x"', 200), (b"null", 200), (b"7", 500), (b"{}", 200),
        (b'{"ok":true}', 200), (b'{"ok":false,"parameters":{"retry_after":"soon"}}', 429),
        (b'{"ok":false,"parameters":["retry_after"]}', 429), (b'{"ok":false,"parameters":{"retry_after":{}}}', 429),
    ],
)  # fmt: skip
async def test_an_answer_that_is_not_the_bot_apis_is_an_api_error_with_its_status(body: bytes, status: int) -> None:
    async with scripted(answer(body, status)) as server, bot_at(server.url) as under:
        with pytest.raises(ApiError) as caught:
            await under.api.call("getMe", {})
    assert caught.value.status == status
