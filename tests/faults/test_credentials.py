"""R4: a revoked token, a stolen webhook, a second program that polls: told loudly, nothing lost, healed by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bridge.sandbox.stage import TOKEN
from tests.acceptance.world import until
from tests.crash.figures import PROOF, SEED, publish, scaled
from tests.crash.nursery import Nursery
from tests.crash.stand import Stand, stand
from tests.faults.places import readiness
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.skipif(not PROOF, reason="waits for minutes, since Telegram is asked once a minute: make proof"),
    pytest.mark.timeout(600),
]

TWICE_AS_LONG = 150.0
"""seconds; what is wrong with an intake is looked at once a minute at least"""


@asynccontextmanager
async def revoked(world: Stand) -> AsyncIterator[None]:
    """@BotFather has given out another token, and then the old one works again."""
    world.stage.telegram.revoke(world.stage.bot)
    yield
    world.stage.telegram.world.bots[TOKEN] = world.stage.bot


@asynccontextmanager
async def stolen(world: Stand) -> AsyncIterator[None]:
    """Another program sets a webhook of its own, once."""
    async with aiohttp.ClientSession() as session:
        there = f"{world.stage.telegram.base_url}/bot{TOKEN}/setWebhook"
        async with session.post(there, json={"url": "https://elsewhere.example.org/hook"}) as answer:
            assert answer.status == 200
    yield


@asynccontextmanager
async def shared(world: Stand) -> AsyncIterator[None]:
    """Another program polls the same bot, and confirms nothing."""

    async def poll() -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                there = f"{world.stage.telegram.base_url}/bot{TOKEN}/getUpdates"
                async with session.post(there, json={"timeout": 10}) as answer:
                    await answer.read()
                await asyncio.sleep(0.2)

    other = asyncio.create_task(poll())
    yield
    other.cancel()


@pytest.mark.parametrize(
    ("name", "intake", "trouble", "word"),
    [
        ("the token is revoked", "polling", revoked, "@BotFather"),
        ("the token is revoked", "webhook", revoked, "401"),
        ("the webhook is stolen", "webhook", stolen, "is not ours any more"),
        ("another program polls", "polling", shared, "another program polls this bot"),
    ],
)
async def test_what_goes_wrong_with_the_intake_is_told_costs_nothing_and_heals(
    tmp_path: Path,
    nursery: Nursery,
    name: str,
    intake: str,
    trouble: Callable[[Stand], AbstractAsyncContextManager[None]],
    word: str,
) -> None:
    started = time.monotonic()
    async with stand(nursery, tmp_path, SEED, CHANNELS__SUPPORT__INTAKE=intake) as world:
        users = [world.user() for _ in range(10)]
        await world.brood.start()
        await world.meet(users)
        told: list[float] = []

        async def red() -> bool:
            status, text = await readiness(world)
            # What is set anew at once is red for a moment only, but the log tells it for ever.
            return (status == 503 and word in text) or word in world.brood.tail()

        async def green() -> bool:
            return (await readiness(world))[0] == 200

        async with trouble(world):
            began = time.monotonic()
            for number in range(scaled(10, 200)):
                (world.replies if number % 4 == 0 else world.says)(users[number % 10])
            await until(red, TWICE_AS_LONG)
            told.append(time.monotonic() - began)
        healed = time.monotonic()
        assert await world.quiet(TWICE_AS_LONG), world.brood.tail()
        await until(green, TWICE_AS_LONG)
        healing = time.monotonic() - healed
        await world.settled(PATIENCE)
        assert await world.brood.terminate() == 0
        figures = world.figures()
        publish(
            f"R4 {name}, {intake}", started,
            seconds_until_told=round(told[0], 1), seconds_until_healed=round(healing, 1), **figures,
        )  # fmt: skip
        assert (figures["lost"], figures["reordered"], figures["undone"], figures["dead"]) == (0, 0, 0, 0)
        assert figures["unexplained"] == 0
