"""Inline keyboards and albums at the simulated Telegram: what is refused, and in which words."""

from typing import Any

import pytest

from bridge.sandbox.telegram_links import button_trouble
from tests.telegram_api import stage

PLAIN = {"text": "x", "callback_data": "y"}


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("https://example.org/a?b=c#d", ""),
        ("example.org", ""),
        ("http://127.0.0.1:8080/media/x", ""),
        ("tg://resolve?domain=x", ""),
        ("http://localhost/x", "Wrong HTTP URL"),
        ("https://", "Wrong HTTP URL"),
        ("what ever", "Wrong HTTP URL"),
        ("javascript:alert(1)", "Unsupported URL protocol"),
        ("mailto:a@example.org", "Unsupported URL protocol"),
    ],
)
async def test_a_link_that_leads_nowhere_stands_behind_no_button(url: str, trouble: str) -> None:
    assert button_trouble(url) == trouble
    async with stage() as s:
        markup = {"inline_keyboard": [[{"text": "Go", "url": url}]]}
        answer = await s.ask("sendMessage", chat_id=s.telegram.meet(s.bot, s.ann).id, text="x", reply_markup=markup)
        said = f"Bad Request: inline keyboard button URL '{url}' is invalid: {trouble}"
        assert answer.get("description", "") == (said if trouble else "")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[PLAIN] * 8] * 12 + [[PLAIN] * 4], ""),
        ([[PLAIN] * 9], "reply markup is too long"),
        ([[PLAIN] * 8] * 12 + [[PLAIN] * 5], "reply markup is too long"),
        ([[{"text": "ж" * 600, "callback_data": "y"}]] * 9, "reply markup is too long"),
        ([[{"text": "x", "callback_data": "я" * 33}]], "BUTTON_DATA_INVALID"),
        ([[{"text": "x", "callback_data": ""}]], "BUTTON_DATA_INVALID"),
        ([[{"text": "x", "callback_data": "я" * 32}]], ""),
        ([[{"text": " ", "callback_data": "y"}]], "inline keyboard button text is empty"),
    ],
    ids=["100", "nine in a row", "101", "10 kB", "66 bytes", "no data", "64 bytes", "blank"],
)
async def test_a_keyboard_has_limits(rows: list[list[Any]], said: str) -> None:
    async with stage() as s:
        markup = {"inline_keyboard": rows}
        answer = await s.ask("sendMessage", chat_id=s.telegram.meet(s.bot, s.ann).id, text="x", reply_markup=markup)
        assert answer.get("description", "") == (f"Bad Request: {said}" if said else "")


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["photo"], "message must have 2-10 media"),
        (["photo"] * 11, "message must have 2-10 media"),
        (["photo", "voice"], 'can\'t use the media type "voice" in the album'),
        (["photo", "animation"], 'can\'t use the media type "animation" in the album'),
        (["document", "photo"], "document can't be mixed with other media types"),
        (["audio", "video"], "audio can't be mixed with other media types"),
        (["document", "document"], ""),
        (["photo", "video"], ""),
    ],
)
async def test_an_album_holds_what_goes_together(kinds: list[str], said: str) -> None:
    async with stage() as s:
        media = [{"type": kind, "media": "https://example.org/a"} for kind in kinds]
        answer = await s.ask("sendMediaGroup", chat_id=s.telegram.meet(s.bot, s.ann).id, media=media)
        assert answer.get("description", "") == (f"Bad Request: {said}" if said else "")
        assert len(s.telegram.sent(s.bot)) == (0 if said else len(kinds))


async def test_a_query_is_answered_once_and_in_time() -> None:
    async with stage() as s:
        markup = {"inline_keyboard": [[PLAIN]]}
        asked = await s.result("sendMessage", chat_id=s.telegram.meet(s.bot, s.ann).id, text="?", reply_markup=markup)
        s.telegram.user_presses_label(asked, "x")
        s.telegram.user_presses_label(asked, "x")
        first, second = (update["callback_query"]["id"] for update in await s.result("getUpdates"))
        assert "MESSAGE_TOO_LONG" in await s.refusal("answerCallbackQuery", callback_query_id=first, text="x" * 201)
        assert await s.result("answerCallbackQuery", callback_query_id=first, text="x" * 200) is True
        too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
        assert await s.refusal("answerCallbackQuery", callback_query_id=first) == too_old
        s.clock.now += 151
        assert await s.refusal("answerCallbackQuery", callback_query_id=second) == too_old


async def test_a_venue_needs_its_words_and_a_point_the_globe() -> None:
    async with stage() as s:
        to: dict[str, Any] = {"chat_id": s.telegram.meet(s.bot, s.ann).id}
        spot = {"latitude": 45, "longitude": 7}
        assert "must be non-empty" in await s.refusal("sendVenue", **to, **spot, title="Cafe")
        assert "latitude" in await s.refusal("sendLocation", **to, latitude=91, longitude=7)
        assert (await s.result("sendVenue", **to, **spot, title="Cafe", address="Main St"))["venue"]["title"] == "Cafe"
