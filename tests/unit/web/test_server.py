import json
import socket
from collections.abc import MutableMapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bridge.errors import JournalUnavailable
from bridge.observe import Health, Metrics
from bridge.ports import Answer
from bridge.web.server import make_app, serve
from tests.unit.web.doorstep import WORDS, House

pytestmark = pytest.mark.usefixtures("no_words_in_logs")


# ---------------------------------------------------------------- coming in


async def test_a_body_is_handed_to_the_door_with_headers_and_path(house: House, client: aiohttp.ClientSession) -> None:
    async with client.post(house.url("/hooks/tiledesk/main/unguessable"), data=WORDS) as answer:
        assert answer.status == 200
        assert await answer.read() == b""
    assert house.door.bodies == [WORDS]
    assert house.door.knocks[0].path == {"secret": "unguessable"}
    assert house.value("ack_seconds_count", door="tiledesk/main") == 1


async def test_an_answer_with_a_reason_is_counted_as_ignored(house: House, client: aiohttp.ClientSession) -> None:
    house.door.answers = [Answer(200, reason="echo")]
    async with client.post(house.url(), data=WORDS) as answer:
        assert answer.status == 200
    assert house.value("webhook_ignored_total", desk="tiledesk/main", reason="echo") == 1
    assert house.value("ack_seconds_count", door="tiledesk/main") == 0


async def test_what_the_door_can_not_read_is_400_and_counted(house: House, client: aiohttp.ClientSession) -> None:
    house.door.answers = [Answer(400, reason="malformed")]
    async with client.post(house.url(), data=WORDS) as answer:
        assert answer.status == 400
    assert house.refused("malformed") == 1


async def test_while_the_journal_can_not_write_the_sender_is_asked_to_come_back(
    house: House, client: aiohttp.ClientSession, logs: list[MutableMapping[str, Any]]
) -> None:
    house.door.answers = [JournalUnavailable("the disk is full")]
    async with client.post(house.url(), data=WORDS) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert house.refused("journal") == 1
    assert [line["reason"] for line in logs] == ["the disk is full"]
    async with client.post(house.url(), data=WORDS) as answer:
        assert answer.status == 200


async def test_a_door_may_say_when_to_come_back(house: House, client: aiohttp.ClientSession) -> None:
    house.door.answers = [Answer(503, retry_after=2, reason="starting")]
    async with client.post(house.url(), data=WORDS) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert house.refused("starting") == 1


async def test_a_bug_in_a_door_is_500_and_the_next_knock_is_served(
    house: House, client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    house.door.answers = [KeyError("text")]
    async with client.post(house.url(), data=WORDS) as answer:
        assert answer.status == 500
    assert "Traceback" in caplog.text
    async with client.post(house.url(), data=WORDS) as answer:
        assert answer.status == 200


async def test_a_connection_is_kept_for_the_next_knock(house: House, client: aiohttp.ClientSession) -> None:
    async with client.post(house.url(), data=WORDS) as answer:
        assert answer.headers.get("Connection", "keep-alive").lower() == "keep-alive"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_door_is_knocked_at_by_post_only(house: House, client: aiohttp.ClientSession, method: str) -> None:
    async with client.request(method, house.url()) as answer:
        assert answer.status == 405
    assert house.door.knocks == []


# ---------------------------------------------------------------- what the daemon tells of itself


async def test_the_process_says_that_it_lives(house: House, client: aiohttp.ClientSession) -> None:
    async with client.get(house.url("/livez")) as answer:
        assert (answer.status, await answer.text()) == (200, "ok\n")
    assert house.measured == 0


async def test_a_house_in_order_is_ready(house: House, client: aiohttp.ClientSession) -> None:
    house.health.set("journal", ok=True)
    async with client.get(house.url("/readyz")) as answer:
        assert answer.status == 200
        assert json.loads(await answer.read()) == {"ready": True, "parts": {"journal": {"ok": True, "reason": ""}}}
    assert house.measured == 1


async def test_a_part_that_is_not_well_is_503_with_its_reason(house: House, client: aiohttp.ClientSession) -> None:
    house.health.set("journal", ok=True)
    house.health.set("desk/main", ok=False, reason="it refuses the password")
    async with client.get(house.url("/readyz")) as answer:
        assert answer.status == 503
        told = json.loads(await answer.read())
    assert told["parts"]["desk/main"] == {"ok": False, "reason": "it refuses the password"}


async def test_the_metrics_are_a_page_for_prometheus(house: House, client: aiohttp.ClientSession) -> None:
    async with client.get(house.url("/metrics")) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        page = await answer.text()
    assert "# TYPE bridge_accepted_total counter" in page
    assert house.measured == 1


async def test_sockets_that_systemd_handed_over_are_listened_on() -> None:
    handed = socket.create_server(("127.0.0.1", 0))
    app: web.Application = make_app({}, Metrics(), Health())
    runner = await serve(app, "203.0.113.1", 1, [handed])
    try:
        port = handed.getsockname()[1]
        async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/livez") as answer:
            assert answer.status == 200
    finally:
        await runner.cleanup()
