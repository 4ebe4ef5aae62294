"""How the wire reads answers that no real server would give twice, by aioresponses."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aioresponses import aioresponses, core

from bridge.wire import AnswerLost, Unsent, Wire

ADDRESS = "http://far.invalid/bot123456:secret/method"


class AnswerOfNow(aiohttp.ClientResponse):
    """aiohttp's response since 3.14, made by the aioresponses of before: it does not know of `stream_writer`."""

    def __init__(self, *args: Any, **named: Any) -> None:
        named.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(*args, **named)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    monkeypatch.setattr(core, "ClientResponse", AnswerOfNow)
    with aioresponses() as answers:
        yield answers


async def test_the_bridge_for_aioresponses_is_still_needed() -> None:
    """Fails when aioresponses knows aiohttp again: then `AnswerOfNow` can go."""
    with aioresponses() as answers:
        answers.post(ADDRESS, status=200)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(TypeError, match="stream_writer"):
                await session.post(ADDRESS)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), ("", 0.0), ("soon", 0.0), ("-1", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0)],
)
async def test_a_wait_that_counts_seconds_is_read_and_anything_else_is_none(
    told: aioresponses, header: str, seconds: float
) -> None:
    told.post(ADDRESS, status=429, body=b"slow", headers={"Retry-After": header})
    async with aiohttp.ClientSession() as session:
        reply = await Wire(session, "Far").request("POST", ADDRESS, body=b"{}")
    assert (reply.status, reply.body, reply.retry_after) == (429, b"slow", seconds)


async def test_a_redirect_is_an_answer_and_not_followed(told: aioresponses) -> None:
    told.post(ADDRESS, status=302, headers={"Location": "http://elsewhere.invalid/"})
    async with aiohttp.ClientSession() as session:
        reply = await Wire(session, "Far").request("POST", ADDRESS)
    assert reply.status == 302


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.InvalidURL(ADDRESS), Unsent),
        (aiohttp.ConnectionTimeoutError(ADDRESS), Unsent),
        (aiohttp.ClientPayloadError(ADDRESS), AnswerLost),
        (aiohttp.ServerDisconnectedError(ADDRESS), AnswerLost),
        (aiohttp.SocketTimeoutError(ADDRESS), AnswerLost),
        (OSError(ADDRESS), AnswerLost),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_no_exception_that_leaves_the_wire_quotes_the_address(
    told: aioresponses, error: Exception, kind: type[Exception]
) -> None:
    told.post(ADDRESS, exception=error)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(kind) as caught:
            await Wire(session, "Far").request("POST", ADDRESS)
    assert "secret" not in f"{caught.value!r}{caught.value}{caught.value.__cause__}"
