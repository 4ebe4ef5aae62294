"""O5: agents write while the bridge is down, longer than Tiledesk tries: all arrives once, in order, when it is back."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.sandbox.telegram_people import User
from tests.acceptance.world import World, until, world
from tests.crash.figures import PROOF, SCALE, publish
from tests.patience import PATIENCE

GIVEN_UP = 8.0
"""seconds after which the real Tiledesk has made its third and last attempt"""

USERS, EACH, AWAY = (25, 20, 600.0 * SCALE) if PROOF else (3, 7, 0.0)
"""who is written to, how often, and within how many seconds"""

FEWER = 10 if PROOF else 3
"""users at the real server, which stores a message in a tenth of a second"""


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.real)])
async def running(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    real = request.getfixturevalue("real_server") if request.param == "real" else None
    async with world(tmp_path, real) as opened:
        yield opened


async def talking(running: World, name: str) -> tuple[User, str]:
    """A user with an open request whose first reply has come."""
    user = running.user(name)
    running.says(user, "hello")
    [request] = await until(lambda: running.requests_of(f"{user.first_name} Guest"))
    await until(lambda: running.texts(request["request_id"]))
    await running.agent(request["request_id"], "before")
    await running.gets(user, 1)
    return user, request["request_id"]


@pytest.mark.timeout(240 + 2 * AWAY)
async def test_what_agents_wrote_while_the_bridge_was_down_arrives_once_and_in_order(running: World) -> None:
    began, users = time.monotonic(), FEWER if running.desk.is_real else USERS
    talks = [await talking(running, f"Una{number}") for number in range(users)]
    assert await running.daemon.terminate() == 0
    for number in range(EACH):
        for _, request_id in talks:
            await running.agent(request_id, f"while you were away {number}")
        await asyncio.sleep(AWAY / EACH)
    await running.agent(talks[0][1], "he is a VIP", attributes={"subtype": "private"})
    await running.stage.tiledesk.wait_for(lambda: running.stage.tiledesk.webhooks_under_way == 0, PATIENCE)
    if running.desk.is_real:
        await asyncio.sleep(GIVEN_UP)  # nothing tells when it gives up
    back = time.monotonic()
    await running.daemon.start()
    for user, request_id in talks:
        await running.agent(request_id, "welcome back")
        received = await running.gets(user, EACH + 2)
        wanted = ["before", *(f"while you were away {number}" for number in range(EACH)), "welcome back"]
        assert [message["text"] for message in received] == wanted
    read_back = await running.metric("bridge_caught_up_total")
    publish(
        f"O5 {'the real server' if running.desk.is_real else 'simulated'}",
        began,
        away_seconds=round(back - began),
        written=users * EACH,
        read_back=int(read_back),
        lost=0,
        doubled=0,
        reordered=0,
        seconds_until_all_had_come=round(time.monotonic() - back, 1),
    )
    assert read_back >= users * EACH


async def test_the_webhook_of_what_was_read_back_is_no_second_message(running: World) -> None:
    user, request_id = await talking(running, "Vera")
    assert await running.daemon.terminate() == 0
    await running.agent(request_id, "in between")
    await running.daemon.start()  # the simulated desk's second attempt, or the history: whichever is first
    await running.agent(request_id, "and after")
    received = await running.gets(user, 3)
    await running.stage.tiledesk.wait_for(lambda: running.stage.tiledesk.webhooks_under_way == 0, PATIENCE)
    assert [message["text"] for message in running.received(user)] == ["before", "in between", "and after"]
    assert len(received) == 3


async def test_what_is_known_of_a_history_that_is_read_back_is_no_repeat_of_the_desks(running: World) -> None:
    await talking(running, "Wilma")
    assert await running.daemon.terminate() == 0
    await running.daemon.start()
    await until(lambda: running.metric("bridge_part_ok", part="catch-up main"))
    assert await running.metric("bridge_repeats_total") == 0
