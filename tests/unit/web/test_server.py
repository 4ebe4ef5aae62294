import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bridge.errors import JournalUnavailable
from bridge.observe import Health, Metrics
from bridge.ports import Answer, Knock
from bridge.web import server
from bridge.web.server import make_app, serve

LIMIT = 1000
SECRET = "right"
WORDS = b"words of a user"


@dataclass(slots=True)
class Door:
    """Lets in who knows the secret; answers as told."""

    limit: int = LIMIT
    answers: list[Answer | Exception] = field(default_factory=list)
    knocks: list[Knock] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    knocked: asyncio.Event = field(default_factory=asyncio.Event)

    async def admit(self, knock: Knock) -> Answer | None:
        self.knocks.append(knock)
        self.knocked.set()
        return None if knock.headers.get("x-secret") == SECRET else Answer(401, reason="secret")

    async def enter(self, knock: Knock, body: bytes) -> Answer:
        self.bodies.append(body)
        match self.answers.pop(0) if self.answers else Answer(200):
            case Exception() as error:
                raise error
            case answer:
                return answer


class TellingMetrics(Metrics):
    """Metrics that tell when something was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.anything_refused = asyncio.Event()

    def refused(self, door: str, reason: str) -> None:
        super().refused(door, reason)
        self.anything_refused.set()


@dataclass(slots=True)
class House:
    """A running server with one door."""

    door: Door = field(default_factory=Door)
    metrics: TellingMetrics = field(default_factory=TellingMetrics)
    health: Health = field(default_factory=Health)
    measured: int = 0
    port: int = 0

    async def measure(self) -> None:
        self.measured += 1

    def url(self, path: str = "/hooks/tiledesk/main/p") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def refused(self, reason: str) -> float:
        return self.value("webhook_refused_total", door="tiledesk/main", reason=reason)

    def value(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"bridge_{name}", labels) or 0.0

    async def raw(self, head: str, *parts: bytes, secret: str = SECRET) -> "Raw":
        """Write a request by hand."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = ("POST /hooks/tiledesk/main/p HTTP/1.1", "Host: bridge", f"X-Secret: {secret}", head)
        writer.write("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + b"".join(parts))
        await writer.drain()
        return Raw(reader, writer)


@dataclass(slots=True)
class Raw:
    """A connection by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def status(self) -> int:
        """The answer's status; the connection is closed then."""
        line = await self.reader.readline()
        await self.close()
        return int(line.split()[1])

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    app = make_app({"/hooks/tiledesk/main/{secret}": house.door}, house.metrics, house.health, house.measure)
    runner = await serve(app, "127.0.0.1", 0, [])
    house.port = runner.addresses[0][1]
    yield house
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"X-Secret": SECRET}) as client:
        yield client


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture(autouse=True)
def no_words_in_logs(logs: list[MutableMapping[str, Any]], caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test of this module may bring a user's words or the secret into a log."""
    caplog.set_level("DEBUG")
    yield
    written = repr(logs) + caplog.text
    assert WORDS.decode() not in written
    assert SECRET not in written


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


# ---------------------------------------------------------------- refusals by the head


async def test_a_wrong_secret_is_refused_before_a_byte_of_the_body_came(house: House) -> None:
    raw = await house.raw("Content-Length: 900", secret="wrong")
    assert await raw.status() == 401
    assert house.door.bodies == []
    assert house.refused("secret") == 1


async def test_a_body_that_its_head_announces_as_too_long_is_refused_before_it_came(house: House) -> None:
    raw = await house.raw(f"Content-Length: {LIMIT + 1}")
    assert await raw.status() == 413
    assert house.refused("size") == 1


async def test_a_body_of_exactly_the_limit_is_taken(house: House, client: aiohttp.ClientSession) -> None:
    async with client.post(house.url(), data=b"x" * LIMIT) as answer:
        assert answer.status == 200


async def test_a_packed_body_is_refused_and_not_unpacked(house: House, client: aiohttp.ClientSession) -> None:
    packed = gzip.compress(b"0" * 10_000_000)[:900]
    async with client.post(house.url(), data=packed, headers={"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 415
    assert house.refused("encoding") == 1
    assert house.door.bodies == []


async def test_a_wrong_secret_is_what_a_stranger_hears_of_whatever_else_is_wrong(house: House) -> None:
    raw = await house.raw("Content-Length: 99999\r\nContent-Encoding: gzip", secret="wrong")
    assert await raw.status() == 401


# ---------------------------------------------------------------- refusals by the body


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


async def test_a_body_in_chunks_is_put_together(house: House) -> None:
    raw = await house.raw("Transfer-Encoding: chunked", chunk(b"words of"), chunk(b" a user"), b"0\r\n\r\n")
    assert await raw.status() == 200
    assert house.door.bodies == [WORDS]


async def test_an_endless_body_is_cut_off_at_the_limit(house: House) -> None:
    raw = await house.raw("Transfer-Encoding: chunked", *[chunk(b"x" * 200)] * 6)
    assert await raw.status() == 413
    assert house.door.bodies == []
    assert house.refused("size") == 1


async def test_a_body_that_does_not_come_is_waited_for_some_seconds_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_TIMEOUT", 0.05)
    raw = await house.raw("Content-Length: 900", WORDS)
    assert await raw.status() == 408
    assert house.refused("slow") == 1
    assert house.door.bodies == []


async def test_a_body_that_drips_is_cut_off_in_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is for the whole body, or a byte now and then would hold a connection for ever."""
    monkeypatch.setattr(server, "BODY_TIMEOUT", 0.1)
    raw = await house.raw("Content-Length: 900")

    async def drip() -> None:
        for _ in range(100):
            raw.writer.write(b"x")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    assert await raw.status() == 408
    dripping.cancel()


@pytest.mark.parametrize(
    ("head", "body"),
    [("Content-Length: 900", WORDS), ("Transfer-Encoding: chunked", chunk(WORDS))],
    ids=["length", "chunked"],
)
async def test_a_sender_that_hangs_up_in_the_middle_of_a_body_leaves_nothing_behind(
    house: House, caplog: pytest.LogCaptureFixture, client: aiohttp.ClientSession, head: str, body: bytes
) -> None:
    raw = await house.raw(head, body)
    await house.door.knocked.wait()
    await raw.close()
    await house.metrics.anything_refused.wait()
    assert house.refused("cut") == 1
    assert house.door.bodies == []
    assert "Traceback" not in caplog.text


async def test_what_is_no_http_is_400_and_not_quoted_in_the_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    raw = await house.raw("Transfer-Encoding: chunked", WORDS + b"\r\n" + WORDS)
    assert await raw.status() == 400
    raw = await house.raw("a head line without a colon")
    assert await raw.status() == 400
    assert house.door.bodies == []
    assert "Traceback" not in caplog.text
    assert "a head line" not in caplog.text


async def test_a_body_that_turns_into_nonsense_is_refused(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiohttp's fast parser does not tell the reader of the body, so that this may take until the timeout."""
    monkeypatch.setattr(server, "BODY_TIMEOUT", 0.1)
    raw = await house.raw("Transfer-Encoding: chunked", chunk(WORDS))
    await house.door.knocked.wait()
    raw.writer.write(WORDS + b"\r\n")
    assert await raw.status() in {400, 408}
    assert house.door.bodies == []
    assert "Traceback" not in caplog.text


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
