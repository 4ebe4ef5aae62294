import asyncio
import gzip

import aiohttp
import pytest

from bridge.web import server
from tests.unit.web.doorstep import LIMIT, WORDS, House

pytestmark = pytest.mark.usefixtures("no_words_in_logs")


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
    assert (house.door.bodies, house.door.away) == ([], 1)


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
    assert (house.door.bodies, house.door.away) == ([], 1)
    assert house.refused("size") == 1


async def test_a_body_that_does_not_come_is_waited_for_some_seconds_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_TIMEOUT", 0.05)
    raw = await house.raw("Content-Length: 900", WORDS)
    assert await raw.status() == 408
    assert house.refused("slow") == 1
    assert (house.door.bodies, house.door.away) == ([], 1)


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
